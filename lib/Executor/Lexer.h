// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Cuts PTX text into tokens. Works on the caller's buffer without copying; a
// token is a view of it with its line.

#ifndef DLK_LIB_EXECUTOR_LEXER_H
#define DLK_LIB_EXECUTOR_LEXER_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace dlk::exec {

struct Token {
  enum Kind : uint8_t {
    End,
    Error,     ///< `text` says what is wrong.
    Name,      ///< Identifier, with % or $: "%r12", "$L__BB0_2", "add".
    Directive, ///< A dotted word: ".entry", ".L2::128B", ".x".
    Integer,   ///< `bits` is the value.
    Float32,   ///< 0f3F800000: `bits` is the pattern.
    Float64,   ///< 0d..., or a decimal number with a point: the f64 pattern.
    String,    ///< Without the quotes.
    Punct,     ///< One character.
  };
  Kind kind = End;
  uint32_t line = 1;
  llvm::StringRef text;
  uint64_t bits = 0;

  bool is(char c) const { return kind == Punct && text.front() == c; }
  bool isDirective(llvm::StringRef name) const {
    return kind == Directive && text == name;
  }
};

class Lexer {
public:
  explicit Lexer(llvm::StringRef buffer)
      : cursor(buffer.begin()), end(buffer.end()) {}

  Token next();

private:
  bool skipBlank();
  Token number();
  Token word(Token::Kind kind);
  Token make(Token::Kind kind, const char *start) const;
  Token error(llvm::StringRef message) const;

  const char *cursor;
  const char *end;
  uint32_t currentLine = 1;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_LEXER_H
