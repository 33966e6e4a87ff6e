//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dense row-major arrays and the conversions between their element types.
//
//===----------------------------------------------------------------------===//

#include "Array.h"

#include <fmt/ranges.h>

#include <type_traits>
#include <utility>

using namespace vitrail::driver;

size_t vitrail::driver::getElementSize(ElementType type) {
  return dispatch(type, [](auto zero) { return sizeof(zero); });
}

std::string_view vitrail::driver::getName(ElementType type) {
  switch (type) {
  case ElementType::F64:
    return "f64";
  case ElementType::F32:
    return "f32";
  case ElementType::F16:
    return "f16";
  case ElementType::BF16:
    return "bf16";
  case ElementType::I8:
    return "i8";
  case ElementType::U8:
    return "u8";
  case ElementType::I32:
    return "i32";
  case ElementType::I64:
    return "i64";
  }
  return "unknown";
}

bool vitrail::driver::isFloat(ElementType type) {
  return type == ElementType::F64 || type == ElementType::F32 ||
         type == ElementType::F16 || type == ElementType::BF16;
}

ElementType vitrail::driver::getElementType(vitrail_type type) {
  switch (type) {
  case VITRAIL_F32:
    return ElementType::F32;
  case VITRAIL_F16:
    return ElementType::F16;
  case VITRAIL_BF16:
    return ElementType::BF16;
  case VITRAIL_I8:
    return ElementType::I8;
  case VITRAIL_U8:
    return ElementType::U8;
  case VITRAIL_I32:
    return ElementType::I32;
  case VITRAIL_I64:
    return ElementType::I64;
  case VITRAIL_BOOL:
    break;
  }
  fail("the library uses element type {}, which this program does not know",
       static_cast<int>(type));
}

int64_t vitrail::driver::countElements(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    // Room is left for the size of an element.
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count) ||
        count > INT64_MAX / 16)
      fail("shape {} is too large", formatShape(shape));
  return count;
}

Array::Array(ElementType type, std::vector<int64_t> shape)
    : type(type), shape(std::move(shape)) {
  data.resize(static_cast<size_t>(size()) * getElementSize(type));
}

std::string vitrail::driver::formatShape(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

std::string vitrail::driver::formatType(const Array &array) {
  return fmt::format("{}{}", getName(array.type), formatShape(array.shape));
}

std::string vitrail::driver::formatPosition(std::span<const int64_t> shape,
                                            int64_t index) {
  std::vector<int64_t> position(shape.size());
  for (size_t dim = shape.size(); dim-- > 0;) {
    position[dim] = index % shape[dim];
    index /= shape[dim];
  }
  return formatShape(position);
}

/// Converts one element; false when the value does not fit.
template <typename From, typename To>
static bool convertElement(From from, To &to) {
  if constexpr (std::is_same_v<From, BFloat16>) {
    return convertElement(static_cast<float>(from), to);
  } else if constexpr (std::is_same_v<To, BFloat16>) {
    to = BFloat16(static_cast<float>(from));
    return true;
  } else if constexpr (std::is_integral_v<From> && std::is_integral_v<To>) {
    to = static_cast<To>(from);
    return std::in_range<To>(from);
  } else {
    to = static_cast<To>(from);
    return true;
  }
}

Array vitrail::driver::convert(Array array, ElementType type,
                               std::string_view name) {
  if (array.type == type)
    return array;
  if (isFloat(array.type) && !isFloat(type))
    fail("'{}' holds {} values where integers ({}) are expected", name,
         getName(array.type), getName(type));
  Array result(type, array.shape);
  dispatch(array.type, [&](auto fromZero) {
    dispatch(type, [&](auto toZero) {
      using From = decltype(fromZero);
      using To = decltype(toZero);
      std::span<const From> from = std::as_const(array).elements<From>();
      std::span<To> to = result.elements<To>();
      for (size_t i = 0; i < to.size(); ++i)
        if (!convertElement(from[i], to[i]))
          fail("'{}' has a value at {} that does not fit into {}", name,
               formatPosition(array.shape, static_cast<int64_t>(i)),
               getName(type));
    });
  });
  return result;
}

std::vector<double> vitrail::driver::toDoubles(const Array &array) {
  Array converted = convert(array, ElementType::F64, "");
  std::span<const double> values = std::as_const(converted).elements<double>();
  return {values.begin(), values.end()};
}
