//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the elements of an expanded constant come from is found by evaluating
// it with the numbers of the source's elements in their place, whatever
// operations are between.
//
//===----------------------------------------------------------------------===//

#include "Expansion.h"
#include "Interface.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/Evaluator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <limits>
#include <numeric>

using namespace mlir;
using namespace vitrail;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether a constant expression depends on no parameter.
static bool isKnown(Value value) {
  SmallPtrSet<Operation *, 8> visited;
  SmallVector<Operation *> pending = {value.getDefiningOp()};
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val();
    if (isa<nn::ParameterOp>(op))
      return false;
    for (Value operand : op->getOperands())
      if (visited.insert(operand.getDefiningOp()).second)
        pending.push_back(operand.getDefiningOp());
  }
  return true;
}

/// The value whose elements `value` has in another order, some of them left out
/// or repeated; null if it has others.
static Value getMoved(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa<nn::ReshapeOp, nn::TransposeOp, nn::SliceOp, nn::BroadcastOp,
          nn::RollOp>(op))
    return op->getOperand(0);
  auto gather = dyn_cast<nn::GatherOp>(op);
  return gather && isKnown(gather.getIndices()) ? gather.getTable() : nullptr;
}

/// The smallest of what `value` has the elements of, itself included.
static Value findSource(Value value) {
  Value source = value;
  while ((value = getMoved(value)))
    if (typeOf(value).getNumElements() < typeOf(source).getNumElements())
      source = value;
  return source;
}

/// The number in `source` of each element of `value`.
static std::vector<double> traceElements(Value value, Value source) {
  weights::Tensor numbers(typeOf(source).getShape());
  std::iota(numbers.data.begin(), numbers.data.end(), 0.0);
  // No parameter is read.
  weights::SyntheticSource parameters;
  weights::Evaluator evaluator(parameters);
  evaluator.bind(source, std::move(numbers));
  FailureOr<weights::Tensor> traced = evaluator.evaluate(value);
  return succeeded(traced) ? std::move(traced->data) : std::vector<double>();
}

/// The stride of a list of `count` equal parts, each of which is the one before
/// with a constant added to its elements; nothing if it is not.
static std::optional<int64_t> findOuterStride(ArrayRef<double> list,
                                              int64_t count) {
  size_t part = list.size() / count;
  double stride = count == 1 ? 0 : list[part] - list[0];
  for (size_t i = part; i < list.size(); ++i)
    if (list[i] != list[i - part] + stride)
      return std::nullopt;
  return static_cast<int64_t>(stride);
}

/// The same of elements in runs of `count`, within each of which the next one
/// is the one before plus a constant.
static std::optional<int64_t> findInnerStride(ArrayRef<double> list,
                                              int64_t count) {
  double stride = count == 1 ? 0 : list[1] - list[0];
  for (size_t i = 0; i < list.size(); ++i)
    if (i % count != 0 && list[i] != list[i - 1] + stride)
      return std::nullopt;
  return static_cast<int64_t>(stride);
}

/// Describes a list of numbers with as few indices as whole dimensions of
/// `shape`, from either end, can be left out of them.
static Expansion describe(ArrayRef<double> list, ArrayRef<int64_t> shape) {
  Expansion expansion;
  int64_t count = 1;
  for (int64_t extent : shape) {
    count *= extent;
    std::optional<int64_t> stride = findOuterStride(list, count);
    if (!stride)
      break;
    expansion.outer = count;
    expansion.outerStride = *stride;
  }
  list = list.take_front(list.size() / expansion.outer);
  count = 1;
  for (int64_t extent : llvm::reverse(shape)) {
    count *= extent;
    if (list.size() % count != 0)
      break;
    std::optional<int64_t> stride = findInnerStride(list, count);
    if (!stride)
      break;
    expansion.inner = count;
    expansion.innerStride = *stride;
  }
  for (size_t i = 0; i < list.size(); i += expansion.inner)
    expansion.indices.push_back(static_cast<int32_t>(list[i]));
  return expansion;
}

std::optional<Expansion> vitrail::findExpansion(Value value) {
  Value source = findSource(value);
  RankedTensorType type = typeOf(value);
  int64_t elements = type.getNumElements();
  int64_t sourceElements = typeOf(source).getNumElements();
  if (sourceElements > elements / 2 ||
      sourceElements > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  std::vector<double> list = traceElements(value, source);
  if (list.empty())
    return std::nullopt;
  Expansion expansion = describe(list, type.getShape());
  expansion.source = source;
  int64_t size = getElementSize(type.getElementType());
  int64_t held = sourceElements * size +
                 int64_t(expansion.indices.size() * sizeof(int32_t));
  if (held > elements * size / 2)
    return std::nullopt;
  return expansion;
}
