//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Moves, jumps and what says how kernels follow each other.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

using namespace vitrail::emulator;

//===----------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------===//

template <typename T>
static Outcome executeMove(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  T values[warpSize];
  memcpy(values, warp.read<T>(instruction.places[1]), sizeof(values));
  warp.assign(instruction.places[0], values, lanes);
  warp.moveFence(instruction.places[0], instruction.places[1]);
  return Outcome::Next;
}

static Outcome executeMovePredicate(Warp &warp, const Instruction &instruction,
                                    Lanes lanes) {
  warp.assignPredicate(instruction.places[0],
                       warp.readPredicate(instruction.places[1]), lanes);
  return Outcome::Next;
}

/// Registers of a list become one, the first the lowest bits.
template <typename Whole, typename Part>
static Outcome executePack(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  constexpr int count = sizeof(Whole) / sizeof(Part);
  Whole values[warpSize];
  for (int i = 0; i < count; ++i) {
    const Part *part = warp.read<Part>(instruction.list[i]);
    for (int lane = 0; lane < warpSize; ++lane)
      memcpy(reinterpret_cast<char *>(&values[lane]) + i * sizeof(Part),
             &part[lane], sizeof(Part));
  }
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

template <typename Whole, typename Part>
static Outcome executeUnpack(Warp &warp, const Instruction &instruction,
                             Lanes lanes) {
  constexpr int count = sizeof(Whole) / sizeof(Part);
  Part parts[count][warpSize];
  const Whole *whole = warp.read<Whole>(instruction.places[1]);
  for (int i = 0; i < count; ++i)
    for (int lane = 0; lane < warpSize; ++lane)
      memcpy(&parts[i][lane],
             reinterpret_cast<const char *>(&whole[lane]) + i * sizeof(Part),
             sizeof(Part));
  for (int i = 0; i < count; ++i)
    warp.assign(instruction.list[i], parts[i], lanes);
  return Outcome::Next;
}

/// Between a register and a vector of smaller ones.
static void decodeMoveVector(Decoder &decoder, Type type, bool isUnpacked) {
  Instruction &instruction = decoder.getInstruction();
  const Operand &vector = decoder.getOperand(isUnpacked ? 0 : 1);
  const Operand &whole = decoder.getOperand(isUnpacked ? 1 : 0);
  unsigned bits = getBits(type) / vector.elements.size();
  decoder.setList(vector, bits == 16 ? Type::B16 : Type::B32, isUnpacked);
  if (isUnpacked)
    instruction.places[1] = decoder.findSource(whole, type);
  else
    decoder.setDestination(type);
  if (getBits(type) == 32 && bits == 16)
    instruction.execute = isUnpacked ? executeUnpack<uint32_t, uint16_t>
                                     : executePack<uint32_t, uint16_t>;
  else if (getBits(type) == 64 && bits == 16)
    instruction.execute = isUnpacked ? executeUnpack<uint64_t, uint16_t>
                                     : executePack<uint64_t, uint16_t>;
  else if (getBits(type) == 64 && bits == 32)
    instruction.execute = isUnpacked ? executeUnpack<uint64_t, uint32_t>
                                     : executePack<uint64_t, uint32_t>;
  else
    decoder.fail("not for these sizes");
}

static void decodeMove(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  Type type = decoder.takeType();
  decoder.expectOperands(2);
  bool isUnpacked = decoder.getOperand(0).kind == Operand::Kind::Vector;
  if (isUnpacked || decoder.getOperand(1).kind == Operand::Kind::Vector)
    return decodeMoveVector(decoder, type, isUnpacked);
  decoder.setDestination(type);
  decoder.setSources({type});
  switch (getBits(type)) {
  case 1:
    instruction.execute = executeMovePredicate;
    break;
  case 16:
    instruction.execute = executeMove<uint16_t>;
    break;
  case 32:
    instruction.execute = executeMove<uint32_t>;
    break;
  case 64:
    instruction.execute = executeMove<uint64_t>;
    break;
  default:
    decoder.fail("not for this type");
  }
}

//===----------------------------------------------------------------------===//
// Jumps
//===----------------------------------------------------------------------===//

static Outcome executeBranch(Warp &warp, const Instruction &instruction,
                             Lanes lanes) {
  warp.jump(static_cast<int>(instruction.values[0]), lanes);
  return Outcome::Jumped;
}

static void decodeBranch(Decoder &decoder) {
  decoder.take("uni");
  decoder.expectOperands(1);
  if (decoder.getOperand(0).kind != Operand::Kind::Label)
    decoder.fail("unknown label '" + decoder.getOperand(0).name + "'");
  decoder.getInstruction().values[0] = decoder.getOperand(0).index;
  decoder.getInstruction().execute = executeBranch;
}

static void decodeReturn(Decoder &decoder) {
  decoder.take("uni");
  decoder.expectOperands(0);
  decoder.getInstruction().execute = [](Warp &warp, const Instruction &,
                                        Lanes lanes) {
    warp.exit(lanes);
    return Outcome::Jumped;
  };
}

static void decodeTrap(Decoder &decoder) {
  decoder.expectOperands(0);
  decoder.getInstruction().execute = [](Warp &, const Instruction &,
                                        Lanes) -> Outcome {
    failLaunch("the kernel gives up");
  };
}

//===----------------------------------------------------------------------===//
// Kernels before and after
//===----------------------------------------------------------------------===//

/// What the kernel before has written is not there before this.
static Outcome executeWaitForKernel(Warp &warp, const Instruction &, Lanes) {
  bool isHeld = warp.getBlock().getCluster().getGoal() == Goal::Wait;
  return isHeld ? Outcome::Blocked : Outcome::Next;
}

static Outcome executeLaunchDependents(Warp &warp, const Instruction &, Lanes) {
  bool isHeld = warp.getBlock().getCluster().getGoal() == Goal::Trigger;
  return isHeld ? Outcome::Blocked : Outcome::Next;
}

static void decodeDependence(Decoder &decoder) {
  bool isWait = decoder.takeOneOf({"launch_dependents", "wait"});
  decoder.expectOperands(0);
  decoder.getInstruction().execute =
      isWait ? executeWaitForKernel : executeLaunchDependents;
}

static Outcome executeNothing(Warp &, const Instruction &, Lanes) {
  return Outcome::Next;
}

/// How many registers a warpgroup has.
static void decodeSetRegisters(Decoder &decoder) {
  decoder.takeOneOf({"inc", "dec"});
  decoder.expect("sync");
  decoder.expect("aligned");
  decoder.expect("u32");
  decoder.expectOperands(1);
  int64_t count = decoder.getImmediate(0);
  if (count < 24 || count > 256 || count % 8 != 0)
    decoder.fail(std::to_string(count) + " registers");
  decoder.getInstruction().isAligned = true;
  decoder.getInstruction().execute = executeNothing;
}

static void decodeSleep(Decoder &decoder) {
  decoder.expect("u32");
  decoder.expectOperands(1);
  decoder.getInstruction().execute = executeNothing;
}

void vitrail::emulator::registerControl(DecoderTable &table) {
  for (const char *name : {"mov", "mov.float"})
    table[name] = decodeMove;
  table["bra"] = decodeBranch;
  table["ret"] = decodeReturn;
  table["exit"] = decodeReturn;
  table["trap"] = decodeTrap;
  table["griddepcontrol"] = decodeDependence;
  table["setmaxnreg"] = decodeSetRegisters;
  table["nanosleep"] = decodeSleep;
}
