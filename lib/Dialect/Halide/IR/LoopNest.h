//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops of a func's stages, and what schedule operations do to them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_HALIDE_IR_LOOPNEST_H
#define VITRAIL_LIB_DIALECT_HALIDE_IR_LOOPNEST_H

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "llvm/ADT/StringMap.h"

namespace vitrail::halide {

/// One loop of a stage.
struct Loop {
  llvm::StringRef name;
  /// Runs, at least in part, over a reduction domain.
  bool isReduction = false;
  /// The operation that says how the loop runs: halide.vectorize and others.
  mlir::Operation *kind = nullptr;
};

/// The loops of one stage, a func's pure definition or an update. Each member
/// function carries out an operation or reports why it cannot be.
class LoopNest {
public:
  /// Loops over the variables of a pure definition.
  explicit LoopNest(FuncOp func);

  /// Loops over the reduction domain's variables, and around them over those
  /// of the func's variables that are their own coordinates.
  explicit LoopNest(UpdateOp update);

  llvm::LogicalResult apply(SplitOp op);
  llvm::LogicalResult apply(FuseOp op);
  llvm::LogicalResult apply(ReorderOp op);
  llvm::LogicalResult apply(VectorizeOp op) { return setKind(op, op.getVar()); }
  llvm::LogicalResult apply(UnrollOp op) { return setKind(op, op.getVar()); }
  llvm::LogicalResult apply(ParallelOp op) { return setKind(op, op.getVar()); }
  llvm::LogicalResult apply(GPUBlocksOp op) { return setKind(op, op.getVar()); }
  llvm::LogicalResult apply(GPUThreadsOp op) {
    return setKind(op, op.getVar());
  }
  llvm::LogicalResult apply(GPULanesOp op) { return setKind(op, op.getVar()); }
  llvm::LogicalResult apply(GPUSingleThreadOp op) { return llvm::success(); }
  llvm::LogicalResult apply(AtomicOp op) { return llvm::success(); }
  llvm::LogicalResult apply(AllowRaceConditionsOp op) {
    return llvm::success();
  }
  llvm::LogicalResult apply(MultiplyOnTilesOp op);

  /// Innermost first.
  llvm::ArrayRef<Loop> getLoops() const { return loops; }
  llvm::SmallVector<llvm::StringRef> getNames() const;

private:
  /// The position of a loop; reports at `op` if there is none.
  std::optional<size_t> find(mlir::Operation *op, llvm::StringRef name);

  /// Checks the name of a loop that `op` makes from the loops `replaced`.
  llvm::LogicalResult verifyNewName(mlir::Operation *op, llvm::StringRef name,
                                    llvm::ArrayRef<llvm::StringRef> replaced);

  llvm::LogicalResult verifyTail(SplitOp op, const Loop &loop);
  llvm::LogicalResult setKind(mlir::Operation *op, llvm::StringRef name);

  /// The func or update whose loops these are.
  mlir::Operation *definition;
  llvm::SmallVector<Loop> loops;
  /// What became of the loops that are no more.
  llvm::StringMap<mlir::Operation *> replacedBy;
};

} // namespace vitrail::halide

#endif // VITRAIL_LIB_DIALECT_HALIDE_IR_LOOPNEST_H
