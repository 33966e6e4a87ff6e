//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors that hold their elements: what the evaluator computes with, and what
// the compiler stores in a library.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_TENSOR_H
#define VITRAIL_WEIGHTS_TENSOR_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrail::weights {

/// Number of elements of a tensor of this shape; 1 for a scalar.
inline int64_t getNumElements(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

/// "[768, 3, 16, 16]", for diagnostics.
std::string describeShape(llvm::ArrayRef<int64_t> shape);

/// Elements in row-major order.
template <typename T> struct TensorOf {
  llvm::SmallVector<int64_t> shape;
  std::vector<T> data;

  TensorOf() = default;

  /// A tensor of zeros.
  explicit TensorOf(llvm::ArrayRef<int64_t> shape)
      : shape(shape), data(weights::getNumElements(shape)) {}

  int64_t getRank() const { return shape.size(); }
  int64_t getNumElements() const { return data.size(); }
};

/// What the evaluator computes: float64, whatever the element type in the IR,
/// but casts to bf16 and f16 round. Integers are exact below 2^53.
using Tensor = TensorOf<double>;

/// What libraries store.
using FloatTensor = TensorOf<float>;

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_TENSOR_H
