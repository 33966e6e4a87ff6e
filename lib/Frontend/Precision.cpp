//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which layers keep their precision whatever the others have: `precision`
// becomes an attribute of the module.
//
//===----------------------------------------------------------------------===//

#include "Elaborator.h"
#include "vitrail/Support/NamePattern.h"

using namespace vitrail;
using namespace vitrail::frontend;

/// Whether `text` is a pattern that matches a parameter of the module; reports
/// at `loc` if not.
static bool checkPattern(llvm::StringRef text, llvm::SMLoc loc,
                         mlir::ModuleOp module, Reporter &reporter) {
  llvm::Expected<llvm::GlobPattern> pattern = parseNamePattern(text);
  if (!pattern) {
    reporter.error(loc) << "'" << text << "' is no pattern of names: "
                        << llvm::toString(pattern.takeError());
    return false;
  }
  llvm::SmallVector<llvm::StringRef> names;
  module.walk([&](nn::ParameterOp op) { names.push_back(op.getName()); });
  if (llvm::any_of(names, [&](auto name) { return pattern->match(name); }))
    return true;
  reporter.error(loc) << "no parameter matches '" << text << "'"
                      << suggest(text, names);
  return false;
}

void Elaborator::elaboratePrecision(mlir::ModuleOp module) {
  if (!program.precisionLoc.isValid())
    return;
  mlir::OpBuilder &ops = builder.getBuilder();
  mlir::NamedAttrList attributes;
  for (const Entry &entry : program.precision) {
    if (entry.name.text != "f32") {
      reporter.error(entry.name.loc)
          << "'precision' has no entry '" << entry.name.text
          << "'; its entry is 'f32'";
      continue;
    }
    if (attributes.get("f32")) {
      reporter.error(entry.name.loc) << "'precision' has two entries 'f32'";
      continue;
    }
    Value value = evaluate(*entry.value, config);
    if (value.isPoison())
      continue;
    if (!value.is(Value::Kind::List) ||
        !llvm::all_of(value.getElements(), [](const Value &element) {
          return element.is(Value::Kind::String);
        })) {
      reporter.error(entry.name.loc)
          << "'f32' of 'precision' must be a list of patterns of parameters' "
             "names, not "
          << describe(value);
      continue;
    }
    llvm::SmallVector<mlir::Attribute> patterns;
    for (const Value &pattern : value.getElements())
      if (checkPattern(pattern.getString(), entry.name.loc, module, reporter))
        patterns.push_back(ops.getStringAttr(pattern.getString()));
    attributes.append("f32", ops.getArrayAttr(patterns));
  }
  module->setAttr("nn.precision", attributes.getDictionary(ops.getContext()));
}
