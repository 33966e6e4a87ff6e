//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Barriers of phases (mbarrier), for which threads and bytes of copies arrive.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

using namespace vitrail::emulator;

void PhaseBarrier::advance() {
  if (pending != 0 || bytes != 0)
    return;
  pending = expected;
  ++phases;
}

void PhaseBarrier::arrive(int64_t count) {
  if (count > pending)
    failLaunch("more than " + std::to_string(expected) +
               " arrive at the mbarrier in one phase");
  pending -= count;
  advance();
}

void PhaseBarrier::receiveBytes(int64_t count) {
  bytes -= count;
  advance();
}

PhaseBarrier &Block::findPhaseBarrier(uint64_t address) {
  Block &owner = findBlock(address);
  auto found = owner.phaseBarriers.find(static_cast<uint32_t>(address));
  if (found == owner.phaseBarriers.end())
    failLaunch("there is no mbarrier at shared address " +
               std::to_string(address));
  return found->second;
}

/// Its address in shared memory, also where it is generic.
static uint64_t readAddress(const Warp &warp, const Instruction &instruction,
                            int lane) {
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  uint64_t address = addresses[lane];
  if (address >= sharedWindow)
    address -= sharedWindow;
  if (address % 8 != 0)
    throw Fault(Result::MisalignedAddress,
                "an mbarrier at address " + std::to_string(address));
  return address;
}

static uint32_t readCount(const Warp &warp, const Instruction &instruction,
                          int lane) {
  Place place = instruction.places[1];
  return place == noPlace ? 1 : warp.read<uint32_t>(place)[lane];
}

static Outcome executeInitialize(Warp &warp, const Instruction &instruction,
                                 Lanes lanes) {
  constexpr uint32_t most = (1 << 20) - 1;
  Block &block = warp.getBlock();
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t address = readAddress(warp, instruction, lane);
    block.findShared(address, 8);
    uint32_t count = readCount(warp, instruction, lane);
    if (count == 0 || count > most)
      failLaunch("an mbarrier for which " + std::to_string(count) + " arrive");
    PhaseBarrier barrier;
    barrier.expected = barrier.pending = count;
    block.phaseBarriers[static_cast<uint32_t>(address)] = barrier;
  }
  return Outcome::Next;
}

static Outcome executeInvalidate(Warp &warp, const Instruction &instruction,
                                 Lanes lanes) {
  for (int lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1) {
      uint64_t address = readAddress(warp, instruction, lane);
      warp.getBlock().findPhaseBarrier(address);
      warp.getBlock().phaseBarriers.erase(static_cast<uint32_t>(address));
    }
  return Outcome::Next;
}

/// In values: whether bytes are expected, and whether a thread arrives. The
/// state that is returned is how many phases there were.
static Outcome executeArrive(Warp &warp, const Instruction &instruction,
                             Lanes lanes) {
  uint64_t states[warpSize] = {};
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    PhaseBarrier &barrier =
        warp.getBlock().findPhaseBarrier(readAddress(warp, instruction, lane));
    states[lane] = barrier.phases;
    uint32_t count = readCount(warp, instruction, lane);
    if (instruction.values[0])
      barrier.expectBytes(count);
    if (instruction.values[1])
      barrier.arrive(instruction.values[0] ? 1 : count);
  }
  warp.assign(instruction.places[0], states, lanes);
  return Outcome::Next;
}

/// Lets some copies arrive for which a barrier waits, as late as it may be.
static void receiveCopies(Block &block, uint64_t address) {
  Cluster &cluster = block.getCluster();
  for (size_t i = 0; i < block.loads.size(); ++i) {
    if (block.loads[i].barrier != address)
      continue;
    // Others may go on before.
    cluster.notify();
    if (cluster.draw(2))
      continue;
    BoxLoad load = std::move(block.loads[i]);
    block.loads.erase(block.loads.begin() + i);
    load.arrive();
    return;
  }
}

