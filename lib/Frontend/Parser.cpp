//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Declarations, and how the parser moves through tokens.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "Reporter.h"

using namespace vitrail;
using namespace vitrail::frontend;

File vitrail::frontend::parseFile(llvm::StringRef text, Reporter &reporter) {
  if (!isValidText(text, reporter))
    return File();
  std::vector<Token> tokens = lex(text, reporter);
  return Parser(tokens, reporter).parseFile();
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

File Parser::parseFile() {
  File file;
  while (!at(TokenKind::EndOfFile) && !reporter.isFull())
    parseDeclaration(file);
  return file;
}

void Parser::parseDeclaration(File &file) {
  bool parsed = false;
  switch (peek().kind) {
  case TokenKind::Import:
    parsed = parseImport(file);
    break;
  case TokenKind::Config:
    parsed = parseConfig(file);
    break;
  case TokenKind::Preset:
    parsed = parsePreset(file);
    break;
  case TokenKind::Require:
    if (std::unique_ptr<RequireStmt> requirement = parseRequire()) {
      file.requirements.push_back(std::move(requirement));
      parsed = true;
    }
    break;
  case TokenKind::Block:
    parsed = parseFunction(file.blocks, /*isModel=*/false);
    break;
  case TokenKind::Model:
    parsed = parseFunction(file.models, /*isModel=*/true);
    break;
  default: {
    if (atState()) {
      parsed = parseState(file);
      break;
    }
    if (atEntries("generate")) {
      parsed = parseOnce(file.generate, file.generateLoc);
      break;
    }
    if (atEntries("precision")) {
      parsed = parseOnce(file.precision, file.precisionLoc);
      break;
    }
    static constexpr llvm::StringRef keywords[] = {
        "import", "config",   "preset",    "require", "state",
        "block",  "generate", "precision", "model"};
    const Token &token = advance();
    reporter.error(token.getLoc())
        << "expected a declaration (" << listNames(keywords) << "), found "
        << describe(token)
        << (token.is(TokenKind::Name) ? suggest(token.text, keywords) : "");
  }
  }
  if (!parsed)
    recoverToDeclaration();
}

bool Parser::parseImport(File &file) {
  llvm::SMLoc loc = advance().getLoc();
  if (!at(TokenKind::String))
    return failExpected("the path of a file, as a string, after 'import'");
  llvm::StringRef path = advance().text.trim('"');
  file.imports.push_back({loc, path.str()});
  return true;
}

bool Parser::parseConfig(File &file) {
  llvm::SMLoc loc = advance().getLoc();
  if (file.configLoc.isValid()) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(loc)
                                          << "a file has one 'config' only";
    reporter.note(diagnostic, file.configLoc) << "the other one is here";
    return false;
  }
  file.configLoc = loc;
  return parseEntries(file.config, "a config value");
}

bool Parser::parsePreset(File &file) {
  advance();
  Preset preset;
  if (!expectName(preset.name, "after 'preset'") ||
      !parseEntries(preset.entries, "a config value"))
    return false;
  file.presets.push_back(std::move(preset));
  return true;
}

/// state = "state" name ":" type ["for" name "in" expr]
bool Parser::parseState(File &file) {
  advance();
  StateDeclaration state;
  if (!expectName(state.name, "after 'state'") ||
      !expect(TokenKind::Colon, "and a type after the name of a state") ||
      !parseTensorType(state.type))
    return false;
  if (consumeIf(TokenKind::For) &&
      (!expectName(state.variable, "after 'for'") ||
       !expect(TokenKind::In, "after the variable") ||
       !(state.sequence = parseExpr())))
    return false;
  file.states.push_back(std::move(state));
  return true;
}

/// A word, which a file has once, at `place`, and entries.
bool Parser::parseOnce(std::vector<Entry> &entries, llvm::SMLoc &place) {
  const Token &word = advance();
  std::string name = ("'" + word.text + "'").str();
  if (place.isValid()) {
    mlir::InFlightDiagnostic diagnostic =
        reporter.error(word.getLoc()) << "a file has one " << name << " only";
    reporter.note(diagnostic, place) << "the other one is here";
    return false;
  }
  place = word.getLoc();
  return parseEntries(entries, "an entry of " + name);
}

