//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Result types of operations that move elements, and checks of those whose
// result type is explicit (reshape, broadcast).
//
//===----------------------------------------------------------------------===//

#include "Inference.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace vitrail::nn {

//===----------------------------------------------------------------------===//
// Explicit result types
//===----------------------------------------------------------------------===//

/// Checks what reshape and broadcast have in common.
static LogicalResult checkExplicit(const Inference &inference,
                                   RankedTensorType input,
                                   RankedTensorType result) {
  if (input.getElementType() != result.getElementType())
    return inference.error("element types differ: input has ",
                           input.getElementType(), ", the result has ",
                           result.getElementType());
  for (RankedTensorType type : {input, result})
    if (!hasModelShape(type))
      return inference.error(
          "shape ", describeShape(type),
          " must have positive extents, at most one that depends on the "
          "batch, and fewer than 2^63 elements");
  return success();
}

LogicalResult ReshapeOp::verifyTypes(std::optional<Location> location,
                                     RankedTensorType input,
                                     RankedTensorType result) {
  Inference inference(location, getOperationName());
  if (failed(checkExplicit(inference, input, result)))
    return failure();
  auto countOf = [](RankedTensorType type) {
    bool timesBatch = llvm::any_of(getExtents(type), dependsOnBatch);
    return Extent{getElementsPerSample(type), timesBatch};
  };
  Extent inputCount = countOf(input), resultCount = countOf(result);
  if (inputCount == resultCount)
    return success();
  return inference.error(
      "numbers of elements differ: input ", describeShape(input), " has ",
      describeExtent(inputCount), ", the result ", describeShape(result),
      " has ", describeExtent(resultCount));
}

LogicalResult ReshapeOp::verify() {
  return verifyTypes(getLoc(), getInput().getType(), getType());
}

LogicalResult BroadcastOp::verifyTypes(std::optional<Location> location,
                                       RankedTensorType input,
                                       RankedTensorType result) {
  Inference inference(location, getOperationName());
  if (failed(checkExplicit(inference, input, result)))
    return failure();
  if (input.getRank() > result.getRank())
    return inference.error("input ", describeShape(input),
                           " has more dimensions than the result ",
                           describeShape(result));
  SmallVector<Extent> from = getExtents(input), to = getExtents(result);
  for (auto [ofInput, ofResult] :
       llvm::zip_equal(from, ArrayRef(to).take_back(from.size())))
    if (ofInput != ofResult && ofInput != Extent{1, false})
      return inference.error("input ", describeShape(input), " has ",
                             describeExtent(ofInput), " where the result ",
                             describeShape(result), " has ",
                             describeExtent(ofResult));
  return success();
}

LogicalResult BroadcastOp::verify() {
  return verifyTypes(getLoc(), getInput().getType(), getType());
}

//===----------------------------------------------------------------------===//
// Inferred result types
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getOperand("input", adaptor.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  llvm::SmallBitVector seen(input->rank());
  SmallVector<Extent> extents;
  for (int64_t axis : permutation) {
    if (axis < 0 || axis >= input->rank() || seen.test(axis))
      break;
    seen.set(axis);
    extents.push_back(input->extents[axis]);
  }
  if (extents.size() != permutation.size() || !seen.all())
    return inference.error("[", permutation, "] does not name each of the ",
                           input->rank(), " dimensions of ", input->describe(),
                           " once");
  return inference.setResult(extents, input->elementType, types);
}

