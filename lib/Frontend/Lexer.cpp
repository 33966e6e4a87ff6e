//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Splits model text into tokens.
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"
#include "Reporter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include <array>

using namespace vitrail::frontend;

namespace {

struct Spelling {
  llvm::StringRef text;
  TokenKind kind;
};

constexpr std::array keywords = {
    Spelling{"and", TokenKind::And},
    Spelling{"block", TokenKind::Block},
    Spelling{"config", TokenKind::Config},
    Spelling{"else", TokenKind::Else},
    Spelling{"false", TokenKind::False},
    Spelling{"for", TokenKind::For},
    Spelling{"if", TokenKind::If},
    Spelling{"import", TokenKind::Import},
    Spelling{"in", TokenKind::In},
    Spelling{"model", TokenKind::Model},
    Spelling{"not", TokenKind::Not},
    Spelling{"or", TokenKind::Or},
    Spelling{"preprocess", TokenKind::Preprocess},
    Spelling{"preset", TokenKind::Preset},
    Spelling{"require", TokenKind::Require},
    Spelling{"return", TokenKind::Return},
    Spelling{"then", TokenKind::Then},
    Spelling{"true", TokenKind::True},
};

// Longer spellings first, so that the first match is the longest.
constexpr std::array punctuation = {
    Spelling{"->", TokenKind::Arrow},
    Spelling{"..", TokenKind::DotDot},
    Spelling{"==", TokenKind::EqualEqual},
    Spelling{"!=", TokenKind::NotEqual},
    Spelling{"<=", TokenKind::LessEqual},
    Spelling{">=", TokenKind::GreaterEqual},
    Spelling{"(", TokenKind::LeftParen},
    Spelling{")", TokenKind::RightParen},
    Spelling{"[", TokenKind::LeftBracket},
    Spelling{"]", TokenKind::RightBracket},
    Spelling{"{", TokenKind::LeftBrace},
    Spelling{"}", TokenKind::RightBrace},
    Spelling{",", TokenKind::Comma},
    Spelling{":", TokenKind::Colon},
    Spelling{"=", TokenKind::Equal},
    Spelling{"+", TokenKind::Plus},
    Spelling{"-", TokenKind::Minus},
    Spelling{"*", TokenKind::Star},
    Spelling{"/", TokenKind::Slash},
    Spelling{"%", TokenKind::Percent},
    Spelling{"<", TokenKind::Less},
    Spelling{">", TokenKind::Greater},
};

bool isNameStart(char c) { return llvm::isAlpha(c) || c == '_'; }
bool isNamePart(char c) { return llvm::isAlnum(c) || c == '_'; }

const Spelling *findKeyword(llvm::StringRef text) {
  const auto *keyword = llvm::find_if(
      keywords, [&](const Spelling &entry) { return entry.text == text; });
  return keyword == keywords.end() ? nullptr : keyword;
}

class Lexer {
public:
  Lexer(llvm::StringRef text, Reporter &reporter)
      : rest(text), reporter(reporter) {}

  std::vector<Token> run();

private:
  void skipSpace();
  void lexToken();
  void lexNumber();
  void lexString();
  void skipUnexpected();
  void push(TokenKind kind, size_t length);
  size_t countWhile(bool (*matches)(char), size_t from) const;

  /// What is still to be read.
  llvm::StringRef rest;
  Reporter &reporter;
  bool startsLine = true;
  std::vector<Token> tokens;
};

} // namespace

std::vector<Token> Lexer::run() {
  for (skipSpace(); !rest.empty(); skipSpace())
    lexToken();
  push(TokenKind::EndOfFile, 0);
  return std::move(tokens);
}

void Lexer::skipSpace() {
  while (!rest.empty()) {
    if (rest.starts_with("//")) {
      rest = rest.drop_front(std::min(rest.find('\n'), rest.size()));
    } else if (llvm::isSpace(rest.front())) {
      startsLine |= rest.front() == '\n';
      rest = rest.drop_front();
    } else {
      return;
    }
  }
}

void Lexer::lexToken() {
  char first = rest.front();
  if (llvm::isDigit(first))
    return lexNumber();
  if (first == '"')
    return lexString();
  if (isNameStart(first)) {
    size_t length = countWhile(isNamePart, 0);
    const Spelling *keyword = findKeyword(rest.take_front(length));
    return push(keyword ? keyword->kind : TokenKind::Name, length);
  }
  for (const Spelling &entry : punctuation)
    if (rest.starts_with(entry.text))
      return push(entry.kind, entry.text.size());
  skipUnexpected();
}

