//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Functions by the instructions that a GPU has for them, which have fewer
// digits than Math.cpp's: for what is rounded to 11 digits or fewer.
//
//===----------------------------------------------------------------------===//

#include "DeviceKernel.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace vitrail {

using namespace mlir;

/// x Phi(x) = x / (1 + 2^t), where t = x (c0 + c1 x^2 + c2 x^4) is nearly
/// log2(Phi(-x) / Phi(x)), an odd function. The coefficients are a minimax fit
/// of the result, found as those of Math.cpp: absolute error 2.6e-5. Beyond 4.5
/// the factor of x stays what it is there, since c2 has another sign.
Value DeviceExprBuilder::roundedGelu(Value x) {
  constexpr double c0 = -2.30112134, c1 = -0.106775726, c2 = 1.01426364e-3;
  constexpr double bound = 4.5;
  Value square = min(mul(x, x), number(bound * bound));
  Value factor =
      add(mul(add(mul(square, number(c2)), number(c1)), square), number(c0));
  Value power = builder.createOrFold<math::Exp2Op>(loc, mul(x, factor));
  return builder.createOrFold<arith::DivFOp>(loc, x, add(power, number(1)),
                                             arith::FastMathFlags::afn);
}

/// Whether no more than 11 digits of `value` are used.
static bool isRounded(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    if (isa<nn::RoundTF32Op>(user))
      return true;
    auto cast = dyn_cast<nn::CastOp>(user);
    Type type = cast ? getElementTypeOrSelf(cast.getType()) : Type();
    return type && (type.isF16() || type.isBF16());
  });
}

Value DeviceExprBuilder::convertToTF32(Value x) {
  Value bits = NVVM::ConvertFloatToTF32Op::create(
      builder, loc, builder.getI32Type(), x, NVVM::FPRoundingMode::RNA);
  return arith::BitcastOp::create(builder, loc, x.getType(), bits);
}

void DeviceKernel::computeRounded(func::FuncOp kernel) {
  for (auto round : kernel.front().getOps<nn::RoundTF32Op>()) {
    Value input = round.getInput();
    if (getElementTypeOrSelf(input).isF32())
      elements.setComputed(
          round.getResult(),
          [this, input](ExprBuilder &expr, ArrayRef<Value> at) {
            return getExpr().convertToTF32(elements.get(expr, input, at));
          });
  }
  for (auto gelu : kernel.front().getOps<nn::GeluOp>()) {
    if (!isRounded(gelu.getResult()) ||
        !getElementTypeOrSelf(gelu.getType()).isF32())
      continue;
    Value input = gelu.getInput();
    elements.setComputed(
        gelu.getResult(), [this, input](ExprBuilder &expr, ArrayRef<Value> at) {
          return getExpr().roundedGelu(elements.get(expr, input, at));
        });
  }
}

} // namespace vitrail
