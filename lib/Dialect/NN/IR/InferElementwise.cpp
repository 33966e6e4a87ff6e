//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Result types of elementwise operations: broadcasting as in NumPy, for extents
// that may depend on the batch.
//
//===----------------------------------------------------------------------===//

#include "Inference.h"

using namespace mlir;

namespace vitrail::nn {

LogicalResult inferUnary(const Inference &inference, ElementKind kind,
                         Value input, Inference::Types &types) {
  FailureOr<Operand> operand = inference.getOperandOf(kind, "input", input);
  if (failed(operand))
    return failure();
  return inference.setResult(operand->extents, operand->elementType, types);
}

/// The extent to which two broadcast; nothing if they do not.
static std::optional<Extent> broadcast(Extent lhs, Extent rhs) {
  const Extent one{1, false};
  if (lhs == rhs || rhs == one)
    return lhs;
  if (lhs == one)
    return rhs;
  return std::nullopt;
}

/// The extents to which two operands broadcast; reports it if they do not.
static FailureOr<SmallVector<Extent>>
broadcast(const Inference &inference, const Operand &lhs, const Operand &rhs) {
  bool lhsLonger = lhs.rank() >= rhs.rank();
  SmallVector<Extent> extents = lhsLonger ? lhs.extents : rhs.extents;
  ArrayRef<Extent> shorter = lhsLonger ? rhs.extents : lhs.extents;
  size_t missing = extents.size() - shorter.size();
  for (auto [i, extent] : llvm::enumerate(shorter)) {
    Extent &aligned = extents[missing + i];
    std::optional<Extent> common = broadcast(aligned, extent);
    if (!common) {
      Extent ofLhs = lhsLonger ? aligned : extent;
      Extent ofRhs = lhsLonger ? extent : aligned;
      return inference.error("shapes do not broadcast: ", lhs.describe(),
                             " has ", describeExtent(ofLhs), " where ",
                             rhs.describe(), " has ", describeExtent(ofRhs));
    }
    aligned = *common;
  }
  return extents;
}

LogicalResult inferBinary(const Inference &inference, ElementKind kind,
                          Value lhsValue, Value rhsValue,
                          Inference::Types &types) {
  FailureOr<Operand> lhs = inference.getOperandOf(kind, "lhs", lhsValue);
  if (failed(lhs))
    return failure();
  FailureOr<Operand> rhs = inference.getOperandOf(kind, "rhs", rhsValue);
  if (failed(rhs) || failed(inference.requireSameElements(*lhs, *rhs)))
    return failure();
  FailureOr<SmallVector<Extent>> extents = broadcast(inference, *lhs, *rhs);
  if (failed(extents))
    return failure();
  return inference.setResult(*extents, lhs->elementType, types);
}

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  if (failed(inferBinary(inference, ElementKind::Numbers, adaptor.getLhs(),
                         adaptor.getRhs(), types)))
    return failure();
  auto type = cast<RankedTensorType>(types.front());
  types.front() = type.clone(IntegerType::get(context, 1));
  return success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> condition = inference.getOperandOf(
      ElementKind::Booleans, "condition", adaptor.getCondition());
  FailureOr<Operand> ifTrue =
      inference.getOperand("if_true", adaptor.getIfTrue());
  FailureOr<Operand> ifFalse =
      inference.getOperand("if_false", adaptor.getIfFalse());
  if (failed(condition) || failed(ifTrue) || failed(ifFalse) ||
      failed(inference.requireSameElements(*ifTrue, *ifFalse)))
    return failure();
  FailureOr<SmallVector<Extent>> extents =
      broadcast(inference, *ifTrue, *ifFalse);
  if (failed(extents))
    return failure();
  Operand chosen{"choice", ifTrue->elementType, *extents};
  extents = broadcast(inference, *condition, chosen);
  if (failed(extents))
    return failure();
  return inference.setResult(*extents, chosen.elementType, types);
}

LogicalResult QuantizeOp::inferReturnTypes(MLIRContext *context,
                                           std::optional<Location> location,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  Inference inference(location, getOperationName());
  FailureOr<Operand> input = inference.getFloats("input", adaptor.getInput());
  FailureOr<Operand> range = inference.getFloats("range", adaptor.getRange());
  if (failed(input) || failed(range))
    return failure();
  for (const Operand *operand : {&*input, &*range})
    if (!operand->elementType.isF32())
      return inference.error(operand->name, " must hold f32, not ",
                             operand->elementType);
  FailureOr<SmallVector<Extent>> extents = broadcast(inference, *input, *range);
  if (failed(extents))
    return failure();
  if (*extents != input->extents)
    return inference.error(range->describe(), " must not repeat ",
                           input->describe());
  return inference.setResult(*extents, IntegerType::get(context, 8), types);
}

LogicalResult CastOp::verify() {
  RankedTensorType input = getInput().getType();
  if (getExtents(input) == getExtents(getType()))
    return success();
  return emitOpError("shapes differ: input has ")
         << describeShape(input) << ", the result has "
         << describeShape(getType());
}

} // namespace vitrail::nn
