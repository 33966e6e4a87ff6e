//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// f16 and bf16 as their bits. OpenCL has f16 as an extension, which many
// devices lack, and Halide no bf16 for GPUs; all have integers, which the
// conversions are computed with. No denormal f32 comes up in those of f16:
// devices may take these to be zero.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vitrail;
using Halide::Expr;

// Of binary16: one bit of sign, five of an exponent, ten of a mantissa.
static constexpr uint32_t signBit = 0x8000, infinity = 0x7C00;
static constexpr uint32_t notANumber = 0x7E00, leastNormal = 0x0400;
// Of binary32, which has 13 more bits of a mantissa.
static constexpr uint32_t extraBits = 13;
static constexpr uint32_t wideSign = 0x80000000, wideInfinity = 0x7F800000;
/// What is added to an exponent, between the biases 15 and 127.
static constexpr uint32_t rebias = (127 - 15) << 23;

static Expr bits(uint32_t value) { return Halide::cast<uint32_t>(Expr(value)); }

/// The f32 that the bits `half` of an f16 stand for.
static Expr widenF16(const Expr &half) {
  Expr wide = Halide::cast<uint32_t>(half);
  Expr magnitude = wide & bits(signBit - 1);
  Expr sign = (wide & bits(signBit)) << 16;
  // Infinities keep all ones in the exponent.
  Expr exponent = bits(rebias) + Halide::select(magnitude >= bits(infinity),
                                                bits(rebias), bits(0));
  Expr normal = (magnitude << extraBits) + exponent;
  Expr subnormal = Halide::reinterpret<uint32_t>(
      Halide::cast<float>(Halide::cast<int32_t>(magnitude)) * 0x1p-24f);
  Expr result =
      Halide::select(magnitude < bits(leastNormal), subnormal, normal);
  return Halide::reinterpret<float>(result | sign);
}

/// The bits of the f16 next to `x`, of two equally near ones the even one.
static Expr narrowToF16(const Expr &x) {
  // Below the least normal f16, 2^-14; and from where the next to infinity,
  // 65504, is farther than that.
  constexpr uint32_t subnormals = (127 - 14) << 23, beyond = 0x477FF000;
  Expr wide = Halide::reinterpret<uint32_t>(x);
  Expr magnitude = wide & bits(wideSign - 1);
  Expr sign = (wide & bits(wideSign)) >> 16;
  Expr half = bits((1u << (extraBits - 1)) - 1);
  Expr isOdd = (magnitude >> extraBits) & bits(1);
  Expr normal = (magnitude + half + isOdd - bits(rebias)) >> extraBits;
  // The sum with 0.5 is rounded to a multiple of 2^-24.
  constexpr uint32_t oneHalf = 126u << 23;
  Expr subnormal = Halide::reinterpret<uint32_t>(
                       Halide::reinterpret<float>(magnitude) + 0.5f) -
                   bits(oneHalf);
  Expr result = Halide::select(magnitude < bits(subnormals), subnormal, normal);
  Expr special = Halide::select(magnitude > bits(wideInfinity),
                                bits(notANumber), bits(infinity));
  result = Halide::select(magnitude >= bits(beyond), special, result);
  return Halide::cast<uint16_t>(result | sign);
}

/// A bf16 is the upper half of an f32.
static Expr widenBF16(const Expr &half) {
  return Halide::reinterpret<float>(Halide::cast<uint32_t>(half) << 16);
}

/// The bits of the bf16 next to `x`, of two equally near ones the even one.
static Expr narrowToBF16(const Expr &x) {
  Expr wide = Halide::reinterpret<uint32_t>(x);
  Expr isOdd = (wide >> 16) & bits(1);
  Expr rounded = (wide + bits(0x7FFF) + isOdd) >> 16;
  // Not so that it becomes an infinity.
  Expr quiet = (wide >> 16) | bits(0x40);
  Expr isNotANumber = (wide & bits(wideSign - 1)) > bits(wideInfinity);
  return Halide::cast<uint16_t>(Halide::select(isNotANumber, quiet, rounded));
}

static Expr widen(Type type, const Expr &half) {
  return type.isF16() ? widenF16(half) : widenBF16(half);
}

static Expr narrow(Type type, const Expr &x) {
  return type.isF16() ? narrowToF16(x) : narrowToBF16(x);
}

Expr vitrail::translateHalfBits(const Translator &translator, Operation *op,
                                llvm::ArrayRef<Expr> x) {
  auto isBits = [&](Value value) { return translator.isBits(value.getType()); };
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case([&](arith::ExtFOp op) {
        return isBits(op.getIn()) ? widen(op.getIn().getType(), x[0]) : Expr();
      })
      .Case([&](arith::TruncFOp op) {
        return isBits(op.getResult()) ? narrow(op.getType(), x[0]) : Expr();
      })
      .Case([&](arith::ConstantOp op) {
        if (!isBits(op.getResult()))
          return Expr();
        APInt bits =
            llvm::cast<FloatAttr>(op.getValue()).getValue().bitcastToAPInt();
        return Halide::cast<uint16_t>(
            Expr(static_cast<uint32_t>(bits.getZExtValue())));
      })
      .Case([&](halide::UndefOp op) {
        return isBits(op.getResult()) ? Halide::undef(Halide::UInt(16))
                                      : Expr();
      })
      .Default(Expr());
}
