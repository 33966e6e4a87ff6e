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

#include "vitrail/Conversion/Expressions/Expressions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

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
  return createModulo(value, divisor);
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
  return number(value, builder.getF32Type());
}

Value ExprBuilder::number(double value, Type type) {
  if (isa<IntegerType>(type))
    return arith::ConstantIntOp::create(builder, loc, type,
                                        static_cast<int64_t>(value));
  llvm::APFloat rounded(static_cast<float>(value));
  bool losesInfo;
  rounded.convert(cast<FloatType>(type).getFloatSemantics(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return arith::ConstantFloatOp::create(builder, loc, cast<FloatType>(type),
                                        rounded);
}

/// The operation for floats or that for integers, by the elements of `lhs`.
template <typename FloatOp, typename IntegerOp>
static Value createByType(OpBuilder &builder, Location loc, Value lhs,
                          Value rhs) {
  if (isa<FloatType>(getElementTypeOrSelf(lhs)))
    return builder.createOrFold<FloatOp>(loc, lhs, rhs);
  return builder.createOrFold<IntegerOp>(loc, lhs, rhs);
}

Value ExprBuilder::add(Value lhs, Value rhs) {
  return createByType<arith::AddFOp, arith::AddIOp>(builder, loc, lhs, rhs);
}

Value ExprBuilder::sub(Value lhs, Value rhs) {
  return createByType<arith::SubFOp, arith::SubIOp>(builder, loc, lhs, rhs);
}

Value ExprBuilder::mul(Value lhs, Value rhs) {
  return createByType<arith::MulFOp, arith::MulIOp>(builder, loc, lhs, rhs);
}

Value ExprBuilder::div(Value lhs, Value rhs) {
  return builder.createOrFold<arith::DivFOp>(loc, lhs, rhs);
}

Value ExprBuilder::max(Value lhs, Value rhs) {
  return createByType<arith::MaxNumFOp, arith::MaxSIOp>(builder, loc, lhs, rhs);
}

Value ExprBuilder::min(Value lhs, Value rhs) {
  return createByType<arith::MinNumFOp, arith::MinSIOp>(builder, loc, lhs, rhs);
}

Value ExprBuilder::neg(Value value) {
  if (isa<IntegerType>(value.getType()))
    return sub(number(0, value.getType()), value);
  return arith::NegFOp::create(builder, loc, value);
}

Value ExprBuilder::abs(Value value) {
  return math::AbsFOp::create(builder, loc, value);
}

Value ExprBuilder::log(Value value) {
  return math::LogOp::create(builder, loc, value);
}

Value ExprBuilder::sin(Value value) {
  return math::SinOp::create(builder, loc, value);
}

Value ExprBuilder::cos(Value value) {
  return math::CosOp::create(builder, loc, value);
}

Value ExprBuilder::sqrt(Value value) {
  return math::SqrtOp::create(builder, loc, value);
}

Value ExprBuilder::select(Value condition, Value ifTrue, Value ifFalse) {
  return builder.createOrFold<arith::SelectOp>(loc, condition, ifTrue, ifFalse);
}

static arith::CmpFPredicate getFloatPredicate(nn::ComparePredicate predicate) {
  switch (predicate) {
  case nn::ComparePredicate::Equal:
    return arith::CmpFPredicate::OEQ;
  case nn::ComparePredicate::NotEqual:
    return arith::CmpFPredicate::UNE;
  case nn::ComparePredicate::Less:
    return arith::CmpFPredicate::OLT;
  case nn::ComparePredicate::LessEqual:
    return arith::CmpFPredicate::OLE;
  case nn::ComparePredicate::Greater:
    return arith::CmpFPredicate::OGT;
  case nn::ComparePredicate::GreaterEqual:
    return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("unknown comparison");
}

static arith::CmpIPredicate
getIntegerPredicate(nn::ComparePredicate predicate) {
  switch (predicate) {
  case nn::ComparePredicate::Equal:
    return arith::CmpIPredicate::eq;
  case nn::ComparePredicate::NotEqual:
    return arith::CmpIPredicate::ne;
  case nn::ComparePredicate::Less:
    return arith::CmpIPredicate::slt;
  case nn::ComparePredicate::LessEqual:
    return arith::CmpIPredicate::sle;
  case nn::ComparePredicate::Greater:
    return arith::CmpIPredicate::sgt;
  case nn::ComparePredicate::GreaterEqual:
    return arith::CmpIPredicate::sge;
  }
  llvm_unreachable("unknown comparison");
}

Value ExprBuilder::compare(nn::ComparePredicate predicate, Value lhs,
                           Value rhs) {
  if (isa<FloatType>(lhs.getType()))
    return builder.createOrFold<arith::CmpFOp>(
        loc, getFloatPredicate(predicate), lhs, rhs);
  return builder.createOrFold<arith::CmpIOp>(
      loc, getIntegerPredicate(predicate), lhs, rhs);
}

Value ExprBuilder::cast(Value value, Type type) {
  Type from = value.getType();
  if (from == type)
    return value;
  bool isBoolean = from.isInteger(1);
  if (isa<FloatType>(type)) {
    if (isBoolean)
      return arith::UIToFPOp::create(builder, loc, type, value);
    if (isa<IntegerType>(from))
      return arith::SIToFPOp::create(builder, loc, type, value);
    if (from.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
      return arith::TruncFOp::create(builder, loc, type, value);
    return arith::ExtFOp::create(builder, loc, type, value);
  }
  if (isa<FloatType>(from))
    return arith::FPToSIOp::create(builder, loc, type, value);
  if (from.getIntOrFloatBitWidth() > type.getIntOrFloatBitWidth())
    return arith::TruncIOp::create(builder, loc, type, value);
  if (isBoolean)
    return arith::ExtUIOp::create(builder, loc, type, value);
  return arith::ExtSIOp::create(builder, loc, type, value);
}

Value ExprBuilder::extendUnsigned(Value value) {
  return arith::ExtUIOp::create(builder, loc, builder.getI32Type(), value);
}

Value ExprBuilder::toIndex(Value integer, int64_t last) {
  // Clamped before a narrower type could make another number of it.
  if (integer.getType().isInteger(64)) {
    Type type = integer.getType();
    integer = min(max(integer, number(0, type)), number(last, type));
  }
  return clampIndex(cast(integer, builder.getI32Type()), 0, last);
}

} // namespace vitrail
