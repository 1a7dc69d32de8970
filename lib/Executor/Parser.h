// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The recursive-descent parser's state, shared by its three files: module
// level, declarations, function bodies. Methods return true on error, after the
// first error has been stored.

#ifndef DLK_LIB_EXECUTOR_PARSER_H
#define DLK_LIB_EXECUTOR_PARSER_H

#include "Ast.h"
#include "Lexer.h"

namespace dlk::exec {

class Parser {
public:
  Parser(llvm::StringRef text, llvm::StringRef name) : lexer(text), name(name) {
    advance();
  }
  llvm::Expected<ParsedModule> run();

private:
  // Module level (Parser.cpp).
  bool parseTopLevel();
  bool parseFunction(bool isEntry);
  bool parseFunctionDirectives(Function &function);
  bool parseDim3(std::optional<Dim3> &dim);
  bool parseVersionOrTarget(llvm::StringRef &value);
  bool parseFile();
  bool skipSection();
  void skipLine();

  // Declarations (ParseDeclarations.cpp).
  bool parseVariables(std::vector<Variable> &out, llvm::StringRef space,
                      bool external);
  bool parseParams(std::vector<Variable> &out);
  bool parseDeclarator(Variable &variable, uint64_t elementBytes);
  bool parseAttributes(uint64_t &align, std::optional<Type> &type,
                       uint64_t &vector);
  bool parseInitialiser(Variable &variable, uint64_t elementBytes);
  bool parseInitElement(Variable &variable, uint64_t elementBytes);
  bool parseInitSymbol(Variable &variable);
  bool parseRegisters(Scope &scope);

  // Bodies (ParseBody.cpp).
  bool parseBody(Function &function);
  bool parseBodyItem(Function &function);
  bool parseBodyDirective(Function &function);
  bool parseInstruction(Function &function);
  bool parseLabel(Function &function, llvm::StringRef label);
  bool parseLoc();
  bool parsePlace(uint32_t &file, uint32_t &line, uint32_t &column);
  bool parseOperand(Operand &operand, unsigned depth = 0);
  bool parseElements(std::vector<Operand> &elements, char close,
                     unsigned depth);
  bool parseAddress(Operand &operand, unsigned depth);
  bool parseNameOperand(Operand &operand);
  bool parseSigned(int64_t &value);

  // Tokens.
  void advance() { token = lexer.next(); }
  bool accept(char c);
  bool expect(char c);
  bool expectName(llvm::StringRef &text, llvm::StringRef what);
  bool expectInteger(uint64_t &value);
  bool fail(const llvm::Twine &message);
  bool failAt(uint32_t line, const llvm::Twine &message);

  Lexer lexer;
  llvm::StringRef name;
  Token token;
  ParsedModule module;
  std::string error;
  uint32_t scope = 0; ///< The innermost open scope of the body being parsed.
  SourceLoc loc;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_PARSER_H
