//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of matrices on a matrix unit: eight tile registers of up to 16 rows
// of 64 bytes. Four hold sums, two by two, so that each tile of either side is
// multiplied twice where it is loaded once, and four products are under way at
// a time. What the unit is, the processor's or one that a test emulates, is a
// parameter.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_TILEPRODUCT_H
#define VITRAIL_LIB_RUNTIME_TILEPRODUCT_H

#include <stdint.h>

namespace vitrail::runtime {

/// The shape of each tile register, as `ldtilecfg` reads it.
struct alignas(64) TileShapes {
  uint8_t palette = 1;
  uint8_t startRow = 0;
  uint8_t reserved[14] = {};
  uint16_t rowBytes[16] = {};
  uint8_t rows[16] = {};

  void set(int tile, int64_t numRows, int64_t bytes) {
    rows[tile] = static_cast<uint8_t>(numRows);
    rowBytes[tile] = static_cast<uint16_t>(bytes);
  }
};

/// sums[m, n] = sum over k of lhs[m, k] * panel[n, k], where the panel has the
/// `groupBytes` of neighbouring k of all columns side by side. Rows are so many
/// bytes apart; those of the panel are of one group each. `numColumns` is a
/// multiple of 16.
struct TileProduct {
  char *sums;
  int64_t sumsStride;
  const char *lhs;
  int64_t lhsStride;
  const char *panel;
  int64_t panelStride;
  int64_t numRows;
  int64_t numColumns;
  int64_t numGroups;
};

/// Elements of one side of a product, or its sums, as kernels hand them over.
template <typename T> struct TileOperand {
  T *first;
  int64_t stride;

  TileOperand(T *data, int32_t offset, int32_t stride)
      : first(data + offset), stride(stride) {}
  int64_t getStrideInBytes() const { return stride * int64_t(sizeof(T)); }
};

template <typename Sum, typename Factor>
TileProduct makeTileProduct(TileOperand<Sum> sums,
                            TileOperand<const Factor> lhs,
                            TileOperand<const Factor> panel, int64_t numRows,
                            int64_t numColumns, int64_t numGroups) {
  return {reinterpret_cast<char *>(sums.first),
          sums.getStrideInBytes(),
          reinterpret_cast<const char *>(lhs.first),
          lhs.getStrideInBytes(),
          reinterpret_cast<const char *>(panel.first),
          panel.getStrideInBytes(),
          numRows,
          numColumns,
          numGroups};
}

/// The extents of a tile, and the bytes of a group and of a sum.
inline constexpr int64_t tileRows = 16, tileColumns = 16, tileGroups = 16;
inline constexpr int64_t groupBytes = 4, sumBytes = 4;

/// Of tiles two by two: 0 to 3 are sums, row by row; 4 and 5 the left-hand
/// side; 6 and 7 the panel.
inline TileShapes shapeTiles(int64_t numRows, int64_t numGroups) {
  TileShapes shapes;
  int64_t first = numRows < tileRows ? numRows : tileRows;
  for (int row = 0; row < 2; ++row) {
    int64_t rows = row == 0 ? first : numRows - first;
    if (rows == 0)
      break;
    for (int column = 0; column < 2; ++column)
      shapes.set(2 * row + column, rows, tileColumns * sumBytes);
    shapes.set(4 + row, rows, numGroups * groupBytes);
  }
  for (int column = 0; column < 2; ++column)
    shapes.set(6 + column, numGroups, tileColumns * groupBytes);
  return shapes;
}

/// Fetches what the panel has some steps ahead: its lines lie too far apart for
/// the processor to do so itself. What is fetched beyond its end is the next
/// panel's, or harmless.
template <typename Unit, int Columns>
[[gnu::always_inline]] inline void prefetchPanel(const TileProduct &block,
                                                 int64_t numGroups) {
  constexpr int64_t stepsAhead = 2;
  const char *row = block.panel + stepsAhead * numGroups * block.panelStride;
  for (int64_t group = 0; group < tileGroups; ++group) {
    for (int column = 0; column < Columns; ++column)
      Unit::prefetch(row + column * tileColumns * groupBytes);
    row += block.panelStride;
  }
}

/// Adds `numSteps` products of tiles to sums of Rows by Columns tiles; begins
/// with zeros, or with what is there.
template <typename Unit, int Rows, int Columns>
[[gnu::always_inline]] inline void
multiplyBlock(Unit &unit, TileProduct block, int64_t numGroups,
              int64_t numSteps, bool isFirst) {
  char *lowerSums = block.sums + tileRows * block.sumsStride;
  constexpr int64_t next = tileColumns * sumBytes;
  if (isFirst) {
    unit.template zero<0>();
    if constexpr (Columns > 1)
      unit.template zero<1>();
    if constexpr (Rows > 1)
      unit.template zero<2>();
    if constexpr (Rows > 1 && Columns > 1)
      unit.template zero<3>();
  } else {
    unit.template load<0>(block.sums, block.sumsStride);
    if constexpr (Columns > 1)
      unit.template load<1>(block.sums + next, block.sumsStride);
    if constexpr (Rows > 1)
      unit.template load<2>(lowerSums, block.sumsStride);
    if constexpr (Rows > 1 && Columns > 1)
      unit.template load<3>(lowerSums + next, block.sumsStride);
  }

  for (int64_t step = 0; step < numSteps; ++step) {
    prefetchPanel<Unit, Columns>(block, numGroups);
    unit.template load<6>(block.panel, block.panelStride);
    unit.template load<4>(block.lhs, block.lhsStride);
    unit.template multiply<0, 4, 6>();
    if constexpr (Columns > 1) {
      unit.template load<7>(block.panel + next, block.panelStride);
      unit.template multiply<1, 4, 7>();
    }
    if constexpr (Rows > 1) {
      unit.template load<5>(block.lhs + tileRows * block.lhsStride,
                            block.lhsStride);
      unit.template multiply<2, 5, 6>();
    }
    if constexpr (Rows > 1 && Columns > 1)
      unit.template multiply<3, 5, 7>();
    block.lhs += numGroups * groupBytes;
    block.panel += numGroups * block.panelStride;
  }

  unit.template store<0>(block.sums, block.sumsStride);
  if constexpr (Columns > 1)
    unit.template store<1>(block.sums + next, block.sumsStride);
  if constexpr (Rows > 1)
    unit.template store<2>(lowerSums, block.sumsStride);
  if constexpr (Rows > 1 && Columns > 1)
    unit.template store<3>(lowerSums + next, block.sumsStride);
}

/// The part of a product of up to two rows of tiles that `numSteps` steps of
/// `numGroups` sum up.
template <typename Unit>
inline void multiplySteps(Unit &unit, TileProduct part, int64_t numGroups,
                          int64_t numSteps, bool isFirst) {
  constexpr int64_t two = 2 * tileColumns;
  unit.configure(shapeTiles(part.numRows, numGroups));
  while (part.numColumns > 0) {
    bool hasRows = part.numRows > tileRows;
    bool hasColumns = part.numColumns >= two;
    if (hasRows && hasColumns)
      multiplyBlock<Unit, 2, 2>(unit, part, numGroups, numSteps, isFirst);
    else if (hasRows)
      multiplyBlock<Unit, 2, 1>(unit, part, numGroups, numSteps, isFirst);
    else if (hasColumns)
      multiplyBlock<Unit, 1, 2>(unit, part, numGroups, numSteps, isFirst);
    else
      multiplyBlock<Unit, 1, 1>(unit, part, numGroups, numSteps, isFirst);
    part.sums += two * sumBytes;
    part.panel += two * groupBytes;
    part.numColumns -= two;
  }
}

/// Carries out a product. Its groups are cut into equal steps where they can be
/// and into full ones and a rest where not: a register's shape is that of all
/// steps between two configurations, which clear the registers.
template <typename Unit> inline void multiplyTiles(const TileProduct &product) {
  Unit unit;
  int64_t numSteps = (product.numGroups + tileGroups - 1) / tileGroups;
  int64_t step = (product.numGroups + numSteps - 1) / numSteps;
  if (step * numSteps != product.numGroups)
    step = tileGroups;
  numSteps = product.numGroups / step;
  int64_t rest = product.numGroups % step;

  for (int64_t row = 0; row < product.numRows; row += 2 * tileRows) {
    TileProduct part = product;
    part.sums += row * product.sumsStride;
    part.lhs += row * product.lhsStride;
    part.numRows -= row;
    if (part.numRows > 2 * tileRows)
      part.numRows = 2 * tileRows;
    if (numSteps != 0)
      multiplySteps(unit, part, step, numSteps, /*isFirst=*/true);
    if (rest == 0)
      continue;
    part.lhs += numSteps * step * groupBytes;
    part.panel += numSteps * step * product.panelStride;
    multiplySteps(unit, part, rest, 1, /*isFirst=*/numSteps == 0);
  }
  unit.release();
}

} // namespace vitrail::runtime

extern "C" {

/// Products of bf16, two to a group, with sums in f32, and of 8-bit integers,
/// four to a group, with sums in i32. Kernels call them, as
/// `halide.multiply_on_tiles` says. Offsets and strides are in elements.
int vitrail_multiply_tiles_bf16(float *sums, const uint16_t *lhs,
                                const uint16_t *panel, int32_t sumsOffset,
                                int32_t lhsOffset, int32_t panelOffset,
                                int32_t sumsStride, int32_t lhsStride,
                                int32_t panelStride, int32_t numRows,
                                int32_t numColumns, int32_t numGroups);
int vitrail_multiply_tiles_int8(int32_t *sums, const int8_t *lhs,
                                const int8_t *panel, int32_t sumsOffset,
                                int32_t lhsOffset, int32_t panelOffset,
                                int32_t sumsStride, int32_t lhsStride,
                                int32_t panelStride, int32_t numRows,
                                int32_t numColumns, int32_t numGroups);

} // extern "C"

#endif // VITRAIL_LIB_RUNTIME_TILEPRODUCT_H
