//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Barriers of the threads of a warp, a block and a cluster, and fences.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <bit>

using namespace vitrail::emulator;

static unsigned roundToWarps(unsigned threads) {
  return (threads + warpSize - 1) / warpSize * warpSize;
}

/// Counts a warp at a barrier of its block.
static ThreadBarrier &arrive(Warp &warp, const Instruction &instruction,
                             uint32_t id) {
  if (id >= 16)
    failLaunch("there is no barrier " + std::to_string(id));
  Block &block = warp.getBlock();
  unsigned wanted = instruction.places[2] == noPlace
                        ? roundToWarps(block.countThreads())
                        : warp.read<uint32_t>(instruction.places[2])[0];
  if (wanted == 0 || wanted % warpSize != 0)
    failLaunch("a barrier of " + std::to_string(wanted) + " threads");
  ThreadBarrier &barrier = block.barriers[id];
  if (barrier.arrived == 0)
    barrier.wanted = wanted;
  if (barrier.wanted != wanted)
    failLaunch("barrier " + std::to_string(id) + " is one of " +
               std::to_string(barrier.wanted) + " threads and of " +
               std::to_string(wanted));
  barrier.arrived += warpSize;
  if (barrier.arrived == wanted) {
    barrier.arrived = 0;
    ++barrier.passes;
  }
  return barrier;
}

static Outcome executeSynchronize(Warp &warp, const Instruction &instruction,
                                  Lanes) {
  uint32_t id = warp.read<uint32_t>(instruction.places[1])[0];
  if (warp.waitingBarrier < 0) {
    uint64_t passes = id < 16 ? warp.getBlock().barriers[id].passes : 0;
    arrive(warp, instruction, id);
    warp.waitingBarrier = static_cast<int>(id);
    warp.waitingPasses = passes;
  }
  if (warp.getBlock().barriers[id].passes == warp.waitingPasses)
    return Outcome::Blocked;
  warp.waitingBarrier = -1;
  return Outcome::Next;
}

static Outcome executeArrive(Warp &warp, const Instruction &instruction,
                             Lanes) {
  arrive(warp, instruction, warp.read<uint32_t>(instruction.places[1])[0]);
  return Outcome::Next;
}

static Outcome executeSynchronizeWarp(Warp &warp,
                                      const Instruction &instruction,
                                      Lanes lanes) {
  Lanes members =
      warp.read<uint32_t>(instruction.places[1])[std::countr_zero(lanes)];
  if (lanes & ~members)
    failLaunch("a lane executes it that is not among its members");
  return warp.areHere(members, lanes) ? Outcome::Next : Outcome::Blocked;
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

/// Threads that have exited need not arrive.
static bool haveAllArrived(Cluster &cluster) {
  for (unsigned rank = 0; rank < cluster.countBlocks(); ++rank)
    for (auto &warp : cluster.getBlock(rank).warps) {
      Lanes missing = warp->getLiveLanes() & ~warp->arrivedAtCluster;
      for (int lane = 0; lane < warpSize; ++lane)
        missing |= Lanes(warp->clusterPasses[lane] != cluster.passes) << lane;
      if (missing & warp->getLiveLanes())
        return false;
    }
  return true;
}

static Outcome executeClusterArrive(Warp &warp, const Instruction &,
                                    Lanes lanes) {
  Cluster &cluster = warp.getBlock().getCluster();
  if (warp.arrivedAtCluster & lanes)
    failLaunch("the thread has arrived, and not waited since");
  warp.arrivedAtCluster |= lanes;
  for (int lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      warp.clusterPasses[lane] = cluster.passes;
  return Outcome::Next;
}

static Outcome executeClusterWait(Warp &warp, const Instruction &,
                                  Lanes lanes) {
  Cluster &cluster = warp.getBlock().getCluster();
  if (lanes & ~warp.arrivedAtCluster)
    failLaunch("the thread has not arrived");
  if (haveAllArrived(cluster))
    ++cluster.passes;
  for (int lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1 && warp.clusterPasses[lane] == cluster.passes)
      return Outcome::Blocked;
  warp.arrivedAtCluster &= ~lanes;
  return Outcome::Next;
}

static void decodeClusterBarrier(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  bool isWait = decoder.takeOneOf({"arrive", "wait"});
  if (isWait)
    decoder.take("acquire");
  else if (!decoder.take("release"))
    decoder.take("relaxed");
  instruction.isAligned = decoder.take("aligned");
  decoder.expectOperands(0);
  instruction.execute = isWait ? executeClusterWait : executeClusterArrive;
}

/// `bar.sync` is `barrier.sync.aligned`; others are taken to be aligned, too.
static void decodeBarrier(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  if (decoder.take("cluster"))
    return decodeClusterBarrier(decoder);
  if (decoder.take("warp")) {
    decoder.expect("sync");
    decoder.expectOperands(1);
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(0), Type::B32);
    instruction.execute = executeSynchronizeWarp;
    return;
  }
  decoder.take("cta");
  bool isArrive = decoder.takeOneOf({"sync", "arrive"});
  decoder.take("aligned");
  decoder.expectOperands(isArrive ? 2 : 1, 2);
  instruction.places[1] = decoder.findSource(decoder.getOperand(0), Type::B32);
  if (decoder.countOperands() > 1)
    instruction.places[2] =
        decoder.findSource(decoder.getOperand(1), Type::B32);
  instruction.isAligned = true;
  instruction.execute = isArrive ? executeArrive : executeSynchronize;
}

//===----------------------------------------------------------------------===//
// Fences
//===----------------------------------------------------------------------===//

static Outcome executeFence(Warp &warp, const Instruction &instruction, Lanes) {
  if (instruction.values[0])
    ++warp.copies.fences;
  return Outcome::Next;
}

/// What one thread writes is seen by others in the same order here: only fences
/// before what engines read do something.
static void decodeFence(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  instruction.execute = executeFence;
  decoder.expectOperands(0);
  if (decoder.take("proxy")) {
    decoder.expect("async");
    Space space = decoder.takeSpace();
    instruction.values[0] = space != Space::Global;
    return;
  }
  if (decoder.take("mbarrier_init")) {
    decoder.expect("release");
    decoder.expect("cluster");
    return;
  }
  decoder.takeOneOf({"acq_rel", "sc", "acquire", "release"});
  decoder.takeOneOf({"cta", "cluster", "gpu", "sys"});
}

static void decodeMemoryBarrier(Decoder &decoder) {
  decoder.takeOneOf({"cta", "gl", "sys"});
  decoder.expectOperands(0);
  decoder.getInstruction().execute = executeFence;
}

void vitrail::emulator::registerBarriers(DecoderTable &table) {
  table["bar"] = decodeBarrier;
  table["barrier"] = decodeBarrier;
  table["fence"] = decodeFence;
  table["membar"] = decodeMemoryBarrier;
}
