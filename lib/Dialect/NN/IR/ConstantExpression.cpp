//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which values are known while compiling.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;

bool vitrail::nn::isConstantExpression(Value value) {
  SmallPtrSet<Operation *, 8> visited;
  SmallVector<Value> pending = {value};
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    auto type = dyn_cast<RankedTensorType>(next.getType());
    // What has the batch as an extent is known only when the model runs.
    if (!op || !isa<NNDialect>(op->getDialect()) || !type ||
        !type.hasStaticShape())
      return false;
    if (visited.insert(op).second)
      llvm::append_range(pending, op->getOperands());
  }
  return true;
}
