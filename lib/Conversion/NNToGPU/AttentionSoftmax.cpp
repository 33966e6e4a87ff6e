//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Softmax in registers.
//
//===----------------------------------------------------------------------===//

#include "AttentionSoftmax.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numbers>

namespace vitrail {

using namespace mlir;

SmallVector<Value> AttentionProgress::all() const {
  SmallVector<Value> values(mix);
  values.append({largest[0], largest[1], sum[0], sum[1]});
  return values;
}

AttentionProgress AttentionProgress::from(ValueRange values) {
  ValueRange rows = values.take_back(4);
  return {SmallVector<Value>(values.drop_back(4)),
          {rows[0], rows[1]},
          {rows[2], rows[3]}};
}

AttentionSoftmax::AttentionSoftmax(DeviceKernel &kernel, double unit)
    : kernel(kernel), builder(kernel.getBuilder()), loc(kernel.getLoc()),
      unit(unit * std::numbers::log2e) {}

/// Less than any score, and a number, so that it can be subtracted from itself.
AttentionProgress AttentionSoftmax::start(int64_t fragments) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value least = expr.number(-1e30), none = expr.number(0);
  return {SmallVector<Value>(fragments, getZeroSums(kernel)),
          {least, least},
          {none, none}};
}

Value AttentionSoftmax::power(Value x) {
  return math::Exp2Op::create(builder, loc, x);
}

void AttentionSoftmax::scaleRows(Value &fragment,
                                 std::array<Value, 2> factors) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> elements;
  for (int64_t half : {0, 1})
    for (int64_t column : {0, 1})
      elements.push_back(
          expr.mul(getElement(kernel, fragment, half, column), factors[half]));
  fragment = makeFragment(kernel, elements);
}

/// Over the four threads that share a row of a fragment.
Value AttentionSoftmax::reduceOverRow(
    Value value, llvm::function_ref<Value(Value, Value)> combine) {
  for (int32_t distance : {1, 2})
    value =
        combine(value, gpu::ShuffleOp::create(builder, loc, value, distance,
                                              warpSize, gpu::ShuffleMode::XOR)
                           .getShuffleResult());
  return value;
}

std::array<Value, 2>
AttentionSoftmax::findLargest(ArrayRef<Value> scores,
                              std::array<Value, 2> largest) {
  DeviceExprBuilder expr = kernel.getExpr();
  for (auto [half, value] : llvm::enumerate(largest)) {
    for (Value fragment : scores)
      for (int64_t column : {0, 1})
        value = expr.max(value, getElement(kernel, fragment, half, column));
    value = reduceOverRow(
        value, [&](Value lhs, Value rhs) { return expr.max(lhs, rhs); });
  }
  return largest;
}

void AttentionSoftmax::rescale(AttentionProgress &progress,
                               std::array<Value, 2> largest) {
  DeviceExprBuilder expr = kernel.getExpr();
  std::array<Value, 2> factors;
  for (int64_t half : {0, 1}) {
    Value difference = expr.sub(progress.largest[half], largest[half]);
    factors[half] = power(expr.mul(difference, expr.number(unit)));
    progress.sum[half] = expr.mul(progress.sum[half], factors[half]);
  }
  for (Value &fragment : progress.mix)
    scaleRows(fragment, factors);
}

void AttentionSoftmax::weigh(SmallVectorImpl<Value> &scores,
                             AttentionProgress &progress, bool isFirst) {
  DeviceExprBuilder expr = kernel.getExpr();
  std::array<Value, 2> largest = findLargest(scores, progress.largest);
  if (!isFirst)
    rescale(progress, largest);
  progress.largest = largest;
  std::array<Value, 2> offset;
  for (int64_t half : {0, 1})
    offset[half] = expr.neg(expr.mul(largest[half], expr.number(unit)));
  for (Value &fragment : scores) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t column : {0, 1}) {
        Value score = expr.mul(getElement(kernel, fragment, half, column),
                               expr.number(unit));
        elements.push_back(power(expr.add(score, offset[half])));
        progress.sum[half] = expr.add(progress.sum[half], elements.back());
      }
    fragment = makeFragment(kernel, elements);
  }
}

void AttentionSoftmax::finish(AttentionProgress &progress) {
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t half : {0, 1}) {
    Value sum = reduceOverRow(progress.sum[half], [&](Value lhs, Value rhs) {
      return expr.add(lhs, rhs);
    });
    progress.sum[half] = expr.div(expr.number(1), sum);
  }
  for (Value &fragment : progress.mix)
    scaleRows(fragment, progress.sum);
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

Value getElement(DeviceKernel &kernel, Value fragment, int64_t row,
                 int64_t column) {
  return vector::ExtractOp::create(kernel.getBuilder(), kernel.getLoc(),
                                   fragment, ArrayRef<int64_t>{row, column});
}

Value makeFragment(DeviceKernel &kernel, ArrayRef<Value> elements) {
  OpBuilder &builder = kernel.getBuilder();
  return vector::FromElementsOp::create(
      builder, kernel.getLoc(), VectorType::get({2, 2}, builder.getF32Type()),
      elements);
}

SmallVector<Value> roundFragments(DeviceKernel &kernel,
                                  ArrayRef<Value> fragments, Type type) {
  OpBuilder &builder = kernel.getBuilder();
  SmallVector<Value> pairs;
  for (Value fragment : fragments)
    for (int64_t row : {0, 1})
      pairs.push_back(arith::TruncFOp::create(
          builder, kernel.getLoc(), VectorType::get({2}, type),
          vector::ExtractOp::create(builder, kernel.getLoc(), fragment,
                                    ArrayRef<int64_t>{row})));
  return pairs;
}

Value roundToTF32(DeviceKernel &kernel, Value fragment) {
  OpBuilder &builder = kernel.getBuilder();
  SmallVector<Value> elements;
  for (int64_t column : {0, 1})
    for (int64_t row : {0, 1})
      elements.push_back(kernel.getExpr().convertToTF32(
          getElement(kernel, fragment, row, column)));
  return vector::FromElementsOp::create(
      builder, kernel.getLoc(), VectorType::get({4, 1}, builder.getF32Type()),
      elements);
}

Value joinPairs(DeviceKernel &kernel, ArrayRef<Value> pairs) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  auto type = VectorType::get(
      {int64_t(pairs.size()), 2},
      cast<VectorType>(pairs.front().getType()).getElementType());
  Value joined =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  for (auto [i, pair] : llvm::enumerate(pairs))
    joined = vector::InsertOp::create(builder, loc, pair, joined,
                                      ArrayRef<int64_t>{int64_t(i)});
  return joined;
}

} // namespace vitrail
