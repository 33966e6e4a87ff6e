//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products. All are one float64 matrix product on suitably viewed operands; it
// is blocked and runs on all cores, so that whole models can be evaluated.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Parallel.h"

#include <algorithm>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

//===----------------------------------------------------------------------===//
// Matrix product
//===----------------------------------------------------------------------===//

namespace {
/// A view of a matrix; strides count elements.
struct MatrixView {
  const double *data;
  int64_t rowStride;
  int64_t columnStride;
};
} // namespace

/// A tile of the result: 4 x 4 sums fit the 16 registers of baseline x86-64
/// (2 doubles each) with room for the operands.
static constexpr int64_t tile = 4;

/// out[rows, columns] = a[rows, depth] * panel[depth, tile], cut at `columns`.
/// Rows of `a` are contiguous.
template <int64_t rows>
static void multiplyTile(int64_t depth, const double *a, int64_t aStride,
                         const double *panel, double *out, int64_t outStride,
                         int64_t columns) {
  double sums[rows][tile] = {};
  for (int64_t k = 0; k < depth; ++k, panel += tile)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < tile; ++j)
        sums[i][j] += a[i * aStride + k] * panel[j];
  for (int64_t i = 0; i < rows; ++i)
    std::copy_n(sums[i], columns, out + i * outStride);
}

/// out[m, n] = sum_k a[m, k] * b[n, k]; `out` and the rows of `a` are
/// contiguous.
static void multiply(int64_t rows, int64_t columns, int64_t depth,
                     const double *a, MatrixView b, double *out) {
  llvm::parallelFor(0, llvm::divideCeil(columns, tile), [&](size_t index) {
    int64_t first = index * tile;
    int64_t width = std::min(tile, columns - first);
    std::vector<double> panel(depth * tile);
    for (int64_t j = 0; j < width; ++j)
      for (int64_t k = 0; k < depth; ++k)
        panel[k * tile + j] =
            b.data[(first + j) * b.rowStride + k * b.columnStride];
    int64_t row = 0;
    for (; row + tile <= rows; row += tile)
      multiplyTile<tile>(depth, a + row * depth, depth, panel.data(),
                         out + row * columns + first, columns, width);
    for (; row < rows; ++row)
      multiplyTile<1>(depth, a + row * depth, depth, panel.data(),
                      out + row * columns + first, columns, width);
  });
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// `weight` is [features, depth], in row-major order.
static Tensor linear(const Tensor &input, const double *weight,
                     const Tensor *bias, int64_t depth,
                     ArrayRef<int64_t> shape) {
  Tensor result(shape);
  int64_t features = shape.back();
  multiply(result.getNumElements() / features, features, depth,
           input.data.data(), {weight, depth, 1}, result.data.data());
  if (bias)
    for (int64_t i = 0, size = result.getNumElements(); i < size; ++i)
      result.data[i] += bias->data[i % features];
  return result;
}

/// The weight [panels * r, depth] of panels [panels, depth..., r] or, in groups
/// of the last dimension, whose extent is `contracted`, [panels, depth..., r,
/// group].
static std::vector<double> unpackPanels(const Tensor &panels, int64_t group,
                                        int64_t contracted, int64_t &depth) {
  int64_t count = panels.shape.front();
  size_t inner = group == 1 ? 1 : 2;
  int64_t width = panels.shape[panels.shape.size() - inner];
  int64_t lines = panels.shape[panels.shape.size() - inner - 1];
  int64_t paddedDepth = panels.getNumElements() / (count * width);
  int64_t outer = paddedDepth / (lines * group);
  std::vector<double> weight(panels.getNumElements());
  copyStrided<double>({{count, paddedDepth * width, paddedDepth * width},
                       {width, group, paddedDepth},
                       {paddedDepth / group, width * group, group},
                       {group, 1, 1}},
                      panels.data.data(), weight.data());
  depth = outer * contracted;
  if (depth == paddedDepth)
    return weight;
  std::vector<double> whole(count * width * depth);
  copyStrided<double>(
      {{count * width * outer, lines * group, contracted}, {contracted, 1, 1}},
      weight.data(), whole.data());
  return whole;
}

static Tensor matmul(const Tensor &lhs, const Tensor &rhs,
                     ArrayRef<int64_t> shape) {
  Tensor result(shape);
  int64_t rows = shape[shape.size() - 2];
  int64_t columns = shape.back();
  int64_t depth = lhs.shape.back();
  int64_t batch = getNumElements(shape.drop_back(2));
  for (int64_t b = 0; b < batch; ++b)
    multiply(rows, columns, depth, &lhs.data[b * rows * depth],
             {&rhs.data[b * depth * columns], 1, columns},
             &result.data[b * rows * columns]);
  return result;
}

static Tensor conv(const Tensor &input, const Tensor &weight,
                   const Tensor *bias, nn::ConvOp op, ArrayRef<int64_t> shape) {
  ArrayRef<int64_t> kernel = ArrayRef(weight.shape).drop_front(2);
  Tensor patches = unfold(input, kernel, op.getStrides(), op.getPadding());
  int64_t features = weight.shape.front();
  int64_t depth = weight.getNumElements() / features;
  int64_t pixels = shape[2] * shape[3];
  Tensor result(shape);
  for (int64_t b = 0; b < shape.front(); ++b)
    multiply(features, pixels, depth, weight.data.data(),
             {&patches.data[b * pixels * depth], depth, 1},
             &result.data[b * features * pixels]);
  if (bias)
    for (int64_t i = 0, size = result.getNumElements(); i < size; ++i)
      result.data[i] += bias->data[i / pixels % features];
  return result;
}

std::optional<Tensor> weights::evaluateProduct(Operation *op,
                                               Operands<double> operands,
                                               ArrayRef<int64_t> shape) {
  using Result = std::optional<Tensor>;
  const Tensor *bias = operands.size() > 2 ? operands[2] : nullptr;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](nn::LinearOp) {
        const Tensor &weight = *operands[1];
        return linear(*operands[0], weight.data.data(), bias,
                      weight.getNumElements() / weight.shape.front(), shape);
      })
      .Case([&](nn::PackedLinearOp op) {
        int64_t depth;
        std::vector<double> weight = unpackPanels(
            *operands[1], op.getGroup(), operands[0]->shape.back(), depth);
        return linear(*operands[0], weight.data(),
                      op.getBias() ? bias : nullptr, depth, shape);
      })
      .Case([&](nn::MatmulOp) {
        return matmul(*operands[0], *operands[1], shape);
      })
      .Case([&](nn::ConvOp op) {
        return conv(*operands[0], *operands[1], bias, op, shape);
      })
      .Default(Result());
}
