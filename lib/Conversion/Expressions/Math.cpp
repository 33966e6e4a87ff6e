//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transcendental functions as polynomials that vectorise. The coefficients are
// minimax fits made for this project (weighted least squares on Chebyshev
// nodes, iterated to equal ripples, then rounded to f32); the errors stated are
// measured in f32 against double precision.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/Expressions/Expressions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace vitrail {

using namespace mlir;

/// Horner's rule; `coefficients` by rising power.
Value ExprBuilder::polynomial(Value x, ArrayRef<double> coefficients) {
  Value result = number(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    result = add(mul(result, x), number(coefficient));
  return result;
}

/// e^x = 2^(k-1) 2 e^r with |r| <= ln(2) / 2, k ln(2) subtracted in two parts
/// (Cody & Waite 1980). Relative error 8e-8. 2^(k-1) is made of its exponent's
/// bits, so that the product overflows where e^x does, at 88.72; below -86.6,
/// where results would no longer be normal numbers, it stays at 2.5e-38.
Value ExprBuilder::exp(Value x) {
  constexpr double log2e = 1.44269504088896;
  // ln(2), its first 9 bits and the rest: k times the former is exact.
  constexpr double ln2High = 0.693359375, ln2Low = -2.12194440054690583e-4;
  x = max(min(x, number(89)), number(-86.6));
  Value k = math::RoundEvenOp::create(builder, loc, mul(x, number(log2e)));
  Value r = sub(x, mul(k, number(ln2High)));
  r = sub(r, mul(k, number(ln2Low)));
  // 2 (e^r - 1 - r) / r^2
  Value tail = polynomial(r, {2 * 0.4999999403953552, 2 * 0.1666652113199234,
                              2 * 0.04166839271783829, 2 * 0.008368746377527714,
                              2 * 0.0013814537087455392});
  Value mantissa = add(mul(add(mul(tail, r), number(2)), r), number(2));
  Type i32 = builder.getI32Type();
  Value exponent = arith::FPToSIOp::create(builder, loc, i32, k);
  exponent = addIndex(exponent, index(127 - 1));
  exponent = arith::ShLIOp::create(builder, loc, exponent, index(23));
  Value power =
      arith::BitcastOp::create(builder, loc, builder.getF32Type(), exponent);
  return mul(mantissa, power);
}

/// x Phi(x) (Hendrycks & Gimpel 2016, exact form), Phi(x) = 1/2 + x p(u) with
/// u = 2 (x / 5)^2 - 1, which is in [-1, 1] where x is in [-5, 5]; beyond, Phi
/// is 0 or 1. A polynomial in u rather than x^2 has small coefficients, so that
/// its terms do not cancel. Fitted for the least largest error of Phi, 3e-7,
/// with none at the ends; relative L2 error of gelu 3e-7 on [-3, 3].
Value ExprBuilder::gelu(Value x) {
  constexpr double bound = 5;
  Value inner = max(min(x, number(bound)), number(-bound));
  Value u = sub(mul(mul(inner, inner), number(2 / (bound * bound))), number(1));
  Value p = polynomial(
      u, {0.1413638, -0.0702957809, 0.0515187979, -0.0404551104, 0.0314693861,
          -0.023183953, 0.0162530653, -0.0113930339, 0.00676626014,
          -0.00242047431, 0.00134251395, -0.00172330509, 0.000757831731});
  return mul(x, add(mul(inner, p), number(0.5)));
}

Value ExprBuilder::sigmoid(Value x) {
  return div(number(1), add(number(1), exp(neg(x))));
}

/// 2 sigmoid(2x) - 1 loses digits near 0, where tanh is x p(x^2) instead: below
/// |x| = 0.625, relative error 1e-7.
Value ExprBuilder::tanh(Value x) {
  Value square = mul(x, x);
  Value small =
      mul(x, polynomial(square, {1.0, -0.33333253860473633, 0.1333099752664566,
                                 -0.05371057242155075, 0.02055683732032776,
                                 -0.005621548276394606}));
  Value large =
      sub(number(1), div(number(2), add(number(1), exp(mul(x, number(2))))));
  Value isSmall = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OLT,
                                        square, number(0.625 * 0.625));
  return select(isSmall, small, large);
}

/// Half of the last of 11 digits is added to the bits, a number without its
/// sign, before the others are cut off. Bits beyond infinity's are those of
/// what is not a number, and might become another's. All of it is of bits, of
/// which Halide does not ask what bounds they have: those of a polynomial take
/// it forever.
Value ExprBuilder::roundToTF32(Value x) {
  constexpr int64_t cut = 1 << 13, infinity = 0x7f800000,
                    magnitude = 0x7fffffff;
  if (!x.getType().isF32())
    return x;
  auto mask = [&](Value bits, int64_t kept) -> Value {
    return arith::AndIOp::create(builder, loc, bits, index(kept));
  };
  Value bits = arith::BitcastOp::create(builder, loc, builder.getI32Type(), x);
  Value rounded = mask(addIndex(bits, index(cut / 2)), -cut);
  rounded = select(atLeast(mask(bits, magnitude), infinity + 1), bits, rounded);
  return arith::BitcastOp::create(builder, loc, x.getType(), rounded);
}

/// 1.5 * 2^23 + y is rounded to an integer, whose lowest bits those of the sum
/// are, in two's complement. The quotient of a range is computed once, so that
/// a share of it that is within 2e-7 of the middle between two integers may
/// become either. 128 more, an even number, is added and subtracted from the
/// bits: where the lowest byte of a float's register is stored, ptxas converts
/// the float to an unsigned byte instead, here always 255.
Value ExprBuilder::quantize(Value x, Value range) {
  constexpr double largest = 127, leastRange = 0x1p-100, shift = 0x1.8p23;
  constexpr int64_t more = 128;
  Value factor = div(number(largest), max(range, number(leastRange)));
  Value share = mul(x, factor);
  share = min(max(share, number(-largest)), number(largest));
  Value bits = arith::BitcastOp::create(builder, loc, builder.getI32Type(),
                                        add(share, number(shift + more)));
  return cast(subIndex(bits, index(more)), builder.getI8Type());
}

} // namespace vitrail
