// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PTX at module level: version, target, files, debug sections, variables and
// functions with their directives.

#include "Parser.h"
#include "llvm/ADT/StringSwitch.h"

using namespace dlk::exec;

bool Parser::failAt(uint32_t line, const llvm::Twine &message) {
  if (error.empty())
    error = (name + ":" + llvm::Twine(line) + ": " + message).str();
  return true;
}

bool Parser::fail(const llvm::Twine &message) {
  if (token.kind == Token::Error)
    return failAt(token.line, token.text);
  if (token.kind == Token::End)
    return failAt(token.line, message + ": the text ends here");
  return failAt(token.line, message + ": '" + token.text + "'");
}

bool Parser::accept(char c) {
  if (!token.is(c))
    return false;
  advance();
  return true;
}

bool Parser::expect(char c) {
  if (accept(c))
    return false;
  return fail(llvm::Twine("expected '") + llvm::Twine(c) + "'");
}

bool Parser::expectName(llvm::StringRef &text, llvm::StringRef what) {
  if (token.kind != Token::Name)
    return fail("expected " + what);
  text = token.text;
  advance();
  return false;
}

bool Parser::expectInteger(uint64_t &value) {
  if (token.kind != Token::Integer)
    return fail("expected an integer");
  value = token.bits;
  advance();
  return false;
}

void Parser::skipLine() {
  uint32_t line = token.line;
  while (token.line == line && token.kind != Token::End)
    advance();
}

/// `.section .debug_info { ... }`: skipped to its closing brace.
bool Parser::skipSection() {
  while (!token.is('{')) {
    if (token.kind == Token::End)
      return fail("expected '{' of a section");
    advance();
  }
  unsigned depth = 0;
  do {
    if (token.is('{'))
      ++depth;
    if (token.is('}'))
      --depth;
    if (token.kind == Token::End || token.kind == Token::Error)
      return fail("section is not closed");
    advance();
  } while (depth);
  return false;
}

bool Parser::parseFile() {
  uint32_t line = token.line;
  uint64_t number;
  if (expectInteger(number))
    return true;
  if (token.kind != Token::String)
    return fail("expected a file name");
  module.files.emplace_back(uint32_t(number), token.text.str());
  while (token.line == line && token.kind != Token::End)
    advance();
  return false;
}

/// The rest of a .version or .target line; `value` is its first word.
bool Parser::parseVersionOrTarget(llvm::StringRef &value) {
  if (token.kind != Token::Name && token.kind != Token::Integer &&
      token.kind != Token::Float64)
    return fail("expected a name or a number");
  value = token.text;
  skipLine();
  return false;
}

bool Parser::parseTopLevel() {
  if (accept(';'))
    return false;
  if (token.kind == Token::Name)
    return fail("expected a directive");
  if (token.kind != Token::Directive)
    return fail("expected a directive");
  llvm::StringRef word = token.text;
  if (word == ".file") {
    advance();
    return parseFile();
  }
  if (word == ".section")
    return skipSection();
  if (word == ".version" || word == ".target") {
    advance();
    return parseVersionOrTarget(word == ".version" ? module.version
                                                   : module.target);
  }
  if (word == ".address_size") {
    advance();
    if (token.kind != Token::Integer || token.bits != 64)
      return fail("only 64-bit addresses are supported");
    advance();
    return false;
  }
  if (word == ".pragma") {
    while (!token.is(';') && token.kind != Token::End)
      advance();
    return false;
  }
  bool external = false;
  while (token.kind == Token::Directive &&
         (token.text == ".visible" || token.text == ".weak" ||
          token.text == ".extern" || token.text == ".common")) {
    external |= token.text == ".extern";
    advance();
  }
  if (token.isDirective(".entry") || token.isDirective(".func")) {
    bool isEntry = token.text == ".entry";
    advance();
    return parseFunction(isEntry);
  }
  for (llvm::StringRef space : {".global", ".const", ".shared"})
    if (token.isDirective(space)) {
      advance();
      return parseVariables(module.variables, space.drop_front(), external);
    }
  return fail("unsupported directive");
}

bool Parser::parseDim3(std::optional<Dim3> &dim) {
  uint32_t values[3] = {1, 1, 1};
  for (uint32_t &value : values) {
    uint64_t number;
    if (expectInteger(number))
      return true;
    if (number == 0 || number > UINT32_MAX)
      return fail("dimension out of range");
    value = uint32_t(number);
    if (!accept(','))
      break;
  }
  dim = Dim3{values[0], values[1], values[2]};
  return false;
}

/// What stands between a function's parameters and its body.
bool Parser::parseFunctionDirectives(Function &function) {
  while (token.kind == Token::Directive) {
    llvm::StringRef word = token.text;
    advance();
    std::optional<Dim3> ignored;
    if (word == ".maxntid" || word == ".reqntid" ||
        word == ".reqnctapercluster" || word == ".maxclusterrank" ||
        word == ".minnctapersm" || word == ".maxnctapersm" ||
        word == ".maxnreg") {
      std::optional<Dim3> &dim = word == ".maxntid"   ? function.maxThreads
                                 : word == ".reqntid" ? function.requiredThreads
                                 : word == ".reqnctapercluster"
                                     ? function.requiredCluster
                                     : ignored;
      if (parseDim3(dim))
        return true;
    } else if (word == ".pragma") {
      while (!token.is(';') && token.kind != Token::End)
        advance();
      accept(';');
    } else if (word != ".noreturn" && word != ".explicitcluster" &&
               word != ".blocksareclusters" && word != ".FORCE_INLINE") {
      return failAt(token.line,
                    "unsupported function directive: '" + word + "'");
    }
  }
  return false;
}

bool Parser::parseFunction(bool isEntry) {
  Function function;
  function.isEntry = isEntry;
  function.line = token.line;
  if (!isEntry && token.is('(') && parseParams(function.returns))
    return true;
  if (expectName(function.name, "a function name"))
    return true;
  if (token.is('(') && parseParams(function.params))
    return true;
  if (parseFunctionDirectives(function))
    return true;
  function.scopes.emplace_back();
  if (!accept(';')) {
    if (expect('{'))
      return true;
    function.hasBody = true;
    if (parseBody(function))
      return true;
  }
  for (const Function &other : module.functions)
    if (other.name == function.name && other.hasBody && function.hasBody)
      return failAt(function.line,
                    "function is defined twice: '" + function.name + "'");
  module.functions.push_back(std::move(function));
  return false;
}

llvm::Expected<ParsedModule> Parser::run() {
  while (token.kind != Token::End)
    if (parseTopLevel())
      return llvm::createStringError(error);
  if (module.version.empty())
    return llvm::createStringError(name + ":1: no .version: this is no PTX");
  if (module.target.empty())
    return llvm::createStringError(name + ":1: no .target");
  return std::move(module);
}

llvm::Expected<ParsedModule> dlk::exec::parsePtx(llvm::StringRef text,
                                                 llvm::StringRef name) {
  return Parser(text, name).run();
}
