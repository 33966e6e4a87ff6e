//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions on numbers and lists. Some of them apply to tensors as well, with
// the same meaning for each element.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Builtins.h"
#include "TensorOperators.h"
#include "llvm/Support/ConvertUTF.h"
#include <cmath>

using namespace vitrail;
using namespace vitrail::frontend;

static Value evaluateLen(BuiltinCall &call) {
  std::optional<llvm::ArrayRef<Value>> list = call.getList(0);
  return list ? Value(static_cast<int64_t>(list->size())) : Value();
}

static Value evaluateShape(BuiltinCall &call) {
  if (!call.getTensor(0))
    return Value();
  return makeShape(nn::getExtents(call[0].getTensorType()));
}

static Value evaluateDiv(BuiltinCall &call) {
  std::optional<int64_t> lhs = call.getInteger(0), rhs = call.getInteger(1);
  if (!lhs || !rhs)
    return Value();
  if (*rhs == 0)
    return call.fail("division by zero");
  if (*rhs == -1)
    return negate(*lhs, call.loc, call.builder.getReporter());
  return floorDivide(*lhs, *rhs);
}

static Value evaluateAbs(BuiltinCall &call) {
  std::optional<double> number = call.getNumber(0);
  if (!number || *number >= 0)
    return number ? call[0] : Value();
  return negate(call[0], call.loc, call.builder.getReporter());
}

static Value evaluateFloat(BuiltinCall &call) {
  if (call[0].isTensor())
    return call.builder.castTo(call.loc, call[0].getTensor(),
                               call.builder.getBuilder().getF32Type());
  std::optional<double> number = call.getNumber(0);
  return number ? Value(*number) : Value();
}

/// floor and ceil.
template <double (*round)(double)>
static Value evaluateRound(BuiltinCall &call) {
  std::optional<double> number = call.getNumber(0);
  if (!number || call[0].isKnownInteger())
    return number ? call[0] : Value();
  double rounded = round(*number);
  // 2^63 and beyond; the bound itself is exact in a double.
  if (std::abs(rounded) >= 0x1p63)
    return call.fail(0, "does not fit in 64 bits: " + describe(call[0]));
  return static_cast<int64_t>(rounded);
}

/// min and max: of tensors each element, else the greater or smaller number.
template <typename OpTy, BinaryOperator winsIf>
static Value evaluateExtreme(BuiltinCall &call) {
  if (call[0].isTensor() || call[1].isTensor())
    return combineTensors<OpTy>(call.builder, call[0], call[1], call.loc);
  for (size_t i : {0, 1})
    if (!call[i].is(Value::Kind::Integer) && !call.getNumber(i))
      return Value();
  Value firstWins = applyBinary(winsIf, call[0], call[1], call.loc,
                                call.builder.getReporter());
  if (firstWins.isPoison())
    return Value();
  return firstWins.getBoolean() ? call[0] : call[1];
}

template <typename OpTy> static Value evaluateUnary(BuiltinCall &call) {
  std::optional<mlir::Value> input = call.getTensor(0);
  return input ? call.builder.create<OpTy>(call.loc, *input) : Value();
}

/// Functions of tensors and of numbers alike.
template <typename OpTy, double (*compute)(double)>
static Value evaluateUnaryOrNumber(BuiltinCall &call) {
  if (call[0].isTensor())
    return evaluateUnary<OpTy>(call);
  std::optional<double> number = call.getNumber(0);
  if (!number)
    return Value();
  double result = compute(*number);
  if (std::isfinite(result))
    return result;
  return call.fail("no finite result for " + describe(call[0]));
}

/// A string of each character; text is UTF-8.
static Value evaluateCharacters(BuiltinCall &call) {
  std::optional<std::string> string = call.getString(0);
  if (!string)
    return Value();
  std::vector<Value> characters;
  llvm::StringRef rest = *string;
  while (!rest.empty()) {
    unsigned size = llvm::getNumBytesForUTF8(rest.front());
    characters.push_back(rest.take_front(size).str());
    rest = rest.drop_front(size);
  }
  // A string is shorter than a list may be long.
  return *makeList(std::move(characters));
}

/// a^b; of integers an integer, where b is not negative.
static Value evaluatePow(BuiltinCall &call) {
  std::optional<double> base = call.getNumber(0), exponent = call.getNumber(1);
  if (!base || !exponent)
    return Value();
  if (!call[0].isKnownInteger() || !call[1].isKnownInteger() || *exponent < 0) {
    double result = std::pow(*base, *exponent);
    if (std::isfinite(result))
      return result;
    return call.fail("no finite result for " + describe(call[0]) + " and " +
                     describe(call[1]));
  }
  // By squaring; what overflows is reported as a product.
  Value result = int64_t(1), power = call[0];
  Reporter &reporter = call.builder.getReporter();
  for (int64_t rest = call[1].getInteger(); rest > 0; rest /= 2) {
    if (rest % 2 == 1)
      result = applyBinary(BinaryOperator::Multiply, result, power, call.loc,
                           reporter);
    if (rest > 1 && !result.isPoison())
      power = applyBinary(BinaryOperator::Multiply, power, power, call.loc,
                          reporter);
    if (result.isPoison() || power.isPoison())
      return Value();
  }
  return result;
}

/// The integer part of a number or of the elements of a tensor.
static Value evaluateInt(BuiltinCall &call) {
  if (call[0].isTensor())
    return call.builder.castTo(call.loc, call[0].getTensor(),
                               call.builder.getBuilder().getI32Type());
  return evaluateRound<std::trunc>(call);
}

llvm::ArrayRef<Builtin> vitrail::frontend::getScalarBuiltins() {
  static const Builtin table[] = {
      {"len", {{"list"}}, evaluateLen},
      {"characters", {{"string"}}, evaluateCharacters},
      {"shape", {{"x"}}, evaluateShape},
      {"div", {{"a"}, {"b"}}, evaluateDiv},
      {"abs", {{"x"}}, evaluateAbs},
      {"float", {{"x"}}, evaluateFloat},
      {"int", {{"x"}}, evaluateInt},
      {"pow", {{"a"}, {"b"}}, evaluatePow},
      {"floor", {{"x"}}, evaluateRound<std::floor>},
      {"ceil", {{"x"}}, evaluateRound<std::ceil>},
      {"min",
       {{"a"}, {"b"}},
       evaluateExtreme<nn::MinOp, BinaryOperator::LessEqual>},
      {"max",
       {{"a"}, {"b"}},
       evaluateExtreme<nn::MaxOp, BinaryOperator::GreaterEqual>},
      {"sqrt", {{"x"}}, evaluateUnaryOrNumber<nn::SqrtOp, std::sqrt>},
      {"exp", {{"x"}}, evaluateUnaryOrNumber<nn::ExpOp, std::exp>},
      {"log", {{"x"}}, evaluateUnaryOrNumber<nn::LogOp, std::log>},
      {"sin", {{"x"}}, evaluateUnaryOrNumber<nn::SinOp, std::sin>},
      {"cos", {{"x"}}, evaluateUnaryOrNumber<nn::CosOp, std::cos>},
      {"tanh", {{"x"}}, evaluateUnary<nn::TanhOp>},
      {"sigmoid", {{"x"}}, evaluateUnary<nn::SigmoidOp>},
      {"relu", {{"x"}}, evaluateUnary<nn::ReluOp>},
      {"gelu", {{"x"}}, evaluateUnary<nn::GeluOp>},
  };
  return table;
}
