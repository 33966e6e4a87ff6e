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
#include "vitrail/Weights/BFloat16.h"
#include "vitrail/Weights/Float16.h"
#include "vitrail/Weights/TF32.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <array>
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
      .Case([](nn::LogOp) { return [](double x) { return std::log(x); }; })
      .Case([](nn::SinOp) { return [](double x) { return std::sin(x); }; })
      .Case([](nn::CosOp) { return [](double x) { return std::cos(x); }; })
      .Case([](nn::TanhOp) { return [](double x) { return std::tanh(x); }; })
      .Case([](nn::SigmoidOp) {
        return [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
      })
      .Case([](nn::ReluOp) { return [](double x) { return x < 0 ? 0 : x; }; })
      .Case([](nn::GeluOp) { return gelu; })
      .Case([](nn::RoundTF32Op) { return roundToTF32; })
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

/// Applies `function` to the elements of the operands, all of which broadcast
/// to `shape`.
template <size_t count, typename Function>
static Tensor apply(Function function, Operands<double> operands,
                    ArrayRef<int64_t> shape) {
  Tensor result(shape);
  if (result.data.empty())
    return result;
  // A scalar is a row of one element.
  SmallVector<int64_t> rows(shape);
  if (rows.empty())
    rows.push_back(1);
  std::array<SmallVector<int64_t>, count> strides;
  for (size_t i = 0; i < count; ++i)
    strides[i] = getBroadcastStrides(*operands[i], rows.size());
  SmallVector<int64_t> index(rows.size(), 0);
  double *out = result.data.data();
  do {
    std::array<const double *, count> in;
    for (size_t i = 0; i < count; ++i) {
      in[i] = operands[i]->data.data();
      for (auto [position, stride] : llvm::zip_equal(index, strides[i]))
        in[i] += position * stride;
    }
    for (int64_t j = 0; j < rows.back(); ++j)
      *out++ = [&]<size_t... i>(std::index_sequence<i...>) {
        return function(in[i][j * strides[i].back()]...);
      }(std::make_index_sequence<count>());
  } while (advanceRow(index, rows));
  return result;
}

static BinaryFunction getComparison(nn::ComparePredicate predicate) {
  using Double = double;
  switch (predicate) {
  case nn::ComparePredicate::Equal:
    return [](Double a, Double b) -> Double { return a == b; };
  case nn::ComparePredicate::NotEqual:
    return [](Double a, Double b) -> Double { return a != b; };
  case nn::ComparePredicate::Less:
    return [](Double a, Double b) -> Double { return a < b; };
  case nn::ComparePredicate::LessEqual:
    return [](Double a, Double b) -> Double { return a <= b; };
  case nn::ComparePredicate::Greater:
    return [](Double a, Double b) -> Double { return a > b; };
  case nn::ComparePredicate::GreaterEqual:
    return [](Double a, Double b) -> Double { return a >= b; };
  }
  llvm_unreachable("unknown comparison");
}

Rounding weights::getRounding(Type type) {
  if (type.isBF16())
    return roundToBFloat16;
  if (type.isF16())
    return roundToFloat16;
  return nullptr;
}

/// A conversion; doubles hold all types of element. What takes part in the
/// meaning of a model is rounded: integers, and bf16 and f16, whose few digits
/// are chosen on purpose.
static Tensor castElements(nn::CastOp op, const Tensor &input) {
  Tensor result = input;
  Type type = op.getType().getElementType();
  if (isa<IntegerType>(type))
    for (double &element : result.data)
      element = std::trunc(element);
  else if (Rounding round = getRounding(type))
    for (double &element : result.data)
      element = round(element);
  return result;
}

/// The integer for `x` in a range.
static double quantize(double x, double range) {
  constexpr double largest = 127, leastRange = 0x1p-100;
  double share = std::nearbyint(x * largest / std::max(range, leastRange));
  return std::clamp(share, -largest, largest);
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
    return apply<2>(function, operands, shape);
  return llvm::TypeSwitch<Operation *, std::optional<Tensor>>(op)
      .Case([&](nn::CompareOp op) {
        return apply<2>(getComparison(op.getPredicate()), operands, shape);
      })
      .Case([&](nn::SelectOp) {
        return apply<3>(
            [](double c, double x, double y) { return c != 0 ? x : y; },
            operands, shape);
      })
      .Case([&](nn::CastOp op) { return castElements(op, *operands[0]); })
      .Case([&](nn::QuantizeOp) { return apply<2>(quantize, operands, shape); })
      .Default(std::nullopt);
}
