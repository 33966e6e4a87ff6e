//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// cvt: from one type of number to another.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Numbers.h"

#include <cmath>
#include <limits>
#include <utility>

using namespace vitrail::emulator;

namespace {

/// In values: rounding to integers, modifiers, and the sizes of both registers.
enum class Rounding : int64_t { None, Nearest, Zero, Down, Up };
enum Modifier : int64_t { Flushed = 1, Saturated = 2, Positive = 4 };

/// Types whose values are numbers of the host, but for the narrow ones.
struct HalfNumber {
  uint16_t bits;
};
struct BFloatNumber {
  uint16_t bits;
};

} // namespace

static float widen(HalfNumber number) { return Half::widen(number.bits); }
static float widen(BFloatNumber number) { return BFloat::widen(number.bits); }
template <typename T> static T widen(T number) { return number; }

template <typename T> static T roundToInteger(T value, Rounding rounding) {
  switch (rounding) {
  case Rounding::Nearest:
    return std::nearbyint(value);
  case Rounding::Zero:
    return std::trunc(value);
  case Rounding::Down:
    return std::floor(value);
  case Rounding::Up:
    return std::ceil(value);
  case Rounding::None:
    break;
  }
  return value;
}

/// Numbers that are beyond become the nearest one, what is no number 0.
template <typename To, typename From> static To clampTo(From value) {
  using Limits = std::numeric_limits<To>;
  if (value != value)
    return 0;
  if constexpr (std::is_floating_point_v<From>) {
    // The largest number is no number of the wide type, but one more is.
    constexpr From beyond =
        2 * static_cast<From>(To(1) << (Limits::digits - 1));
    if (value >= beyond)
      return Limits::max();
    if (value <= static_cast<From>(Limits::min()))
      return Limits::min();
    return static_cast<To>(value);
  } else {
    if (std::cmp_greater(value, Limits::max()))
      return Limits::max();
    return std::cmp_less(value, Limits::min()) ? Limits::min()
                                               : static_cast<To>(value);
  }
}

/// A number of f32 as one of 16 bits.
template <typename To> static To narrow(float value, Rounding rounding) {
  constexpr bool isHalf = std::is_same_v<To, HalfNumber>;
  uint16_t bits = isHalf ? Half::round(value) : BFloat::round(value);
  float rounded = isHalf ? Half::widen(bits) : BFloat::widen(bits);
  if (rounding == Rounding::Zero && std::fabs(rounded) > std::fabs(value))
    --bits;
  return {bits};
}

template <typename To, typename From>
static To convert(From from, Rounding rounding, int64_t modifiers) {
  auto value = widen(from);
  using Value = decltype(value);
  if constexpr (std::is_same_v<Value, float>)
    if (modifiers & Flushed)
      value = flush(value);
  if constexpr (std::is_integral_v<To> && std::is_integral_v<Value>)
    return modifiers & Saturated ? clampTo<To>(value) : static_cast<To>(value);
  else if constexpr (std::is_integral_v<To>)
    return clampTo<To>(roundToInteger(value, rounding));
  else if constexpr (std::is_same_v<To, double>)
    return roundToInteger(static_cast<double>(value), rounding);
  else {
    auto single = static_cast<float>(value);
    if (modifiers & Saturated)
      single = single > 0 ? single < 1 ? single : 1 : 0;
    if (modifiers & Positive)
      single = single > 0 ? single : 0;
    if constexpr (std::is_same_v<To, float>) {
      single =
          std::is_integral_v<Value> ? single : roundToInteger(single, rounding);
      return modifiers & Flushed ? flush(single) : single;
    } else {
      return narrow<To>(single, rounding);
    }
  }
}

/// Reads or writes numbers that are the low bits of registers of some size.
template <typename T, typename Register>
static void readNarrow(const Warp &warp, Place place, T (&values)[warpSize]) {
  const auto *registers = warp.read<Register>(place);
  for (int lane = 0; lane < warpSize; ++lane)
    memcpy(&values[lane], &registers[lane],
           std::min(sizeof(T), sizeof(Register)));
}

