// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The forms of all sweeps: patterns expanded, opcodes sorted out by the table.

#include "RowSweep.h"
#include "gtest/gtest.h"

using namespace dlk::exec;

static std::vector<std::string> expanded(llvm::StringRef pattern) {
  size_t open = pattern.find('{'), close = pattern.find('}');
  if (open == llvm::StringRef::npos)
    return {pattern.str()};
  llvm::SmallVector<llvm::StringRef, 16> words;
  pattern.slice(open + 1, close).split(words, ',');
  std::vector<std::string> all;
  for (const std::string &rest : expanded(pattern.drop_front(close + 1)))
    for (llvm::StringRef word : words)
      all.push_back((pattern.take_front(open) + word + rest).str());
  return all;
}

static Type widened(Type type) {
  return type == Type::u16   ? Type::u32
         : type == Type::s16 ? Type::s32
         : type == Type::u32 ? Type::u64
         : type == Type::s32 ? Type::s64
                             : type;
}
static Type typeOfCode(char code, const Opcode &op) {
  switch (code) {
  case 'W':
  case 'A':
    return op.has("wide") ? widened(op.type()) : op.type();
  case 'R':
  case 'I':
    return Type::u32;
  case 'P':
  case 'C':
    return Type::pred;
  case 'L':
    return op.types.back();
  default:
    return op.type();
  }
}

std::deque<Form> dlk::exec::allForms() {
  std::deque<Form> forms;
  for (auto sweeps :
       {integerSweeps(), floatSweeps(), comparisonSweeps(), conversionSweeps()})
    for (const RowSweep &sweep : sweeps)
      for (const std::string &text : expanded(sweep.pattern)) {
        Form &form = forms.emplace_back();
        form.text = text;
        form.sweep = &sweep;
        auto opcode = parseOpcode(form.text);
        if (!opcode) {
          ADD_FAILURE() << llvm::toString(opcode.takeError());
          forms.pop_back();
          continue;
        }
        form.opcode = *opcode;
        llvm::StringRef codes = sweep.operands;
        form.result = typeOfCode(codes[0], form.opcode);
        for (char code : codes.drop_front())
          form.sources.push_back(typeOfCode(code, form.opcode));
      }
  return forms;
}
