//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The values of a model's configuration. Each is, in this order of preference,
// what the command line defines, what the chosen preset says, or its default;
// later values may be computed from earlier ones. Errors about a value point to
// where it comes from; for what the command line says, that is a buffer that
// quotes it.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "Lexer.h"
#include "Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"

using namespace vitrail;
using namespace vitrail::frontend;

void Elaborator::resolveConfig(const FrontendOptions &options) {
  quoteCommandLine(options);
  checkDefines();
  preset = findPreset();
  for (const Entry &entry : program.config) {
    Value value = resolveEntry(entry);
    config.set({entry.name.text, origins.lookup(entry.name.text).loc},
               std::move(value));
  }
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

/// One buffer for all of it: buffers are told apart by their names.
void Elaborator::quoteCommandLine(const FrontendOptions &options) {
  std::string text;
  auto quote = [&](llvm::StringRef option, llvm::StringRef value) {
    text += (text.empty() ? "" : " ") + option.str() + " ";
    text += value;
    return text.size() - value.size();
  };
  size_t presetOffset = 0;
  if (!options.preset.empty())
    presetOffset = quote("--preset", options.preset);
  llvm::SmallVector<size_t> offsets;
  for (const auto &[name, value] : options.defines)
    offsets.push_back(quote("-D", name + "=" + value));
  if (text.empty())
    return;
  auto buffer = llvm::MemoryBuffer::getMemBufferCopy(text, "command line");
  llvm::StringRef quoted = buffer->getBuffer();
  reporter.getSources().AddNewSourceBuffer(std::move(buffer), llvm::SMLoc());
  presetName = quoted.substr(presetOffset, options.preset.size());
  for (auto [define, offset] : llvm::zip_equal(options.defines, offsets)) {
    const auto &[name, value] = define;
    defines.push_back({quoted.substr(offset, name.size()),
                       quoted.substr(offset + name.size() + 1, value.size())});
  }
}

static llvm::SMLoc getLoc(llvm::StringRef quoted) {
  return llvm::SMLoc::getFromPointer(quoted.data());
}

const Preset *Elaborator::findPreset() {
  if (presetName.empty())
    return nullptr;
  llvm::SmallVector<llvm::StringRef> names;
  for (const Preset &candidate : program.presets) {
    if (candidate.name.text == presetName)
      return &candidate;
    names.push_back(candidate.name.text);
  }
  mlir::InFlightDiagnostic diagnostic = reporter.error(getLoc(presetName))
                                        << "unknown preset '" << presetName
                                        << "'" << suggest(presetName, names);
  if (names.empty())
    diagnostic.attachNote() << "the file has no presets";
  else
    reporter.note(diagnostic, program.presets.front().name.loc)
        << "the presets are " << listNames(names);
  return nullptr;
}

void Elaborator::checkDefines() {
  llvm::SmallVector<llvm::StringRef> names;
  for (const Entry &entry : program.config)
    names.push_back(entry.name.text);
  for (const auto &[name, value] : defines) {
    if (llvm::is_contained(names, name))
      continue;
    mlir::InFlightDiagnostic diagnostic = reporter.error(getLoc(name))
                                          << "'" << name << "=" << value
                                          << "' defines no config value"
                                          << suggest(name, names);
    if (names.empty())
      diagnostic.attachNote() << "the file has no config values";
    else
      reporter.note(diagnostic, program.configLoc)
          << "the config values are " << listNames(names);
  }
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Elaborator::resolveEntry(const Entry &entry) {
  Origin &origin = origins[entry.name.text];
  origin = {Origin::Kind::Default, entry.name.loc, entry.value.get()};
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
  for (const auto &[name, value] : llvm::reverse(defines)) {
    if (entry.name.text != name)
      continue;
    origin = {Origin::Kind::CommandLine, getLoc(value), nullptr};
    return parseDefine(entry, fallback, value);
  }
  if (!preset)
    return fallback;
  for (const Entry &override : preset->entries) {
    if (entry.name.text != override.name.text)
      continue;
    origin = {Origin::Kind::Preset, override.name.loc, override.value.get()};
    return convertLike(evaluate(*override.value, config), fallback, entry,
                       override.value->loc);
  }
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
                              llvm::StringRef literal) {
  llvm::SMLoc loc = getLoc(literal);
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
    // A list is an expression, and errors in it quote the command line.
    if (!isValidText(literal, reporter))
      return Value();
    std::vector<Token> tokens = lex(literal, reporter);
    ExprPtr expr = Parser(tokens, reporter).parseWholeExpr();
    if (!expr)
      return Value();
    Frame nothing(nullptr);
    return convertLike(evaluate(*expr, nothing), fallback, entry, expr->loc);
  }
  }
  mlir::InFlightDiagnostic diagnostic = reporter.error(loc)
                                        << "config value '" << entry.name.text
                                        << "' is " << describeKind(fallback)
                                        << ", which '" << literal << "' is not";
  reporter.note(diagnostic, entry.name.loc)
      << "its default is " << describe(fallback);
  return Value();
}

//===----------------------------------------------------------------------===//
// Origins
//===----------------------------------------------------------------------===//

llvm::SMLoc Elaborator::getDeclarationLoc(llvm::StringRef name) const {
  auto entry = llvm::find_if(program.config, [&](const Entry &entry) {
    return entry.name.text == name;
  });
  return entry->name.loc;
}

void Elaborator::attachOrigins(mlir::InFlightDiagnostic &diagnostic,
                               const Expr &expr, const Frame &frame) {
  llvm::SmallSetVector<llvm::StringRef, 8> names;
  auto collect = [&](const Expr &from, const Frame &scope) {
    forEachName(from, [&](const NameExpr &name) {
      const Frame::Variable *value = config.find(name.name);
      if (origins.contains(name.name) && scope.find(name.name) == value)
        names.insert(name.name);
    });
  };
  collect(expr, frame);
  // Values that others are computed from follow those.
  for (size_t index = 0; index < names.size(); ++index) {
    llvm::StringRef name = names[index];
    const Origin &origin = origins[name];
    mlir::Diagnostic &note = reporter.note(diagnostic, origin.loc);
    note << name << " = " << describe(config.find(name)->value);
    switch (origin.kind) {
    case Origin::Kind::Default:
      note << " is the default";
      break;
    case Origin::Kind::Preset:
      note << " comes from preset '" << preset->name.text << "'";
      break;
    case Origin::Kind::CommandLine:
      note << " comes from the command line";
      break;
    }
    if (origin.expr)
      collect(*origin.expr, config);
  }
}
