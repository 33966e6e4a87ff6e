//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Comparisons, and what chooses by them.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Numbers.h"

using namespace vitrail::emulator;

namespace {

enum class Join : int64_t { None, And, Or, Xor };

struct Equal {
  template <typename T> bool operator()(T a, T b) { return a == b; }
};
struct NotEqual {
  // Of numbers only: what is none is not unequal.
  template <typename T> bool operator()(T a, T b) { return a < b || a > b; }
};
struct Less {
  template <typename T> bool operator()(T a, T b) { return a < b; }
};
struct LessEqual {
  template <typename T> bool operator()(T a, T b) { return a <= b; }
};
struct Greater {
  template <typename T> bool operator()(T a, T b) { return a > b; }
};
struct GreaterEqual {
  template <typename T> bool operator()(T a, T b) { return a >= b; }
};
struct AreNumbers {
  template <typename T> bool operator()(T a, T b) { return a == a && b == b; }
};
/// Also true if either is no number.
template <typename Function> struct Unordered {
  template <typename T> bool operator()(T a, T b) {
    return a != a || b != b || Function()(a, b);
  }
};
struct IsNoNumber {
  template <typename T> bool operator()(T a, T b) { return a != a || b != b; }
};
template <typename Function> struct Flushing {
  bool operator()(float a, float b) { return Function()(flush(a), flush(b)); }
};

} // namespace

void vitrail::emulator::assignComparison(Warp &warp,
                                         const Instruction &instruction,
                                         Lanes value, Lanes lanes) {
  Lanes complement = ~value;
  Lanes joined = 0;
  if (instruction.places[3] != noPlace)
    joined = warp.readPredicate(instruction.places[3]);
  if (instruction.values[1])
    joined = ~joined;
  switch (static_cast<Join>(instruction.values[0])) {
  case Join::None:
    break;
  case Join::And:
    value &= joined;
    complement &= joined;
    break;
  case Join::Or:
    value |= joined;
    complement |= joined;
    break;
  case Join::Xor:
    value ^= joined;
    complement ^= joined;
    break;
  }
  if (instruction.places[0] != noPlace)
    warp.assignPredicate(instruction.places[0], value, lanes);
  if (instruction.places[5] != noPlace)
    warp.assignPredicate(instruction.places[5], complement, lanes);
}

template <typename Function>
static void setComparison(Decoder &decoder, Type type, bool isFlushed) {
  auto &execute = decoder.getInstruction().execute;
  if (type == Type::F32 && isFlushed)
    execute = Comparison<Flushing<Function>, float>::execute;
  else if (type == Type::F32)
    execute = Comparison<Function, float>::execute;
  else if (type == Type::F64)
    execute = Comparison<Function, double>::execute;
  else
    visitInteger(decoder, type, [&](auto number) {
      execute = Comparison<Function, decltype(number)>::execute;
    });
}

static void setComparison(Decoder &decoder, const std::string &name, Type type,
                          bool isFlushed) {
  using Set = void (*)(Decoder &, Type, bool);
  static const std::map<std::string, Set> both = {
      {"eq", setComparison<Equal>},   {"ne", setComparison<NotEqual>},
      {"lt", setComparison<Less>},    {"le", setComparison<LessEqual>},
      {"gt", setComparison<Greater>}, {"ge", setComparison<GreaterEqual>},
  };
  static const std::map<std::string, Set> ofUnsigned = {
      {"lo", setComparison<Less>},
      {"ls", setComparison<LessEqual>},
      {"hi", setComparison<Greater>},
      {"hs", setComparison<GreaterEqual>},
  };
  static const std::map<std::string, Set> ofFloats = {
      {"equ", setComparison<Unordered<Equal>>},
      {"neu", setComparison<Unordered<NotEqual>>},
      {"ltu", setComparison<Unordered<Less>>},
      {"leu", setComparison<Unordered<LessEqual>>},
      {"gtu", setComparison<Unordered<Greater>>},
      {"geu", setComparison<Unordered<GreaterEqual>>},
      {"num", setComparison<AreNumbers>},
      {"nan", setComparison<IsNoNumber>},
  };
  const auto &others = isFloat(type) ? ofFloats : ofUnsigned;
  auto found = both.find(name);
  if (found == both.end()) {
    found = others.find(name);
    if (found == others.end() || isSigned(type))
      decoder.fail("unknown modifier '." + name + "'");
  }
  found->second(decoder, type, isFlushed);
}

