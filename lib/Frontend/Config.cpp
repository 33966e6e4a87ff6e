//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values of a model's configuration. Each is, in this order of preference,
// what the command line defines, what the chosen preset says, or its default;
// later values may be computed from earlier ones.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "Lexer.h"
#include "Parser.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;

/// Where a mistake on the command line is shown.
static llvm::SMLoc getConfigLoc(const File &program, Reporter &reporter) {
  if (program.configLoc.isValid())
    return program.configLoc;
  llvm::SourceMgr &sources = reporter.getSources();
  return llvm::SMLoc::getFromPointer(
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferStart());
}

void Elaborator::resolveConfig(const FrontendOptions &options) {
  checkDefines(options);
  const Preset *preset = findPreset(options.preset);
  for (const Entry &entry : program.config) {
    Value value = resolveEntry(entry, preset, options);
    config.set(entry.name, std::move(value));
  }
}

const Preset *Elaborator::findPreset(llvm::StringRef name) {
  if (name.empty())
    return nullptr;
  llvm::SmallVector<llvm::StringRef> names;
  for (const Preset &preset : program.presets) {
    if (preset.name.text == name)
      return &preset;
    names.push_back(preset.name.text);
  }
  mlir::InFlightDiagnostic diagnostic =
      reporter.error(getConfigLoc(program, reporter))
      << "unknown preset '" << name << "'" << suggest(name, names);
  if (names.empty())
    diagnostic.attachNote() << "the file has no presets";
  else
    diagnostic.attachNote() << "the presets are " << listNames(names);
  return nullptr;
}

void Elaborator::checkDefines(const FrontendOptions &options) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const Entry &entry : program.config)
    names.push_back(entry.name.text);
  for (const auto &[name, text] : options.defines) {
    if (llvm::is_contained(names, name))
      continue;
    mlir::InFlightDiagnostic diagnostic =
        reporter.error(getConfigLoc(program, reporter))
        << "'" << name << "=" << text << "' defines no config value"
        << suggest(name, names);
    if (!names.empty())
      diagnostic.attachNote() << "the config values are " << listNames(names);
  }
}

Value Elaborator::resolveEntry(const Entry &entry, const Preset *preset,
                               const FrontendOptions &options) {
  Value fallback = evaluate(*entry.value, config);
  if (fallback.isPoison())
    return Value();
  if (fallback.isBatchDependent() || fallback.isTensor()) {
    reporter.error(entry.value->loc)
        << "a config value must be known while compiling, not "
        << describe(fallback);
    return Value();
  }
  // Of several definitions the last counts, as is usual on command lines.
  for (const auto &[name, text] : llvm::reverse(options.defines))
    if (entry.name.text == name)
      return parseDefine(entry, fallback, text);
  if (!preset)
    return fallback;
  for (const Entry &override : preset->entries)
    if (entry.name.text == override.name.text)
      return convertLike(evaluate(*override.value, config), fallback, entry,
                         override.value->loc);
  return fallback;
}

/// Checks that `value` can stand for `fallback`; an integer can for a float.
Value Elaborator::convertLike(const Value &value, const Value &fallback,
                              const Entry &entry, llvm::SMLoc loc) {
  if (value.isPoison() || value.getKind() == fallback.getKind())
    return value;
  if (value.isKnownInteger() && fallback.is(Value::Kind::Float))
    return value.getNumber();
  mlir::InFlightDiagnostic diagnostic =
      reporter.error(loc) << "config value '" << entry.name.text << "' is "
                          << describeKind(fallback) << ", but "
                          << describe(value) << " is " << describeKind(value);
  reporter.note(diagnostic, entry.name.loc)
      << "its default is " << describe(fallback);
  return Value();
}

/// A literal of the default's kind; a string needs no quotes.
Value Elaborator::parseDefine(const Entry &entry, const Value &fallback,
                              const std::string &text) {
  llvm::StringRef literal = llvm::StringRef(text).trim();
  int64_t integer;
  double number;
  switch (fallback.getKind()) {
  case Value::Kind::Integer:
    if (!literal.getAsInteger(10, integer))
      return integer;
    break;
  case Value::Kind::Float:
    if (!literal.getAsDouble(number) && std::isfinite(number))
      return number;
    break;
  case Value::Kind::Boolean:
    if (literal == "true" || literal == "false")
      return literal == "true";
    break;
  case Value::Kind::String:
    if (literal.size() >= 2 && literal.starts_with("\"") &&
        literal.ends_with("\""))
      literal = literal.drop_front().drop_back();
    return literal.str();
  default: {
    // A list is parsed as text of a file of its own, which errors can quote.
    auto buffer = llvm::MemoryBuffer::getMemBufferCopy(
        text, ("-D " + entry.name.text).str());
    llvm::StringRef source = buffer->getBuffer();
    reporter.getSources().AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
    if (!isValidText(source, reporter))
      return Value();
    std::vector<Token> tokens = lex(source, reporter);
    ExprPtr expr = Parser(tokens, reporter).parseWholeExpr();
    if (!expr)
      return Value();
    Frame nothing(nullptr);
    return convertLike(evaluate(*expr, nothing), fallback, entry, expr->loc);
  }
  }
  mlir::InFlightDiagnostic diagnostic = reporter.error(entry.name.loc)
                                        << "config value '" << entry.name.text
                                        << "' is " << describeKind(fallback)
                                        << ", which '" << text << "' is not";
  diagnostic.attachNote() << "its default is " << describe(fallback);
  return Value();
}
