//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Precisions, and patterns of parameters' names, from an option and from the
// model file.
//
//===----------------------------------------------------------------------===//

#include "Precisions.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"
#include "vitrail/Support/NamePattern.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace vitrail::nn {

using namespace mlir;

ArrayRef<StringRef> getPrecisionNames() {
  static constexpr StringRef names[] = {"f32",  "tf32", "f16",
                                        "bf16", "int8", "int8-weights"};
  return names;
}

LogicalResult checkPrecision(StringRef name, ModuleOp module) {
  if (llvm::is_contained(getPrecisionNames(), name))
    return success();
  return module.emitError("unknown precision '")
         << name << "'; precisions are "
         << llvm::join(getPrecisionNames(), ", ");
}

SmallVector<StringRef> findParameters(Value value) {
  llvm::SetVector<Value> values;
  values.insert(value);
  SmallVector<StringRef> names;
  for (size_t i = 0; i < values.size(); ++i) {
    Operation *op = values[i].getDefiningOp();
    if (auto parameter = dyn_cast<ParameterOp>(op))
      names.push_back(parameter.getName());
    values.insert_range(op->getOperands());
  }
  return names;
}

LogicalResult KeptParameters::add(StringRef text, ModuleOp module) {
  llvm::Expected<llvm::GlobPattern> pattern = parseNamePattern(text);
  if (!pattern)
    return module.emitError("'") << text << "' is no pattern of names: "
                                 << llvm::toString(pattern.takeError());
  patterns.push_back(std::move(*pattern));
  return success();
}

LogicalResult KeptParameters::read(ArrayRef<std::string> texts,
                                   ModuleOp module) {
  SmallVector<StringRef> names;
  module.walk([&](ParameterOp op) { names.push_back(op.getName()); });
  patterns.clear();
  for (StringRef text : texts) {
    if (failed(add(text, module)))
      return failure();
    if (llvm::none_of(
            names, [&](StringRef name) { return patterns.back().match(name); }))
      return module.emitError("no parameter matches '") << text << "'";
  }
  auto precision = module->getAttrOfType<DictionaryAttr>("nn.precision");
  if (auto kept = precision ? precision.getAs<ArrayAttr>("f32") : nullptr)
    for (StringRef text : kept.getAsValueRange<StringAttr>())
      if (failed(add(text, module)))
        return failure();
  return success();
}

StringRef KeptParameters::findIn(Value value) const {
  for (StringRef name : findParameters(value))
    for (const llvm::GlobPattern &pattern : patterns)
      if (pattern.match(name))
        return name;
  return {};
}

} // namespace vitrail::nn