/// The destinations are `p` or `p|q`.
static void decodeSetPredicate(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  std::string name = decoder.takeWord();
  auto join = Join::None;
  if (decoder.take("and"))
    join = Join::And;
  else if (decoder.take("or"))
    join = Join::Or;
  else if (decoder.take("xor"))
    join = Join::Xor;
  bool isFlushed = decoder.take("ftz");
  Type type = decoder.takeType();
  if (isFlushed && type != Type::F32)
    decoder.fail("not for this type");
  decoder.expectOperands(join == Join::None ? 3 : 4);
  const Operand &result = decoder.getOperand(0);
  bool hasBoth = result.kind == Operand::Kind::Alternates;
  instruction.places[0] = decoder.findDestination(
      hasBoth ? result.elements[0] : result, Type::Pred);
  if (hasBoth)
    instruction.places[5] =
        decoder.findDestination(result.elements[1], Type::Pred);
  instruction.isFirstWritten = true;
  instruction.places[1] = decoder.findSource(decoder.getOperand(1), type);
  instruction.places[2] = decoder.findSource(decoder.getOperand(2), type);
  instruction.values[0] = static_cast<int64_t>(join);
  if (join != Join::None) {
    Operand joined = decoder.getOperand(3);
    instruction.values[1] = joined.isNegated;
    joined.isNegated = false;
    instruction.places[3] = decoder.findSource(joined, Type::Pred);
  }
  setComparison(decoder, name, type, isFlushed);
}

template <typename T>
static Outcome executeSelect(Warp &warp, const Instruction &instruction,
                             Lanes lanes) {
  const T *ifTrue = warp.read<T>(instruction.places[1]);
  const T *ifFalse = warp.read<T>(instruction.places[2]);
  Lanes predicate = warp.readPredicate(instruction.places[3]);
  T values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    values[lane] = predicate >> lane & 1 ? ifTrue[lane] : ifFalse[lane];
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodeSelect(Decoder &decoder) {
  Type type = decoder.takeType();
  decoder.setDestination(type);
  decoder.setSources({type, type, Type::Pred});
  auto &execute = decoder.getInstruction().execute;
  switch (getBits(type)) {
  case 16:
    execute = executeSelect<uint16_t>;
    break;
  case 32:
    execute = executeSelect<uint32_t>;
    break;
  case 64:
    execute = executeSelect<uint64_t>;
    break;
  default:
    decoder.fail("not for this type");
  }
}

/// slct: the second operand instead of the first where the third is negative.
static void decodeSelectBySign(Decoder &decoder) {
  bool isFlushed = decoder.take("ftz");
  Type type = decoder.takeType(), by = decoder.takeType();
  decoder.setDestination(type);
  decoder.setSources({type, type, by});
  if (getBits(type) != 32 || isFlushed || (by != Type::S32 && by != Type::F32))
    decoder.fail("not for these types");
  if (by == Type::S32)
    setElementwise<uint32_t, uint32_t, uint32_t, int32_t>(
        decoder,
        [](uint32_t a, uint32_t b, int32_t c) { return c >= 0 ? a : b; });
  else
    setElementwise<uint32_t, uint32_t, uint32_t, float>(
        decoder,
        [](uint32_t a, uint32_t b, float c) { return c >= 0 ? a : b; });
}

void vitrail::emulator::registerSelections(DecoderTable &table) {
  for (const char *name : {"setp", "setp.float"})
    table[name] = decodeSetPredicate;
  for (const char *name : {"selp", "selp.float"})
    table[name] = decodeSelect;
  for (const char *name : {"slct", "slct.float"})
    table[name] = decodeSelectBySign;
}
