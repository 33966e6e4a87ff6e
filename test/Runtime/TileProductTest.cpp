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

namespace {

struct BF16 {
  using Sum = float;
  using Number = uint16_t;
  static constexpr auto multiply = vitrail_multiply_tiles_bf16;

  static Number make(int value) {
    float number = static_cast<float>(value);
    uint32_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return static_cast<uint16_t>(bits >> 16);
  }
  static Sum widen(Number number) {
    uint32_t bits = uint32_t(number) << 16;
    float result;
    memcpy(&result, &bits, sizeof(result));
    return result;
  }
};

struct Int8 {
  using Sum = int32_t;
  using Number = int8_t;
  static constexpr auto multiply = vitrail_multiply_tiles_int8;

  /// As large as they get, with either sign.
  static Number make(int value) { return static_cast<int8_t>(value * 31); }
  static Sum widen(Number number) { return number; }
};

} // namespace

/// Numbers of a product's sides, and the sums, each with room before, between
/// and after what belongs to the product.
template <typename Type>
static void check(int rows, int columns, int groups, std::mt19937 &generator) {
  using Number = typename Type::Number;
  using Sum = typename Type::Sum;
  constexpr int group = vitrail::runtime::groupBytes / sizeof(Number);
  int k = group * groups, offset = 64;
  int sumsStride = columns + 16, lhsStride = k + 6,
      panelStride = group * columns;
  std::vector<Number> lhs(offset + rows * lhsStride);
  std::vector<Number> panel(offset + groups * panelStride);
  for (std::vector<Number> *side : {&lhs, &panel})
    for (Number &number : *side)
      number = Type::make(int(generator() % 9) - 4);
  constexpr Sum untouched = 7;
  std::vector<Sum> sums(offset + (rows + 1) * sumsStride, untouched);
  Type::multiply(sums.data(), lhs.data(), panel.data(), offset, offset, offset,
                 sumsStride, lhsStride, panelStride, rows, columns, groups);

  for (size_t i = 0; i < sums.size(); ++i) {
    int row = (int(i) - offset) / sumsStride;
    int column = (int(i) - offset) % sumsStride;
    Sum expected = untouched;
    if (int(i) >= offset && row < rows && column < columns) {
      expected = 0;
      for (int j = 0; j < k; ++j)
        expected += Type::widen(lhs[offset + row * lhsStride + j]) *
                    Type::widen(panel[offset + j / group * panelStride +
                                      group * column + j % group]);
    }
    CHECK(sums[i] == expected);
  }
}

int main(int argc, char **) {
  using namespace vitrail::runtime;
  // With an argument, asks for the processor's unit first.
  for (const char *feature : {"amx-bf16", "amx-int8"})
    CHECK(argc == 1 || getCpuFeature(feature) == FeatureState::Usable);
  std::mt19937 generator(std::random_device{}());
  for (int rows : {1, 5, 15, 16, 17, 31, 32, 33, 49, 70, 197})
    for (int columns : {16, 32, 48, 112})
      for (int groups : {1, 7, 12, 16, 17, 20, 32, 33, 47, 294}) {
        check<BF16>(rows, columns, groups, generator);
        check<Int8>(rows, columns, groups, generator);
      }
  puts("products");
}