/// entries = "{" { name "=" expr } "}"; `what` is one of them.
bool Parser::parseEntries(std::vector<Entry> &entries, llvm::StringRef what) {
  std::string ofEntry = ("of " + what).str();
  std::string afterName = "after the name " + ofEntry;
  llvm::SMLoc openLoc = peek().getLoc();
  if (!expect(TokenKind::LeftBrace, "to open a list of values"))
    return false;
  // The next declaration means that the brace was forgotten.
  while (!at(TokenKind::RightBrace) && !at(TokenKind::EndOfFile) &&
         !at(TokenKind::Require) && !atDeclaration()) {
    Entry entry;
    if (expectName(entry.name, ofEntry) &&
        expect(TokenKind::Equal, afterName) && (entry.value = parseExpr())) {
      entries.push_back(std::move(entry));
      continue;
    }
    recoverToEntry();
    if (reporter.isFull())
      return false;
  }
  return expectClosing(TokenKind::RightBrace, openLoc);
}

bool Parser::parseFunction(std::vector<Function> &functions, bool isModel) {
  advance();
  Function function;
  if (!expectName(function.name, isModel ? "after 'model'" : "after 'block'"))
    return false;
  llvm::SMLoc openLoc = peek().getLoc();
  if (!expect(TokenKind::LeftParen, "to open the parameters") ||
      !parseList(TokenKind::RightParen, openLoc,
                 [&] { return parseParameter(function, isModel); }))
    return false;
  if (isModel && !at(TokenKind::Arrow))
    return failExpected("'->' and the results of the model");
  if (consumeIf(TokenKind::Arrow) && !parseResults(function, isModel))
    return false;
  inModel = isModel;
  if (!parseBody(function.body))
    return false;
  functions.push_back(std::move(function));
  return true;
}

/// parameter = name [":" type] ["=" expr]
bool Parser::parseParameter(Function &function, bool isModel) {
  Parameter parameter;
  if (!expectName(parameter.name, "of a parameter"))
    return false;
  if (isModel && !at(TokenKind::Colon))
    return failExpected("':' and a type such as f32[batch, 10]: each input of "
                        "a model has one");
  if (consumeIf(TokenKind::Colon)) {
    parameter.type.emplace();
    if (!parseTensorType(*parameter.type))
      return false;
  } else if (consumeIf(TokenKind::Equal)) {
    parameter.fallback = parseExpr();
    if (!parameter.fallback)
      return false;
  }
  function.parameters.push_back(std::move(parameter));
  return true;
}

bool Parser::parseResults(Function &function, bool isModel) {
  llvm::SMLoc openLoc = peek().getLoc();
  if (!consumeIf(TokenKind::LeftParen))
    return parseResult(function, isModel);
  return parseList(TokenKind::RightParen, openLoc,
                   [&] { return parseResult(function, isModel); });
}

/// result = [(name | string) ":"] type ["for" name "in" expr]
bool Parser::parseResult(Function &function, bool isModel) {
  Result result;
  if (isModel && at(TokenKind::String)) {
    result.name = {peek().text, peek().getLoc()};
    result.pattern = parseString();
    if (!result.pattern ||
        !expect(TokenKind::Colon, "after the name of a result"))
      return false;
  } else if (isModel || (at(TokenKind::Name) && peek(1).is(TokenKind::Colon))) {
    if (!expectName(result.name, "of a result") ||
        !expect(TokenKind::Colon, "after the name of a result"))
      return false;
  }
  if (!parseTensorType(result.type) ||
      (at(TokenKind::For) && !parseResultLoop(result, isModel)))
    return false;
  function.results.push_back(std::move(result));
  return true;
}

bool Parser::parseResultLoop(Result &result, bool isModel) {
  llvm::SMLoc loc = advance().getLoc();
  if (!isModel)
    reporter.error(loc) << "only a model declares a result for each element; a "
                           "block returns a list without a declaration";
  else if (!result.pattern)
    reporter.error(result.name.loc)
        << "results need names that differ, as in \"" << result.name.text
        << "{i}\", where there is one for each element";
  return expectName(result.variable, "after 'for'") &&
         expect(TokenKind::In, "after the variable") &&
         (result.sequence = parseExpr());
}

/// type = [name] "[" [expr {"," expr}] "]"
bool Parser::parseTensorType(TensorType &type) {
  type.loc = peek().getLoc();
  if (at(TokenKind::Name) && !expectName(type.elementType, ""))
    return false;
  llvm::SMLoc openLoc = peek().getLoc();
  if (!expect(TokenKind::LeftBracket, "to open the extents of a tensor"))
    return false;
  return parseList(TokenKind::RightBracket, openLoc, [&] {
    type.extents.push_back(parseExpr());
    return type.extents.back() != nullptr;
  });
}

