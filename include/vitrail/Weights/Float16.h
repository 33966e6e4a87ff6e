//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rounding to IEEE 754's binary16.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_FLOAT16_H
#define VITRAIL_WEIGHTS_FLOAT16_H

#include "llvm/ADT/bit.h"

#include <cstdint>

namespace vitrail::weights {

/// The binary16 next to `x`, of two equally near ones the even one; an infinity
/// where that is beyond the largest, 65504.
inline double roundToFloat16(double x) { return static_cast<_Float16>(x); }

/// The bits of a binary16.
inline uint16_t getBitsOfFloat16(double float16) {
  return llvm::bit_cast<uint16_t>(static_cast<_Float16>(float16));
}

/// The number that `bits` are.
inline float getFloat16(uint16_t bits) {
  return llvm::bit_cast<_Float16>(bits);
}

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_FLOAT16_H
