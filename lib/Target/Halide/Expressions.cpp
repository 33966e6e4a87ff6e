//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Scalar operations become Halide expressions, each value once, so that what is
// shared in the IR is shared in Halide.
//
// Three things differ. Halide compiles floats on the assumption that there are
// no NaNs: ordered and unordered comparisons are the same, and maxima may or
// may not propagate them. Overflow of signed 32- and 64-bit integers is
// undefined. And an `i1` is Halide's one-bit unsigned integer, 1 where MLIR's
// signed reading would be -1.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vitrail;
using Halide::Expr;
using Halide::Internal::make_const;
using Operands = llvm::ArrayRef<Expr>;

Halide::Type vitrail::translateType(Type type) {
  if (type.isBF16())
    return Halide::BFloat(16);
  if (isa<FloatType>(type))
    return Halide::Float(type.getIntOrFloatBitWidth());
  if (type.isInteger(1))
    return Halide::Bool();
  return Halide::Int(type.getIntOrFloatBitWidth());
}

/// The same bits, read without sign.
static Expr toUnsigned(const Expr &x) {
  return Halide::cast(Halide::UInt(x.type().bits()), x);
}

/// The signed value; for a truth value 0 or -1, as MLIR has it.
static Expr toSigned(const Expr &x) {
  if (!x.type().is_bool())
    return x;
  return Halide::select(x, make_const(Halide::Int(8), int64_t(-1)),
                        make_const(Halide::Int(8), int64_t(0)));
}

static Expr translateConstant(arith::ConstantOp op) {
  Halide::Type type = translateType(op.getType());
  if (auto value = dyn_cast<FloatAttr>(op.getValue()))
    return make_const(type, value.getValueAsDouble());
  auto value = cast<IntegerAttr>(op.getValue()).getValue();
  if (type.is_bool())
    return Halide::Internal::make_bool(value.getBoolValue());
  return make_const(type, value.getSExtValue());
}

/// Halide's comparison; undefined for the predicates that only ask for NaNs.
static Expr translateCompare(arith::CmpFPredicate predicate, Operands x) {
  using Predicate = arith::CmpFPredicate;
  switch (predicate) {
  case Predicate::OEQ:
  case Predicate::UEQ:
    return x[0] == x[1];
  case Predicate::ONE:
  case Predicate::UNE:
    return x[0] != x[1];
  case Predicate::OLT:
  case Predicate::ULT:
    return x[0] < x[1];
  case Predicate::OLE:
  case Predicate::ULE:
    return x[0] <= x[1];
  case Predicate::OGT:
  case Predicate::UGT:
    return x[0] > x[1];
  case Predicate::OGE:
  case Predicate::UGE:
    return x[0] >= x[1];
  default:
    return Expr();
  }
}

static Expr translateCompare(arith::CmpIPredicate predicate, Operands x) {
  using Predicate = arith::CmpIPredicate;
  switch (predicate) {
  case Predicate::eq:
    return x[0] == x[1];
  case Predicate::ne:
    return x[0] != x[1];
  case Predicate::slt:
    return toSigned(x[0]) < toSigned(x[1]);
  case Predicate::sle:
    return toSigned(x[0]) <= toSigned(x[1]);
  case Predicate::sgt:
    return toSigned(x[0]) > toSigned(x[1]);
  case Predicate::sge:
    return toSigned(x[0]) >= toSigned(x[1]);
  case Predicate::ult:
    return toUnsigned(x[0]) < toUnsigned(x[1]);
  case Predicate::ule:
    return toUnsigned(x[0]) <= toUnsigned(x[1]);
  case Predicate::ugt:
    return toUnsigned(x[0]) > toUnsigned(x[1]);
  case Predicate::uge:
    return toUnsigned(x[0]) >= toUnsigned(x[1]);
  }
  return Expr();
}

/// Floor of the quotient. Halide's own division leaves a remainder that is
/// never negative, which is the floor for positive divisors only.
static Expr floorDivide(const Expr &x, const Expr &y) {
  Expr zero = make_const(x.type(), int64_t(0));
  Expr one = make_const(x.type(), int64_t(1));
  return x / y - Halide::select(y < zero && x % y != zero, one, zero);
}

static Expr translateFloat(Operation *op, Operands x) {
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::AddFOp) { return x[0] + x[1]; })
      .Case([&](arith::SubFOp) { return x[0] - x[1]; })
      .Case([&](arith::MulFOp) { return x[0] * x[1]; })
      .Case([&](arith::DivFOp) { return x[0] / x[1]; })
      .Case([&](arith::NegFOp) { return -x[0]; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>(
          [&](auto) { return Halide::max(x[0], x[1]); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>(
          [&](auto) { return Halide::min(x[0], x[1]); })
      .Case([&](arith::CmpFOp op) {
        return translateCompare(op.getPredicate(), x);
      })
      .Default(Expr());
}

static Expr translateInteger(Operation *op, Operands x) {
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::AddIOp) { return x[0] + x[1]; })
      .Case([&](arith::SubIOp) { return x[0] - x[1]; })
      .Case([&](arith::MulIOp) { return x[0] * x[1]; })
      .Case([&](arith::FloorDivSIOp) { return floorDivide(x[0], x[1]); })
      .Case(
          [&](arith::DivSIOp) { return Halide::div_round_to_zero(x[0], x[1]); })
      .Case(
          [&](arith::RemSIOp) { return Halide::mod_round_to_zero(x[0], x[1]); })
      .Case([&](halide::ModOp) { return x[0] % x[1]; })
      .Case([&](arith::MaxSIOp) { return Halide::max(x[0], x[1]); })
      .Case([&](arith::MinSIOp) { return Halide::min(x[0], x[1]); })
      .Case([&](arith::CmpIOp op) {
        return translateCompare(op.getPredicate(), x);
      })
      .Case([&](math::AbsIOp) {
        return Halide::cast(x[0].type(), Halide::abs(x[0]));
      })
      .Default(Expr());
}

static Expr translateBits(Operation *op, Operands x) {
  bool isTruth = !x.empty() && x[0].type().is_bool();
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::AndIOp) { return isTruth ? x[0] && x[1] : x[0] & x[1]; })
      .Case([&](arith::OrIOp) { return isTruth ? x[0] || x[1] : x[0] | x[1]; })
      .Case([&](arith::XOrIOp) { return isTruth ? x[0] != x[1] : x[0] ^ x[1]; })
      .Case([&](arith::ShLIOp) { return x[0] << toUnsigned(x[1]); })
      .Case([&](arith::ShRSIOp) { return x[0] >> toUnsigned(x[1]); })
      .Case([&](arith::ShRUIOp) {
        Expr shifted = toUnsigned(x[0]) >> toUnsigned(x[1]);
        return Halide::cast(x[0].type(), shifted);
      })
      .Default(Expr());
}

