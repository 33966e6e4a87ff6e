//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of the evaluator: one function per family of operations. Each
// returns nothing for an operation of another family.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_WEIGHTS_OPERATIONS_H
#define VITRAIL_LIB_WEIGHTS_OPERATIONS_H

#include "vitrail/Weights/Tensor.h"

#include "mlir/IR/Operation.h"

#include <optional>

namespace vitrail::weights {

/// The values of an operation's operands, in the operation's order.
template <typename T> using Operands = llvm::ArrayRef<const TensorOf<T> *>;

/// Rounds to what a type of float holds.
using Rounding = double (*)(double);

/// The rounding to a float type that is narrower than f32, null elsewhere.
Rounding getRounding(mlir::Type type);

/// A dimension of a strided copy; strides count elements.
struct StridedDimension {
  int64_t extent;
  int64_t inputStride;
  int64_t outputStride;
};

/// The strides of a row-major tensor.
llvm::SmallVector<int64_t> getStrides(llvm::ArrayRef<int64_t> shape);

/// out[i * outputStrides] = in[i * inputStrides] for every index i. Instances
/// exist for float and double.
template <typename T>
void copyStrided(llvm::ArrayRef<StridedDimension> dimensions, const T *in,
                 T *out);

/// transpose, slice, concat, broadcast, pad, roll, unfold, gather, update (a
/// reshape moves nothing); instances exist for float and double. `shape` is the
/// result's.
template <typename T>
std::optional<TensorOf<T>> evaluateLayout(mlir::Operation *op,
                                          Operands<T> operands,
                                          llvm::ArrayRef<int64_t> shape);

/// The sliding patches of `input` [b, c, h, w], as `nn.unfold` defines them.
template <typename T>
TensorOf<T> unfold(const TensorOf<T> &input, llvm::ArrayRef<int64_t> kernel,
                   llvm::ArrayRef<int64_t> strides,
                   llvm::ArrayRef<int64_t> padding);

/// Unary operations, and binary ones with broadcasting.
std::optional<Tensor> evaluateElementwise(mlir::Operation *op,
                                          Operands<double> operands,
                                          llvm::ArrayRef<int64_t> shape);

/// linear, packed_linear, matmul, conv.
std::optional<Tensor> evaluateProduct(mlir::Operation *op,
                                      Operands<double> operands,
                                      llvm::ArrayRef<int64_t> shape);

/// attention.
std::optional<Tensor> evaluateAttention(mlir::Operation *op,
                                        Operands<double> operands,
                                        llvm::ArrayRef<int64_t> shape);

/// reduce, softmax, layer_norm.
std::optional<Tensor> evaluateReduction(mlir::Operation *op,
                                        Operands<double> operands,
                                        llvm::ArrayRef<int64_t> shape);

} // namespace vitrail::weights

#endif // VITRAIL_LIB_WEIGHTS_OPERATIONS_H
