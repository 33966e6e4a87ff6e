//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expressions: precedence climbing over the binary operators, and strings with
// interpolated values.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Reporter.h"
#include "llvm/ADT/StringExtras.h"

using namespace vitrail::frontend;

namespace {

struct OperatorInfo {
  BinaryOperator op;
  TokenKind token;
  int precedence;
  llvm::StringRef spelling;
};

constexpr int notPrecedence = 3;
constexpr int comparisonPrecedence = 4;
constexpr int rangePrecedence = 5;

constexpr OperatorInfo operators[] = {
    {BinaryOperator::Or, TokenKind::Or, 1, "or"},
    {BinaryOperator::And, TokenKind::And, 2, "and"},
    {BinaryOperator::Equal, TokenKind::EqualEqual, comparisonPrecedence, "=="},
    {BinaryOperator::NotEqual, TokenKind::NotEqual, comparisonPrecedence, "!="},
    {BinaryOperator::Less, TokenKind::Less, comparisonPrecedence, "<"},
    {BinaryOperator::LessEqual, TokenKind::LessEqual, comparisonPrecedence,
     "<="},
    {BinaryOperator::Greater, TokenKind::Greater, comparisonPrecedence, ">"},
    {BinaryOperator::GreaterEqual, TokenKind::GreaterEqual,
     comparisonPrecedence, ">="},
    {BinaryOperator::Range, TokenKind::DotDot, rangePrecedence, ".."},
    {BinaryOperator::Add, TokenKind::Plus, 6, "+"},
    {BinaryOperator::Subtract, TokenKind::Minus, 6, "-"},
    {BinaryOperator::Multiply, TokenKind::Star, 7, "*"},
    {BinaryOperator::Divide, TokenKind::Slash, 7, "/"},
    {BinaryOperator::Remainder, TokenKind::Percent, 7, "%"},
};

const OperatorInfo *findOperator(TokenKind token) {
  for (const OperatorInfo &info : operators)
    if (info.token == token)
      return &info;
  return nullptr;
}

} // namespace

llvm::StringRef vitrail::frontend::getSpelling(BinaryOperator op) {
  for (const OperatorInfo &info : operators)
    if (info.op == op)
      return info.spelling;
  return "";
}

ExprPtr Parser::parseWholeExpr() {
  ExprPtr expr = parseExpr();
  if (expr && position + 1 != tokens.size()) {
    failExpected("the end of the expression");
    return nullptr;
  }
  return expr;
}

ExprPtr Parser::parseExpr() {
  Nested nested(*this);
  return checkNesting() ? parseBinary(0) : nullptr;
}

/// Operators at least as tight as `minPrecedence`; those of one precedence
/// group to the left.
ExprPtr Parser::parseBinary(int minPrecedence) {
  ExprPtr lhs;
  if (at(TokenKind::Not) && minPrecedence <= notPrecedence) {
    auto negation = std::make_unique<UnaryExpr>(advance().getLoc());
    negation->op = UnaryOperator::Not;
    Nested nested(*this);
    if (!checkNesting() || !(negation->operand = parseBinary(notPrecedence)) ||
        !checkDepth(*negation, negation->operand.get()))
      return nullptr;
    lhs = std::move(negation);
  } else {
    lhs = parseUnary();
  }
  bool hasComparison = false;
  while (lhs) {
    const OperatorInfo *info = findOperator(peek().kind);
    if (!info || info->precedence < minPrecedence)
      return lhs;
    bool isComparison = info->precedence == comparisonPrecedence;
    if (isComparison && std::exchange(hasComparison, true)) {
      reporter.error(peek().getLoc())
          << "comparisons do not chain; join them with 'and'";
      return nullptr;
    }
    hasComparison &= isComparison;
    auto binary = std::make_unique<BinaryExpr>(advance().getLoc());
    binary->op = info->op;
    binary->lhs = std::move(lhs);
    binary->rhs = parseBinary(info->precedence + 1);
    if (!binary->rhs || !checkDepth(*binary, binary->lhs.get()) ||
        !checkDepth(*binary, binary->rhs.get()))
      return nullptr;
    lhs = std::move(binary);
  }
  return nullptr;
}

ExprPtr Parser::parseUnary() {
  if (!at(TokenKind::Minus))
    return parsePostfix();
  auto negation = std::make_unique<UnaryExpr>(advance().getLoc());
  Nested nested(*this);
  if (!checkNesting() || !(negation->operand = parseUnary()) ||
      !checkDepth(*negation, negation->operand.get()))
    return nullptr;
  return negation;
}

ExprPtr Parser::parsePostfix() {
  ExprPtr expr = parsePrimary();
  while (expr && at(TokenKind::LeftBracket))
    expr = parseIndex(std::move(expr));
  return expr;
}

