//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where index maps put the rows of matrices.
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"

namespace vitrail {

using namespace mlir;

static SmallVector<nn::ReshapeGroup> getGroups(nn::ReshapeOp reshape) {
  return nn::groupReshapedDimensions(
      nn::getExtents(reshape.getType()),
      nn::getExtents(reshape.getInput().getType()));
}

bool hasScatteredRows(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
      if (llvm::any_of(getGroups(reshape), [](const nn::ReshapeGroup &group) {
            return group.input.size() > 1;
          }))
        return true;
    } else if (!isa<nn::TransposeOp, nn::SliceOp, nn::BroadcastOp>(op)) {
      return true;
    }
    value = op->getOperand(0);
  }
  return false;
}

/// The dimension of the operand of `op` that `dim` of its result is, if the
/// index along it stays as it is.
static std::optional<unsigned> followDimension(Operation *op, unsigned dim) {
  if (isa<nn::CastOp, nn::RoundTF32Op>(op))
    return dim;
  if (auto transpose = dyn_cast<nn::TransposeOp>(op))
    return transpose.getPermutation()[dim];
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return slice.getOffsets()[dim] == 0 && slice.getStrides()[dim] == 1
               ? std::optional(dim)
               : std::nullopt;
  if (auto pad = dyn_cast<nn::PadOp>(op))
    return pad.getLow()[dim] == 0 ? std::optional(dim) : std::nullopt;
  if (auto roll = dyn_cast<nn::RollOp>(op))
    return roll.getAxis() != dim ? std::optional(dim) : std::nullopt;
  return std::nullopt;
}

int64_t findRowRun(Value value) {
  unsigned dim = shapeOf(value).size() - 2;
  while (Operation *op = value.getDefiningOp()) {
    if (auto reshape = dyn_cast<nn::ReshapeOp>(op)) {
      SmallVector<nn::ReshapeGroup> groups = getGroups(reshape);
      auto *group = llvm::find_if(groups, [&](const nn::ReshapeGroup &group) {
        return llvm::is_contained(group.result, dim);
      });
      if (group == groups.end() || group->result.size() > 1)
        return 1;
      if (group->input.size() > 1)
        return shapeOf(reshape.getInput())[group->input.back()];
      dim = group->input.front();
    } else if (std::optional<unsigned> followed = followDimension(op, dim)) {
      dim = *followed;
    } else {
      return 1;
    }
    value = op->getOperand(0);
  }
  return 1;
}

} // namespace vitrail
