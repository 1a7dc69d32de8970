// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Finds the row of an opcode and sorts its words into types and modifiers.

#include "InstructionTable.h"
#include "Builders.h"
#include "llvm/ADT/StringMap.h"

using namespace dlk::exec;

static constexpr InstructionRow rows[] = {
#define PTX_INSTR(mnemonic, kind, operands, types, modifiers, builder)         \
  {mnemonic, kind, operands, types, modifiers, builder},
#include "Instructions.def"
#undef PTX_INSTR
};

llvm::ArrayRef<InstructionRow> dlk::exec::instructionTable() { return rows; }

static const llvm::StringMap<const InstructionRow *> &rowIndex() {
  static const llvm::StringMap<const InstructionRow *> index = [] {
    llvm::StringMap<const InstructionRow *> map;
    for (const InstructionRow &row : rows)
      map[row.mnemonic] = &row;
    return map;
  }();
  return index;
}

/// Is `word` one of the blank-separated words of `list`? "v*" in the list
/// stands for every word that begins with "v".
static bool listed(llvm::StringRef list, llvm::StringRef word) {
  while (!list.empty()) {
    auto [first, rest] = list.split(' ');
    if (first == word ||
        (first.ends_with("*") && word.starts_with(first.drop_back())))
      return true;
    list = rest;
  }
  return false;
}

llvm::StringRef Opcode::kind() const {
  if (row->kind != "alu" || types.empty())
    return row->kind;
  switch (typeKind(types[0])) {
  case 'f':
    return "float";
  case 'h':
    return "half";
  case 'p':
    return "predicate";
  default:
    return "integer";
  }
}

bool Opcode::has(llvm::StringRef modifier) const {
  for (llvm::StringRef word : modifiers)
    if (word == modifier)
      return true;
  return false;
}

llvm::StringRef Opcode::oneOf(llvm::StringRef words) const {
  for (llvm::StringRef word : modifiers)
    if (listed(words, word))
      return word;
  return "";
}

/// The row with the longest mnemonic that is a dotted prefix of `text`.
static const InstructionRow *findRow(llvm::StringRef text) {
  const auto &index = rowIndex();
  for (llvm::StringRef prefix = text; !prefix.empty();
       prefix = prefix.take_front(prefix.rfind('.'))) {
    if (auto it = index.find(prefix); it != index.end())
      return it->second;
    if (!prefix.contains('.'))
      break;
  }
  return nullptr;
}

llvm::Expected<Opcode> dlk::exec::parseOpcode(llvm::StringRef text) {
  Opcode opcode;
  opcode.text = text;
  opcode.row = findRow(text);
  if (!opcode.row)
    return llvm::createStringError("unsupported instruction: '" + text + "'");
  llvm::StringRef rest = text.drop_front(opcode.row->mnemonic.size());
  while (!rest.empty()) {
    llvm::StringRef word =
        rest.drop_front().take_until([](char c) { return c == '.'; });
    rest = rest.drop_front(word.size() + 1);
    std::optional<Type> type = parseType(word);
    if (type && listed(opcode.row->types, word))
      opcode.types.push_back(*type);
    else if (listed(opcode.row->modifiers, word))
      opcode.modifiers.push_back(word);
    else
      return llvm::createStringError("unsupported instruction: '" + text +
                                     "' (unknown modifier '." + word + "')");
  }
  if (opcode.types.empty() && !opcode.row->types.empty() &&
      !listed(opcode.row->types, "-"))
    return llvm::createStringError("instruction without a type: '" + text +
                                   "'");
  return opcode;
}
