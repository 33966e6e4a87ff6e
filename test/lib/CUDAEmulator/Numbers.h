//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Formats of floating-point numbers, by their bits.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_NUMBERS_H
#define VITRAIL_TEST_CUDAEMULATOR_NUMBERS_H

#include <bit>
#include <cstdint>

namespace vitrail::emulator {

/// f16.
struct Half {
  static float widen(uint16_t bits) {
    return static_cast<float>(std::bit_cast<_Float16>(bits));
  }
  /// To the nearest number, of two the even one.
  static uint16_t round(float value) {
    return std::bit_cast<uint16_t>(static_cast<_Float16>(value));
  }
};

/// bf16.
struct BFloat {
  static float widen(uint16_t bits) {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  static uint16_t round(float value) {
    auto bits = std::bit_cast<uint32_t>(value);
    uint32_t rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    return static_cast<uint16_t>(value != value ? 0x7FFF : rounded);
  }
};

/// Subnormal numbers become 0 of the same sign.
inline float flush(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>(bits & 0x7F800000 ? bits : bits & 0x80000000);
}

/// Like f32, with 10 bits behind the point: to the nearest number, of two the
/// one that is further from 0.
inline uint32_t roundToTF32(uint32_t bits) {
  bool isFinite = (bits & 0x7F800000) != 0x7F800000;
  return isFinite ? (bits + 0x1000) & ~0x1FFFu : bits;
}

/// What tensor cores read of f32.
inline float truncateToTF32(uint32_t bits) {
  return std::bit_cast<float>(bits & ~0x1FFFu);
}

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_NUMBERS_H
