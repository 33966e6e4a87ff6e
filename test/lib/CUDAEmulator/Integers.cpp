//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arithmetic of integers.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include <algorithm>
#include <limits>

using namespace vitrail::emulator;

/// Wraps around; types of 16 bits would become int.
template <typename T> using Unsigned = std::make_unsigned_t<T>;

namespace {

/// The type of twice the bits.
template <typename T> struct Wide;
template <> struct Wide<uint16_t> {
  using Type = uint32_t;
};
template <> struct Wide<int16_t> {
  using Type = int32_t;
};
template <> struct Wide<uint32_t> {
  using Type = uint64_t;
};
template <> struct Wide<int32_t> {
  using Type = int64_t;
};
template <> struct Wide<uint64_t> {
  using Type = unsigned __int128;
};
template <> struct Wide<int64_t> {
  using Type = __int128;
};

} // namespace

template <typename T> static T wrapMultiply(T a, T b) {
  return static_cast<T>(static_cast<typename Wide<T>::Type>(a) * b);
}

template <typename T> static T highMultiply(T a, T b) {
  using W = typename Wide<T>::Type;
  return static_cast<T>((static_cast<W>(a) * b) >> 8 * sizeof(T));
}

/// The largest or smallest number instead of one that is beyond it.
template <typename T> static T saturate(typename Wide<T>::Type value) {
  using W = typename Wide<T>::Type;
  return static_cast<T>(std::clamp<W>(value, std::numeric_limits<T>::min(),
                                      std::numeric_limits<T>::max()));
}

/// Division by zero gives all ones, as it does on devices.
template <typename T> static T divide(T a, T b) {
  if (b == 0)
    return static_cast<T>(-1);
  if (std::is_signed_v<T> && b == static_cast<T>(-1))
    return static_cast<T>(-Unsigned<T>(a));
  return static_cast<T>(a / b);
}

template <typename T> static T remainder(T a, T b) {
  if (b == 0)
    return a;
  if (std::is_signed_v<T> && b == static_cast<T>(-1))
    return 0;
  return static_cast<T>(a % b);
}

static void decodeSum(Decoder &decoder, bool isDifference) {
  bool isSaturated = decoder.take("sat");
  Type type = decoder.takeInteger();
  if (isSaturated && type != Type::S32)
    decoder.fail("saturates s32 only");
  decoder.setDestination(type);
  decoder.setSources({type, type});
  if (isSaturated && isDifference)
    return setElementwise<int32_t, int32_t, int32_t>(
        decoder, [](int64_t a, int64_t b) { return saturate<int32_t>(a - b); });
  if (isSaturated)
    return setElementwise<int32_t, int32_t, int32_t>(
        decoder, [](int64_t a, int64_t b) { return saturate<int32_t>(a + b); });
  visitInteger(decoder, type, [&](auto number) {
    using T = Unsigned<decltype(number)>;
    if (isDifference)
      setElementwise<T, T, T>(decoder,
                              [](T a, T b) { return static_cast<T>(a - b); });
    else
      setElementwise<T, T, T>(decoder,
                              [](T a, T b) { return static_cast<T>(a + b); });
  });
}

/// The lower half of products, or with `isHigh` the upper.
template <typename T>
static void setProduct(Decoder &decoder, bool isHigh, bool isAdded) {
  using U = Unsigned<T>;
  if (isHigh && isAdded)
    setElementwise<T, T, T, T>(decoder, [](T a, T b, T c) {
      return static_cast<T>(U(highMultiply(a, b)) + U(c));
    });
  else if (isHigh)
    setElementwise<T, T, T>(decoder,
                            [](T a, T b) { return highMultiply(a, b); });
  else if (isAdded)
    setElementwise<T, T, T, T>(decoder, [](T a, T b, T c) {
      return static_cast<T>(U(wrapMultiply<U>(U(a), U(b)) + U(c)));
    });
  else
    setElementwise<T, T, T>(decoder, [](T a, T b) {
      return static_cast<T>(wrapMultiply<U>(U(a), U(b)));
    });
}

