//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding to bfloat16, the upper half of a float32.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_BFLOAT16_H
#define VITRAIL_WEIGHTS_BFLOAT16_H

#include "llvm/ADT/bit.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace vitrail::weights {

/// The bfloat16 next to `x`, of two equally near ones the even one; an infinity
/// where that is beyond the largest.
inline double roundToBFloat16(double x) {
  constexpr double smallestNormal = 0x1p-126;
  constexpr double smallest = 0x1p-133;
  constexpr double largest = 0x1.fep127;
  // A double has so many digits more.
  constexpr unsigned digits = 45;
  if (!(std::abs(x) >= smallestNormal)) // Not-a-number, too.
    return std::nearbyint(x / smallest) * smallest;
  auto bits = llvm::bit_cast<uint64_t>(x);
  bits += (uint64_t(1) << (digits - 1)) - 1 + ((bits >> digits) & 1);
  auto rounded = llvm::bit_cast<double>(bits >> digits << digits);
  if (std::abs(rounded) <= largest)
    return rounded;
  return std::copysign(std::numeric_limits<double>::infinity(), x);
}

/// The bits of a bfloat16.
inline uint16_t getBitsOfBFloat16(double bfloat16) {
  return llvm::bit_cast<uint32_t>(static_cast<float>(bfloat16)) >> 16;
}

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_BFLOAT16_H