ExprPtr Parser::parsePrimary() {
  switch (peek().kind) {
  case TokenKind::Integer:
  case TokenKind::Float:
    return parseNumber();
  case TokenKind::True:
  case TokenKind::False: {
    auto boolean = std::make_unique<BooleanExpr>(peek().getLoc());
    boolean->value = advance().is(TokenKind::True);
    return boolean;
  }
  case TokenKind::String:
    return parseString();
  case TokenKind::Name:
    // An operand was forgotten when what follows is the next assignment.
    if (!peek().startsLine || !peek(1).is(TokenKind::Equal))
      return parseNameOrCall();
    break;
  case TokenKind::LeftParen:
    return parseParenthesised();
  case TokenKind::LeftBracket:
    return parseListOrComprehension();
  case TokenKind::If:
    return parseConditional();
  case TokenKind::In:
    return parseScopeExpr();
  default:
    break;
  }
  failExpected("an expression");
  return nullptr;
}

ExprPtr Parser::parseNumber() {
  const Token &token = advance();
  if (token.is(TokenKind::Integer)) {
    auto integer = std::make_unique<IntegerExpr>(token.getLoc());
    if (!token.text.getAsInteger(10, integer->value))
      return integer;
  } else {
    auto number = std::make_unique<FloatExpr>(token.getLoc());
    if (!token.text.getAsDouble(number->value) &&
        std::abs(number->value) <= std::numeric_limits<double>::max())
      return number;
  }
  reporter.error(token.getLoc())
      << "number '" << token.text << "' is out of range";
  return nullptr;
}

/// call = name "(" [argument {"," argument}] ")"
ExprPtr Parser::parseNameOrCall() {
  const Token &token = advance();
  if (!at(TokenKind::LeftParen)) {
    auto name = std::make_unique<NameExpr>(token.getLoc());
    name->name = token.text;
    return name;
  }
  llvm::SMLoc openLoc = advance().getLoc();
  auto call = std::make_unique<CallExpr>(token.getLoc());
  call->callee = token.text;
  bool parsed = parseList(TokenKind::RightParen, openLoc,
                          [&] { return parseArgument(*call); });
  return parsed ? std::move(call) : nullptr;
}

/// argument = [name "="] expr
bool Parser::parseArgument(CallExpr &call) {
  CallExpr::Argument &argument = call.arguments.emplace_back();
  if (at(TokenKind::Name) && peek(1).is(TokenKind::Equal)) {
    const Token &name = advance();
    argument.name = {name.text, name.getLoc()};
    advance();
  } else if (call.arguments.size() > 1 &&
             !call.arguments[call.arguments.size() - 2].name.text.empty()) {
    return failExpected("a named argument after a named one");
  }
  argument.value = parseExpr();
  return argument.value && checkDepth(call, argument.value.get());
}

ExprPtr Parser::parseParenthesised() {
  llvm::SMLoc openLoc = advance().getLoc();
  ExprPtr expr = parseExpr();
  if (!expr || !expectClosing(TokenKind::RightParen, openLoc))
    return nullptr;
  return expr;
}

/// "[" [expr {"," expr}] "]", or "[" expr "for" name "in" expr "]"
ExprPtr Parser::parseListOrComprehension() {
  llvm::SMLoc openLoc = advance().getLoc();
  auto list = std::make_unique<ListExpr>(openLoc);
  if (consumeIf(TokenKind::RightBracket))
    return list;
  ExprPtr first = parseExpr();
  if (!first)
    return nullptr;
  if (consumeIf(TokenKind::For)) {
    auto map = std::make_unique<ComprehensionExpr>(openLoc);
    map->element = std::move(first);
    if (!expectName(map->variable, "after 'for'") ||
        !expect(TokenKind::In, "after the variable") ||
        !(map->sequence = parseExpr()) ||
        !checkDepth(*map, map->element.get()) ||
        !checkDepth(*map, map->sequence.get()) ||
        !expectClosing(TokenKind::RightBracket, openLoc))
      return nullptr;
    return map;
  }
  bool fits = checkDepth(*list, first.get());
  list->elements.push_back(std::move(first));
  if (!fits || (!consumeIf(TokenKind::Comma) && !at(TokenKind::RightBracket))) {
    expectClosing(TokenKind::RightBracket, openLoc);
    return nullptr;
  }
  bool parsed = parseList(TokenKind::RightBracket, openLoc, [&] {
    ExprPtr element = parseExpr();
    if (!element || !checkDepth(*list, element.get()))
      return false;
    list->elements.push_back(std::move(element));
    return true;
  });
  return parsed ? std::move(list) : nullptr;
}

