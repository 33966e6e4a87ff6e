//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Following elements through index maps and casts.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/Expressions/ElementPath.h"
#include "ReshapeIndices.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"

#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

namespace vitrail {

using namespace mlir;

static SmallVector<nn::Extent> getExtentsOf(Value value) {
  return nn::getExtents(cast<RankedTensorType>(value.getType()));
}

/// Whether an element's index in the result follows from that in the input.
static bool canFollow(Operation *op) {
  if (auto slice = dyn_cast<nn::SliceOp>(op))
    return llvm::all_of(slice.getStrides(),
                        [](int64_t stride) { return stride == 1; });
  if (auto reshape = dyn_cast<nn::ReshapeOp>(op))
    return nn::isIndexArithmetic(reshape);
  return isa<nn::TransposeOp, nn::CastOp>(op);
}

std::optional<ElementPath> ElementPath::find(Value from, Value to) {
  ElementPath found;
  for (; to != from; to = found.path.back()->getOperand(0)) {
    Operation *op = to.getDefiningOp();
    if (!op || !canFollow(op))
      return std::nullopt;
    found.path.push_back(op);
  }
  std::reverse(found.path.begin(), found.path.end());
  return found;
}

/// What lies before or behind the slice is none of its elements.
static void enterSlice(ExprBuilder &expr, nn::SliceOp slice,
                       PathElement &element) {
  for (auto [dim, index] : llvm::enumerate(element.indices)) {
    nn::Extent extent = getExtentsOf(slice.getResult())[dim];
    if (extent == getExtentsOf(slice.getInput())[dim])
      continue;
    int64_t offset = slice.getOffsets()[dim];
    Value within = expr.both(expr.atLeast(index, offset),
                             expr.below(index, offset + extent.size));
    element.isThere =
        element.isThere ? expr.both(element.isThere, within) : within;
    index = expr.subIndex(index, expr.index(offset));
  }
}

PathElement ElementPath::follow(ExprBuilder &expr, PathElement element) const {
  for (Operation *op : path)
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](nn::SliceOp slice) { enterSlice(expr, slice, element); })
        .Case([&](nn::ReshapeOp reshape) {
          element.indices = reshapeIndices(
              expr, getExtentsOf(reshape.getInput()),
              getExtentsOf(reshape.getResult()), element.indices);
        })
        .Case([&](nn::TransposeOp transpose) {
          Indices moved;
          for (int64_t dim : transpose.getPermutation())
            moved.push_back(element.indices[dim]);
          element.indices = std::move(moved);
        })
        .Case([&](nn::CastOp cast) {
          element.value =
              expr.cast(element.value, cast.getType().getElementType());
        });
  return element;
}

/// Of those of the input, in the result of a reshape that merges or splits the
/// last dimension.
static int64_t countInReshape(nn::ReshapeOp reshape, int64_t count) {
  SmallVector<nn::Extent> result = getExtentsOf(reshape.getResult());
  SmallVector<nn::Extent> input = getExtentsOf(reshape.getInput());
  for (const nn::ReshapeGroup &group :
       nn::groupReshapedDimensions(result, input))
    if (group.result.back() + 1 == result.size() &&
        group.input.back() + 1 == input.size() && !input.back().timesBatch &&
        !result.back().timesBatch)
      return std::gcd(std::gcd(count, input.back().size), result.back().size);
  return 1;
}

int64_t ElementPath::countNeighbours(int64_t count) const {
  for (Operation *op : path)
    count = llvm::TypeSwitch<Operation *, int64_t>(op)
                .Case([&](nn::SliceOp slice) {
                  nn::Extent extent = getExtentsOf(slice.getResult()).back();
                  if (extent == getExtentsOf(slice.getInput()).back())
                    return count;
                  return std::gcd(std::gcd(count, slice.getOffsets().back()),
                                  extent.size);
                })
                .Case([&](nn::ReshapeOp reshape) {
                  return countInReshape(reshape, count);
                })
                .Case([&](nn::TransposeOp transpose) {
                  ArrayRef<int64_t> permutation = transpose.getPermutation();
                  bool keepsLast =
                      permutation.back() + 1 == int64_t(permutation.size());
                  return keepsLast ? count : 1;
                })
                .Default(count);
  return count;
}

} // namespace vitrail
