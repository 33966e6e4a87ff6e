//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Arithmetic of floating-point numbers. Narrow ones are computed as f32 and
// rounded. Approximations are exact but for the last digit.
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Numbers.h"

#include <cmath>

using namespace vitrail::emulator;

namespace {

/// Modifiers, in values[0].
enum Modifier : int64_t { Flushed = 1, Saturated = 2 };

/// An operation on numbers of a type, each lane's once, or twice where the type
/// has two numbers.
template <typename Function, int numOperands> struct FloatOperation {
  template <int count, typename T>
  static void compute(T (&values)[count], T (&operands)[numOperands][count]) {
    for (int i = 0; i < count; ++i)
      if constexpr (numOperands == 1)
        values[i] = Function::apply(operands[0][i]);
      else if constexpr (numOperands == 2)
        values[i] = Function::apply(operands[0][i], operands[1][i]);
      else
        values[i] =
            Function::apply(operands[0][i], operands[1][i], operands[2][i]);
  }

  template <int count>
  static void compute(float (&values)[count],
                      float (&operands)[numOperands][count],
                      int64_t modifiers) {
    if (modifiers & Flushed)
      for (auto &operand : operands)
        for (float &number : operand)
          number = flush(number);
    compute(values, operands);
    if (modifiers & Flushed)
      for (float &value : values)
        value = flush(value);
    if (modifiers & Saturated)
      for (float &value : values)
        value = value > 0 ? value < 1 ? value : 1 : 0;
  }

  static Outcome executeSingle(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
    float values[warpSize], operands[numOperands][warpSize];
    for (int i = 0; i < numOperands; ++i)
      memcpy(operands[i], warp.read<float>(instruction.places[i + 1]),
             sizeof(operands[i]));
    compute(values, operands, instruction.values[0]);
    warp.assign(instruction.places[0], values, lanes);
    return Outcome::Next;
  }

  static Outcome executeDouble(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
    double values[warpSize], operands[numOperands][warpSize];
    for (int i = 0; i < numOperands; ++i)
      memcpy(operands[i], warp.read<double>(instruction.places[i + 1]),
             sizeof(operands[i]));
    compute(values, operands);
    warp.assign(instruction.places[0], values, lanes);
    return Outcome::Next;
  }

  /// Of `Register` there are one or two numbers.
  template <typename Format, typename Register>
  static Outcome executeNarrow(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
    constexpr int count = warpSize * sizeof(Register) / sizeof(uint16_t);
    float values[count], operands[numOperands][count];
    for (int i = 0; i < numOperands; ++i) {
      const auto *bits = warp.read<uint16_t>(instruction.places[i + 1]);
      for (int k = 0; k < count; ++k)
        operands[i][k] = Format::widen(bits[k]);
    }
    // Numbers that are subnormal in f16 are none in f32, and stay.
    compute(values, operands, instruction.values[0] & ~Flushed);
    Register results[warpSize];
    uint16_t rounded[count];
    for (int k = 0; k < count; ++k)
      rounded[k] = Format::round(values[k]);
    memcpy(results, rounded, sizeof(results));
    warp.assign(instruction.places[0], results, lanes);
    return Outcome::Next;
  }
};

struct Add {
  template <typename T> static T apply(T a, T b) { return a + b; }
};
struct Subtract {
  template <typename T> static T apply(T a, T b) { return a - b; }
};
struct Multiply {
  template <typename T> static T apply(T a, T b) { return a * b; }
};
struct MultiplyAdd {
  template <typename T> static T apply(T a, T b, T c) {
    return std::fma(a, b, c);
  }
};
struct Divide {
  template <typename T> static T apply(T a, T b) { return a / b; }
};
/// The number if the other is none.
struct Minimum {
  template <typename T> static T apply(T a, T b) {
    return b != b || a < b ? a : b;
  }
};
struct Maximum {
  template <typename T> static T apply(T a, T b) {
    return b != b || a > b ? a : b;
  }
};
struct Negate {
  template <typename T> static T apply(T a) { return -a; }
};
struct Magnitude {
  template <typename T> static T apply(T a) { return std::fabs(a); }
};
struct CopySign {
  // Of the second, the sign of the first.
  template <typename T> static T apply(T a, T b) { return std::copysign(b, a); }
};
struct Reciprocal {
  template <typename T> static T apply(T a) { return 1 / a; }
};
struct SquareRoot {
  template <typename T> static T apply(T a) { return std::sqrt(a); }
};
struct ReciprocalRoot {
  template <typename T> static T apply(T a) { return 1 / std::sqrt(a); }
};
struct PowerOfTwo {
  template <typename T> static T apply(T a) { return std::exp2(a); }
};
struct LogarithmOfTwo {
  template <typename T> static T apply(T a) { return std::log2(a); }
};
struct Sine {
  template <typename T> static T apply(T a) { return std::sin(a); }
};
struct Cosine {
  template <typename T> static T apply(T a) { return std::cos(a); }
};
struct HyperbolicTangent {
  template <typename T> static T apply(T a) { return std::tanh(a); }
};

} // namespace

