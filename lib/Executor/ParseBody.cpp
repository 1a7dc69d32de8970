// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Function bodies: scopes, labels, instructions and their operands.

#include "Parser.h"

using namespace dlk::exec;

bool Parser::parseBody(Function &function) {
  scope = 0;
  loc = SourceLoc();
  while (true) {
    if (accept('}')) {
      int32_t parent = function.scopes[scope].parent;
      if (parent < 0)
        return false;
      scope = uint32_t(parent);
    } else if (accept('{')) {
      Scope inner;
      inner.parent = int32_t(scope);
      scope = uint32_t(function.scopes.size());
      function.scopes.push_back(std::move(inner));
    } else if (parseBodyItem(function)) {
      return true;
    }
  }
}

bool Parser::parseBodyItem(Function &function) {
  if (accept(';'))
    return false;
  if (token.kind == Token::Directive)
    return parseBodyDirective(function);
  if (token.kind == Token::Name || token.is('@'))
    return parseInstruction(function);
  return fail("expected an instruction, a label or a directive");
}

bool Parser::parseBodyDirective(Function &function) {
  llvm::StringRef word = token.text;
  if (word == ".loc")
    return parseLoc();
  if (word == ".reg") {
    advance();
    return parseRegisters(function.scopes[scope]);
  }
  if (word == ".pragma") {
    while (!token.is(';') && token.kind != Token::End)
      advance();
    return expect(';');
  }
  for (llvm::StringRef space :
       {".shared", ".local", ".param", ".const", ".global"})
    if (word == space) {
      advance();
      return parseVariables(function.scopes[scope].variables,
                            space.drop_front(), false);
    }
  return fail("unsupported directive");
}

bool Parser::parsePlace(uint32_t &file, uint32_t &line, uint32_t &column) {
  for (uint32_t *part : {&file, &line, &column}) {
    uint64_t value;
    if (expectInteger(value))
      return true;
    *part = uint32_t(value);
  }
  return false;
}

/// `.loc 1 12 4` and perhaps `, function_name LABEL+8, inlined_at 1 30 5`. The
/// label names text in a debug section, which is not read.
bool Parser::parseLoc() {
  advance();
  loc = SourceLoc();
  if (parsePlace(loc.file, loc.line, loc.column))
    return true;
  while (accept(',')) {
    Token word = token;
    if (expectName(word.text, "function_name or inlined_at"))
      return true;
    if (word.text == "inlined_at") {
      if (parsePlace(loc.callFile, loc.callLine, loc.callColumn))
        return true;
      continue;
    }
    llvm::StringRef label;
    int64_t offset;
    if (word.text != "function_name")
      return fail("expected function_name or inlined_at");
    if (expectName(label, "a label") || (token.is('+') && parseSigned(offset)))
      return true;
  }
  return false;
}

/// After `label:`. A label may introduce a table of branch targets or a call
/// prototype instead of an instruction.
bool Parser::parseLabel(Function &function, llvm::StringRef label) {
  Scope &current = function.scopes[scope];
  if (token.isDirective(".branchtargets")) {
    advance();
    std::vector<llvm::StringRef> targets;
    do {
      targets.emplace_back();
      if (expectName(targets.back(), "a label"))
        return true;
    } while (accept(','));
    current.branchTargets[label] = std::move(targets);
    return expect(';');
  }
  if (token.isDirective(".callprototype") ||
      token.isDirective(".calltargets")) {
    while (!token.is(';') && token.kind != Token::End)
      advance();
    return expect(';');
  }
  if (!current.labels.try_emplace(label, uint32_t(function.body.size())).second)
    return fail("label is defined twice: '" + label + "', before");
  return false;
}

