//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reshape as arithmetic on indices: which of its dimensions belong together.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_RESHAPEGROUPS_H
#define VITRAIL_DIALECT_NN_IR_RESHAPEGROUPS_H

#include "vitrail/Dialect/NN/IR/NN.h"

namespace vitrail::nn {

/// Dimensions of a reshape's result and input that hold the same elements,
/// those of extent 1 left out. The groups of [b, 197, 3, 1, 64] against
/// [b, 197, 192] are ({0}, {0}), ({1}, {1}) and ({2, 4}, {2}).
struct ReshapeGroup {
  llvm::SmallVector<unsigned> result;
  llvm::SmallVector<unsigned> input;
};

/// The smallest groups of these extents, which have equal products.
llvm::SmallVector<ReshapeGroup>
groupReshapedDimensions(llvm::ArrayRef<Extent> result,
                        llvm::ArrayRef<Extent> input);

/// Whether the input's index follows from the result's without knowing the
/// batch. It does not where dimensions are merged or split and one that is not
/// the outermost of them depends on the batch: [3, b] -> [3 * b].
bool isIndexArithmetic(ReshapeOp reshape);

} // namespace vitrail::nn

#endif // VITRAIL_DIALECT_NN_IR_RESHAPEGROUPS_H
