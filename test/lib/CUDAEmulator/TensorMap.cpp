//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See TensorMap.h. What has to hold is as the driver's interface says.
//
//===----------------------------------------------------------------------===//

#include "TensorMap.h"

#include <cstring>

using namespace vitrail::emulator;

constexpr uint32_t magic = 0x54454E53;
constexpr unsigned mapBytes = 128;
static_assert(sizeof(TensorMap) <= mapBytes);

unsigned TensorMap::countRows() const {
  unsigned count = 1;
  for (unsigned dim = 1; dim < rank; ++dim)
    count *= box[dim];
  return count;
}

void TensorMap::visitRows(
    const int32_t (&origin)[mostDimensions],
    const std::function<void(unsigned, uint64_t, unsigned)> &visit) const {
  auto begin = std::max<int64_t>(origin[0], 0);
  auto end = std::min<int64_t>(int64_t(origin[0]) + box[0],
                               static_cast<int64_t>(extents[0]));
  if (begin >= end)
    return;
  for (unsigned row = 0; row < countRows(); ++row) {
    bool isInside = true;
    uint64_t place = address + begin * elementBytes;
    unsigned rest = row;
    for (unsigned dim = 1; dim < rank; ++dim) {
      int64_t index = int64_t(origin[dim]) + rest % box[dim];
      rest /= box[dim];
      isInside &= index >= 0 && index < static_cast<int64_t>(extents[dim]);
      place += index * strides[dim];
    }
    if (isInside)
      visit(row * getRowBytes() +
                static_cast<unsigned>(begin - origin[0]) * elementBytes,
            place, static_cast<unsigned>(end - begin) * elementBytes);
  }
}

uint64_t TensorMap::swizzleAddress(uint64_t box, unsigned offset) const {
  uint64_t linear = box + offset;
  if (swizzle == 0)
    return linear;
  // 32, 64 or 128 bytes are swizzled by 1, 2 or 3 bits.
  uint64_t mask = (1u << swizzle) - 1;
  return linear ^ ((linear >> 7 & mask) << 4);
}

TensorMap vitrail::emulator::readTensorMap(const uint8_t *bytes) {
  TensorMap map;
  memcpy(&map, bytes, sizeof(map));
  if (map.magic != magic)
    failLaunch("this is no tensor map");
  return map;
}

/// Of CUtensorMapDataType, or 0.
static unsigned getElementBytes(int type) {
  static constexpr unsigned bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  bool isKnown = type >= 0 && type < static_cast<int>(std::size(bytes));
  return isKnown ? bytes[type] : 0;
}

Result
vitrail::emulator::encodeTensorMap(void *to, int type, unsigned rank,
                                   uint64_t address, const uint64_t *extents,
                                   const uint64_t *strides, const uint32_t *box,
                                   const uint32_t *steps, int interleave,
                                   int swizzle, int promotion, int fill) {
  constexpr uint64_t mostExtent = uint64_t(1) << 32, mostStride = uint64_t(1)
                                                                  << 40;
  constexpr uint32_t mostBox = 256;
  TensorMap map = {};
  map.magic = magic;
  map.rank = static_cast<uint8_t>(rank);
  map.elementBytes = static_cast<uint8_t>(getElementBytes(type));
  map.swizzle = static_cast<uint8_t>(swizzle);
  map.address = address;
  if (reinterpret_cast<uintptr_t>(to) % 64 != 0 || !map.elementBytes ||
      rank == 0 || rank > mostDimensions || address % 16 != 0 ||
      interleave != 0 || swizzle < 0 || swizzle > 3 || promotion < 0 ||
      promotion > 3 || fill != 0)
    return Result::InvalidValue;
  for (unsigned dim = 0; dim < rank; ++dim) {
    map.extents[dim] = extents[dim];
    map.box[dim] = box[dim];
    if (extents[dim] == 0 || extents[dim] > mostExtent || box[dim] == 0 ||
        box[dim] > mostBox || steps[dim] != 1)
      return Result::InvalidValue;
    if (dim == 0)
      continue;
    map.strides[dim] = strides[dim - 1];
    if (map.strides[dim] % 16 != 0 || map.strides[dim] >= mostStride)
      return Result::InvalidValue;
  }
  // Rows of a box are as wide as what is swizzled: of others it is not known
  // here where they are.
  unsigned rowBytes = map.getRowBytes();
  if (rowBytes % 16 != 0 || (swizzle && rowBytes != 16u << swizzle))
    return Result::InvalidValue;
  memset(to, 0, mapBytes);
  memcpy(to, &map, sizeof(map));
  return Result::Success;
}