bool Parser::parseInstruction(Function &function) {
  Instruction instruction;
  instruction.line = token.line;
  instruction.scope = scope;
  instruction.loc = loc;
  if (accept('@')) {
    instruction.guardNegated = accept('!');
    if (expectName(instruction.guard, "a predicate"))
      return true;
  }
  Token first = token;
  if (expectName(instruction.opcode, "an opcode"))
    return true;
  if (instruction.guard.empty() && accept(':'))
    return parseLabel(function, first.text);
  const char *end = first.text.end();
  while (token.kind == Token::Directive && token.text.begin() == end) {
    end = token.text.end();
    advance();
  }
  instruction.opcode =
      llvm::StringRef(first.text.begin(), end - first.text.begin());
  if (!token.is(';')) {
    do {
      instruction.operands.emplace_back();
      if (parseOperand(instruction.operands.back()))
        return true;
    } while (accept(','));
  }
  if (expect(';'))
    return true;
  function.body.push_back(std::move(instruction));
  return false;
}

/// An integer with any number of signs before it, `+-16` included.
bool Parser::parseSigned(int64_t &value) {
  bool minus = false;
  while (token.is('-') || token.is('+')) {
    minus ^= token.is('-');
    advance();
  }
  uint64_t bits;
  if (expectInteger(bits))
    return true;
  value = int64_t(minus ? 0 - bits : bits);
  return false;
}

/// Comma-separated operands up to `close`.
bool Parser::parseElements(std::vector<Operand> &elements, char close,
                           unsigned depth) {
  if (accept(close))
    return false;
  do {
    elements.emplace_back();
    if (parseOperand(elements.back(), depth + 1))
      return true;
  } while (accept(','));
  return expect(close);
}

/// `[base]`, `[base+8]`, `[8]`, `[base, {x, y}]`; the bracket is consumed.
bool Parser::parseAddress(Operand &operand, unsigned depth) {
  operand.kind = Operand::Address;
  if (token.kind == Token::Name) {
    operand.name = token.text;
    advance();
  }
  if (operand.name.empty() || token.is('+') || token.is('-'))
    if (parseSigned(operand.offset))
      return true;
  if (accept(',')) {
    if (expect('{') || parseElements(operand.elements, '}', depth))
      return true;
  }
  return expect(']');
}

/// `%r1`, `%tid.x`, `d|p`, `_|p`, `sym+4`.
bool Parser::parseNameOperand(Operand &operand) {
  operand.name = token.text;
  const char *end = token.text.end();
  advance();
  if (token.kind == Token::Directive && token.text.begin() == end) {
    operand.name = llvm::StringRef(operand.name.begin(),
                                   operand.name.size() + token.text.size());
    advance();
  }
  if (operand.name == "_")
    operand.kind = Operand::Sink;
  if (accept('|'))
    return expectName(operand.second, "the second destination");
  if (token.is('+') || token.is('-'))
    return parseSigned(operand.offset);
  return false;
}

bool Parser::parseOperand(Operand &operand, unsigned depth) {
  if (depth > 3)
    return fail("operand is nested too deeply");
  if (accept('['))
    return parseAddress(operand, depth);
  if (accept('{')) {
    operand.kind = Operand::Vector;
    return parseElements(operand.elements, '}', depth);
  }
  if (accept('(')) {
    operand.kind = Operand::List;
    return parseElements(operand.elements, ')', depth);
  }
  operand.negated = accept('!');
  if (token.kind == Token::Name)
    return parseNameOperand(operand);
  bool minus = false;
  while (token.is('-')) {
    minus = !minus;
    advance();
  }
  operand.bits = token.bits;
  if (token.kind == Token::Integer)
    operand.kind = Operand::Integer;
  else if (token.kind == Token::Float32)
    operand.kind = Operand::Float32;
  else if (token.kind == Token::Float64)
    operand.kind = Operand::Float64;
  else
    return fail("expected an operand");
  if (minus)
    operand.bits = operand.kind == Operand::Integer ? 0 - operand.bits
                   : operand.kind == Operand::Float32
                       ? operand.bits ^ 0x80000000u
                       : operand.bits ^ (uint64_t(1) << 63);
  advance();
  return false;
}
