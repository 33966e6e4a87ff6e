//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Counts of what an operation is defined as, not of what its kernel executes:
// padding of tiles and vectors is left out.
//
//===----------------------------------------------------------------------===//

#include "Cost.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vitrail;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t countElements(Value value) {
  return nn::getElementsPerSample(typeOf(value));
}

/// A product over all dimensions of the weight but the first.
static int64_t countLinear(Value result, int64_t contracted, bool hasBias) {
  return countElements(result) * (2 * contracted + hasBias);
}

/// The product of an activation's dimensions that the result lacks.
static int64_t getContracted(nn::PackedLinearOp op) {
  ArrayRef<int64_t> input = typeOf(op->getOperand(0)).getShape();
  int64_t extent = 1;
  for (int64_t size : input.take_back(op.countContracted()))
    extent *= size;
  return extent;
}

/// Both products, and of each score: scale, additions, maximum, exponential,
/// sum and division.
static int64_t countAttention(nn::AttentionOp op) {
  int64_t depth = typeOf(op->getOperand(0)).getShape().back();
  int64_t values = typeOf(op->getOperand(2)).getShape().back();
  int64_t rows = countElements(op->getOperand(0)) / depth;
  ArrayRef<int64_t> keys = typeOf(op->getOperand(1)).getShape();
  int64_t scores = rows * keys[keys.size() - 2];
  int64_t addends = op->getNumOperands() - 3;
  return scores * (2 * depth + 2 * values + 5 + addends);
}

int64_t vitrail::countFlops(Operation *op) {
  // Of an element: subtract the mean, square, sum twice, scale, gain and bias.
  constexpr int64_t normFlops = 7;
  // Maximum, difference, exponential, sum, division.
  constexpr int64_t softmaxFlops = 5;
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case([](nn::LinearOp op) {
        int64_t features = op.getWeight().getType().getDimSize(0);
        return countLinear(op, countElements(op.getWeight()) / features,
                           op.getBias() != nullptr);
      })
      .Case([](nn::PackedLinearOp op) {
        return countLinear(op, getContracted(op), op.getBias() != nullptr);
      })
      .Case([](nn::ConvOp op) {
        int64_t features = op.getWeight().getType().getDimSize(0);
        return countLinear(op, countElements(op.getWeight()) / features,
                           op.getBias() != nullptr);
      })
      .Case([](nn::MatmulOp op) {
        return countLinear(op, typeOf(op.getLhs()).getShape().back(), false);
      })
      .Case([](nn::AttentionOp op) { return countAttention(op); })
      .Case([&](nn::LayerNormOp op) { return normFlops * countElements(op); })
      .Case([&](nn::SoftmaxOp op) { return softmaxFlops * countElements(op); })
      // Rounding is a matter of storage.
      .Case<nn::CastOp, nn::RoundTF32Op>([](auto) { return 0; })
      .Case([](nn::ReduceOp op) { return countElements(op->getOperand(0)); })
      .Default([](Operation *op) {
        return op->hasTrait<nn::Elementwise>() ? countElements(op->getResult(0))
                                               : 0;
      });
}

static int64_t countBytes(Type type) {
  auto tensor = cast<RankedTensorType>(type);
  int64_t bits = tensor.getElementTypeBitWidth();
  return nn::getElementsPerSample(tensor) * llvm::divideCeil(bits, 8);
}

Cost vitrail::countKernel(func::FuncOp kernel) {
  Cost cost;
  for (Operation &op : kernel.front().without_terminator())
    cost.flops += countFlops(&op);
  for (Type type : kernel.getArgumentTypes())
    cost.bytes += countBytes(type);
  for (Type type : kernel.getResultTypes())
    cost.bytes += countBytes(type);
  return cost;
}
