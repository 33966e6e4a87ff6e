//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The matrix unit of AMX.
//
//===----------------------------------------------------------------------===//

#include "TileProduct.h"

#include <immintrin.h>

using namespace vitrail::runtime;

namespace {
/// The unit is free of charge to other code only in its initial state, hence
/// the release.
struct Amx {
  static void configure(const TileShapes &shapes) { _tile_loadconfig(&shapes); }
  static void prefetch(const char *data) { _mm_prefetch(data, _MM_HINT_T0); }
  static void release() { _tile_release(); }
  template <int tile> static void zero() { _tile_zero(tile); }
  template <int tile> static void load(const char *data, int64_t stride) {
    _tile_loadd(tile, data, stride);
  }
  template <int tile> static void store(char *data, int64_t stride) {
    _tile_stored(tile, data, stride);
  }
};

struct AmxBF16 : Amx {
  template <int sums, int lhs, int panel> static void multiply() {
    _tile_dpbf16ps(sums, lhs, panel);
  }
};

/// Integers of both sides have a sign.
struct AmxInt8 : Amx {
  template <int sums, int lhs, int panel> static void multiply() {
    _tile_dpbssd(sums, lhs, panel);
  }
};
} // namespace

int vitrail_multiply_tiles_bf16(float *sums, const uint16_t *lhs,
                                const uint16_t *panel, int32_t sumsOffset,
                                int32_t lhsOffset, int32_t panelOffset,
                                int32_t sumsStride, int32_t lhsStride,
                                int32_t panelStride, int32_t numRows,
                                int32_t numColumns, int32_t numGroups) {
  multiplyTiles<AmxBF16>(makeTileProduct<float, uint16_t>(
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
  multiplyTiles<AmxInt8>(makeTileProduct<int32_t, int8_t>(
      {sums, sumsOffset, sumsStride}, {lhs, lhsOffset, lhsStride},
      {panel, panelOffset, panelStride}, numRows, numColumns, numGroups));
  return 0;
}
