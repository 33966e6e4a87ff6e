//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding to tf32, whose numbers are those of float32 of 11 binary digits.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_TF32_H
#define VITRAIL_WEIGHTS_TF32_H

#include "llvm/ADT/bit.h"

#include <cmath>
#include <cstdint>
#include <limits>

namespace vitrail::weights {

/// The number of tf32 next to `x`, of two equally near ones that further from
/// zero, as GPUs round it; an infinity where that is beyond the largest.
inline double roundToTF32(double x) {
  constexpr double smallestNormal = 0x1p-126;
  constexpr double smallest = 0x1p-136;
  constexpr double largest = 0x1.ffcp127;
  // A double has so many digits more.
  constexpr unsigned digits = 42;
  if (!(std::abs(x) >= smallestNormal)) // Not-a-number, too.
    return std::round(x / smallest) * smallest;
  auto bits = llvm::bit_cast<uint64_t>(x) + (uint64_t(1) << (digits - 1));
  auto rounded = llvm::bit_cast<double>(bits >> digits << digits);
  if (std::abs(rounded) <= largest)
    return rounded;
  return std::copysign(std::numeric_limits<double>::infinity(), x);
}

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_TF32_H
