//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels as they are executed: instructions with the places of their operands.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_PROGRAM_H
#define VITRAIL_TEST_CUDAEMULATOR_PROGRAM_H

#include "Memory.h"
#include "Syntax.h"

#include <memory>
#include <string_view>

namespace vitrail::emulator {

constexpr int warpSize = 32;

/// Lanes of a warp, a bit each; also the value of a predicate.
using Lanes = uint32_t;
constexpr Lanes allLanes = ~Lanes(0);

class Warp;

/// What an instruction did: the next is due, it has set where the warp goes on,
/// or it has to wait, and is to be tried again.
enum class Outcome : uint8_t { Next, Jumped, Blocked };

/// The place of a register in its warp's frame, where 32 lanes lie side by side
/// (a predicate is one number), or, if negative, the complement of a place
/// among the kernel's constants.
using Place = int32_t;
constexpr Place noPlace = INT32_MIN;
/// Places of registers, but for predicates, are multiples of it.
constexpr Place placeUnit = 64;

/// An address: what a register, or a name, has, and an offset.
struct Address {
  Place base = noPlace;
  int64_t offset = 0;
  /// Whether the register has 32 bits, as those of shared memory may.
  bool isNarrow = false;
};

struct Instruction {
  Outcome (*execute)(Warp &, const Instruction &, Lanes) = nullptr;
  Place guard = noPlace;
  bool isGuardNegated = false;
  /// Whether lanes that run are to execute it at once.
  bool isAligned = false;
  /// Whether it writes to its first place, or to the first `numWritten` of
  /// `list`.
  bool isFirstWritten = false;
  /// Whether it may use registers that a wgmma that runs has.
  bool isWarpgroup = false;
  unsigned line = 0, numWritten = 0;
  Place places[6] = {noPlace, noPlace, noPlace, noPlace, noPlace, noPlace};
  Address addresses[3];
  /// Modifiers and immediate operands.
  int64_t values[5] = {};
  /// Vectors and matrices.
  std::vector<Place> list;
  /// Its opcode, for messages.
  std::string name;
};

/// Registers that are read only; their places are in this order.
enum class Special {
  TidX,
  TidY,
  TidZ,
  NtidX,
  NtidY,
  NtidZ,
  CtaidX,
  CtaidY,
  CtaidZ,
  NctaidX,
  NctaidY,
  NctaidZ,
  LaneId,
  WarpId,
  ClusterCtaidX,
  ClusterCtaidY,
  ClusterCtaidZ,
  ClusterNctaidX,
  ClusterNctaidY,
  ClusterNctaidZ,
  ClusterIdX,
  ClusterIdY,
  ClusterIdZ,
  NclusterIdX,
  NclusterIdY,
  NclusterIdZ,
  ClusterCtarank,
  ClusterNctarank,
  LanemaskEq,
  LanemaskLe,
  LanemaskLt,
  LanemaskGe,
  LanemaskGt,
  Count
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  uint64_t parameterBytes = 0;
  std::vector<Instruction> code;
  /// Bytes of a warp's frame, and constants, 32 lanes each.
  size_t frameBytes = 0;
  std::vector<char> constants;
  /// Where shared memory begins and what variables take of it.
  uint32_t sharedBegin = 0, sharedBytes = 0;
  unsigned requiredThreads[3] = {}, mostThreads[3] = {}, cluster[3] = {};
};

struct Module {
  std::map<std::string, Kernel> kernels;
  /// Of variables in global and constant memory.
  std::vector<uint64_t> allocations;
};

/// Decodes the PTX. Throws ProgramError, also where the text is for devices of
/// a later compute capability.
std::unique_ptr<Module> loadModule(std::string_view text, int capability,
                                   Memory &memory);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_PROGRAM_H
