//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Statements, and how the parser finds the next one after an error.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Reporter.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail::frontend;

/// body = "{" { statement } "}"
bool Parser::parseBody(Body &body) {
  Nested nested(*this);
  if (!checkNesting())
    return false;
  llvm::SMLoc openLoc = peek().getLoc();
  return expect(TokenKind::LeftBrace, "to open a body") &&
         parseStatements(body) && expectClosing(TokenKind::RightBrace, openLoc);
}

/// Fails only when it makes no sense to go on: errors in single statements are
/// reported and stepped over.
bool Parser::parseStatements(Body &body) {
  while (!at(TokenKind::RightBrace) && !at(TokenKind::EndOfFile) &&
         !atDeclaration()) {
    if (!body.empty() && llvm::isa<ReturnStmt>(body.back().get()))
      reporter.error(peek().getLoc())
          << "statement after 'return' is never reached";
    if (StmtPtr statement = parseStatement())
      body.push_back(std::move(statement));
    else
      recoverToStatement();
    if (reporter.isFull())
      return false;
  }
  return true;
}

StmtPtr Parser::parseStatement() {
  switch (peek().kind) {
  case TokenKind::Name:
    return parseAssign();
  case TokenKind::For:
    return parseFor();
  case TokenKind::If:
    return parseIf();
  case TokenKind::In:
    return parseScope();
  case TokenKind::Return:
    return parseReturn();
  case TokenKind::Require:
    return parseRequire();
  case TokenKind::Preprocess:
    return parsePreprocess();
  default:
    reporter.error(peek().getLoc())
        << "expected a statement, found " << describe(peek());
    return nullptr;
  }
}

/// assign = target {"," target} "=" values
StmtPtr Parser::parseAssign() {
  auto assign = std::make_unique<AssignStmt>(peek().getLoc());
  do {
    if (!parseTarget(assign->targets.emplace_back()))
      return nullptr;
  } while (consumeIf(TokenKind::Comma));
  if (at(TokenKind::LeftParen)) {
    reporter.error(assign->loc)
        << "the result of '" << assign->targets.back().name.text
        << "' is not used; assign it to a name";
    return nullptr;
  }
  if (!expect(TokenKind::Equal, "of an assignment"))
    return nullptr;
  assign->value = parseValues();
  return assign->value ? std::move(assign) : nullptr;
}

/// target = name ["[" expr "]"]
bool Parser::parseTarget(AssignStmt::Target &target) {
  if (!expectName(target.name, "to assign to"))
    return false;
  llvm::SMLoc openLoc = peek().getLoc();
  if (!consumeIf(TokenKind::LeftBracket))
    return true;
  target.index = parseExpr();
  return target.index && expectClosing(TokenKind::RightBracket, openLoc);
}

/// values = expr {"," expr}
ExprPtr Parser::parseValues() {
  llvm::SMLoc loc = peek().getLoc();
  ExprPtr first = parseExpr();
  if (!first || !at(TokenKind::Comma))
    return first;
  auto list = std::make_unique<ListExpr>(loc);
  bool fits = checkDepth(*list, first.get());
  list->elements.push_back(std::move(first));
  while (fits && consumeIf(TokenKind::Comma)) {
    ExprPtr next = parseExpr();
    if (!next || !checkDepth(*list, next.get()))
      return nullptr;
    list->elements.push_back(std::move(next));
  }
  return fits ? std::move(list) : nullptr;
}

/// for = "for" name "in" expr body
StmtPtr Parser::parseFor() {
  auto loop = std::make_unique<ForStmt>(advance().getLoc());
  if (!expectName(loop->variable, "after 'for'") ||
      !expect(TokenKind::In, "after the variable of a loop") ||
      !(loop->sequence = parseExpr()) || !parseBody(loop->body))
    return nullptr;
  return loop;
}

