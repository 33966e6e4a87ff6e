//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The fusion: what its body may hold, and what it reads.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace vitrail::nn {

ValueRange FusionOp::getYielded() {
  return cast<YieldOp>(getBody().front().getTerminator()).getValues();
}

SmallVector<Value> FusionOp::getCaptures() {
  llvm::SetVector<Value> captures;
  for (Operation &op : getBody().front())
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() != &getBody().front())
        captures.insert(operand);
  return captures.takeVector();
}

LogicalResult FusionOp::verify() {
  if (getBody().getNumArguments() != 0)
    return emitOpError("has a body with arguments: it reads values from "
                       "outside as they are");
  auto yield = dyn_cast<YieldOp>(getBody().front().getTerminator());
  if (!yield)
    return emitOpError("has a body that does not end in nn.yield");
  for (Operation &op : getMembers())
    if (!isa<NNDialect>(op.getDialect()) || isa<FusionOp>(op))
      return emitOpError("holds '")
             << op.getName() << "', which is no part of a kernel";
  if (yield.getValues().empty())
    return emitOpError("yields nothing");
  if (yield.getValues().getTypes() != getResultTypes())
    return emitOpError("yields values of types ")
           << yield.getValues().getTypes() << ", but its results are "
           << getResultTypes();
  for (Value value : yield.getValues())
    if (value.getParentBlock() != &getBody().front())
      return emitOpError("yields a value that is not defined in it");
  return success();
}

} // namespace vitrail::nn
