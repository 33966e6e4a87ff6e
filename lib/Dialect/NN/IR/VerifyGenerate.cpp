//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks of `nn.generate`.
//
//===----------------------------------------------------------------------===//

#include "VerifyModel.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

namespace vitrail::nn {

namespace {
/// The check of one `nn.generate`.
class GenerateVerifier {
public:
  GenerateVerifier(ModuleOp module, DictionaryAttr entries)
      : module(module), entries(entries) {}

  LogicalResult verify();

private:
  InFlightDiagnostic error(StringRef key) {
    return module.emitOpError("'") << key << "' of 'nn.generate' ";
  }
  LogicalResult verifyKeys();
  func::FuncOp getEntry(StringRef key);
  LogicalResult verifyEncode(func::FuncOp encode);
  FailureOr<int64_t> verifyStep(func::FuncOp step);
  LogicalResult verifyNumber(StringRef key, int64_t least, int64_t bound);
  LogicalResult verifyVocabulary(int64_t count);

  ModuleOp module;
  DictionaryAttr entries;
};
} // namespace

/// The types of the arguments, or of the results, that are no states.
static SmallVector<RankedTensorType> getTensors(func::FuncOp function,
                                                bool ofResults) {
  SmallVector<RankedTensorType> types;
  ArrayRef<Type> all =
      ofResults ? function.getResultTypes() : function.getArgumentTypes();
  for (auto [index, type] : llvm::enumerate(all)) {
    Attribute state = ofResults ? function.getResultAttr(index, "nn.state")
                                : function.getArgAttr(index, "nn.state");
    if (!state)
      types.push_back(dyn_cast<RankedTensorType>(type));
  }
  return types;
}

/// Whether `type` is [batch] or, with `rank` 2, [batch, n] of `elementType`.
static bool isBatchOf(RankedTensorType type, unsigned rank, Type elementType) {
  if (!type || type.getElementType() != elementType || type.getRank() != rank)
    return false;
  return getExtents(type).front() == Extent{1, true};
}

LogicalResult GenerateVerifier::verifyKeys() {
  constexpr StringLiteral required[] = {"encode", "step", "start",
                                        "end",    "pad",  "max_length"};
  for (StringRef key : required)
    if (!entries.contains(key))
      return module.emitOpError("'nn.generate' lacks '") << key << "'";
  for (NamedAttribute entry : entries)
    if (entry.getName() != "vocabulary" &&
        !llvm::is_contained(required, entry.getName().getValue()))
      return module.emitOpError("'nn.generate' has no entry '")
             << entry.getName().getValue()
             << "'; it has encode, step, start, end, pad, max_length and "
                "vocabulary";
  return success();
}

/// The function that `key` names; null after an error.
func::FuncOp GenerateVerifier::getEntry(StringRef key) {
  auto name = dyn_cast<FlatSymbolRefAttr>(entries.get(key));
  if (!name) {
    error(key) << "must name a function, not " << entries.get(key);
    return nullptr;
  }
  auto function = module.lookupSymbol<func::FuncOp>(name.getAttr());
  if (!function)
    error(key) << "names " << name << ", which is no function of the module";
  return function;
}

LogicalResult GenerateVerifier::verifyEncode(func::FuncOp encode) {
  Type i32 = IntegerType::get(module.getContext(), 32);
  SmallVector<RankedTensorType> inputs = getTensors(encode, false);
  if (inputs.size() == 1 && isBatchOf(inputs.front(), 2, i32) &&
      getTensors(encode, true).empty())
    return success();
  return error("encode") << "must take the source, i32[batch, length], and "
                            "give no results, unlike '@"
                         << encode.getName() << "'";
}

/// The number of tokens.
FailureOr<int64_t> GenerateVerifier::verifyStep(func::FuncOp step) {
  Builder builder(module.getContext());
  SmallVector<RankedTensorType> inputs = getTensors(step, false);
  SmallVector<RankedTensorType> results = getTensors(step, true);
  if (inputs.size() == 1 && isBatchOf(inputs[0], 1, builder.getI32Type()) &&
      results.size() == 1 && isBatchOf(results[0], 2, builder.getF32Type()))
    return results.front().getDimSize(1);
  return error("step") << "must take one token for each sample, i32[batch], "
                          "and give f32[batch, vocabulary], unlike '@"
                       << step.getName() << "'";
}

LogicalResult GenerateVerifier::verifyNumber(StringRef key, int64_t least,
                                             int64_t bound) {
  auto number = dyn_cast<IntegerAttr>(entries.get(key));
  if (number && number.getType().isInteger(64) && number.getInt() >= least &&
      number.getInt() < bound)
    return success();
  return error(key) << "must be an i64 from " << least << " to " << bound - 1
                    << ", not " << entries.get(key);
}

LogicalResult GenerateVerifier::verifyVocabulary(int64_t count) {
  Attribute value = entries.get("vocabulary");
  if (!value)
    return success();
  auto tokens = dyn_cast<ArrayAttr>(value);
  if (!tokens || !llvm::all_of(tokens, llvm::IsaPred<StringAttr>))
    return error("vocabulary") << "must be a list of strings, not " << value;
  for (auto [number, token] : llvm::enumerate(tokens.getAsRange<StringAttr>()))
    if (token.getValue().contains('\0'))
      return error("vocabulary") << "has a null character in token " << number;
  if (static_cast<int64_t>(tokens.size()) == count)
    return success();
  return error("vocabulary") << "has " << tokens.size()
                             << " tokens, but 'step' gives scores of " << count;
}

LogicalResult GenerateVerifier::verify() {
  if (failed(verifyKeys()))
    return failure();
  func::FuncOp encode = getEntry("encode");
  if (!encode)
    return failure();
  func::FuncOp step = getEntry("step");
  if (!step || failed(verifyEncode(encode)))
    return failure();
  FailureOr<int64_t> count = verifyStep(step);
  if (failed(count))
    return failure();
  for (StringRef token : {"start", "end", "pad"})
    if (failed(verifyNumber(token, 0, *count)))
      return failure();
  if (failed(verifyNumber("max_length", 1, int64_t(1) << 31)))
    return failure();
  return verifyVocabulary(*count);
}

LogicalResult verifyGenerate(Operation *op, Attribute value) {
  auto module = dyn_cast<ModuleOp>(op);
  if (!module)
    return op->emitOpError("'nn.generate' belongs to a module");
  auto entries = dyn_cast<DictionaryAttr>(value);
  if (!entries)
    return op->emitOpError("'nn.generate' must be a dictionary, not ") << value;
  return GenerateVerifier(module, entries).verify();
}

} // namespace vitrail::nn
