//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Recursive descent from tokens to the syntax tree; the grammar is that of
// docs/language.md. After an error the parser resumes at the next statement or
// declaration, so that one run reports several.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_FRONTEND_PARSER_H
#define VITRAIL_LIB_FRONTEND_PARSER_H

#include "AST.h"
#include "Lexer.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace vitrail::frontend {

class Reporter;

/// Parses a whole file, in a buffer of the reporter's sources. Errors are
/// reported; what could not be parsed is left out.
File parseFile(llvm::StringRef text, Reporter &reporter);

/// Functions return null, or false, after reporting an error.
class Parser {
public:
  /// `nesting` is the number of levels around the tokens: those of the string
  /// whose interpolation they are.
  Parser(llvm::ArrayRef<Token> tokens, Reporter &reporter, unsigned nesting = 0)
      : tokens(tokens), reporter(reporter), nesting(nesting) {}

  File parseFile();

  /// One expression up to the last token, whatever that is.
  ExprPtr parseWholeExpr();

private:
  // Declarations: Parser.cpp.
  void parseDeclaration(File &file);
  bool parseImport(File &file);
  bool parseConfig(File &file);
  bool parsePreset(File &file);
  bool parseFunction(std::vector<Function> &functions, bool isModel);
  bool parseParameter(Function &function, bool isModel);
  bool parseResults(Function &function, bool isModel);
  bool parseResult(Function &function, bool isModel);
  bool parseResultLoop(Result &result, bool isModel);
  bool parseTensorType(TensorType &type);
  bool parseState(File &file);
  bool parseOnce(std::vector<Entry> &entries, llvm::SMLoc &place);
  bool parseEntries(std::vector<Entry> &entries, llvm::StringRef what);
  void recoverToDeclaration();
  void recoverToEntry();
  bool atDeclaration() const;
  bool atState() const;
  bool atEntries(llvm::StringRef word) const;

  // Statements: ParseStatements.cpp.
  bool parseBody(Body &body);
  bool parseStatements(Body &body);
  StmtPtr parseStatement();
  StmtPtr parseAssign();
  bool parseTarget(AssignStmt::Target &target);
  StmtPtr parseFor();
  StmtPtr parseIf();
  StmtPtr parseScope();
  StmtPtr parseReturn();
  std::unique_ptr<RequireStmt> parseRequire();
  StmtPtr parsePreprocess();
  bool checkPreprocessBody(const Body &body);
  ExprPtr parseValues();
  void recoverToStatement();
  bool atStatement() const;

  // Expressions: ParseExpressions.cpp.
  ExprPtr parseExpr();
  ExprPtr parseBinary(int minPrecedence);
  ExprPtr parseUnary();
  ExprPtr parsePostfix();
  ExprPtr parsePrimary();
  ExprPtr parseNumber();
  ExprPtr parseNameOrCall();
  bool parseArgument(CallExpr &call);
  ExprPtr parseParenthesised();
  ExprPtr parseListOrComprehension();
  ExprPtr parseIndex(ExprPtr base);
  bool parseIndexItem(IndexExpr &index);
  ExprPtr parseConditional();
  ExprPtr parseScopeExpr();
  ExprPtr parseString();
  bool parseInterpolation(StringExpr &string, llvm::StringRef &rest);

  // Tokens: Parser.cpp.
  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(position + ahead, tokens.size() - 1)];
  }
  bool at(TokenKind kind) const { return peek().is(kind); }
  const Token &advance() {
    const Token &token = peek();
    if (position + 1 < tokens.size())
      ++position;
    return token;
  }
  bool consumeIf(TokenKind kind);
  bool expect(TokenKind kind, llvm::StringRef context);
  bool expectName(Identifier &name, llvm::StringRef context);
  bool expectClosing(TokenKind kind, llvm::SMLoc openLoc);
  bool parseList(TokenKind close, llvm::SMLoc openLoc,
                 llvm::function_ref<bool()> parseElement);
  bool failExpected(llvm::StringRef what);
  bool checkDepth(Expr &parent, const Expr *child);

  /// Counts a level of nesting while it lives.
  struct Nested {
    explicit Nested(Parser &parser) : parser(parser) { ++parser.nesting; }
    ~Nested() { --parser.nesting; }
    Parser &parser;
  };
  bool checkNesting();

  llvm::ArrayRef<Token> tokens;
  Reporter &reporter;
  unsigned nesting;
  size_t position = 0;
  /// Whether the body being parsed is a model's.
  bool inModel = false;
};

/// Prints declarations, statements and expressions; see `printAST`.
void printFile(const File &file, const Reporter &reporter,
               llvm::raw_ostream &output);

} // namespace vitrail::frontend

#endif // VITRAIL_LIB_FRONTEND_PARSER_H
