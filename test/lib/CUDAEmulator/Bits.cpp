//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Logic, shifts and fields of bits.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"

#include <bit>

using namespace vitrail::emulator;

namespace {

struct And {
  template <typename T> static T apply(T a, T b) { return a & b; }
};
struct Or {
  template <typename T> static T apply(T a, T b) { return a | b; }
};
struct Xor {
  template <typename T> static T apply(T a, T b) { return a ^ b; }
};

} // namespace

template <typename Function>
static Outcome executePredicates(Warp &warp, const Instruction &instruction,
                                 Lanes lanes) {
  warp.assignPredicate(
      instruction.places[0],
      Function::apply(warp.readPredicate(instruction.places[1]),
                      warp.readPredicate(instruction.places[2])),
      lanes);
  return Outcome::Next;
}

template <typename Function> static void decodeLogic(Decoder &decoder) {
  Type type = decoder.takeType();
  if (type != Type::Pred && (type < Type::B16 || type > Type::B64))
    decoder.fail("not for this type");
  decoder.setDestination(type);
  decoder.setSources({type, type});
  if (type == Type::Pred)
    decoder.getInstruction().execute = executePredicates<Function>;
  else
    visitInteger(decoder, type, [&](auto number) {
      using T = decltype(number);
      setElementwise<T, T, T>(decoder,
                              [](T a, T b) { return Function::apply(a, b); });
    });
}

static Outcome executeNotPredicate(Warp &warp, const Instruction &instruction,
                                   Lanes lanes) {
  warp.assignPredicate(instruction.places[0],
                       ~warp.readPredicate(instruction.places[1]), lanes);
  return Outcome::Next;
}

static void decodeNot(Decoder &decoder) {
  Type type = decoder.takeType();
  if (type != Type::Pred && (type < Type::B16 || type > Type::B64))
    decoder.fail("not for this type");
  decoder.setDestination(type);
  decoder.setSources({type});
  if (type == Type::Pred)
    decoder.getInstruction().execute = executeNotPredicate;
  else
    visitInteger(decoder, type, [&](auto number) {
      using T = decltype(number);
      setElementwise<T, T>(decoder, [](T a) { return static_cast<T>(~a); });
    });
}

/// By more than the type's bits gives 0, or all sign bits.
static void decodeShift(Decoder &decoder, bool isLeft) {
  Type type = decoder.takeInteger();
  decoder.setDestination(type);
  decoder.setSources({type, Type::U32});
  visitInteger(decoder, type, [&](auto number) {
    using T = decltype(number);
    constexpr uint32_t bits = 8 * sizeof(T);
    if (isLeft)
      setElementwise<T, T, uint32_t>(decoder, [](T a, uint32_t by) {
        return static_cast<T>(by < bits ? uint64_t(a) << by : 0);
      });
    else
      setElementwise<T, T, uint32_t>(decoder, [](T a, uint32_t by) {
        if (by < bits)
          return static_cast<T>(a >> by);
        return static_cast<T>(std::is_signed_v<T> && a < 0 ? -1 : 0);
      });
  });
}

