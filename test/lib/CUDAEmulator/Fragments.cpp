//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Fragments.h. PTX defines where elements are: a lane has neighbours of row
// lane / 4, and of the row 8 below it.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"
#include "Numbers.h"

#include <algorithm>
#include <limits>

using namespace vitrail::emulator;

unsigned vitrail::emulator::countElements(ElementType type, unsigned bytes) {
  switch (type) {
  case ElementType::TF32:
    return bytes / 4;
  case ElementType::F16:
  case ElementType::BF16:
    return bytes / 2;
  case ElementType::S8:
  case ElementType::U8:
    return bytes;
  }
  return 0;
}

bool vitrail::emulator::isInteger(ElementType type) {
  return type == ElementType::S8 || type == ElementType::U8;
}

void vitrail::emulator::unpackElements(const uint8_t *bytes, ElementType type,
                                       int count, float *elements) {
  for (int i = 0; i < count; ++i) {
    uint16_t half;
    uint32_t single;
    if (type == ElementType::TF32) {
      memcpy(&single, bytes + 4 * i, 4);
      elements[i] = truncateToTF32(single);
      continue;
    }
    memcpy(&half, bytes + 2 * i, 2);
    elements[i] =
        type == ElementType::F16 ? Half::widen(half) : BFloat::widen(half);
  }
}

void vitrail::emulator::unpackElements(const uint8_t *bytes, ElementType type,
                                       int count, int32_t *elements) {
  for (int i = 0; i < count; ++i)
    elements[i] =
        type == ElementType::S8 ? static_cast<int8_t>(bytes[i]) : bytes[i];
}

static float add(float a, float b, bool) { return a + b; }

static int32_t add(int32_t a, int32_t b, bool isSaturated) {
  using Limits = std::numeric_limits<int32_t>;
  int64_t sum = static_cast<int64_t>(a) + b;
  if (isSaturated)
    sum = std::clamp<int64_t>(sum, Limits::min(), Limits::max());
  return static_cast<int32_t>(sum);
}

template <typename T>
void MatrixProduct<T>::multiply(int columns, int k, bool isSaturated) {
  for (int row = 0; row < fragmentRows; ++row) {
    T added[mostColumns] = {};
    for (int i = 0; i < k; ++i) {
      T factor = lhs[row][i];
      for (int column = 0; column < columns; ++column)
        added[column] += factor * rhs[i][column];
    }
    for (int column = 0; column < columns; ++column)
      sums[row][column] = add(sums[row][column], added[column], isSaturated);
  }
}

template <typename T>
void MatrixProduct<T>::readLhs(const Warp &warp, const Place *places, int count,
                               ElementType type) {
  int width = countElements(type, 4);
  for (int i = 0; i < count; ++i) {
    const auto *registers = warp.read<uint8_t>(places[i]);
    for (int lane = 0; lane < warpSize; ++lane)
      unpackElements(registers + 4 * lane, type, width,
                     lhs[lane / 4 + 8 * (i & 1)] + width * (lane % 4) +
                         4 * width * (i >> 1));
  }
}

template <typename T>
void MatrixProduct<T>::readRhs(const Warp &warp, const Place *places, int count,
                               ElementType type) {
  int width = countElements(type, 4);
  for (int i = 0; i < count; ++i) {
    const auto *registers = warp.read<uint8_t>(places[i]);
    for (int lane = 0; lane < warpSize; ++lane) {
      T elements[4];
      unpackElements(registers + 4 * lane, type, width, elements);
      for (int k = 0; k < width; ++k)
        rhs[width * (lane % 4) + 4 * width * i + k][lane / 4] = elements[k];
    }
  }
}

template <typename T>
void MatrixProduct<T>::readSums(const Warp &warp, const Place *places,
                                int columns) {
  for (int i = 0; i < columns / 2; ++i) {
    const T *registers = warp.read<T>(places[i]);
    for (int lane = 0; lane < warpSize; ++lane)
      sums[lane / 4 + 8 * (i >> 1 & 1)]
          [8 * (i >> 2) + 2 * (lane % 4) + (i & 1)] = registers[lane];
  }
}

template <typename T>
void MatrixProduct<T>::writeSums(Warp &warp, const Place *places,
                                 int columns) const {
  for (int i = 0; i < columns / 2; ++i) {
    T values[warpSize];
    for (int lane = 0; lane < warpSize; ++lane)
      values[lane] = sums[lane / 4 + 8 * (i >> 1 & 1)]
                         [8 * (i >> 2) + 2 * (lane % 4) + (i & 1)];
    warp.assign(places[i], values, allLanes);
  }
}

template struct vitrail::emulator::MatrixProduct<float>;
template struct vitrail::emulator::MatrixProduct<int32_t>;

void vitrail::emulator::takeElementTypes(Decoder &decoder, ElementType &lhs,
                                         ElementType &rhs) {
  std::initializer_list<std::string_view> names = {"f16", "bf16", "tf32", "s8",
                                                   "u8"};
  lhs = static_cast<ElementType>(decoder.takeOneOf(names));
  rhs = static_cast<ElementType>(decoder.takeOneOf(names));
  if (lhs != rhs && !(isInteger(lhs) && isInteger(rhs)))
    decoder.fail("both sides have to have the same type");
}