/// `state`, `generate` and `precision` are names elsewhere. What follows them
/// here, follows no name in a body.
bool Parser::atState() const {
  return at(TokenKind::Name) && peek().text == "state" &&
         peek(1).is(TokenKind::Name);
}

bool Parser::atEntries(llvm::StringRef word) const {
  return at(TokenKind::Name) && peek().text == word &&
         peek(1).is(TokenKind::LeftBrace);
}

/// Whether a line opens with a keyword that occurs in no body.
bool Parser::atDeclaration() const {
  if (atState() || atEntries("generate") || atEntries("precision"))
    return peek().startsLine;
  switch (peek().kind) {
  case TokenKind::Block:
  case TokenKind::Config:
  case TokenKind::Import:
  case TokenKind::Model:
  case TokenKind::Preset:
    return peek().startsLine;
  default:
    return false;
  }
}

/// Skips to the end of the entries, or to a line that opens with one or with a
/// declaration.
void Parser::recoverToEntry() {
  auto atEntry = [&] {
    return at(TokenKind::Require) ||
           (at(TokenKind::Name) && peek(1).is(TokenKind::Equal));
  };
  while (!at(TokenKind::EndOfFile) && !at(TokenKind::RightBrace) &&
         !atDeclaration() && !(peek().startsLine && atEntry()))
    advance();
}

void Parser::recoverToDeclaration() {
  while (!at(TokenKind::EndOfFile) && !atDeclaration())
    advance();
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

bool Parser::consumeIf(TokenKind kind) {
  if (!at(kind))
    return false;
  advance();
  return true;
}

/// The error stands where the missing thing belongs: after the previous token
/// when the next one is on another line.
bool Parser::failExpected(llvm::StringRef what) {
  const Token &token = peek();
  bool isElsewhere =
      position > 0 && (token.startsLine || token.is(TokenKind::EndOfFile));
  llvm::SMLoc loc =
      isElsewhere ? tokens[position - 1].getEndLoc() : token.getLoc();
  reporter.error(loc) << "expected " << what << ", found " << describe(token);
  return false;
}

bool Parser::expect(TokenKind kind, llvm::StringRef context) {
  return consumeIf(kind) || failExpected(describe(kind) + " " + context.str());
}

bool Parser::expectName(Identifier &name, llvm::StringRef context) {
  const Token &token = peek();
  if (!at(TokenKind::Name)) {
    reporter.error(token.getLoc())
        << "expected a name " << context << ", found " << describe(token);
    return false;
  }
  advance();
  name = {token.text, token.getLoc()};
  return true;
}

bool Parser::expectClosing(TokenKind kind, llvm::SMLoc openLoc) {
  if (consumeIf(kind))
    return true;
  const Token &token = peek();
  mlir::InFlightDiagnostic diagnostic = reporter.error(token.getLoc())
                                        << "expected " << describe(kind)
                                        << ", found " << describe(token);
  reporter.note(diagnostic, openLoc) << "to close what is opened here";
  return false;
}

/// Elements with commas between, and after the last one if the text likes; the
/// opening token is behind.
bool Parser::parseList(TokenKind close, llvm::SMLoc openLoc,
                       llvm::function_ref<bool()> parseElement) {
  while (!at(close)) {
    if (!parseElement())
      return false;
    if (!consumeIf(TokenKind::Comma))
      break;
  }
  return expectClosing(close, openLoc);
}

/// Far below what the stack bears, far above what people write.
bool Parser::checkNesting() {
  constexpr unsigned maxNesting = 64;
  if (nesting <= maxNesting)
    return true;
  reporter.error(peek().getLoc())
      << "more than " << maxNesting << " levels of nesting";
  return false;
}

/// Chains of operators grow deep trees without nested calls of the parser.
bool Parser::checkDepth(Expr &parent, const Expr *child) {
  constexpr unsigned maxDepth = 256;
  parent.depth = std::max(parent.depth, child->depth + 1);
  if (parent.depth <= maxDepth)
    return true;
  reporter.error(parent.loc)
      << "expression with more than " << maxDepth << " levels";
  return false;
}
