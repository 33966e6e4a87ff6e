//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the lanes of a warp tell each other.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <bit>

using namespace vitrail::emulator;

/// The members that an instruction names are in its last place.
static Lanes getMembers(const Warp &warp, Place place, Lanes lanes) {
  Lanes members = warp.read<uint32_t>(place)[std::countr_zero(lanes)];
  if (lanes & ~members)
    failLaunch("a lane executes it that is not among its members");
  return members;
}

//===----------------------------------------------------------------------===//
// Shuffles
//===----------------------------------------------------------------------===//

/// In values: up, down, bfly or idx.
static Outcome executeShuffle(Warp &warp, const Instruction &instruction,
                              Lanes lanes) {
  Lanes members = getMembers(warp, instruction.places[4], lanes);
  if (!warp.areHere(members, lanes))
    return Outcome::Blocked;
  const auto *from = warp.read<uint32_t>(instruction.places[1]);
  const auto *bs = warp.read<uint32_t>(instruction.places[2]);
  const auto *cs = warp.read<uint32_t>(instruction.places[3]);
  uint32_t values[warpSize] = {};
  Lanes isInside = 0;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    int by = bs[lane] & 31, mask = cs[lane] >> 8 & 31, clamp = cs[lane] & 31;
    int last = (lane & mask) | (clamp & ~mask), first = lane & mask;
    int source = lane;
    bool isValid = true;
    switch (instruction.values[0]) {
    case 0:
      source = lane - by;
      isValid = source >= last;
      break;
    case 1:
      source = lane + by;
      isValid = source <= last;
      break;
    case 2:
      source = lane ^ by;
      isValid = source <= last;
      break;
    default:
      source = first | (by & ~mask);
      isValid = source <= last;
    }
    source = isValid ? source : lane;
    if (!(lanes >> source & 1))
      failLaunch("lane " + std::to_string(lane) + " reads lane " +
                 std::to_string(source) + ", which does not execute it");
    values[lane] = from[source];
    isInside |= Lanes(isValid) << lane;
  }
  warp.assign(instruction.places[0], values, lanes);
  if (instruction.places[5] != noPlace)
    warp.assignPredicate(instruction.places[5], isInside, lanes);
  return Outcome::Next;
}

static void decodeShuffle(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  instruction.values[0] = decoder.takeOneOf({"up", "down", "bfly", "idx"});
  decoder.expect("b32");
  decoder.expectOperands(5);
  const Operand &result = decoder.getOperand(0);
  bool hasBoth = result.kind == Operand::Kind::Alternates;
  instruction.places[0] =
      decoder.findDestination(hasBoth ? result.elements[0] : result, Type::B32);
  if (hasBoth)
    instruction.places[5] =
        decoder.findDestination(result.elements[1], Type::Pred);
  instruction.isFirstWritten = true;
  for (size_t i = 1; i < 5; ++i)
    instruction.places[i] =
        decoder.findSource(decoder.getOperand(i), Type::B32);
  instruction.execute = executeShuffle;
}

//===----------------------------------------------------------------------===//
// Votes
//===----------------------------------------------------------------------===//

enum Vote : int64_t { All, Any, Uniform, Ballot };

static Outcome executeVote(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  Lanes members = getMembers(warp, instruction.places[2], lanes);
  if (!warp.areHere(members, lanes))
    return Outcome::Blocked;
  Lanes votes = warp.readPredicate(instruction.places[1]);
  votes = (instruction.values[1] ? ~votes : votes) & lanes;
  if (instruction.values[0] == Ballot) {
    uint32_t values[warpSize];
    std::fill_n(values, warpSize, votes);
    warp.assign(instruction.places[0], values, lanes);
    return Outcome::Next;
  }
  bool result = instruction.values[0] == All   ? votes == lanes
                : instruction.values[0] == Any ? votes != 0
                                               : votes == 0 || votes == lanes;
  warp.assignPredicate(instruction.places[0], result ? allLanes : 0, lanes);
  return Outcome::Next;
}