/// Products of twice the bits.
template <typename T>
static void setWideProduct(Decoder &decoder, bool isAdded) {
  using W = typename Wide<T>::Type;
  if (isAdded)
    setElementwise<W, T, T, W>(decoder, [](W a, W b, W c) {
      return static_cast<W>(Unsigned<W>(a * b) + Unsigned<W>(c));
    });
  else
    setElementwise<W, T, T>(decoder, [](W a, W b) { return a * b; });
}

static Type getWideType(Type type) {
  switch (type) {
  case Type::U16:
    return Type::U32;
  case Type::S16:
    return Type::S32;
  case Type::U32:
    return Type::U64;
  case Type::S32:
    return Type::S64;
  default:
    return Type::None;
  }
}

/// Multiplication, and with `isAdded` the sum with a third operand.
static void decodeMultiply(Decoder &decoder, bool isAdded) {
  int part = decoder.takeOneOf({"lo", "hi", "wide"});
  bool isHigh = part == 1, isWide = part == 2;
  Type type = decoder.takeInteger();
  Type result = isWide ? getWideType(type) : type;
  if (result == Type::None)
    decoder.fail("not for this type");
  decoder.setDestination(result);
  if (isAdded)
    decoder.setSources({type, type, result});
  else
    decoder.setSources({type, type});
  visitInteger(decoder, type, [&](auto number) {
    using T = decltype(number);
    if constexpr (sizeof(T) < 8)
      if (isWide)
        return setWideProduct<T>(decoder, isAdded);
    setProduct<T>(decoder, isHigh, isAdded);
  });
}

/// Decodes an instruction of the same type throughout; `Function::apply<T>` is
/// what it computes.
template <typename Function, int numOperands>
static void decodeUniform(Decoder &decoder) {
  Type type = decoder.takeInteger();
  decoder.setDestination(type);
  if constexpr (numOperands == 1)
    decoder.setSources({type});
  else
    decoder.setSources({type, type});
  visitInteger(decoder, type, [&](auto number) {
    using T = decltype(number);
    if constexpr (numOperands == 1)
      setElementwise<T, T>(decoder, [](T a) { return Function::apply(a); });
    else
      setElementwise<T, T, T>(decoder,
                              [](T a, T b) { return Function::apply(a, b); });
  });
}

namespace {

struct Divide {
  template <typename T> static T apply(T a, T b) { return divide(a, b); }
};
struct Remainder {
  template <typename T> static T apply(T a, T b) { return remainder(a, b); }
};
struct Minimum {
  template <typename T> static T apply(T a, T b) { return a < b ? a : b; }
};
struct Maximum {
  template <typename T> static T apply(T a, T b) { return a > b ? a : b; }
};
struct Negate {
  template <typename T> static T apply(T a) {
    return static_cast<T>(-Unsigned<T>(a));
  }
};
struct Magnitude {
  template <typename T> static T apply(T a) {
    return std::is_signed_v<T> && a < 0 ? Negate::apply(a) : a;
  }
};

} // namespace

void vitrail::emulator::registerIntegers(DecoderTable &table) {
  table["add"] = [](Decoder &d) { decodeSum(d, /*isDifference=*/false); };
  table["sub"] = [](Decoder &d) { decodeSum(d, /*isDifference=*/true); };
  table["mul"] = [](Decoder &d) { decodeMultiply(d, /*isAdded=*/false); };
  table["mad"] = [](Decoder &d) { decodeMultiply(d, /*isAdded=*/true); };
  table["div"] = decodeUniform<Divide, 2>;
  table["rem"] = decodeUniform<Remainder, 2>;
  table["min"] = decodeUniform<Minimum, 2>;
  table["max"] = decodeUniform<Maximum, 2>;
  table["neg"] = decodeUniform<Negate, 1>;
  table["abs"] = decodeUniform<Magnitude, 1>;
}
