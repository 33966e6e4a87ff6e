//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel whose arguments and results become f16, and which computes in f32 as
// before: one part of nn-narrow-storage.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_HALFKERNEL_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_HALFKERNEL_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"

namespace vitrail::nn {

/// Index maps move f16, linear layers multiply it if that is how the weight is
/// stored; what else reads it gets it as f32, and results are rounded.
class HalfKernel {
public:
  explicit HalfKernel(mlir::func::FuncOp kernel)
      : kernel(kernel), builder(kernel.getContext()) {}

  /// Makes an argument of f32 one of f16.
  void narrowArgument(unsigned number);

  /// Makes results of f32 ones of f16, those that are named; all arguments have
  /// their types. To be called once, at last.
  void narrowResults(llvm::ArrayRef<bool> areHalf);

private:
  void rewrite(mlir::Operation &op);
  bool move(mlir::Operation &op);
  void roundFactors(LinearOp linear);
  void store(UpdateOp update);
  void widen(mlir::OpOperand &operand);
  mlir::Value round(mlir::Value value);
  mlir::Value cast(mlir::Value value, mlir::Type type);
  mlir::Value getHalf(mlir::Value value) const;

  mlir::func::FuncOp kernel;
  mlir::OpBuilder builder;
  /// What there is in f16, by itself or by the f32 that it was rounded from to
  /// be stored; and the f32 of f16.
  llvm::DenseMap<mlir::Value, mlir::Value> halves, floats;
};

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_HALFKERNEL_H
