//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Lexer.h.
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"

#include <cctype>

using namespace vitrail::emulator;

static bool isLetter(char c) {
  return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
         c == '%';
}

bool Lexer::isWord() const {
  return !token.empty() && (isLetter(token[0]) || token[0] == '.');
}

void Lexer::skipSpace() {
  while (!rest.empty()) {
    size_t length = 0;
    if (rest.starts_with("//")) {
      length = rest.find('\n');
    } else if (rest.starts_with("/*")) {
      length = rest.find("*/");
      length = length == rest.npos ? length : length + 2;
    } else if (isspace(static_cast<unsigned char>(rest[0]))) {
      length = 1;
    } else {
      return;
    }
    length = std::min(length, rest.size());
    for (char c : rest.substr(0, length))
      line += c == '\n';
    rest.remove_prefix(length);
  }
}

void Lexer::advance() {
  skipSpace();
  tokenLine = line;
  size_t length = rest.empty() ? 0 : 1;
  if (length && (isLetter(rest[0]) || rest[0] == '.'))
    while (length < rest.size() &&
           (isLetter(rest[length]) || rest[length] == '.' ||
            rest.substr(length).starts_with("::") ||
            (rest[length] == ':' && rest[length - 1] == ':')))
      ++length;
  else if (length && rest[0] == '"')
    length = std::min(rest.find('"', 1), rest.size() - 1) + 1;
  token = rest.substr(0, length);
  rest.remove_prefix(length);
}

std::string_view Lexer::take() {
  std::string_view taken = token;
  if (taken.empty())
    fail("unexpected end of the text");
  advance();
  return taken;
}

bool Lexer::skip(std::string_view wanted) {
  if (token != wanted)
    return false;
  advance();
  return true;
}

void Lexer::expect(std::string_view wanted) {
  if (!skip(wanted))
    fail("expected '" + std::string(wanted) + "' instead of '" +
         std::string(token) + "'");
}
