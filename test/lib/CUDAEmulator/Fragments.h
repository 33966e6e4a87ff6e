//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements of matrices and fragments of them: what the lanes of a warp have of
// 16 rows of a left-hand side, 8 columns of a right-hand side, or 16 rows of
// sums.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_FRAGMENTS_H
#define VITRAIL_TEST_CUDAEMULATOR_FRAGMENTS_H

#include "Decoder.h"

namespace vitrail::emulator {

/// The rows of fragments, and the most columns and k of a product.
constexpr int fragmentRows = 16, fragmentColumns = 8;
constexpr int mostColumns = 256, mostK = 32;

/// Elements of k that a register of 32 bits, or 16 bytes, has.
unsigned countElements(ElementType type, unsigned bytes);
bool isInteger(ElementType type);

/// Operands and sums of a product. Numbers are f32 or, of integers, s32, which
/// hold all products of narrower ones.
template <typename T> struct MatrixProduct {
  T lhs[fragmentRows][mostK];
  T rhs[mostK][mostColumns];
  T sums[fragmentRows][mostColumns];

  /// sums += lhs * rhs. Tensor cores add in another order, and round otherwise.
  /// Sums of integers wrap around, or stay at the bounds.
  void multiply(int columns, int k, bool isSaturated);

  void readLhs(const Warp &warp, const Place *places, int count,
               ElementType type);
  void readRhs(const Warp &warp, const Place *places, int count,
               ElementType type);
  void readSums(const Warp &warp, const Place *places, int columns);
  void writeSums(Warp &warp, const Place *places, int columns) const;
};

/// Elements of a type from their bytes.
void unpackElements(const uint8_t *bytes, ElementType type, int count,
                    float *elements);
void unpackElements(const uint8_t *bytes, ElementType type, int count,
                    int32_t *elements);

/// Takes the types of both sides of a product and checks that they agree.
void takeElementTypes(Decoder &decoder, ElementType &lhs, ElementType &rhs);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_FRAGMENTS_H
