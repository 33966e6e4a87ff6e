//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Synthetic weights and inputs: every element is a function of the tensor's
// name and its index, so that the compiler, the driver and a reference in any
// other language make the same checkpoint with nothing stored. The compiler
// fills parameters by this rule and the driver fills inputs, hence a header
// that needs neither LLVM nor anything else.
//
//   u(name, i) = splitmix64(fnv1a64(name) + i * gamma) / 2^63 - 1    in [-1, 1)
//
//   rank >= 2, name ends in "weight"   u * sqrt(3 / fan_in)
//   rank < 2, name ends in "weight"    1 + 0.2 u           (scales of norms)
//   name ends in "bias"                0.1 u
//   any other                          u
//
// where fan_in is the product of all extents but the first. All arithmetic is
// in float64 and rounded once, to float32, at the end.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_SYNTHETIC_H
#define VITRAIL_SUPPORT_SYNTHETIC_H

#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

namespace vitrail {

/// The 64-bit FNV-1a hash of the bytes of `text`.
inline uint64_t fnv1a64(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325;
  for (unsigned char byte : text)
    hash = (hash ^ byte) * 0x100000001B3;
  return hash;
}

/// The first output of the generator splitmix64 seeded with `seed`.
inline uint64_t splitmix64(uint64_t seed) {
  uint64_t z = seed + 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// Element `index` of the uniform sequence of a name, in [-1, 1); `hash` is the
/// name's `fnv1a64`.
inline double syntheticUniform(uint64_t hash, uint64_t index) {
  uint64_t bits = splitmix64(hash + index * 0x9E3779B97F4A7C15);
  return static_cast<double>(bits) / 0x1p63 - 1.0;
}

/// Writes the row-major elements of the synthetic tensor `name` to `out`.
inline void fillSynthetic(std::string_view name, std::span<const int64_t> shape,
                          float *out) {
  // A fused multiply-add would round 1 + 0.2 u once where the rule rounds
  // twice.
#if defined(__clang__)
#pragma clang fp contract(off)
#endif
  uint64_t size = 1;
  double fanIn = 1.0;
  for (size_t dim = 0; dim < shape.size(); ++dim) {
    size *= static_cast<uint64_t>(shape[dim]);
    if (dim > 0)
      fanIn *= static_cast<double>(shape[dim]);
  }

  double scale = 1.0;
  double offset = 0.0;
  if (name.ends_with("weight")) {
    scale = shape.size() >= 2 ? std::sqrt(3.0 / fanIn) : 0.2;
    offset = shape.size() >= 2 ? 0.0 : 1.0;
  } else if (name.ends_with("bias")) {
    scale = 0.1;
  }

  uint64_t hash = fnv1a64(name);
  for (uint64_t index = 0; index < size; ++index) {
    double scaled = syntheticUniform(hash, index) * scale;
    out[index] = static_cast<float>(offset + scaled);
  }
}

} // namespace vitrail

#endif // VITRAIL_SUPPORT_SYNTHETIC_H
