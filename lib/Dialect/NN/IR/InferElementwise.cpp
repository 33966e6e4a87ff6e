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

LogicalResult inferUnary(const Inference &inference, Value input,
                         Inference::Types &types) {
  FailureOr<Operand> operand = inference.getFloats("input", input);
  if (failed(operand))
    return failure();
  return inference.setResult(operand->extents, operand->elementType, types);
}

/// The extent to which two aligned ones broadcast.
static std::optional<Extent> broadcast(Extent lhs, Extent rhs) {
  const Extent one{1, false};
  if (lhs == rhs || rhs == one)
    return lhs;
  if (lhs == one)
    return rhs;
  return std::nullopt;
}

LogicalResult inferBinary(const Inference &inference, Value lhsValue,
                          Value rhsValue, Inference::Types &types) {
  FailureOr<Operand> lhs = inference.getFloats("lhs", lhsValue);
  FailureOr<Operand> rhs = inference.getFloats("rhs", rhsValue);
  if (failed(lhs) || failed(rhs) ||
      failed(inference.requireSameElements(*lhs, *rhs)))
    return failure();

  bool lhsLonger = lhs->rank() >= rhs->rank();
  SmallVector<Extent> extents = lhsLonger ? lhs->extents : rhs->extents;
  ArrayRef<Extent> shorter = lhsLonger ? rhs->extents : lhs->extents;
  size_t missing = extents.size() - shorter.size();
  for (auto [i, extent] : llvm::enumerate(shorter)) {
    Extent &aligned = extents[missing + i];
    std::optional<Extent> common = broadcast(aligned, extent);
    if (!common) {
      Extent ofLhs = lhsLonger ? aligned : extent;
      Extent ofRhs = lhsLonger ? extent : aligned;
      return inference.error("shapes do not broadcast: ", lhs->describe(),
                             " has ", describeExtent(ofLhs), " where ",
                             rhs->describe(), " has ", describeExtent(ofRhs));
    }
    aligned = *common;
  }
  return inference.setResult(extents, lhs->elementType, types);
}

} // namespace vitrail::nn