/// Checks the slice of one dimension and returns its extent.
static FailureOr<Extent> sliceExtent(const Inference &inference,
                                     const Operand &input, size_t axis,
                                     int64_t offset, int64_t size,
                                     int64_t stride) {
  Extent extent = input.extents[axis];
  if (extent.timesBatch) {
    if (offset == 0 && ShapedType::isDynamic(size) && stride == 1)
      return extent;
    return inference.error("axis ", axis, " of ", input.describe(),
                           " depends on the batch and can only be taken whole");
  }
  if (offset < 0 || size < 1 || stride < 1)
    return inference.error("axis ", axis, " of ", input.describe(),
                           " needs an offset of at least 0, a size and a "
                           "stride of at least 1, not ",
                           offset, ", ", size, " and ", stride);
  int64_t last;
  if (llvm::MulOverflow(size - 1, stride, last) ||
      llvm::AddOverflow(last, offset, last) || last >= extent.size)
    return inference.error("axis ", axis, " of ", input.describe(), " has ",
                           extent.size, " elements, too few for ", size,
                           " from ", offset, " with a stride of ", stride);
  return Extent{size, false};
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> location,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getOperand("input", adaptor.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> offsets = adaptor.getOffsets(), sizes = adaptor.getSizes(),
                    strides = adaptor.getStrides();
  int64_t rank = input->rank();
  for (auto [name, values] :
       {std::pair("offsets", offsets), {"sizes", sizes}, {"strides", strides}})
    if (failed(inference.requireValues(name, values, rank,
                                       std::numeric_limits<int64_t>::min())))
      return failure();
  SmallVector<Extent> extents;
  for (int64_t i = 0; i < rank; ++i) {
    FailureOr<Extent> extent =
        sliceExtent(inference, *input, i, offsets[i], sizes[i], strides[i]);
    if (failed(extent))
      return failure();
    extents.push_back(*extent);
  }
  return inference.setResult(extents, input->elementType, types);
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  if (adaptor.getInputs().empty())
    return inference.error("at least one input must be given");
  FailureOr<Operand> first =
      inference.getOperand("input 0", adaptor.getInputs().front());
  int64_t axis = adaptor.getAxis();
  if (failed(first) ||
      failed(inference.requireAxis(*first, axis, "concatenated")))
    return failure();
  SmallVector<Extent> extents = first->extents;
  for (auto [i, value] : llvm::enumerate(adaptor.getInputs().drop_front())) {
    std::string name = "input " + std::to_string(i + 1);
    FailureOr<Operand> input = inference.getOperand(name, value);
    if (failed(input) || failed(inference.requireSameElements(*first, *input)))
      return failure();
    SmallVector<Extent> others = input->extents;
    if (input->rank() == first->rank())
      others[axis] = first->extents[axis];
    if (others != first->extents)
      return inference.error("extents other than that of axis ", axis,
                             " differ: ", first->describe(), ", ",
                             input->describe());
    // An extent that depends on the batch differs from the first's, of which
    // there is only one, unless it is that of the axis.
    if (failed(inference.requireAxis(*input, axis, "concatenated")))
      return failure();
    if (llvm::AddOverflow(extents[axis].size, input->extents[axis].size,
                          extents[axis].size))
      return inference.error("axis ", axis,
                             " of the result would have 2^63 elements or more");
  }
  return inference.setResult(extents, first->elementType, types);
}

/// Checks that `fill` can give the elements of a padding's result.
static LogicalResult checkFill(const Inference &inference, Value value,
                               const Operand &input, ArrayRef<Extent> extents) {
  FailureOr<Operand> fill = inference.getOperand("fill", value);
  if (failed(fill) || failed(inference.requireSameElements(input, *fill)))
    return failure();
  if (llvm::any_of(fill->extents, dependsOnBatch))
    return inference.error(fill->describe(), " must not depend on the batch");
  bool broadcasts = fill->extents.size() <= extents.size();
  if (broadcasts)
    for (auto [ofFill, ofResult] : llvm::zip_equal(
             fill->extents, extents.take_back(fill->extents.size())))
      broadcasts &= ofFill == ofResult || ofFill == Extent{1, false};
  if (!broadcasts)
    return inference.error(fill->describe(),
                           " does not broadcast to the result ",
                           describeShape(extents));
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *,
                                      std::optional<Location> location,
                                      Adaptor adaptor,
                                      SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getOperand("input", adaptor.getInput());
  if (failed(input) ||
      failed(
          inference.requireValues("low", adaptor.getLow(), input->rank(), 0)) ||
      failed(
          inference.requireValues("high", adaptor.getHigh(), input->rank(), 0)))
    return failure();
  if (!isa<FloatType>(input->elementType) && !adaptor.getValue().isInteger())
    return inference.error("the value of a padding of integers must be an "
                           "integer");
  SmallVector<Extent> extents = input->extents;
  for (auto [i, low, high] :
       llvm::enumerate(adaptor.getLow(), adaptor.getHigh())) {
    if (low == 0 && high == 0)
      continue;
    if (failed(inference.requireAxis(*input, i, "padded")))
      return failure();
    int64_t &size = extents[i].size;
    if (llvm::AddOverflow(size, low, size) ||
        llvm::AddOverflow(size, high, size))
      return inference.error("axis ", i,
                             " of the result would have 2^63 elements or more");
  }
  if (Value fill = adaptor.getFill()) {
    if (!adaptor.getValue().isZero())
      return inference.error("a padding with a fill has the value 0");
    if (failed(checkFill(inference, fill, *input, extents)))
      return failure();
  }
  return inference.setResult(extents, input->elementType, types);
}

LogicalResult RollOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> location,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getOperand("input", adaptor.getInput());
  int64_t axis = adaptor.getAxis(), shift = adaptor.getShift();
  if (failed(input) || failed(inference.requireAxis(*input, axis, "rolled")))
    return failure();
  if (shift < 0 || shift >= input->extents[axis].size)
    return inference.error("axis ", axis, " of ", input->describe(),
                           " needs a shift of at least 0 and less than ",
                           input->extents[axis].size, ", not ", shift);
  return inference.setResult(input->extents, input->elementType, types);
}

