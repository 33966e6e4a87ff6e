//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Words and signs of PTX.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_LEXER_H
#define VITRAIL_TEST_CUDAEMULATOR_LEXER_H

#include "Fault.h"

#include <string_view>

namespace vitrail::emulator {

/// A word has letters, digits, `%`, `$`, `_`, and dots and colons within an
/// opcode (`shared::cluster`); any other sign is a token of its own.
class Lexer {
public:
  explicit Lexer(std::string_view text) : rest(text) { advance(); }

  std::string_view peek() const { return token; }
  bool atEnd() const { return token.empty(); }
  bool isWord() const;
  unsigned getLine() const { return tokenLine; }
  std::string_view take();
  /// Takes the token if it is this one.
  bool skip(std::string_view wanted);
  void expect(std::string_view wanted);
  [[noreturn]] void fail(const std::string &message) const {
    throw ProgramError(tokenLine, message);
  }

private:
  void skipSpace();
  void advance();

  std::string_view rest, token;
  unsigned line = 1, tokenLine = 1;
};

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_LEXER_H
