//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensor maps: what the engine for copies knows of a tensor in global memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_TENSORMAP_H
#define VITRAIL_TEST_CUDAEMULATOR_TENSORMAP_H

#include "Fault.h"

#include <cstdint>
#include <functional>

namespace vitrail::emulator {

constexpr unsigned mostDimensions = 5;

/// In memory a map has 128 bytes, of which this is ours.
struct TensorMap {
  uint32_t magic;
  uint8_t rank, elementBytes, swizzle;
  uint64_t address;
  /// Of all dimensions, the innermost first; strides, in bytes, from the second
  /// on.
  uint64_t extents[mostDimensions], strides[mostDimensions];
  uint32_t box[mostDimensions];

  unsigned getRowBytes() const { return box[0] * elementBytes; }
  unsigned countRows() const;
  unsigned getBoxBytes() const { return getRowBytes() * countRows(); }
  /// Calls `visit(offset in the box, address, bytes)` for what each of a box's
  /// rows has of the tensor.
  void visitRows(
      const int32_t (&origin)[mostDimensions],
      const std::function<void(unsigned, uint64_t, unsigned)> &visit) const;
  /// Where an offset in a box is in shared memory.
  uint64_t swizzleAddress(uint64_t box, unsigned offset) const;
};

/// The map with these bytes; throws Fault if they are none.
TensorMap readTensorMap(const uint8_t *bytes);

/// cuTensorMapEncodeTiled, without what is not emulated.
Result encodeTensorMap(void *map, int type, unsigned rank, uint64_t address,
                       const uint64_t *extents, const uint64_t *strides,
                       const uint32_t *box, const uint32_t *steps,
                       int interleave, int swizzle, int promotion, int fill);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_TENSORMAP_H
