//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that move elements: they compute nothing.
//
//===----------------------------------------------------------------------===//

#include "Builtins.h"
#include "TensorOperators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

/// reshape and broadcast.
template <typename OpTy> static Value evaluateWithShape(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  std::optional<llvm::SmallVector<Extent>> shape = call.getShape(1);
  if (!input || !shape)
    return Value();
  return call.builder.createWithShape<OpTy>(call.loc, *input, *shape);
}

/// Joins the dimensions from `first` to `last` into one.
static Value evaluateFlatten(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  if (!input)
    return Value();
  llvm::SmallVector<Extent> extents = nn::getExtents(call[0].getTensorType());
  std::optional<int64_t> first = call.getAxis(1, extents.size());
  std::optional<int64_t> last = call.getAxis(2, extents.size());
  if (!first || !last)
    return Value();
  if (*first > *last)
    return call.fail(1, "is after the last dimension to join: " +
                            llvm::Twine(*first) + " and " + llvm::Twine(*last));
  // At most one extent depends on the batch, and products of a tensor's extents
  // do not overflow.
  Extent joined;
  for (int64_t axis : llvm::seq_inclusive(*first, *last)) {
    joined.size *= extents[axis].size;
    joined.timesBatch |= extents[axis].timesBatch;
  }
  extents[*first] = joined;
  extents.erase(extents.begin() + *first + 1, extents.begin() + *last + 1);
  return call.builder.createWithShape<nn::ReshapeOp>(call.loc, *input, extents);
}

/// Without axes, the last two dimensions change places.
static Value evaluateTranspose(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  if (!input)
    return Value();
  int64_t rank = call[0].getTensorType().getRank();
  auto permutation = llvm::to_vector(llvm::seq(rank));
  if (call[1].isAbsent()) {
    if (rank < 2)
      return call.fail(0, "must have at least two dimensions, but is " +
                              describe(call[0]));
    std::swap(permutation[rank - 2], permutation[rank - 1]);
  } else {
    std::optional<llvm::SmallVector<int64_t>> axes = call.getIntegers(1);
    if (!axes)
      return Value();
    permutation = *axes;
  }
  nn::TransposeOp::Properties properties;
  properties.permutation =
      call.builder.getBuilder().getDenseI64ArrayAttr(permutation);
  return call.builder.create<nn::TransposeOp>(call.loc, *input, properties);
}

static Value evaluateConcat(BuiltinCall &call) {
  std::optional<llvm::ArrayRef<Value>> parts = call.getList(0);
  if (!parts)
    return Value();
  if (parts->empty())
    return call.fail(0, "is an empty list");
  llvm::SmallVector<mlir::Value> inputs;
  for (const Value &part : *parts) {
    if (part.isPoison())
      return Value();
    if (!part.isTensor())
      return call.fail(0, "must be a list of tensors, but has " +
                              describeKind(part) + ": " + describe(part));
    inputs.push_back(part.getTensor());
  }
  std::optional<int64_t> axis =
      call.getAxis(1, parts->front().getTensorType().getRank());
  if (!axis)
    return Value();
  nn::ConcatOp::Properties properties;
  properties.axis = call.builder.getBuilder().getI64IntegerAttr(*axis);
  return call.builder.create<nn::ConcatOp>(call.loc, inputs, properties);
}

/// The sizes of the parts of `extent`: as listed, or that many equal ones.
static std::optional<llvm::SmallVector<int64_t>> getPartSizes(BuiltinCall &call,
                                                              int64_t extent) {
  if (call[1].is(Value::Kind::List)) {
    std::optional<llvm::SmallVector<int64_t>> sizes = call.getIntegers(1);
    if (!sizes)
      return std::nullopt;
    int64_t rest = extent;
    for (int64_t size : *sizes)
      rest = size > 0 && size <= rest ? rest - size : -1;
    if (rest == 0)
      return sizes;
    call.fail(1, "must be positive sizes that add up to the extent, " +
                     llvm::Twine(extent) + ", but is " + describe(call[1]));
    return std::nullopt;
  }
  std::optional<int64_t> count = call.getInteger(1);
  if (!count)
    return std::nullopt;
  if (*count > 0 && extent % *count == 0)
    return llvm::SmallVector<int64_t>(*count, extent / *count);
  call.fail(1, "must divide the extent, " + llvm::Twine(extent) + ", but is " +
                   llvm::Twine(*count));
  return std::nullopt;
}

static Value evaluateSplit(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  if (!input)
    return Value();
  llvm::SmallVector<Extent> extents = nn::getExtents(call[0].getTensorType());
  std::optional<int64_t> axis = call.getAxis(2, extents.size());
  if (!axis)
    return Value();
  if (extents[*axis].timesBatch)
    return call.fail(2, "names a dimension that depends on the batch: " +
                            llvm::Twine(*axis) + " of " + describe(call[0]));
  if (call[1].isKnownInteger() &&
      call[1].getInteger() > static_cast<int64_t>(maxListSize))
    return call.fail(1, "is too large: " + describeListLimits());
  std::optional<llvm::SmallVector<int64_t>> sizes =
      getPartSizes(call, extents[*axis].size);
  if (!sizes)
    return Value();
  std::vector<Value> parts;
  int64_t offset = 0;
  for (int64_t size : *sizes) {
    parts.push_back(
        sliceAxis(call.builder, call.loc, *input, *axis, offset, size));
    if (parts.back().isPoison())
      return Value();
    offset += size;
  }
  return *makeList(std::move(parts));
}

static Value evaluatePad(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  std::optional<llvm::SmallVector<int64_t>> low = call.getIntegers(1);
  std::optional<llvm::SmallVector<int64_t>> high = call.getIntegers(2);
  std::optional<double> value = call.getNumber(3);
  if (!input || !low || !high || !value)
    return Value();
  mlir::OpBuilder &ops = call.builder.getBuilder();
  nn::PadOp::Properties properties;
  properties.low = ops.getDenseI64ArrayAttr(*low);
  properties.high = ops.getDenseI64ArrayAttr(*high);
  properties.value = ops.getF64FloatAttr(*value);
  return call.builder.create<nn::PadOp>(call.loc, *input, properties);
}

llvm::ArrayRef<Builtin> vitrail::frontend::getLayoutBuiltins() {
  static const Builtin table[] = {
      {"reshape", {{"x"}, {"shape"}}, evaluateWithShape<nn::ReshapeOp>},
      {"flatten", {{"x"}, {"first"}, {"last", Value(-1)}}, evaluateFlatten},
      {"transpose", {{"x"}, {"axes", Value::absent()}}, evaluateTranspose},
      {"broadcast", {{"x"}, {"shape"}}, evaluateWithShape<nn::BroadcastOp>},
      {"concat", {{"parts"}, {"axis"}}, evaluateConcat},
      {"split", {{"x"}, {"parts"}, {"axis", Value(-1)}}, evaluateSplit},
      {"pad", {{"x"}, {"low"}, {"high"}, {"value", Value(0.0)}}, evaluatePad},
  };
  return table;
}