template <typename Function, int numOperands>
static void setExecute(Decoder &decoder, Type type) {
  using Operation = FloatOperation<Function, numOperands>;
  auto &execute = decoder.getInstruction().execute;
  switch (type) {
  case Type::F32:
    execute = Operation::executeSingle;
    break;
  case Type::F64:
    execute = Operation::executeDouble;
    break;
  case Type::F16:
    execute = Operation::template executeNarrow<Half, uint16_t>;
    break;
  case Type::F16x2:
    execute = Operation::template executeNarrow<Half, uint32_t>;
    break;
  case Type::BF16:
    execute = Operation::template executeNarrow<BFloat, uint16_t>;
    break;
  case Type::BF16x2:
    execute = Operation::template executeNarrow<BFloat, uint32_t>;
    break;
  default:
    decoder.fail("not for this type");
  }
}

/// Results are those to the nearest number; `.approx` and `.full` may be, too.
template <typename Function, int numOperands>
static void decodeFloat(Decoder &decoder) {
  int64_t modifiers = 0;
  if (!decoder.take("rn") && !decoder.take("approx"))
    decoder.take("full");
  if (decoder.take("ftz"))
    modifiers |= Flushed;
  if (decoder.take("sat"))
    modifiers |= Saturated;
  Type type = decoder.takeType();
  if (modifiers && type == Type::F64)
    decoder.fail("not for this type");
  decoder.getInstruction().values[0] = modifiers;
  decoder.setDestination(type);
  if constexpr (numOperands == 1)
    decoder.setSources({type});
  else if constexpr (numOperands == 2)
    decoder.setSources({type, type});
  else
    decoder.setSources({type, type, type});
  setExecute<Function, numOperands>(decoder, type);
}

void vitrail::emulator::registerFloats(DecoderTable &table) {
  table["add.float"] = decodeFloat<Add, 2>;
  table["sub.float"] = decodeFloat<Subtract, 2>;
  table["mul.float"] = decodeFloat<Multiply, 2>;
  table["fma.float"] = decodeFloat<MultiplyAdd, 3>;
  table["mad.float"] = decodeFloat<MultiplyAdd, 3>;
  table["div.float"] = decodeFloat<Divide, 2>;
  table["min.float"] = decodeFloat<Minimum, 2>;
  table["max.float"] = decodeFloat<Maximum, 2>;
  table["neg.float"] = decodeFloat<Negate, 1>;
  table["abs.float"] = decodeFloat<Magnitude, 1>;
  table["copysign.float"] = decodeFloat<CopySign, 2>;
  table["rcp.float"] = decodeFloat<Reciprocal, 1>;
  table["sqrt.float"] = decodeFloat<SquareRoot, 1>;
  table["rsqrt.float"] = decodeFloat<ReciprocalRoot, 1>;
  table["ex2.float"] = decodeFloat<PowerOfTwo, 1>;
  table["lg2.float"] = decodeFloat<LogarithmOfTwo, 1>;
  table["sin.float"] = decodeFloat<Sine, 1>;
  table["cos.float"] = decodeFloat<Cosine, 1>;
  table["tanh.float"] = decodeFloat<HyperbolicTangent, 1>;
}