/// shf: the upper or lower half of two registers that are shifted as one.
static void decodeFunnelShift(Decoder &decoder) {
  bool isRight = decoder.takeOneOf({"l", "r"});
  bool isWrapped = decoder.takeOneOf({"clamp", "wrap"});
  decoder.expect("b32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::B32, Type::B32, Type::U32});
  auto set = [&](auto function) {
    setElementwise<uint32_t, uint32_t, uint32_t, uint32_t>(decoder, function);
  };
  if (isRight && isWrapped)
    set([](uint64_t low, uint64_t high, uint32_t by) {
      return static_cast<uint32_t>((high << 32 | low) >> (by & 31));
    });
  else if (isRight)
    set([](uint64_t low, uint64_t high, uint32_t by) {
      return static_cast<uint32_t>((high << 32 | low) >> (by < 32 ? by : 32));
    });
  else if (isWrapped)
    set([](uint64_t low, uint64_t high, uint32_t by) {
      return static_cast<uint32_t>((high << 32 | low) << (by & 31) >> 32);
    });
  else
    set([](uint64_t low, uint64_t high, uint32_t by) {
      return static_cast<uint32_t>((high << 32 | low) << (by < 32 ? by : 32) >>
                                   32);
    });
}

//===----------------------------------------------------------------------===//
// Fields and bytes
//===----------------------------------------------------------------------===//

/// `length` bits from `position` on; beyond the number there are its sign bits.
template <typename T>
static T extractField(T a, uint32_t position, uint32_t length) {
  constexpr uint32_t bits = 8 * sizeof(T);
  position &= 0xFF;
  length &= 0xFF;
  if (length == 0)
    return 0;
  bool isNegative = std::is_signed_v<T> && a < 0;
  T shifted = position < bits ? a >> position : isNegative ? -1 : 0;
  if (length >= bits)
    return shifted;
  // The sign is that of the field's last bit, or the number's.
  using U = std::make_unsigned_t<T>;
  U up = static_cast<U>(shifted) << (bits - length);
  return static_cast<T>(up) >> (bits - length);
}

static void decodeExtract(Decoder &decoder) {
  Type type = decoder.takeInteger(32);
  decoder.setDestination(type);
  decoder.setSources({type, Type::U32, Type::U32});
  visitInteger(decoder, type, [&](auto number) {
    using T = decltype(number);
    setElementwise<T, T, uint32_t, uint32_t>(
        decoder, [](T a, uint32_t position, uint32_t length) {
          return extractField(a, position, length);
        });
  });
}

static void decodeInsert(Decoder &decoder) {
  Type type = decoder.takeInteger(32);
  decoder.setDestination(type);
  decoder.setSources({type, type, Type::U32, Type::U32});
  visitInteger(decoder, type, [&](auto number) {
    using T = std::make_unsigned_t<decltype(number)>;
    setElementwise<T, T, T, uint32_t, uint32_t>(
        decoder, [](T field, T into, uint32_t position, uint32_t length) {
          constexpr uint32_t bits = 8 * sizeof(T);
          position &= 0xFF;
          length &= 0xFF;
          if (position >= bits || length == 0)
            return into;
          T mask = length < bits ? (T(1) << length) - 1 : ~T(0);
          mask <<= position;
          return static_cast<T>((into & ~mask) | (field << position & mask));
        });
  });
}

/// prmt: four of eight bytes; the upper bit of a selector asks for copies of
/// the sign.
static uint32_t permuteBytes(uint32_t low, uint32_t high, uint32_t selectors) {
  uint64_t bytes = uint64_t(high) << 32 | low;
  uint32_t result = 0;
  for (int i = 0; i < 4; ++i) {
    uint32_t selector = selectors >> 4 * i & 0xF;
    uint32_t byte = bytes >> 8 * (selector & 7) & 0xFF;
    if (selector & 8)
      byte = byte & 0x80 ? 0xFF : 0;
    result |= byte << 8 * i;
  }
  return result;
}

static void decodePermute(Decoder &decoder) {
  decoder.expect("b32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::B32, Type::B32, Type::B32});
  setElementwise<uint32_t, uint32_t, uint32_t, uint32_t>(
      decoder,
      [](uint32_t a, uint32_t b, uint32_t c) { return permuteBytes(a, b, c); });
}

/// lop3: the table has a bit for each three bits.
static void decodeTable(Decoder &decoder) {
  decoder.expect("b32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::B32, Type::B32, Type::B32, Type::B32});
  decoder.getImmediate(4);
  setElementwise<uint32_t, uint32_t, uint32_t, uint32_t, uint32_t>(
      decoder, [](uint32_t a, uint32_t b, uint32_t c, uint32_t table) {
        uint32_t result = 0;
        for (int row = 0; row < 8; ++row)
          if (table >> row & 1)
            result |=
                (row & 4 ? a : ~a) & (row & 2 ? b : ~b) & (row & 1 ? c : ~c);
        return result;
      });
}

namespace {

struct CountOnes {
  template <typename T> static uint32_t apply(T a) { return std::popcount(a); }
};
struct CountLeadingZeros {
  template <typename T> static uint32_t apply(T a) {
    return std::countl_zero(a);
  }
};

} // namespace

template <typename Function> static void decodeCount(Decoder &decoder) {
  Type type = decoder.takeInteger(32);
  decoder.setDestination(Type::U32);
  decoder.setSources({type});
  visitInteger(decoder, type, [&](auto number) {
    using T = std::make_unsigned_t<decltype(number)>;
    setElementwise<uint32_t, T>(decoder,
                                [](T a) { return Function::apply(a); });
  });
}

static void decodeReverse(Decoder &decoder) {
  decoder.expect("b32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::B32});
  setElementwise<uint32_t, uint32_t>(decoder, [](uint32_t a) {
    uint32_t result = 0;
    for (int bit = 0; bit < 32; ++bit)
      result |= (a >> bit & 1) << (31 - bit);
    return result;
  });
}

void vitrail::emulator::registerBits(DecoderTable &table) {
  table["and"] = decodeLogic<And>;
  table["or"] = decodeLogic<Or>;
  table["xor"] = decodeLogic<Xor>;
  table["not"] = decodeNot;
  table["shl"] = [](Decoder &d) { decodeShift(d, /*isLeft=*/true); };
  table["shr"] = [](Decoder &d) { decodeShift(d, /*isLeft=*/false); };
  table["shf"] = decodeFunnelShift;
  table["bfe"] = decodeExtract;
  table["bfi"] = decodeInsert;
  table["prmt"] = decodePermute;
  table["lop3"] = decodeTable;
  table["popc"] = decodeCount<CountOnes>;
  table["clz"] = decodeCount<CountLeadingZeros>;
  table["brev"] = decodeReverse;
}
