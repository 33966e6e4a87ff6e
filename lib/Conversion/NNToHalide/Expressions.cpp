//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scalar arithmetic with constants folded as it is built, so that the text of a
// kernel holds no "x * 1 + 0".
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"

#include "mlir/IR/Matchers.h"

namespace vitrail {

using namespace mlir;

Value ExprBuilder::index(int64_t value) {
  return arith::ConstantIntOp::create(builder, loc, value, 32);
}

Value ExprBuilder::addIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::AddIOp>(loc, lhs, rhs);
}

Value ExprBuilder::subIndex(Value lhs, Value rhs) {
  return builder.createOrFold<arith::SubIOp>(loc, lhs, rhs);
}

Value ExprBuilder::scaleIndex(Value value, int64_t factor) {
  if (factor == 1)
    return value;
  return builder.createOrFold<arith::MulIOp>(loc, value, index(factor));
}

Value ExprBuilder::divideIndex(Value value, int64_t divisor) {
  if (divisor == 1)
    return value;
  return builder.createOrFold<arith::FloorDivSIOp>(loc, value, index(divisor));
}

Value ExprBuilder::moduloIndex(Value value, int64_t divisor) {
  if (divisor == 1)
    return index(0);
  return halide::ModOp::create(builder, loc, builder.getI32Type(), value,
                               index(divisor));
}

Value ExprBuilder::clampIndex(Value value, int64_t low, int64_t high) {
  Value raised = builder.createOrFold<arith::MaxSIOp>(loc, value, index(low));
  return builder.createOrFold<arith::MinSIOp>(loc, raised, index(high));
}

Value ExprBuilder::atLeast(Value value, int64_t bound) {
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sge,
                                             value, index(bound));
}

Value ExprBuilder::below(Value value, int64_t bound) {
  return builder.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt,
                                             value, index(bound));
}

Value ExprBuilder::both(Value lhs, Value rhs) {
  return builder.createOrFold<arith::AndIOp>(loc, lhs, rhs);
}

Value ExprBuilder::number(double value) {
  FloatType type = builder.getF32Type();
  llvm::APFloat rounded(static_cast<float>(value));
  return arith::ConstantFloatOp::create(builder, loc, type, rounded);
}

Value ExprBuilder::add(Value lhs, Value rhs) {
  return builder.createOrFold<arith::AddFOp>(loc, lhs, rhs);
}

Value ExprBuilder::sub(Value lhs, Value rhs) {
  return builder.createOrFold<arith::SubFOp>(loc, lhs, rhs);
}

Value ExprBuilder::mul(Value lhs, Value rhs) {
  return builder.createOrFold<arith::MulFOp>(loc, lhs, rhs);
}

Value ExprBuilder::div(Value lhs, Value rhs) {
  return builder.createOrFold<arith::DivFOp>(loc, lhs, rhs);
}

Value ExprBuilder::max(Value lhs, Value rhs) {
  return arith::MaxNumFOp::create(builder, loc, lhs, rhs);
}

Value ExprBuilder::min(Value lhs, Value rhs) {
  return arith::MinNumFOp::create(builder, loc, lhs, rhs);
}

Value ExprBuilder::neg(Value value) {
  return arith::NegFOp::create(builder, loc, value);
}

Value ExprBuilder::sqrt(Value value) {
  return math::SqrtOp::create(builder, loc, value);
}

Value ExprBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return builder.createOrFold<arith::SelectOp>(loc, condition, ifTrue, ifFalse);
}

Value ExprBuilder::call(StringRef callee, ValueRange indices) {
  return halide::CallOp::create(builder, loc, builder.getF32Type(), callee,
                                indices);
}

void ExprBuilder::yield(Value value) {
  halide::YieldOp::create(builder, loc, value);
}

} // namespace vitrail
