//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Result types of products: linear, packed_linear, matmul and conv.
//
//===----------------------------------------------------------------------===//

#include "Inference.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace vitrail::nn {

/// Checks that samples are kept apart: a weight is the same for all of them.
static LogicalResult requireNoBatch(const Inference &inference,
                                    const Operand &weight) {
  if (llvm::none_of(weight.extents, dependsOnBatch))
    return success();
  return inference.error(weight.describe(), " must not depend on the batch");
}

/// A tensor of floats or of 8-bit integers.
static FailureOr<Operand> getFactor(const Inference &inference, StringRef name,
                                    Value value) {
  if (getElementTypeOrSelf(value).isInteger(8))
    return inference.getOperandOf(ElementKind::Integers, name, value);
  return inference.getFloats(name, value);
}

/// Checks that layers multiply such elements: those of one type, or f32 with
/// weights of i8.
static LogicalResult requireFactors(const Inference &inference,
                                    const Operand &input,
                                    const Operand &weight) {
  if (input.elementType.isF32() && weight.elementType.isInteger(8))
    return success();
  return inference.requireSameElements(input, weight);
}

/// Checks an optional bias [features] of `elementType` against the weight's
/// features.
static LogicalResult checkBias(const Inference &inference, Value value,
                               const Operand &weight, int64_t features,
                               Type elementType) {
  if (!value)
    return success();
  FailureOr<Operand> bias =
      inference.getOperandOf(ElementKind::Numbers, "bias", value);
  if (failed(bias))
    return failure();
  if (bias->elementType != elementType)
    return elementType == weight.elementType
               ? inference.requireSameElements(weight, *bias)
               : inference.error("bias must hold ", elementType,
                                 " where weight has ", weight.elementType,
                                 ", not ", bias->elementType);
  if (ArrayRef(bias->extents) == ArrayRef<Extent>{{features, false}})
    return success();
  return inference.error("bias must be [", features, "], one for each of the ",
                         features, " features of ", weight.describe(), ", not ",
                         describeShape(bias->extents));
}

/// Checks that the last extents of `input` are those of `weight` in
/// `contracted`, and returns the others.
static FailureOr<SmallVector<Extent>> contract(const Inference &inference,
                                               const Operand &input,
                                               const Operand &weight,
                                               ArrayRef<Extent> contracted) {
  ArrayRef<Extent> extents = input.extents;
  if (extents.size() < contracted.size())
    return inference.error(input.describe(), " has fewer dimensions than the ",
                           contracted.size(), " that ", weight.describe(),
                           " contracts");
  ArrayRef<Extent> inner = extents.take_back(contracted.size());
  for (auto [i, ofInput, ofWeight] : llvm::enumerate(inner, contracted))
    if (ofInput != ofWeight)
      return inference.error("inner dimensions differ: ", input.describe(),
                             " has ", describeExtent(ofInput), ", ",
                             weight.describe(), " has ",
                             describeExtent(ofWeight));
  return SmallVector<Extent>(extents.drop_back(contracted.size()));
}

LogicalResult LinearOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = getFactor(inference, "input", adaptor.getInput());
  FailureOr<Operand> weight =
      getFactor(inference, "weight", adaptor.getWeight());
  if (failed(input) || failed(weight) ||
      failed(requireFactors(inference, *input, *weight)) ||
      failed(inference.requireTF32(adaptor.getTf32(), {*input, *weight})) ||
      failed(requireNoBatch(inference, *weight)))
    return failure();
  if (weight->rank() < 2)
    return inference.error(weight->describe(),
                           " must have at least 2 dimensions, [features, ...]");
  Extent features = weight->extents.front();
  FailureOr<SmallVector<Extent>> extents = contract(
      inference, *input, *weight, ArrayRef(weight->extents).drop_front());
  Type sumType = getSumType(input->elementType);
  if (failed(extents) || failed(checkBias(inference, adaptor.getBias(), *weight,
                                          features.size, sumType)))
    return failure();
  extents->push_back(features);
  return inference.setResult(*extents, sumType, types);
}

/// Makes the last of `contracted`, which counts groups, the extent of `input`
/// that is in that many groups.
static LogicalResult ungroup(const Inference &inference, const Operand &input,
                             const Operand &panels, int64_t group,
                             MutableArrayRef<Extent> contracted) {
  if (panels.extents.back() != Extent{group, false})
    return inference.error(panels.describe(), " must end in the ", group,
                           " numbers of a group");
  int64_t extent = input.rank() ? input.extents.back().size : 1;
  int64_t groups = llvm::divideCeil(extent, group);
  if (contracted.back().size != groups)
    return inference.error(input.describe(), " has ", groups, " groups of ",
                           group, ", ", panels.describe(), " has ",
                           contracted.back().size);
  contracted.back().size = extent;
  return success();
}

/// Checks optional sums of `panels` of i8.
static LogicalResult checkSums(const Inference &inference, Value value,
                               const Operand &panels, int64_t count,
                               int64_t columns) {
  if (!value)
    return success();
  if (!panels.elementType.isInteger(8))
    return inference.error("sums are those of panels of i8, not ",
                           panels.elementType);
  FailureOr<Operand> sums =
      inference.getOperandOf(ElementKind::Numbers, "sums", value);
  if (failed(sums))
    return failure();
  if (!sums->elementType.isInteger(32))
    return inference.error("sums must hold i32, not ", sums->elementType);
  Extent expected[] = {{count, false}, {columns, false}};
  if (ArrayRef(sums->extents) != ArrayRef(expected))
    return inference.error(sums->describe(), " must be [", count, ", ", columns,
                           "], one for each column of ", panels.describe());
  return success();
}