/// In values: whether a parity is given and not a state, and whether it returns
/// at once.
static Outcome executeWait(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  Block &block = warp.getBlock();
  Lanes done = 0;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t address = readAddress(warp, instruction, lane);
    if (address >> sharedBits)
      failLaunch("waits for the mbarrier of another block");
    PhaseBarrier &barrier = block.findPhaseBarrier(address);
    auto isDone = [&] {
      if (instruction.values[0])
        return (barrier.phases & 1) !=
               (warp.read<uint32_t>(instruction.places[1])[lane] & 1);
      return barrier.phases != warp.read<uint64_t>(instruction.places[1])[lane];
    };
    if (!isDone())
      receiveCopies(block, address);
    done |= Lanes(isDone()) << lane;
  }
  if (done != lanes && !instruction.values[1])
    return Outcome::Blocked;
  warp.assignPredicate(instruction.places[0], done, lanes);
  return Outcome::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

static void skipScope(Decoder &decoder) {
  for (std::string_view word :
       {"release", "acquire", "relaxed", "cta", "cluster"})
    decoder.take(word);
}

static void decodeArrive(Decoder &decoder, bool arrives) {
  Instruction &instruction = decoder.getInstruction();
  bool expectsBytes = !arrives || decoder.take("expect_tx");
  skipScope(decoder);
  Space space = decoder.takeSpace();
  decoder.expect("b64");
  size_t first = arrives ? 1 : 0;
  decoder.expectOperands(first + (expectsBytes ? 2 : 1), first + 2);
  if (arrives) {
    instruction.places[0] =
        decoder.findDestination(decoder.getOperand(0), Type::B64);
    instruction.isFirstWritten = true;
  }
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(first), space);
  if (decoder.countOperands() > first + 1)
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(first + 1), Type::B32);
  instruction.values[0] = expectsBytes;
  instruction.values[1] = arrives;
  instruction.execute = executeArrive;
}

static void decodeWait(Decoder &decoder, bool isTest) {
  Instruction &instruction = decoder.getInstruction();
  bool isParity = decoder.take("parity");
  skipScope(decoder);
  Space space = decoder.takeSpace();
  decoder.expect("b64");
  decoder.expectOperands(3, isTest ? 3 : 4);
  decoder.setDestination(Type::Pred);
  instruction.addresses[0] = decoder.findAddress(decoder.getOperand(1), space);
  instruction.places[1] = decoder.findSource(decoder.getOperand(2),
                                             isParity ? Type::B32 : Type::B64);
  instruction.values[0] = isParity;
  instruction.values[1] = isTest;
  instruction.execute = executeWait;
}

static void decodeLife(Decoder &decoder, bool isInitialization) {
  Instruction &instruction = decoder.getInstruction();
  Space space = decoder.takeSpace();
  decoder.expect("b64");
  decoder.expectOperands(isInitialization ? 2 : 1);
  instruction.addresses[0] = decoder.findAddress(decoder.getOperand(0), space);
  if (isInitialization)
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(1), Type::B32);
  instruction.execute =
      isInitialization ? executeInitialize : executeInvalidate;
}

static void decodePhaseBarrier(Decoder &decoder) {
  switch (decoder.takeOneOf(
      {"init", "inval", "arrive", "expect_tx", "try_wait", "test_wait"})) {
  case 0:
    return decodeLife(decoder, /*isInitialization=*/true);
  case 1:
    return decodeLife(decoder, /*isInitialization=*/false);
  case 2:
    return decodeArrive(decoder, /*arrives=*/true);
  case 3:
    return decodeArrive(decoder, /*arrives=*/false);
  case 4:
    return decodeWait(decoder, /*isTest=*/false);
  default:
    return decodeWait(decoder, /*isTest=*/true);
  }
}

void vitrail::emulator::registerPhases(DecoderTable &table) {
  table["mbarrier"] = decodePhaseBarrier;
}
