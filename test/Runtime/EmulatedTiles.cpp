//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A matrix unit in plain C++ that stands for that of AMX, so that kernels made
// for it can be run on any processor. It stops the program where the processor
// would fault or read what nobody wrote.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/TileProduct.h"

#include <stdlib.h>
#include <string.h>

using namespace vitrail::runtime;

namespace {

float widen(uint16_t value) {
  uint32_t bits = uint32_t(value) << 16;
  float result;
  memcpy(&result, &bits, sizeof(result));
  return result;
}

void require(bool condition) {
  if (!condition)
    abort();
}

/// `Unit::addGroup` adds the products of two groups to a sum.
template <typename Unit> struct Emulated {
  bool isConfigured = false;
  TileShapes shapes;
  char registers[8][16][64];
  bool isDefined[8];

  void configure(const TileShapes &newShapes) {
    for (int tile = 0; tile < 8; ++tile) {
      require(newShapes.rows[tile] <= 16 && newShapes.rowBytes[tile] <= 64);
      require((newShapes.rows[tile] == 0) == (newShapes.rowBytes[tile] == 0));
      isDefined[tile] = false;
    }
    shapes = newShapes;
    isConfigured = true;
  }
  static void prefetch(const char *) {}
  void release() { isConfigured = false; }

  template <int tile> void requireShape() {
    require(isConfigured && shapes.rows[tile] != 0);
  }
  template <int tile> void zero() {
    requireShape<tile>();
    memset(registers[tile], 0, sizeof(registers[tile]));
    isDefined[tile] = true;
  }
  template <int tile> void load(const char *data, int64_t stride) {
    zero<tile>();
    for (int row = 0; row < shapes.rows[tile]; ++row)
      memcpy(registers[tile][row], data + row * stride, shapes.rowBytes[tile]);
  }
  template <int tile> void store(char *data, int64_t stride) {
    requireShape<tile>();
    require(isDefined[tile]);
    for (int row = 0; row < shapes.rows[tile]; ++row)
      memcpy(data + row * stride, registers[tile][row], shapes.rowBytes[tile]);
  }
  template <int sums, int lhs, int panel> void multiply() {
    require(isDefined[sums] && isDefined[lhs] && isDefined[panel]);
    require(shapes.rows[sums] == shapes.rows[lhs]);
    require(shapes.rowBytes[sums] == shapes.rowBytes[panel]);
    require(shapes.rowBytes[lhs] == shapes.rows[panel] * groupBytes);
    for (int row = 0; row < shapes.rows[sums]; ++row)
      for (int group = 0; group < shapes.rows[panel]; ++group)
        for (int column = 0; column < tileColumns; ++column)
          Unit::addGroup(registers[sums][row] + column * sumBytes,
                         registers[lhs][row] + group * groupBytes,
                         registers[panel][group] + column * groupBytes);
  }
};

struct EmulatedBF16 : Emulated<EmulatedBF16> {
  static void addGroup(char *sum, const char *lhs, const char *panel) {
    float total;
    uint16_t x[2], y[2];
    memcpy(&total, sum, sizeof(total));
    memcpy(x, lhs, sizeof(x));
    memcpy(y, panel, sizeof(y));
    total += widen(x[0]) * widen(y[0]);
    total += widen(x[1]) * widen(y[1]);
    memcpy(sum, &total, sizeof(total));
  }
};

struct EmulatedInt8 : Emulated<EmulatedInt8> {
  static void addGroup(char *sum, const char *lhs, const char *panel) {
    int32_t total;
    int8_t x[4], y[4];
    memcpy(&total, sum, sizeof(total));
    memcpy(x, lhs, sizeof(x));
    memcpy(y, panel, sizeof(y));
    for (int i = 0; i < 4; ++i)
      total += x[i] * y[i];
    memcpy(sum, &total, sizeof(total));
  }
};

} // namespace

int vitrail_multiply_tiles_bf16(float *sums, const uint16_t *lhs,
                                const uint16_t *panel, int32_t sumsOffset,
                                int32_t lhsOffset, int32_t panelOffset,
                                int32_t sumsStride, int32_t lhsStride,
                                int32_t panelStride, int32_t numRows,
                                int32_t numColumns, int32_t numGroups) {
  multiplyTiles<EmulatedBF16>(makeTileProduct<float, uint16_t>(
      {sums, sumsOffset, sumsStride}, {lhs, lhsOffset, lhsStride},
      {panel, panelOffset, panelStride}, numRows, numColumns, numGroups));
  return 0;
}

int vitrail_multiply_tiles_int8(int32_t *sums, const int8_t *lhs,
                                const int8_t *panel, int32_t sumsOffset,
                                int32_t lhsOffset, int32_t panelOffset,
                                int32_t sumsStride, int32_t lhsStride,
                                int32_t panelStride, int32_t numRows,
                                int32_t numColumns, int32_t numGroups) {
  multiplyTiles<EmulatedInt8>(makeTileProduct<int32_t, int8_t>(
      {sums, sumsOffset, sumsStride}, {lhs, lhsOffset, lhsStride},
      {panel, panelOffset, panelStride}, numRows, numColumns, numGroups));
  return 0;
}
