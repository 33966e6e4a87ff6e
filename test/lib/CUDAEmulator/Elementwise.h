//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Instructions that do the same in each lane: the values of all lanes are
// computed, those of the lanes that execute the instruction written.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_ELEMENTWISE_H
#define VITRAIL_TEST_CUDAEMULATOR_ELEMENTWISE_H

#include "Decoder.h"

#include <type_traits>

namespace vitrail::emulator {

/// R(A...), in each lane, where the arguments are places 1, 2 and so on. The
/// function is a type, so that the loop can be vectorised.
template <typename Function, typename R, typename... A> struct Elementwise {
  static Outcome execute(Warp &warp, const Instruction &instruction,
                         Lanes lanes) {
    return run(warp, instruction, lanes, std::index_sequence_for<A...>());
  }

private:
  template <size_t... I>
  static Outcome run(Warp &warp, const Instruction &instruction, Lanes lanes,
                     std::index_sequence<I...>) {
    R values[warpSize];
    compute(values, warp.read<A>(instruction.places[I + 1])...);
    warp.assign(instruction.places[0], values, lanes);
    return Outcome::Next;
  }
  static void compute(R (&values)[warpSize], const A *...arguments) {
    for (int lane = 0; lane < warpSize; ++lane)
      values[lane] = Function()(arguments[lane]...);
  }
};

/// Writes a predicate, after it is joined to another, if one is.
void assignComparison(Warp &warp, const Instruction &instruction, Lanes value,
                      Lanes lanes);

/// A predicate of each lane; place 0 has it, place 5 its complement, if either.
template <typename Function, typename A> struct Comparison {
  static Outcome execute(Warp &warp, const Instruction &instruction,
                         Lanes lanes) {
    const A *lhs = warp.read<A>(instruction.places[1]);
    const A *rhs = warp.read<A>(instruction.places[2]);
    Lanes value = 0;
    for (int lane = 0; lane < warpSize; ++lane)
      value |= Lanes(Function()(lhs[lane], rhs[lane])) << lane;
    assignComparison(warp, instruction, value, lanes);
    return Outcome::Next;
  }
};

template <typename R, typename... A, typename Function>
void setElementwise(Decoder &decoder, Function) {
  decoder.getInstruction().execute = Elementwise<Function, R, A...>::execute;
}

/// Calls a visitor with a number of the C++ type that an integer type is.
template <typename Visitor>
void visitInteger(Decoder &decoder, Type type, Visitor visit) {
  switch (type) {
  case Type::B16:
  case Type::U16:
    return visit(uint16_t());
  case Type::S16:
    return visit(int16_t());
  case Type::B32:
  case Type::U32:
    return visit(uint32_t());
  case Type::S32:
    return visit(int32_t());
  case Type::B64:
  case Type::U64:
    return visit(uint64_t());
  case Type::S64:
    return visit(int64_t());
  default:
    decoder.fail("not for this type");
  }
}

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_ELEMENTWISE_H
