//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What all sources of parameters share: the synthetic source, and the check of
// a module's parameters against a source.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Weights/ParameterSource.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/Synthetic.h"
#include "vitrail/Weights/Safetensors.h"
#include "vitrail/Weights/Tensor.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/InterleavedRange.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

std::string weights::describeShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[' << llvm::interleaved(shape) << ']';
  return text;
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

ParameterSource::~ParameterSource() = default;

std::optional<StoredTensor>
SyntheticSource::lookup(StringRef name, RankedTensorType type) const {
  return StoredTensor{"F32", llvm::to_vector(type.getShape())};
}

void SyntheticSource::read(StringRef name, RankedTensorType type,
                           MutableArrayRef<float> out) const {
  fillSynthetic(name, type.getShape(), out.data());
}

void SyntheticSource::read(StringRef name, RankedTensorType type,
                           MutableArrayRef<double> out) const {
  std::vector<float> values(out.size());
  read(name, type, values);
  llvm::copy(values, out.begin());
}

FailureOr<std::unique_ptr<ParameterSource>>
weights::openParameterSource(StringRef weights, MLIRContext *context) {
  if (weights == "synthetic")
    return std::unique_ptr<ParameterSource>(
        std::make_unique<SyntheticSource>());
  auto file = SafetensorsSource::open(weights, context);
  if (failed(file))
    return failure();
  return std::unique_ptr<ParameterSource>(std::move(*file));
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The key that was probably meant by `name`: one that has it as its last
/// components ("model.norm.weight" for "norm.weight"), or the nearest in
/// spelling, if it is near. Empty if there is none.
static StringRef findSimilar(StringRef name, ArrayRef<StringRef> keys) {
  StringRef nearest;
  unsigned nearestDistance = std::max<size_t>(2, name.size() / 4) + 1;
  for (StringRef key : keys) {
    StringRef prefix = key;
    if (prefix.consume_back(name) && prefix.ends_with("."))
      return key;
    unsigned distance =
        name.edit_distance(key, /*AllowReplacements=*/true, nearestDistance);
    if (distance < nearestDistance) {
      nearest = key;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/// Whether elements stored as `dtype` serve a parameter of `elementType`, and
/// what would.
static bool converts(StringRef dtype, Type elementType, StringRef &expected) {
  if (isa<FloatType>(elementType)) {
    expected = "F32, F16 or BF16";
    return dtype == "F32" || dtype == "F16" || dtype == "BF16";
  }
  expected = "I32 or I64";
  return dtype == "I32" || dtype == "I64";
}

/// As `checkParameter`; a missing name is compared with `keys`.
static LogicalResult checkAgainst(nn::ParameterOp op,
                                  const ParameterSource &source,
                                  ArrayRef<StringRef> keys) {
  StringRef name = op.getName();
  RankedTensorType type = op.getType();
  std::optional<StoredTensor> stored = source.lookup(name, type);
  if (!stored) {
    InFlightDiagnostic diag =
        op.emitError("parameter '")
        << name << "' of shape " << describeShape(type.getShape())
        << " is missing from '" << source.getName() << "'";
    if (StringRef similar = findSimilar(name, keys); !similar.empty())
      diag << "; did you mean '" << similar << "'?";
    return diag;
  }
  if (ArrayRef<int64_t>(stored->shape) != type.getShape())
    return op.emitError("parameter '")
           << name << "': expected shape " << describeShape(type.getShape())
           << ", found " << describeShape(stored->shape) << " in '"
           << source.getName() << "'";
  StringRef expected;
  if (!converts(stored->dtype, type.getElementType(), expected))
    return op.emitError("parameter '")
           << name << "': expected element type " << expected << ", found "
           << stored->dtype << " in '" << source.getName() << "'";
  return success();
}

LogicalResult weights::checkParameter(nn::ParameterOp op,
                                      const ParameterSource &source) {
  return checkAgainst(op, source, source.getNames());
}

/// One warning for all of `unused`, which names the first few.
static void warnUnused(ArrayRef<StringRef> unused,
                       const ParameterSource &source, MLIRContext *context) {
  constexpr size_t maxNamed = 5;
  if (unused.empty())
    return;
  InFlightDiagnostic diag =
      mlir::emitWarning(FileLineColLoc::get(context, source.getName(), 0, 0));
  diag << unused.size() << (unused.size() == 1 ? " tensor is" : " tensors are")
       << " not used by the model: ";
  llvm::interleaveComma(unused.take_front(maxNamed), diag,
                        [&](StringRef name) { diag << "'" << name << "'"; });
  if (unused.size() > maxNamed)
    diag << " and " << unused.size() - maxNamed << " more";
}

LogicalResult weights::checkParameters(ModuleOp module,
                                       const ParameterSource &source) {
  llvm::MapVector<StringRef, nn::ParameterOp> parameters;
  LogicalResult result = success();
  module.walk([&](nn::ParameterOp op) {
    auto [it, inserted] = parameters.try_emplace(op.getName(), op);
    nn::ParameterOp first = it->second;
    if (inserted || first.getType() == op.getType())
      return;
    InFlightDiagnostic diag = op.emitError("parameter '")
                              << op.getName() << "' is " << op.getType()
                              << " here, but " << first.getType() << " before";
    diag.attachNote(first.getLoc()) << "first use is here";
    result = diag;
  });

  SmallVector<StringRef> unused;
  for (StringRef name : source.getNames())
    if (!parameters.contains(name))
      unused.push_back(name);
  // A name that the model uses elsewhere is not what a missing one stands for.
  for (auto &[name, op] : parameters)
    if (failed(checkAgainst(op, source, unused)))
      result = failure();
  warnUnused(unused, source, module.getContext());
  return result;
}
