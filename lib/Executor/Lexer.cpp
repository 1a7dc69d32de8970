// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// PTX tokens. Comments and white space only separate; a dotted word keeps its
// "::" parts, so that an opcode is a name followed by adjacent dotted words.

#include "Lexer.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

using namespace dlk::exec;

static bool isWordChar(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '$';
}

Token Lexer::make(Token::Kind kind, const char *start) const {
  Token token;
  token.kind = kind;
  token.line = currentLine;
  token.text = llvm::StringRef(start, cursor - start);
  return token;
}

Token Lexer::error(llvm::StringRef message) const {
  Token token;
  token.kind = Token::Error;
  token.line = currentLine;
  token.text = message;
  return token;
}

/// Skips blanks and comments; false for a comment that never ends.
bool Lexer::skipBlank() {
  while (cursor != end) {
    if (*cursor == '\n') {
      ++currentLine;
      ++cursor;
    } else if (*cursor == ' ' || *cursor == '\t' || *cursor == '\r') {
      ++cursor;
    } else if (*cursor == '/' && cursor + 1 != end && cursor[1] == '/') {
      while (cursor != end && *cursor != '\n')
        ++cursor;
    } else if (*cursor == '/' && cursor + 1 != end && cursor[1] == '*') {
      for (cursor += 2;; ++cursor) {
        if (end - cursor < 2)
          return false;
        if (*cursor == '\n')
          ++currentLine;
        if (cursor[0] == '*' && cursor[1] == '/')
          break;
      }
      cursor += 2;
    } else {
      return true;
    }
  }
  return true;
}

Token Lexer::word(Token::Kind kind) {
  const char *start = cursor++;
  while (cursor != end) {
    if (isWordChar(*cursor)) {
      ++cursor;
    } else if (kind == Token::Directive && end - cursor > 2 &&
               cursor[0] == ':' && cursor[1] == ':') {
      cursor += 2;
    } else {
      break;
    }
  }
  return make(kind, start);
}

/// Decimal, octal, hexadecimal and binary integers with an optional U, bit
/// patterns 0f........ and 0d................, and decimal floats.
Token Lexer::number() {
  const char *start = cursor;
  while (cursor != end &&
         (isWordChar(*cursor) || *cursor == '.' ||
          ((*cursor == '+' || *cursor == '-') &&
           (cursor[-1] == 'e' || cursor[-1] == 'E') &&
           !llvm::StringRef(start, 2).equals_insensitive("0x"))))
    ++cursor;
  Token token = make(Token::Integer, start);
  llvm::StringRef text = token.text;
  llvm::StringRef prefix = text.take_front(2);
  if (prefix == "0f" || prefix == "0F" || prefix == "0d" || prefix == "0D") {
    bool single = prefix[1] == 'f' || prefix[1] == 'F';
    llvm::StringRef digits = text.drop_front(2);
    if (digits.size() != (single ? 8u : 16u) ||
        digits.getAsInteger(16, token.bits))
      return error("a float bit pattern needs 8 (0f) or 16 (0d) hex digits");
    token.kind = single ? Token::Float32 : Token::Float64;
    return token;
  }
  if (!prefix.equals_insensitive("0x") &&
      text.find_first_of(".eE") != llvm::StringRef::npos) {
    llvm::APFloat value(llvm::APFloat::IEEEdouble());
    auto status =
        value.convertFromString(text, llvm::APFloat::rmNearestTiesToEven);
    if (!status) {
      llvm::consumeError(status.takeError());
      return error("bad number");
    }
    token.kind = Token::Float64;
    token.bits = value.bitcastToAPInt().getZExtValue();
    return token;
  }
  llvm::StringRef digits = text;
  if (!digits.consume_back("U"))
    digits.consume_back("u");
  if (digits.getAsInteger(0, token.bits))
    return error("bad number");
  return token;
}

Token Lexer::next() {
  if (!skipBlank())
    return error("comment is not closed");
  if (cursor == end)
    return make(Token::End, cursor);
  char c = *cursor;
  bool more = end - cursor > 1;
  if (llvm::isAlpha(c) || c == '_' || c == '$' || c == '%')
    return word(Token::Name);
  if (c == '.' && more && (isWordChar(cursor[1])))
    return word(Token::Directive);
  if (llvm::isDigit(c))
    return number();
  if (c == '"') {
    const char *start = ++cursor;
    while (cursor != end && *cursor != '"' && *cursor != '\n')
      ++cursor;
    if (cursor == end || *cursor == '\n')
      return error("string is not closed");
    Token token = make(Token::String, start);
    ++cursor;
    return token;
  }
  const char *start = cursor++;
  if (!llvm::isPrint(c))
    return error("character that is no part of PTX");
  return make(Token::Punct, start);
}