static Expr translateConversion(Operation *op, Operands x) {
  if (op->getNumResults() != 1)
    return Expr();
  Halide::Type type = translateType(op->getResult(0).getType());
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case<arith::ExtSIOp, arith::SIToFPOp>(
          [&](auto) { return Halide::cast(type, toSigned(x[0])); })
      .Case<arith::ExtUIOp, arith::UIToFPOp>(
          [&](auto) { return Halide::cast(type, toUnsigned(x[0])); })
      .Case<arith::FPToSIOp, arith::ExtFOp, arith::TruncFOp>(
          [&](auto) { return Halide::cast(type, x[0]); })
      .Case([&](arith::TruncIOp) {
        // To a truth value: the lowest bit, where Halide asks for "not zero".
        if (type.is_bool())
          return (x[0] & make_const(x[0].type(), int64_t(1))) !=
                 make_const(x[0].type(), int64_t(0));
        return Halide::cast(type, x[0]);
      })
      .Case([&](arith::BitcastOp) { return Halide::reinterpret(type, x[0]); })
      .Default(Expr());
}

static Expr translateMath(Operation *op, Operands x) {
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](math::ExpOp) { return Halide::exp(x[0]); })
      .Case([&](math::LogOp) { return Halide::log(x[0]); })
      .Case([&](math::PowFOp) { return Halide::pow(x[0], x[1]); })
      .Case([&](math::SqrtOp) { return Halide::sqrt(x[0]); })
      .Case([&](math::RsqrtOp) {
        // Not Halide's fast_inverse_sqrt, which has 12 bits or so.
        return make_const(x[0].type(), 1.0) / Halide::sqrt(x[0]);
      })
      .Case([&](math::FloorOp) { return Halide::floor(x[0]); })
      .Case([&](math::CeilOp) { return Halide::ceil(x[0]); })
      .Case([&](math::TruncOp) { return Halide::trunc(x[0]); })
      .Case([&](math::RoundEvenOp) { return Halide::round(x[0]); })
      .Case([&](math::AbsFOp) { return Halide::abs(x[0]); })
      .Case([&](math::TanhOp) { return Halide::tanh(x[0]); })
      .Case([&](math::SinOp) { return Halide::sin(x[0]); })
      .Case([&](math::CosOp) { return Halide::cos(x[0]); })
      .Case([&](math::ErfOp) { return Halide::erf(x[0]); })
      .Default(Expr());
}

/// The operations with no counterpart among functions of operands.
static Expr translateSpecial(Translator &translator, Operation *op,
                             Operands x) {
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::ConstantOp op) { return translateConstant(op); })
      .Case([&](arith::SelectOp) { return Halide::select(x[0], x[1], x[2]); })
      .Case([&](halide::UndefOp op) {
        return Halide::undef(translateType(op.getType()));
      })
      .Case([&](halide::CallOp op) -> Expr {
        auto input = translator.inputs.find(op.getCallee());
        if (input != translator.inputs.end())
          return input->second(x.vec());
        return translator.funcs.at(op.getCallee())(x.vec());
      })
      .Default(Expr());
}

static Expr translateOperation(Translator &translator, Operation *op,
                               Operands x) {
  if (Expr result = translateHalfBits(translator, op, x); result.defined())
    return result;
  for (auto translate : {translateFloat, translateInteger, translateBits,
                         translateConversion, translateMath})
    if (Expr result = translate(op, x); result.defined())
      return result;
  if (Expr result = translateSpecial(translator, op, x); result.defined())
    return result;
  throw Untranslatable{"'" + op->getName().getStringRef().str() +
                       "' has no counterpart in Halide"};
}

std::vector<Expr>
vitrail::translateBody(Translator &translator, Block &body,
                       llvm::ArrayRef<Halide::Expr> arguments) {
  llvm::DenseMap<Value, Expr> expressions;
  for (auto [value, expression] :
       llvm::zip_equal(body.getArguments(), arguments))
    expressions[value] = expression;

  for (Operation &op : body) {
    translator.current = &op;
    std::vector<Expr> operands;
    for (Value operand : op.getOperands())
      operands.push_back(expressions.at(operand));
    if (isa<halide::YieldOp>(op))
      return operands;
    // What has no counterpart, or not one result, does not come back.
    expressions[op.getResult(0)] =
        translateOperation(translator, &op, operands);
  }
  llvm_unreachable("the verifier wants a yield");
}
