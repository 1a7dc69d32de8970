// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declarations: variables with alignment, arrays and initialisers, function
// parameters, and registers.

#include "Parser.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk::exec;

/// No variable may be larger; keeps sizes far from overflow.
static constexpr uint64_t MaxBytes = uint64_t(1) << 40;

/// `.align 16`, `.v4`, the type, and `.ptr .global .align 8` of parameters, in
/// any order.
bool Parser::parseAttributes(uint64_t &align, std::optional<Type> &type,
                             uint64_t &vector) {
  bool pointer = false;
  while (token.kind == Token::Directive) {
    llvm::StringRef word = token.text.drop_front();
    if (word == "align") {
      advance();
      uint64_t value;
      if (expectInteger(value))
        return true;
      if (!llvm::isPowerOf2_64(value))
        return fail("alignment is no power of two");
      if (!pointer)
        align = std::max(align, value);
      continue;
    }
    if (word == "ptr")
      pointer = true;
    else if (word == "v2" || word == "v4" || word == "v8")
      vector = word[1] - '0';
    else if (std::optional<Type> parsed = parseType(word))
      type = parsed;
    else if (!pointer ||
             (word != "global" && word != "shared" && word != "const" &&
              word != "local" && word != "param"))
      if (word != "attribute")
        return fail("unsupported attribute of a declaration");
    advance();
  }
  return false;
}

/// `name`, `name[4]`, `name[]`, `name[2][3]`.
bool Parser::parseDeclarator(Variable &variable, uint64_t elementBytes) {
  variable.line = token.line;
  if (token.kind != Token::Name)
    return fail("expected the name of a variable");
  variable.name = token.text;
  advance();
  variable.bytes = elementBytes;
  while (accept('[')) {
    uint64_t count = 0;
    if (!token.is(']') && expectInteger(count))
      return true;
    if (expect(']'))
      return true;
    if (count && variable.bytes > MaxBytes / count)
      return failAt(variable.line,
                    "variable is too large: '" + variable.name + "'");
    variable.bytes *= count;
  }
  return false;
}

bool Parser::parseVariables(std::vector<Variable> &out, llvm::StringRef space,
                            bool external) {
  uint64_t align = 1, vector = 1;
  std::optional<Type> type;
  if (parseAttributes(align, type, vector))
    return true;
  if (!type)
    return fail("expected a type");
  uint64_t elementBytes = typeBytes(*type) * vector;
  do {
    Variable variable;
    variable.space = space;
    variable.external = external;
    variable.align = std::max<uint64_t>(align, elementBytes);
    if (parseDeclarator(variable, elementBytes))
      return true;
    if (token.is('<'))
      return fail("parameterised variables are not supported");
    if (accept('=') && parseInitialiser(variable, typeBytes(*type)))
      return true;
    if (variable.init.size() > variable.bytes && variable.bytes)
      return failAt(variable.line,
                    "initialiser is longer than the variable: '" +
                        variable.name + "'");
    variable.bytes = std::max<uint64_t>(variable.bytes, variable.init.size());
    out.push_back(std::move(variable));
  } while (accept(','));
  return expect(';');
}

bool Parser::parseParams(std::vector<Variable> &out) {
  if (expect('('))
    return true;
  if (accept(')'))
    return false;
  do {
    if (!token.isDirective(".param") && !token.isDirective(".reg"))
      return fail("expected .param");
    advance();
    uint64_t align = 1, vector = 1;
    std::optional<Type> type;
    if (parseAttributes(align, type, vector))
      return true;
    if (!type)
      return fail("expected a type");
    Variable variable;
    variable.space = "param";
    variable.align = std::max<uint64_t>(align, typeBytes(*type) * vector);
    if (parseDeclarator(variable, typeBytes(*type) * vector))
      return true;
    out.push_back(std::move(variable));
  } while (accept(','));
  return expect(')');
}

/// A symbol's address: `name`, `name+4`, `generic(name)`, `generic(name)+4`.
bool Parser::parseInitSymbol(Variable &variable) {
  InitReloc reloc;
  reloc.offset = variable.init.size();
  bool generic = token.text == "generic";
  advance();
  if (generic) {
    if (expect('('))
      return true;
    if (expectName(reloc.symbol, "a symbol") || expect(')'))
      return true;
  }
  if (token.is('+') || token.is('-'))
    if (parseSigned(reloc.addend))
      return true;
  variable.relocs.push_back(reloc);
  return false;
}

bool Parser::parseInitElement(Variable &variable, uint64_t elementBytes) {
  uint64_t value = 0;
  if (token.kind == Token::Name) {
    llvm::StringRef symbol = token.text;
    if (elementBytes != 8)
      return fail("an address needs an 8-byte element");
    if (parseInitSymbol(variable))
      return true;
    if (symbol != "generic")
      variable.relocs.back().symbol = symbol;
  } else {
    Operand literal;
    if (parseOperand(literal))
      return true;
    if (literal.kind == Operand::Float64 && elementBytes == 4)
      value =
          llvm::bit_cast<uint32_t>(float(llvm::bit_cast<double>(literal.bits)));
    else if (literal.kind == Operand::Integer ||
             literal.kind == Operand::Float32 ||
             literal.kind == Operand::Float64)
      value = literal.bits;
    else
      return fail("expected a number");
  }
  for (unsigned i = 0; i < elementBytes; ++i)
    variable.init.push_back(i < 8 ? uint8_t(value >> (8 * i)) : 0);
  return false;
}

/// Nested braces are flattened, as arrays are row-major.
bool Parser::parseInitialiser(Variable &variable, uint64_t elementBytes) {
  if (!token.is('{'))
    return parseInitElement(variable, elementBytes);
  unsigned depth = 0;
  do {
    if (accept('{')) {
      ++depth;
    } else if (accept('}')) {
      --depth;
    } else if (accept(',')) {
      continue;
    } else if (parseInitElement(variable, elementBytes)) {
      return true;
    }
  } while (depth);
  return false;
}

/// `.reg .b32 %r<8>, %x;`
bool Parser::parseRegisters(Scope &scope) {
  uint64_t align = 1, vector = 1;
  std::optional<Type> type;
  if (parseAttributes(align, type, vector))
    return true;
  if (!type)
    return fail("expected a register type");
  if (vector != 1)
    return fail("vector registers are not supported");
  do {
    RegisterDecl decl;
    decl.type = *type;
    llvm::StringRef reg;
    if (expectName(reg, "a register name"))
      return true;
    if (accept('<')) {
      decl.range = true;
      if (expectInteger(decl.count) || expect('>'))
        return true;
    }
    if (!scope.registers.try_emplace(reg, decl).second)
      return fail("register is declared twice: '" + reg + "', before");
  } while (accept(','));
  return expect(';');
}
