//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the passes that form fusions share: which operations are of which kind,
// and the one step that they all take (fuse).
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_FUSIONS_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_FUSIONS_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/IR/PatternMatch.h"

namespace vitrail::nn {

/// Worth a loop nest of its own.
bool isAnchor(mlir::Operation *op);

bool isElementwise(mlir::Operation *op);

/// Computed element by element, so that it can be part of any elementwise loop.
bool isPointwise(mlir::Operation *op);

/// Index arithmetic alone: each element of the result is one of the operand, or
/// of what margins are filled with.
bool isIndexMap(mlir::Operation *op);

bool isScalarConstant(mlir::Value value);

/// Whether `op` is computed when the model runs: a call of a kernel, or part of
/// one. Reshapes are neither, since tensors are dense.
bool isComputed(mlir::Operation *op);

/// The anchors of `op`: of the members of a fusion, or `op` itself.
llvm::SmallVector<mlir::Operation *> findAnchors(mlir::Operation *op);

/// Whether `function` calls kernels, rather than being one.
bool isEntry(mlir::func::FuncOp function);

/// The operations of `function` that are computed and in no fusion, and its
/// fusions, in program order.
llvm::SmallVector<mlir::Operation *> findComputed(mlir::func::FuncOp function);

/// Erases what nothing in `function` reads, so that no fusion is formed of it.
void eraseUnused(mlir::func::FuncOp function, mlir::RewriterBase &rewriter);

/// Whether `members`, which are in one block and in program order, can be moved
/// to the last of them: nothing else reads their results before it.
bool canFuse(llvm::ArrayRef<mlir::Operation *> members);

/// Makes one fusion of `members`, for which `canFuse` holds, at the place of
/// the last. Members that are fusions become part of it. Its results are those
/// of the members that something else reads.
FusionOp fuse(mlir::RewriterBase &rewriter,
              llvm::ArrayRef<mlir::Operation *> members);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_FUSIONS_H
