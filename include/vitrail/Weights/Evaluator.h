//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The meaning of the `nn` dialect, executed: every operation in float64. It is
// the oracle of the tests, and it computes, while compiling, what depends on
// parameters alone.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_EVALUATOR_H
#define VITRAIL_WEIGHTS_EVALUATOR_H

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/ParameterSource.h"
#include "vitrail/Weights/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace vitrail::weights {

/// The shape of `type` when the model runs with this batch.
llvm::SmallVector<int64_t> getShape(mlir::RankedTensorType type, int64_t batch);

/// Evaluates values of one function for given values of its arguments.
///
/// Operations run on demand and each result is dropped after its last use, so
/// that a parameter is in memory only while it is needed. What cannot be
/// evaluated (an operation of another dialect, an unbound argument, a missing
/// parameter) is reported at its location.
class Evaluator {
public:
  /// `parameters` must outlive the evaluator.
  explicit Evaluator(const ParameterSource &parameters, int64_t batch = 1)
      : parameters(parameters), batch(batch) {}

  /// Gives `value` for good, instead of what defines it.
  void bind(mlir::Value value, Tensor tensor);

  mlir::FailureOr<Tensor> evaluate(mlir::Value value);

  /// Evaluates several values at once, so that they share what they have in
  /// common.
  mlir::FailureOr<llvm::SmallVector<Tensor>>
  evaluate(llvm::ArrayRef<mlir::Value> values);

private:
  const ParameterSource &parameters;
  int64_t batch;
  llvm::DenseMap<mlir::Value, Tensor> bound;
};

/// Sees each value of operations as it is computed, those in functions that are
/// called included.
using Observer = llvm::function_ref<void(mlir::Value, const Tensor &)>;

/// The results of `function` for `inputs`. Calls of other functions in the
/// module are followed, so that a module means the same before and after its
/// kernels are formed. Inputs of another number or shape than the arguments are
/// reported at `function`.
mlir::FailureOr<llvm::SmallVector<Tensor>>
evaluateFunction(mlir::func::FuncOp function, llvm::ArrayRef<Tensor> inputs,
                 const ParameterSource &parameters, int64_t batch = 1,
                 Observer observer = nullptr);

/// The value of a constant expression (see `nn::isConstantExpression`).
mlir::FailureOr<Tensor> evaluateConstant(mlir::Value value,
                                         const ParameterSource &parameters);

/// The value of a constant expression of floats, rounded to float32. Elements
/// that are only moved (reshape, transpose, slice, concat, broadcast, pad,
/// roll) never pass through float64.
mlir::FailureOr<FloatTensor>
evaluateConstantAsFloat(mlir::Value value, const ParameterSource &parameters);

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_EVALUATOR_H