/// 12, 0.5, 1e-6. `0..4` is a range: a fraction needs a digit after its point.
void Lexer::lexNumber() {
  auto isDigitAt = [&](size_t index) {
    return index < rest.size() && llvm::isDigit(rest[index]);
  };
  size_t length = countWhile(llvm::isDigit, 0);
  bool isFloat = false;
  if (rest.substr(length).starts_with(".") && isDigitAt(length + 1)) {
    isFloat = true;
    length = countWhile(llvm::isDigit, length + 1);
  }
  if (length < rest.size() && llvm::toLower(rest[length]) == 'e') {
    size_t digits = length + 1;
    if (digits < rest.size() && (rest[digits] == '+' || rest[digits] == '-'))
      ++digits;
    if (isDigitAt(digits)) {
      isFloat = true;
      length = countWhile(llvm::isDigit, digits);
    }
  }
  size_t end = countWhile(isNamePart, length);
  if (end != length)
    reporter.error(llvm::SMLoc::getFromPointer(rest.data()))
        << "malformed number '" << rest.take_front(end) << "'";
  push(isFloat ? TokenKind::Float : TokenKind::Integer, length);
  rest = rest.drop_front(end - length);
}

/// The token keeps its quotes; the parser deals with escapes.
void Lexer::lexString() {
  size_t length = 1;
  while (length < rest.size() && rest[length] != '"' && rest[length] != '\n') {
    bool isEscape = rest[length] == '\\' && length + 1 < rest.size() &&
                    rest[length + 1] != '\n';
    length += isEscape ? 2 : 1;
  }
  if (length < rest.size() && rest[length] == '"')
    return push(TokenKind::String, length + 1);
  reporter.error(llvm::SMLoc::getFromPointer(rest.data()))
      << "string is not closed on its line";
  push(TokenKind::String, length);
}

/// Reports a run of characters that begin no token as one error.
void Lexer::skipUnexpected() {
  size_t length = 1;
  while (length < rest.size() &&
         static_cast<unsigned char>(rest[length]) >= 0x80)
    ++length;
  reporter.error(llvm::SMLoc::getFromPointer(rest.data()))
      << "unexpected character '" << rest.take_front(length) << "'";
  rest = rest.drop_front(length);
}

void Lexer::push(TokenKind kind, size_t length) {
  tokens.push_back({kind, rest.take_front(length), startsLine});
  rest = rest.drop_front(length);
  startsLine = false;
}

size_t Lexer::countWhile(bool (*matches)(char), size_t from) const {
  while (from < rest.size() && matches(rest[from]))
    ++from;
  return from;
}

std::vector<Token> vitrail::frontend::lex(llvm::StringRef text,
                                          Reporter &reporter) {
  return Lexer(text, reporter).run();
}

bool vitrail::frontend::isName(llvm::StringRef text) {
  return !text.empty() && isNameStart(text.front()) &&
         llvm::all_of(text, isNamePart) && !findKeyword(text);
}

bool vitrail::frontend::isValidText(llvm::StringRef text, Reporter &reporter) {
  const auto *start = reinterpret_cast<const llvm::UTF8 *>(text.begin());
  const auto *end = reinterpret_cast<const llvm::UTF8 *>(text.end());
  const llvm::UTF8 *position = start;
  llvm::isLegalUTF8String(&position, end);
  size_t null = text.find('\0');
  size_t legal = position - start;
  if (null == llvm::StringRef::npos && legal == text.size())
    return true;
  size_t offset = std::min(null, legal);
  reporter.error(llvm::SMLoc::getFromPointer(text.data() + offset))
      << (offset == null ? "null byte in model text"
                         : "model text is not valid UTF-8");
  return false;
}

std::string vitrail::frontend::describe(TokenKind kind) {
  for (const Spelling &entry : keywords)
    if (entry.kind == kind)
      return ("'" + entry.text + "'").str();
  for (const Spelling &entry : punctuation)
    if (entry.kind == kind)
      return ("'" + entry.text + "'").str();
  switch (kind) {
  case TokenKind::EndOfFile:
    return "end of file";
  case TokenKind::String:
    return "a string";
  case TokenKind::Name:
    return "a name";
  default:
    return "a number";
  }
}

std::string vitrail::frontend::describe(const Token &token) {
  if (token.is(TokenKind::EndOfFile))
    return "end of file";
  if (token.is(TokenKind::String))
    return "a string";
  return ("'" + token.text + "'").str();
}