template <typename T>
static void readValues(const Warp &warp, Place place, int64_t bits,
                       T (&values)[warpSize]) {
  if (bits == 8 * sizeof(T))
    memcpy(values, warp.read<T>(place), sizeof(values));
  else if (bits <= 16)
    readNarrow<T, uint16_t>(warp, place, values);
  else if (bits == 32)
    readNarrow<T, uint32_t>(warp, place, values);
  else
    readNarrow<T, uint64_t>(warp, place, values);
}

template <typename Register, typename T>
static void writeWide(Warp &warp, Place place, const T (&values)[warpSize],
                      Lanes lanes) {
  Register registers[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    if constexpr (std::is_integral_v<T>) {
      registers[lane] = static_cast<Register>(values[lane]);
    } else {
      registers[lane] = 0;
      memcpy(&registers[lane], &values[lane],
             std::min(sizeof(T), sizeof(Register)));
    }
  warp.assign(place, registers, lanes);
}

template <typename To, typename From> struct Conversion {
  static Outcome execute(Warp &warp, const Instruction &instruction,
                         Lanes lanes) {
    auto rounding = static_cast<Rounding>(instruction.values[0]);
    int64_t modifiers = instruction.values[1];
    From from[warpSize];
    To to[warpSize];
    readValues(warp, instruction.places[1], instruction.values[3], from);
    for (int lane = 0; lane < warpSize; ++lane)
      to[lane] = convert<To>(from[lane], rounding, modifiers);
    if (instruction.values[2] <= 16)
      writeWide<uint16_t>(warp, instruction.places[0], to, lanes);
    else if (instruction.values[2] == 32)
      writeWide<uint32_t>(warp, instruction.places[0], to, lanes);
    else
      writeWide<uint64_t>(warp, instruction.places[0], to, lanes);
    return Outcome::Next;
  }
};

/// Calls a visitor with a number of the type.
template <typename Visitor>
static void visitNumber(Decoder &decoder, Type type, Visitor visit) {
  switch (type) {
  case Type::U8:
    return visit(uint8_t());
  case Type::S8:
    return visit(int8_t());
  case Type::F16:
    return visit(HalfNumber());
  case Type::BF16:
    return visit(BFloatNumber());
  case Type::F32:
    return visit(float());
  case Type::F64:
    return visit(double());
  default:
    return visitInteger(decoder, type, visit);
  }
}

static Rounding takeRounding(Decoder &decoder, bool &isToInteger) {
  static constexpr struct {
    std::string_view name;
    Rounding rounding;
    bool isToInteger;
  } names[] = {
      {"rni", Rounding::Nearest, true}, {"rzi", Rounding::Zero, true},
      {"rmi", Rounding::Down, true},    {"rpi", Rounding::Up, true},
      {"rn", Rounding::Nearest, false}, {"rz", Rounding::Zero, false},
  };
  for (auto &known : names)
    if (decoder.take(known.name)) {
      isToInteger = known.isToInteger;
      return known.rounding;
    }
  return Rounding::None;
}

/// Two numbers of f32 become one register, the first its upper half.
template <typename Number>
static Outcome executePair(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  auto rounding = static_cast<Rounding>(instruction.values[0]);
  const auto *upper = warp.read<float>(instruction.places[1]);
  const auto *lower = warp.read<float>(instruction.places[2]);
  uint32_t values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane) {
    uint32_t high =
        convert<Number>(upper[lane], rounding, instruction.values[1]).bits;
    uint32_t low =
        convert<Number>(lower[lane], rounding, instruction.values[1]).bits;
    values[lane] = high << 16 | low;
  }
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

/// cvt.pack.sat.s8.s32.b32: two numbers below what the third has.
template <typename Number>
static Outcome executePack(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  const auto *upper = warp.read<int32_t>(instruction.places[1]);
  const auto *lower = warp.read<int32_t>(instruction.places[2]);
  const auto *others = warp.read<uint32_t>(instruction.places[3]);
  uint32_t values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    values[lane] = others[lane] << 16 |
                   uint8_t(clampTo<Number>(upper[lane])) << 8 |
                   uint8_t(clampTo<Number>(lower[lane]));
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodePack(Decoder &decoder) {
  decoder.expect("sat");
  bool isSigned = decoder.takeOneOf({"u8", "s8"});
  decoder.expect("s32");
  decoder.expect("b32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::S32, Type::S32, Type::B32});
  decoder.getInstruction().execute =
      isSigned ? executePack<int8_t> : executePack<uint8_t>;
}

static Outcome executeTF32(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  const auto *from = warp.read<uint32_t>(instruction.places[1]);
  uint32_t values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    values[lane] = roundToTF32(from[lane]);
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodeTF32(Decoder &decoder) {
  decoder.expect("f32");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::F32});
  decoder.getInstruction().execute = executeTF32;
}

static void decodePair(Decoder &decoder, Type to, Type from) {
  auto rounding = static_cast<Rounding>(decoder.getInstruction().values[0]);
  if (from != Type::F32 || rounding == Rounding::None)
    decoder.fail("not from this type, or not so rounded");
  decoder.setDestination(Type::B32);
  decoder.setSources({Type::F32, Type::F32});
  decoder.getInstruction().execute =
      to == Type::F16x2 ? executePair<HalfNumber> : executePair<BFloatNumber>;
}

/// Numbers have to be rounded, and so as it is said, where bits are lost.
static void checkRounding(Decoder &decoder, Type to, Type from,
                          Rounding rounding, bool isToInteger) {
  bool isRounded =
      isFloat(to) && (!isFloat(from) || getBits(to) < getBits(from));
  if (isFloat(from) && !isFloat(to) && !isToInteger)
    decoder.fail("how to round to an integer is missing");
  if (isRounded && (rounding == Rounding::None || isToInteger))
    decoder.fail("how to round is missing");
  bool isNarrow = to == Type::F16 || to == Type::BF16;
  if (isRounded && rounding == Rounding::Zero && !isNarrow)
    decoder.fail("'.rz' is not emulated");
}

/// The places of both numbers, which are the low bits of their registers.
static void setNumbers(Decoder &decoder, Type to, Type from) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expectOperands(2);
  const Operand &source = decoder.getOperand(1);
  decoder.setDestination(to, /*canBeWider=*/true);
  instruction.places[1] = decoder.findSource(source, from, /*canBeWider=*/true);
  instruction.values[2] = decoder.getRegisterBits(decoder.getOperand(0));
  bool isRegister = source.kind == Operand::Kind::Register;
  instruction.values[3] = isRegister ? decoder.getRegisterBits(source)
                                     : std::max(getBits(from), 16u);
}

static void decodeConversion(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  if (decoder.take("pack"))
    return decodePack(decoder);
  if (decoder.take("rna")) {
    decoder.expect("tf32");
    return decodeTF32(decoder);
  }
  bool isToInteger = false;
  Rounding rounding = takeRounding(decoder, isToInteger);
  int64_t modifiers = decoder.take("relu") ? Positive : 0;
  if (decoder.take("ftz"))
    modifiers |= Flushed;
  if (decoder.take("sat"))
    modifiers |= Saturated;
  Type to = decoder.takeType(), from = decoder.takeType();
  instruction.values[0] = static_cast<int64_t>(rounding);
  instruction.values[1] = modifiers;
  if (to == Type::F16x2 || to == Type::BF16x2)
    return decodePair(decoder, to, from);
  checkRounding(decoder, to, from, rounding, isToInteger);
  setNumbers(decoder, to, from);
  // From f64 to f32, and back, nothing becomes an integer.
  bool isWide = to == Type::F32 || to == Type::F64;
  if (!isToInteger && isFloat(from) && isWide)
    instruction.values[0] = static_cast<int64_t>(Rounding::None);
  visitNumber(decoder, to, [&](auto toNumber) {
    visitNumber(decoder, from, [&](auto fromNumber) {
      instruction.execute =
          Conversion<decltype(toNumber), decltype(fromNumber)>::execute;
    });
  });
}

void vitrail::emulator::registerConversions(DecoderTable &table) {
  table["cvt"] = decodeConversion;
  table["cvt.float"] = decodeConversion;
}