/// base "[" item {"," item} "]"
ExprPtr Parser::parseIndex(ExprPtr base) {
  llvm::SMLoc openLoc = advance().getLoc();
  auto index = std::make_unique<IndexExpr>(openLoc);
  if (!checkDepth(*index, base.get()))
    return nullptr;
  index->base = std::move(base);
  if (at(TokenKind::RightBracket)) {
    failExpected("an index");
    return nullptr;
  }
  bool parsed = parseList(TokenKind::RightBracket, openLoc,
                          [&] { return parseIndexItem(*index); });
  return parsed ? std::move(index) : nullptr;
}

/// item = expr | [expr] ":" [expr] [":" [expr]]
bool Parser::parseIndexItem(IndexExpr &index) {
  IndexExpr::Item &item = index.items.emplace_back();
  item.loc = peek().getLoc();
  auto atEnd = [&] {
    return at(TokenKind::Colon) || at(TokenKind::Comma) ||
           at(TokenKind::RightBracket);
  };
  auto parsePart = [&](ExprPtr &part) {
    part = parseExpr();
    return part && checkDepth(index, part.get());
  };
  if (!at(TokenKind::Colon) && !parsePart(item.start))
    return false;
  if (!consumeIf(TokenKind::Colon))
    return true;
  item.isSlice = true;
  if (!atEnd() && !parsePart(item.stop))
    return false;
  return !consumeIf(TokenKind::Colon) || atEnd() || parsePart(item.step);
}

/// "if" expr "then" expr "else" expr
ExprPtr Parser::parseConditional() {
  auto choice = std::make_unique<ConditionalExpr>(advance().getLoc());
  if (!(choice->condition = parseExpr()) ||
      !expect(TokenKind::Then, "after the condition") ||
      !(choice->thenValue = parseExpr()) ||
      !expect(TokenKind::Else, "and the value in the other case") ||
      !(choice->elseValue = parseExpr()) ||
      !checkDepth(*choice, choice->condition.get()) ||
      !checkDepth(*choice, choice->thenValue.get()) ||
      !checkDepth(*choice, choice->elseValue.get()))
    return nullptr;
  return choice;
}

/// "in" string ":" expr
ExprPtr Parser::parseScopeExpr() {
  auto scope = std::make_unique<ScopeExpr>(advance().getLoc());
  if (!at(TokenKind::String)) {
    failExpected("a parameter scope such as \"attn\" after 'in'");
    return nullptr;
  }
  if (!(scope->key = parseString()) ||
      !expect(TokenKind::Colon, "after a parameter scope") ||
      !(scope->value = parseExpr()) || !checkDepth(*scope, scope->key.get()) ||
      !checkDepth(*scope, scope->value.get()))
    return nullptr;
  return scope;
}

/// Text, escapes (\n \t \" \\ \{ \}), and expressions in braces.
ExprPtr Parser::parseString() {
  const Token &token = advance();
  auto string = std::make_unique<StringExpr>(token.getLoc());
  llvm::StringRef rest = token.text.drop_front();
  rest.consume_back("\"");
  std::string text;
  while (!rest.empty()) {
    char c = rest.front();
    if (c == '{') {
      string->pieces.push_back({std::exchange(text, ""), nullptr});
      if (!parseInterpolation(*string, rest))
        return nullptr;
      continue;
    }
    size_t length = 1;
    if (c == '\\' && rest.size() > 1) {
      length = 2;
      c = rest[1];
      if (!llvm::StringRef("nt\"\\{}").contains(c)) {
        reporter.error(llvm::SMLoc::getFromPointer(rest.data()))
            << "unknown escape '" << rest.take_front(2) << "'";
        return nullptr;
      }
      c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
    text += c;
    rest = rest.drop_front(length);
  }
  string->pieces.push_back({std::move(text), nullptr});
  return string;
}

/// "{" expr "}" at the front of `rest`, which moves past it.
bool Parser::parseInterpolation(StringExpr &string, llvm::StringRef &rest) {
  llvm::SMLoc loc = llvm::SMLoc::getFromPointer(rest.data());
  size_t end = rest.find('}');
  if (end == llvm::StringRef::npos) {
    reporter.error(loc) << "'{' in a string is not closed; write '\\{' for the "
                           "character itself";
    return false;
  }
  std::vector<Token> inner = lex(rest.slice(1, end), reporter);
  inner.back() = {TokenKind::RightBrace, rest.substr(end, 1), false};
  rest = rest.drop_front(end + 1);
  Nested nested(*this);
  ExprPtr expr = Parser(inner, reporter, nesting).parseWholeExpr();
  if (!expr || !checkDepth(string, expr.get()))
    return false;
  string.pieces.push_back({"", std::move(expr)});
  return true;
}