static void decodeVote(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  instruction.values[0] = decoder.takeOneOf({"all", "any", "uni", "ballot"});
  bool isBallot = instruction.values[0] == Ballot;
  decoder.expect(isBallot ? "b32" : "pred");
  decoder.expectOperands(3);
  decoder.setDestination(isBallot ? Type::B32 : Type::Pred);
  Operand vote = decoder.getOperand(1);
  instruction.values[1] = vote.isNegated;
  vote.isNegated = false;
  instruction.places[1] = decoder.findSource(vote, Type::Pred);
  instruction.places[2] = decoder.findSource(decoder.getOperand(2), Type::B32);
  instruction.execute = executeVote;
}

/// elect: the first of the lanes.
static Outcome executeElect(Warp &warp, const Instruction &instruction,
                            Lanes lanes) {
  Lanes members = getMembers(warp, instruction.places[2], lanes);
  if (!warp.areHere(members, lanes))
    return Outcome::Blocked;
  uint32_t first = std::countr_zero(lanes), values[warpSize];
  std::fill_n(values, warpSize, first);
  warp.assign(instruction.places[0], values, lanes);
  warp.assignPredicate(instruction.places[1], 1u << first, lanes);
  return Outcome::Next;
}

static void decodeElect(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  decoder.expectOperands(2);
  const Operand &result = decoder.getOperand(0);
  if (result.kind != Operand::Kind::Alternates)
    decoder.fail("expected two destinations");
  instruction.places[0] =
      decoder.findDestination(result.elements[0], Type::B32);
  instruction.places[1] =
      decoder.findDestination(result.elements[1], Type::Pred);
  instruction.isFirstWritten = true;
  instruction.places[2] = decoder.findSource(decoder.getOperand(1), Type::B32);
  instruction.execute = executeElect;
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

template <typename T>
static Outcome executeReduction(Warp &warp, const Instruction &instruction,
                                Lanes lanes) {
  Lanes members = getMembers(warp, instruction.places[2], lanes);
  if (!warp.areHere(members, lanes))
    return Outcome::Blocked;
  const T *from = warp.read<T>(instruction.places[1]);
  T result = from[std::countr_zero(lanes)];
  for (int lane = std::countr_zero(lanes) + 1; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    switch (instruction.values[0]) {
    case 0:
      result = static_cast<T>(uint32_t(result) + uint32_t(from[lane]));
      break;
    case 1:
      result = std::min(result, from[lane]);
      break;
    case 2:
      result = std::max(result, from[lane]);
      break;
    case 3:
      result &= from[lane];
      break;
    case 4:
      result |= from[lane];
      break;
    default:
      result ^= from[lane];
    }
  }
  T values[warpSize];
  std::fill_n(values, warpSize, result);
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodeReduction(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("sync");
  instruction.values[0] =
      decoder.takeOneOf({"add", "min", "max", "and", "or", "xor"});
  Type type = decoder.takeInteger(32);
  if (getBits(type) != 32)
    decoder.fail("not for this type");
  decoder.setDestination(type);
  decoder.setSources({type, Type::B32});
  instruction.execute =
      isSigned(type) ? executeReduction<int32_t> : executeReduction<uint32_t>;
}

static void decodeActiveMask(Decoder &decoder) {
  decoder.expect("b32");
  decoder.expectOperands(1);
  decoder.setDestination(Type::B32);
  decoder.getInstruction().execute =
      [](Warp &warp, const Instruction &instruction, Lanes lanes) {
        uint32_t values[warpSize];
        std::fill_n(values, warpSize, lanes);
        warp.assign(instruction.places[0], values, lanes);
        return Outcome::Next;
      };
}

void vitrail::emulator::registerExchanges(DecoderTable &table) {
  table["shfl"] = decodeShuffle;
  table["vote"] = decodeVote;
  table["elect"] = decodeElect;
  table["redux"] = decodeReduction;
  table["activemask"] = decodeActiveMask;
}
