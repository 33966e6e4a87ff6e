//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dense row-major arrays: what every input file is read into and what every
// output is run into.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_ARRAY_H
#define VITRAIL_RUN_ARRAY_H

#include "Error.h"

#include "vitrail/Runtime/vitrail.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::driver {

// File formats are little-endian and are copied, not decoded.
static_assert(std::endian::native == std::endian::little);

/// The element types of the ABI, and float64, which references are stored in.
enum class ElementType { F64, F32, F16, BF16, I8, U8, I32, I64 };

/// The upper half of a float.
struct BFloat16 {
  uint16_t bits = 0;

  BFloat16() = default;
  /// Rounds to nearest, ties to even.
  explicit BFloat16(float value) {
    uint32_t word = std::bit_cast<uint32_t>(value);
    // Rounding could carry a NaN's mantissa into the exponent.
    bits = value != value ? (word >> 16) | 0x40
                          : (word + 0x7FFF + ((word >> 16) & 1)) >> 16;
  }
  explicit operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

/// Calls `callable` with a zero of the C++ type that holds `type`.
template <typename Callable>
decltype(auto) dispatch(ElementType type, Callable &&callable) {
  switch (type) {
  case ElementType::F64:
    return callable(double());
  case ElementType::F32:
    return callable(float());
  case ElementType::F16:
    return callable(_Float16());
  case ElementType::BF16:
    return callable(BFloat16());
  case ElementType::I8:
    return callable(int8_t());
  case ElementType::U8:
    return callable(uint8_t());
  case ElementType::I32:
    return callable(int32_t());
  case ElementType::I64:
    return callable(int64_t());
  }
  fail("element type {} is unknown", static_cast<int>(type));
}

/// Number of bytes of one element.
size_t getElementSize(ElementType type);

/// "f32".
std::string_view getName(ElementType type);

bool isFloat(ElementType type);

/// The type of the ABI's number `type`.
ElementType getElementType(vitrail_type type);

/// The product of the extents; an Error when it does not fit.
int64_t countElements(std::span<const int64_t> shape);

struct Array {
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;
  std::vector<std::byte> data;

  Array() = default;
  /// All zero.
  Array(ElementType type, std::vector<int64_t> shape);

  int64_t size() const { return countElements(shape); }

  template <typename T> std::span<T> elements() {
    return {reinterpret_cast<T *>(data.data()), data.size() / sizeof(T)};
  }
  template <typename T> std::span<const T> elements() const {
    return {reinterpret_cast<const T *>(data.data()), data.size() / sizeof(T)};
  }
};

/// "[2, 3]".
std::string formatShape(std::span<const int64_t> shape);

/// "f32[2, 3]".
std::string formatType(const Array &array);

/// The position "[i, j]" of the element number `index` in row-major order.
std::string formatPosition(std::span<const int64_t> shape, int64_t index);

/// The array with elements of `type`: floats are rounded to nearest, integers
/// must fit, and floats do not become integers. `name` is for the error.
Array convert(Array array, ElementType type, std::string_view name);

/// The values as float64.
std::vector<double> toDoubles(const Array &array);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_ARRAY_H
