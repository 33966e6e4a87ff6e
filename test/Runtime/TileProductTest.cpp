//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products on a matrix unit against plain loops: rows that fill no tile, odd
// numbers of tiles, groups in equal steps and with a rest, rows that lie apart.
// Small integers, so that all sums are exact. Linked with the emulated unit or
// with that of AMX.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/TileProduct.h"
#include "../../lib/Runtime/CpuFeatures.h"
#include "Check.h"

#include <random>
#include <vector>

static uint16_t toBF16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  return static_cast<uint16_t>(bits >> 16);
}

static float fromBF16(uint16_t value) {
  uint32_t bits = uint32_t(value) << 16;
  float result;
  memcpy(&result, &bits, sizeof(result));
  return result;
}

/// Numbers of a product's sides, and the sums, each with room before, between
/// and after what belongs to the product.
static void check(int rows, int columns, int groups, std::mt19937 &generator) {
  int k = 2 * groups, offset = 64;
  int sumsStride = columns + 16, lhsStride = k + 6, panelStride = 2 * columns;
  std::vector<uint16_t> lhs(offset + rows * lhsStride);
  std::vector<uint16_t> panel(offset + groups * panelStride);
  for (std::vector<uint16_t> *side : {&lhs, &panel})
    for (uint16_t &number : *side)
      number = toBF16(static_cast<float>(int(generator() % 9) - 4));
  std::vector<float> sums(offset + (rows + 1) * sumsStride, 0.5f);
  vitrail_multiply_tiles_bf16(sums.data(), lhs.data(), panel.data(), offset,
                              offset, offset, sumsStride, lhsStride,
                              panelStride, rows, columns, groups);

  for (size_t i = 0; i < sums.size(); ++i) {
    int row = (int(i) - offset) / sumsStride;
    int column = (int(i) - offset) % sumsStride;
    float expected = 0.5f;
    if (int(i) >= offset && row < rows && column < columns) {
      expected = 0;
      for (int j = 0; j < k; ++j)
        expected +=
            fromBF16(lhs[offset + row * lhsStride + j]) *
            fromBF16(panel[offset + j / 2 * panelStride + 2 * column + j % 2]);
    }
    CHECK(sums[i] == expected);
  }
}

int main(int argc, char **) {
  using namespace vitrail::runtime;
  // With an argument, asks for the processor's unit first.
  CHECK(argc == 1 || getCpuFeature("amx-bf16") == FeatureState::Usable);
  std::mt19937 generator(std::random_device{}());
  for (int rows : {1, 5, 15, 16, 17, 31, 32, 33, 49, 70, 197})
    for (int columns : {16, 32, 48, 112})
      for (int groups : {1, 7, 12, 16, 17, 20, 32, 33, 47, 294})
        check(rows, columns, groups, generator);
  puts("products");
}
