//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What nn-narrow-products has decided to let multiply bf16 or tf32, and where
// what it reads is rounded.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWREADERS_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWREADERS_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace vitrail::nn {

/// `value`, rounded to bf16.
mlir::Value castToBF16(mlir::OpBuilder &builder, mlir::Value value);
/// `value`, rounded to tf32, which is stored as f32.
mlir::Value roundToTF32(mlir::OpBuilder &builder, mlir::Value value);

struct NarrowReaders {
  /// Rounds what they read.
  mlir::Value (*round)(mlir::OpBuilder &, mlir::Value) = castToBF16;
  llvm::SetVector<mlir::Operation *> layers;     ///< read operand 0
  llvm::SetVector<mlir::Operation *> attentions; ///< read operands 0 to 2

  /// If nothing else reads what an operand is a view of, the kernel that
  /// computes it rounds it where it stores it: half the memory is written and
  /// read where numbers are smaller, and no reader has to round.
  void storeOperands(mlir::RewriterBase &rewriter);

  bool isTF32() const { return round == roundToTF32; }
  /// Whether what a factor of one of them is was stored rounded.
  bool isRounded(mlir::OpOperand &factor) const {
    return rounded.contains(&factor);
  }

private:
  bool multiply(mlir::OpOperand &use) const;
  bool readAll(mlir::Value value, llvm::SmallVectorImpl<mlir::Value> &views,
               llvm::SmallVectorImpl<mlir::OpOperand *> &factors) const;
  void store(mlir::OpOperand &factor, mlir::RewriterBase &rewriter);

  llvm::DenseSet<mlir::OpOperand *> rounded;
};

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWREADERS_H
