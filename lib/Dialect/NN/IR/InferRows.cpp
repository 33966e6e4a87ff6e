//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Result types of operations on rows: reduce, softmax and layer_norm.
//
//===----------------------------------------------------------------------===//

#include "Inference.h"

using namespace mlir;

namespace vitrail::nn {

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, stringifyReduceKind(adaptor.getKind()));
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  if (failed(input))
    return failure();
  ArrayRef<int64_t> axes = adaptor.getAxes();
  if (axes.empty())
    return inference.error("at least one axis must be given");
  for (int64_t axis : axes)
    if (failed(inference.requireAxis(*input, axis, "reduced")))
      return failure();
  if (!llvm::is_sorted(axes, std::less_equal<>()))
    return inference.error("axes must be distinct and in ascending order");

  SmallVector<Extent> extents;
  for (auto [i, extent] : llvm::enumerate(input->extents)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i)))
      extents.push_back(extent);
    else if (adaptor.getKeepDims())
      extents.push_back({1, false});
  }
  return inference.setResult(extents, input->elementType, types);
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  if (failed(input) ||
      failed(inference.requireAxis(*input, adaptor.getAxis(), "normalised")))
    return failure();
  return inference.setResult(input->extents, input->elementType, types);
}

/// Checks an optional scale or bias of the last dimension of `input`.
static LogicalResult checkAffine(const Inference &inference, StringRef name,
                                 Value value, const Operand &input) {
  if (!value)
    return success();
  FailureOr<Operand> operand = inference.getFloats(name, value);
  if (failed(operand) || failed(inference.requireSameElements(input, *operand)))
    return failure();
  Extent last = input.extents.back();
  if (ArrayRef(operand->extents) == ArrayRef<Extent>(last))
    return success();
  return inference.error(name, " must be ", describeShape(last),
                         ", the last extent of ", input.describe(), ", not ",
                         describeShape(operand->extents));
}

LogicalResult LayerNormOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  if (failed(input))
    return failure();
  if (input->rank() == 0)
    return inference.error("input must have at least 1 dimension");
  if (failed(inference.requireAxis(*input, input->rank() - 1, "normalised")) ||
      failed(checkAffine(inference, "scale", adaptor.getScale(), *input)) ||
      failed(checkAffine(inference, "bias", adaptor.getBias(), *input)))
    return failure();
  const APFloat &epsilon = adaptor.getEpsilon();
  if (!epsilon.isFinite() || epsilon.isNegative())
    return inference.error("epsilon must be a finite number, at least 0");
  return inference.setResult(input->extents, input->elementType, types);
}

} // namespace vitrail::nn
