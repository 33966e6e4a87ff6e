//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elementwise operations, with NumPy's broadcasting.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>
#include <numbers>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

using UnaryFunction = double (*)(double);
using BinaryFunction = double (*)(double, double);

/// x * Phi(x). The complement of erf keeps its digits where Phi vanishes.
static double gelu(double x) {
  return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
}

static UnaryFunction getUnaryFunction(Operation *op) {
  return llvm::TypeSwitch<Operation *, UnaryFunction>(op)
      .Case([](nn::NegOp) { return [](double x) { return -x; }; })
      .Case([](nn::ExpOp) { return [](double x) { return std::exp(x); }; })
      .Case([](nn::SqrtOp) { return [](double x) { return std::sqrt(x); }; })
      .Case([](nn::TanhOp) { return [](double x) { return std::tanh(x); }; })
      .Case([](nn::SigmoidOp) {
        return [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
      })
      .Case([](nn::ReluOp) { return [](double x) { return x < 0 ? 0 : x; }; })
      .Case([](nn::GeluOp) { return gelu; })
      .Default(UnaryFunction());
}

// Maximum and minimum are NaN where an operand is, as in NumPy.
static BinaryFunction getBinaryFunction(Operation *op) {
  using Double = double;
  return llvm::TypeSwitch<Operation *, BinaryFunction>(op)
      .Case([](nn::AddOp) { return [](Double a, Double b) { return a + b; }; })
      .Case([](nn::SubOp) { return [](Double a, Double b) { return a - b; }; })
      .Case([](nn::MulOp) { return [](Double a, Double b) { return a * b; }; })
      .Case([](nn::DivOp) { return [](Double a, Double b) { return a / b; }; })
      .Case([](nn::MaxOp) {
        return
            [](Double a, Double b) { return a > b || std::isnan(a) ? a : b; };
      })
      .Case([](nn::MinOp) {
        return
            [](Double a, Double b) { return a < b || std::isnan(a) ? a : b; };
      })
      .Default(BinaryFunction());
}

/// The step of a broadcast operand along each dimension of the result.
static SmallVector<int64_t> getBroadcastStrides(const Tensor &operand,
                                                size_t rank) {
  SmallVector<int64_t> strides(rank - operand.shape.size(), 0);
  for (auto [extent, stride] :
       llvm::zip_equal(operand.shape, getStrides(operand.shape)))
    strides.push_back(extent == 1 ? 0 : stride);
  return strides;
}

/// Advances `index` over `shape` in row-major order, its last dimension
/// excepted; false after the last.
static bool advanceRow(MutableArrayRef<int64_t> index,
                       ArrayRef<int64_t> shape) {
  for (size_t dim = shape.size() - 1; dim-- > 0;) {
    if (++index[dim] < shape[dim])
      return true;
    index[dim] = 0;
  }
  return false;
}

static Tensor applyBinary(BinaryFunction function, const Tensor &lhs,
                          const Tensor &rhs, ArrayRef<int64_t> shape) {
  Tensor result(shape);
  if (result.data.empty())
    return result;
  if (shape.empty()) {
    result.data[0] = function(lhs.data[0], rhs.data[0]);
    return result;
  }
  SmallVector<int64_t> lhsStrides = getBroadcastStrides(lhs, shape.size());
  SmallVector<int64_t> rhsStrides = getBroadcastStrides(rhs, shape.size());
  SmallVector<int64_t> index(shape.size(), 0);
  double *out = result.data.data();
  do {
    const double *a = lhs.data.data();
    const double *b = rhs.data.data();
    for (auto [i, lhsStride, rhsStride] :
         llvm::zip_equal(index, lhsStrides, rhsStrides)) {
      a += i * lhsStride;
      b += i * rhsStride;
    }
    for (int64_t j = 0; j < shape.back(); ++j)
      *out++ = function(a[j * lhsStrides.back()], b[j * rhsStrides.back()]);
  } while (advanceRow(index, shape));
  return result;
}

std::optional<Tensor> weights::evaluateElementwise(Operation *op,
                                                   Operands<double> operands,
                                                   ArrayRef<int64_t> shape) {
  if (UnaryFunction function = getUnaryFunction(op)) {
    Tensor result = *operands[0];
    for (double &element : result.data)
      element = function(element);
    return result;
  }
  if (BinaryFunction function = getBinaryFunction(op))
    return applyBinary(function, *operands[0], *operands[1], shape);
  return std::nullopt;
}
