//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Model text as a list of tokens. White space and line ends only separate
// tokens; `//` opens a comment that ends with the line.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_LEXER_H
#define VITRAIL_LIB_FRONTEND_LEXER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/SMLoc.h"
#include <string>
#include <vector>

namespace vitrail::frontend {

class Reporter;

enum class TokenKind {
  EndOfFile,
  Name,
  Integer,
  Float,
  String,
  // Keywords.
  And,
  Block,
  Config,
  Else,
  False,
  For,
  If,
  Import,
  In,
  Model,
  Not,
  Or,
  Preprocess,
  Preset,
  Require,
  Return,
  Then,
  True,
  // Punctuation.
  LeftParen,
  RightParen,
  LeftBracket,
  RightBracket,
  LeftBrace,
  RightBrace,
  Comma,
  Colon,
  Equal,
  Arrow,
  DotDot,
  Plus,
  Minus,
  Star,
  Slash,
  Percent,
  EqualEqual,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
};

struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  /// The token's characters in the source buffer; empty at the end of the file.
  llvm::StringRef text;
  /// Whether only white space precedes it on its line: where the parser may
  /// resume after an error.
  bool startsLine = false;

  bool is(TokenKind other) const { return kind == other; }
  llvm::SMLoc getLoc() const { return getPointerLoc(text.begin()); }
  llvm::SMLoc getEndLoc() const { return getPointerLoc(text.end()); }

private:
  static llvm::SMLoc getPointerLoc(const char *pointer) {
    return llvm::SMLoc::getFromPointer(pointer);
  }
};

/// "')'", "name 'x'", "end of file": what a message calls the token.
std::string describe(const Token &token);

/// "')'", "name": what a message calls any token of this kind.
std::string describe(TokenKind kind);

/// Whether the text is that of one name, which no keyword is.
bool isName(llvm::StringRef text);

/// Checks that the text is UTF-8 without null bytes.
bool isValidText(llvm::StringRef text, Reporter &reporter);

/// The tokens of `text`, which lies in a buffer of the reporter's sources; the
/// last one is EndOfFile. Errors are reported and skipped.
std::vector<Token> lex(llvm::StringRef text, Reporter &reporter);

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_LEXER_H