LogicalResult PackedLinearOp::inferReturnTypes(MLIRContext *,
                                               std::optional<Location> location,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = getFactor(inference, "input", adaptor.getInput());
  FailureOr<Operand> panels =
      getFactor(inference, "panels", adaptor.getPanels());
  if (failed(input) || failed(panels) ||
      failed(requireFactors(inference, *input, *panels)) ||
      failed(inference.requireTF32(adaptor.getTf32(), {*input, *panels})) ||
      failed(requireNoBatch(inference, *panels)))
    return failure();
  // The parser asks before absent attributes have their values.
  IntegerAttr groupAttr = adaptor.getGroupAttr();
  int64_t group = groupAttr ? groupAttr.getInt() : 1;
  if (group < 1)
    return inference.error("group must be at least 1, not ", group);
  size_t inner = group == 1 ? 1 : 2;
  if (panels->rank() < static_cast<int64_t>(inner) + 2)
    return inference.error(panels->describe(), " must have at least ",
                           inner + 2, " dimensions, [panels, ..., columns",
                           group == 1 ? "]" : ", group]");
  SmallVector<Extent> contracted(
      ArrayRef(panels->extents).drop_front().drop_back(inner));
  if (group != 1)
    if (failed(ungroup(inference, *input, *panels, group, contracted)))
      return failure();
  int64_t features = adaptor.getFeatures();
  int64_t count = panels->extents.front().size;
  int64_t columns = panels->extents[panels->rank() - inner].size;
  if (features < 1 || (features - 1) / columns + 1 != count)
    return inference.error(panels->describe(), " must be ceil(features / ",
                           columns, ") panels, but features is ", features);
  if (failed(checkSums(inference, adaptor.getSums(), *panels, count, columns)))
    return failure();
  FailureOr<SmallVector<Extent>> extents =
      contract(inference, *input, *panels, contracted);
  Type sumType = getSumType(input->elementType);
  if (failed(extents) || failed(checkBias(inference, adaptor.getBias(), *panels,
                                          features, sumType)))
    return failure();
  extents->push_back({features, false});
  return inference.setResult(*extents, sumType, types);
}

LogicalResult MatmulOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> lhs = inference.getFloats("lhs", adaptor.getLhs());
  FailureOr<Operand> rhs = inference.getFloats("rhs", adaptor.getRhs());
  if (failed(lhs) || failed(rhs) ||
      failed(inference.requireSameElements(*lhs, *rhs)))
    return failure();
  if (lhs->rank() < 2 || lhs->rank() != rhs->rank())
    return inference.error(lhs->describe(), " and ", rhs->describe(),
                           " must have the same number of dimensions, at least "
                           "2");
  ArrayRef<Extent> ofLhs = lhs->extents, ofRhs = rhs->extents;
  Extent rows = ofLhs.drop_back().back(), inner = ofLhs.back();
  if (inner != ofRhs.drop_back().back())
    return inference.error("inner dimensions differ: ", lhs->describe(),
                           " has ", describeExtent(inner), ", ",
                           rhs->describe(), " has ",
                           describeExtent(ofRhs.drop_back().back()));
  if (inner.timesBatch)
    return inference.error("the inner dimension of ", lhs->describe(), " and ",
                           rhs->describe(),
                           " depends on the batch and cannot be contracted");
  if (ofLhs.drop_back(2) != ofRhs.drop_back(2))
    return inference.error("leading dimensions differ: ", lhs->describe(),
                           " and ", rhs->describe());
  SmallVector<Extent> extents(ofLhs.drop_back(2));
  extents.append({rows, ofRhs.back()});
  return inference.setResult(extents, lhs->elementType, types);
}

LogicalResult ConvOp::inferReturnTypes(MLIRContext *,
                                       std::optional<Location> location,
                                       Adaptor adaptor,
                                       SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  FailureOr<Operand> weight =
      inference.getFloats("weight", adaptor.getWeight());
  if (failed(input) || failed(weight) ||
      failed(inference.requireSameElements(*input, *weight)) ||
      failed(inference.requireRank(*input, 4,
                                   "[samples, channels, height, width]")) ||
      failed(inference.requireRank(*weight, 4,
                                   "[features, channels, height, width]")) ||
      failed(requireNoBatch(inference, *weight)) ||
      failed(inference.requireValues("strides", adaptor.getStrides(), 2, 1)) ||
      failed(inference.requireValues("padding", adaptor.getPadding(), 2, 0)))
    return failure();
  if (input->extents[1] != weight->extents[1])
    return inference.error("channels differ: ", input->describe(), " has ",
                           describeExtent(input->extents[1]), ", ",
                           weight->describe(), " has ",
                           describeExtent(weight->extents[1]));
  Extent features = weight->extents[0];
  if (failed(checkBias(inference, adaptor.getBias(), *weight, features.size,
                       weight->elementType)))
    return failure();
  int64_t kernel[] = {weight->extents[2].size, weight->extents[3].size};
  FailureOr<SmallVector<Extent>> windows = inferWindows(
      inference, *input, kernel, adaptor.getStrides(), adaptor.getPadding());
  if (failed(windows))
    return failure();
  return inference.setResult(
      {input->extents[0], features, (*windows)[0], (*windows)[1]},
      input->elementType, types);
}

} // namespace vitrail::nn
