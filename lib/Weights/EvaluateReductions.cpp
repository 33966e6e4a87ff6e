//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations that reduce along dimensions: sums, softmax, layer normalisation.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

/// Reduces along one axis; the extent of it becomes 1.
static Tensor reduceAxis(const Tensor &input, nn::ReduceKind kind,
                         int64_t axis) {
  SmallVector<int64_t> shape = input.shape;
  int64_t extent = std::exchange(shape[axis], 1);
  int64_t inner = getStrides(input.shape)[axis];
  Tensor result(shape);
  bool isMax = kind == nn::ReduceKind::Max || kind == nn::ReduceKind::MaxAbs;
  if (isMax)
    llvm::fill(result.data, -std::numeric_limits<double>::infinity());
  for (int64_t i = 0, size = input.getNumElements(); i < size; ++i) {
    double element = input.data[i];
    if (kind == nn::ReduceKind::MaxAbs)
      element = std::abs(element);
    double &sum = result.data[i / (inner * extent) * inner + i % inner];
    if (!isMax)
      sum += element;
    else if (element > sum || std::isnan(element))
      sum = element;
  }
  if (kind == nn::ReduceKind::Mean)
    for (double &sum : result.data)
      sum /= extent;
  return result;
}

static Tensor softmax(const Tensor &input, int64_t axis) {
  Tensor result = input;
  int64_t extent = input.shape[axis];
  int64_t inner = getStrides(input.shape)[axis];
  for (int64_t i = 0, size = input.getNumElements(); i < size; ++i) {
    if (i / inner % extent != 0)
      continue;
    double *first = &result.data[i];
    double max = *first;
    for (int64_t k = 1; k < extent; ++k)
      max = std::max(max, first[k * inner]);
    double sum = 0;
    for (int64_t k = 0; k < extent; ++k)
      sum += first[k * inner] = std::exp(first[k * inner] - max);
    for (int64_t k = 0; k < extent; ++k)
      first[k * inner] /= sum;
  }
  return result;
}

/// (x - mean) / sqrt(variance + epsilon) * scale + bias over the last
/// dimension, with the biased variance; `scale` and `bias` may be null.
static Tensor layerNorm(const Tensor &input, const Tensor *scale,
                        const Tensor *bias, double epsilon) {
  Tensor result = input;
  int64_t extent = input.shape.back();
  for (int64_t row = 0; row < input.getNumElements(); row += extent) {
    MutableArrayRef<double> x(&result.data[row], extent);
    double mean = std::accumulate(x.begin(), x.end(), 0.0) / extent;
    double variance = 0;
    for (double element : x)
      variance += (element - mean) * (element - mean);
    variance /= extent;
    double deviation = std::sqrt(variance + epsilon);
    for (int64_t i = 0; i < extent; ++i) {
      x[i] = (x[i] - mean) / deviation;
      if (scale)
        x[i] *= scale->data[i];
      if (bias)
        x[i] += bias->data[i];
    }
  }
  return result;
}

std::optional<Tensor> weights::evaluateReduction(Operation *op,
                                                 Operands<double> operands,
                                                 ArrayRef<int64_t> shape) {
  using Result = std::optional<Tensor>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](nn::ReduceOp op) {
        Tensor result = *operands[0];
        for (int64_t axis : op.getAxes())
          result = reduceAxis(result, op.getKind(), axis);
        result.shape.assign(shape.begin(), shape.end());
        return result;
      })
      .Case(
          [&](nn::SoftmaxOp op) { return softmax(*operands[0], op.getAxis()); })
      .Case([&](nn::LayerNormOp op) {
        const Tensor *scale = op.getScale() ? operands[1] : nullptr;
        const Tensor *bias = op.getBias() ? operands.back() : nullptr;
        return layerNorm(*operands[0], scale, bias,
                         op.getEpsilon().convertToDouble());
      })
      .Default(Result());
}