/// if = "if" expr body {"else" "if" expr body} ["else" body]
StmtPtr Parser::parseIf() {
  auto statement = std::make_unique<IfStmt>(peek().getLoc());
  do {
    advance();
    IfStmt::Branch &branch = statement->branches.emplace_back();
    branch.condition = parseExpr();
    if (!branch.condition || !parseBody(branch.body))
      return nullptr;
    if (!consumeIf(TokenKind::Else))
      return statement;
  } while (at(TokenKind::If));
  return parseBody(statement->otherwise) ? std::move(statement) : nullptr;
}

/// scope = "in" string body
StmtPtr Parser::parseScope() {
  auto scope = std::make_unique<ScopeStmt>(advance().getLoc());
  if (!at(TokenKind::String)) {
    failExpected("a parameter scope such as \"blocks.{i}\" after 'in'");
    return nullptr;
  }
  if (!(scope->key = parseString()))
    return nullptr;
  if (at(TokenKind::Colon)) {
    reporter.error(scope->loc) << "the value of this expression is not used; "
                                  "assign it to a name, or open a body with "
                                  "'{' in place of ':'";
    return nullptr;
  }
  return parseBody(scope->body) ? std::move(scope) : nullptr;
}

/// return = "return" values
StmtPtr Parser::parseReturn() {
  auto statement = std::make_unique<ReturnStmt>(advance().getLoc());
  statement->value = parseValues();
  return statement->value ? std::move(statement) : nullptr;
}

/// require = "require" expr "," expr
std::unique_ptr<RequireStmt> Parser::parseRequire() {
  auto requirement = std::make_unique<RequireStmt>(advance().getLoc());
  if (!(requirement->condition = parseExpr()) ||
      !expect(TokenKind::Comma, "and a message, after what is required") ||
      !(requirement->message = parseExpr()))
    return nullptr;
  return requirement;
}

/// preprocess = "preprocess" name body
StmtPtr Parser::parsePreprocess() {
  auto statement = std::make_unique<PreprocessStmt>(advance().getLoc());
  if (!inModel)
    reporter.error(statement->loc)
        << "'preprocess' describes an input of a model and cannot stand in a "
           "block";
  if (!expectName(statement->input, "of an input") ||
      !parseBody(statement->body) || !checkPreprocessBody(statement->body))
    return nullptr;
  return statement;
}

/// A description holds assignments, under conditions if need be, nothing else.
bool Parser::checkPreprocessBody(const Body &body) {
  return llvm::all_of(body, [&](const StmtPtr &statement) {
    if (const auto *branches = llvm::dyn_cast<IfStmt>(statement.get()))
      return llvm::all_of(branches->branches,
                          [&](const IfStmt::Branch &branch) {
                            return checkPreprocessBody(branch.body);
                          }) &&
             checkPreprocessBody(branches->otherwise);
    const auto *assign = llvm::dyn_cast<AssignStmt>(statement.get());
    if (assign && llvm::all_of(assign->targets, [](const auto &target) {
          return !target.index;
        }))
      return true;
    reporter.error(statement->loc)
        << "only assignments and 'if' can stand in 'preprocess'";
    return false;
  });
}

bool Parser::atStatement() const {
  switch (peek().kind) {
  case TokenKind::For:
  case TokenKind::If:
  case TokenKind::In:
  case TokenKind::Return:
  case TokenKind::Require:
  case TokenKind::Preprocess:
    return true;
  case TokenKind::Name:
    return peek(1).is(TokenKind::Equal) || peek(1).is(TokenKind::Comma);
  default:
    return false;
  }
}

/// Skips to the end of the enclosing body or to a line that opens with a
/// statement; bodies on the way are skipped whole.
void Parser::recoverToStatement() {
  for (unsigned depth = 0; !at(TokenKind::EndOfFile); advance()) {
    bool isBoundary = at(TokenKind::RightBrace) ||
                      (peek().startsLine && atStatement()) || atDeclaration();
    if (depth == 0 && isBoundary)
      return;
    if (at(TokenKind::LeftBrace))
      ++depth;
    else if (at(TokenKind::RightBrace))
      --depth;
  }
}