LogicalResult UnfoldOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  ArrayRef<int64_t> kernel = adaptor.getKernel();
  if (failed(input) ||
      failed(inference.requireRank(*input, 4,
                                   "[samples, channels, height, width]")) ||
      failed(inference.requireValues("kernel", kernel, 2, 1)) ||
      failed(inference.requireValues("strides", adaptor.getStrides(), 2, 1)) ||
      failed(inference.requireValues("padding", adaptor.getPadding(), 2, 0)))
    return failure();
  FailureOr<SmallVector<Extent>> windows = inferWindows(
      inference, *input, kernel, adaptor.getStrides(), adaptor.getPadding());
  if (failed(windows))
    return failure();
  return inference.setResult({input->extents[0], (*windows)[0], (*windows)[1],
                              input->extents[1], Extent{kernel[0], false},
                              Extent{kernel[1], false}},
                             input->elementType, types);
}

LogicalResult GatherOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> table = inference.getOperand("table", adaptor.getTable());
  FailureOr<Operand> indices = inference.getOperandOf(
      ElementKind::Integers, "indices", adaptor.getIndices());
  int64_t axis = adaptor.getAxis();
  if (failed(table) || failed(indices) ||
      failed(inference.requireAxis(*table, axis, "looked up")))
    return failure();
  SmallVector<Extent> extents(ArrayRef(table->extents).take_front(axis));
  llvm::append_range(extents, indices->extents);
  llvm::append_range(extents, ArrayRef(table->extents).drop_front(axis + 1));
  return inference.setResult(extents, table->elementType, types);
}

LogicalResult UpdateOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getOperand("input", adaptor.getInput());
  FailureOr<Operand> value = inference.getOperand("value", adaptor.getValue());
  FailureOr<Operand> index = inference.getOperand("index", adaptor.getIndex());
  if (failed(input) || failed(value) || failed(index) ||
      failed(inference.requireSameElements(*input, *value)) ||
      failed(inference.requireAxis(*input, adaptor.getAxis(), "updated")))
    return failure();
  if (index->rank() != 0 || !index->elementType.isInteger(32))
    return inference.error("the index must be one 32-bit integer, not ",
                           describeShape(index->extents), " of ",
                           index->elementType);
  SmallVector<Extent> part = input->extents;
  part[adaptor.getAxis()] = Extent{1, false};
  if (value->extents != part)
    return inference.error(value->describe(), " must be ", describeShape(part),
                           ": one position of axis ", adaptor.getAxis(), " of ",
                           input->describe());
  return inference.setResult(input->extents, input->elementType, types);
}

} // namespace vitrail::nn
