//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks and the clusters that they are in.
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include <algorithm>

using namespace vitrail::emulator;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Block::Block(Cluster &cluster, unsigned rank, const unsigned (&place)[3])
    : cluster(cluster), rank(rank), place{place[0], place[1], place[2]} {
  const Launch &launch = cluster.getLaunch();
  sharedBegin = launch.kernel->sharedBegin;
  sharedEnd =
      sharedBegin + launch.kernel->sharedBytes + launch.shape.sharedBytes;
  shared.assign(sharedEnd, poison);
  marks.resize(sharedEnd / 16 + 1);
  for (unsigned i = 0; i * warpSize < countThreads(); ++i)
    warps.push_back(std::make_unique<Warp>(*this, i));
}

unsigned Block::countThreads() const {
  return cluster.getLaunch().shape.countThreads();
}

Block &Block::findBlock(uint64_t &address) {
  uint64_t owner = address >> sharedBits;
  if (owner == 0)
    return *this;
  if (owner > cluster.countBlocks())
    throw Fault(Result::IllegalAddress,
                "the cluster has no block of this address");
  address &= (1u << sharedBits) - 1;
  return cluster.getBlock(owner - 1);
}

uint8_t *Block::findShared(uint64_t address, uint64_t bytes) {
  Block &owner = findBlock(address);
  if (&owner != this && owner.hasExited())
    throw Fault(Result::IllegalAddress,
                "the block whose shared memory this is has ended");
  if (address < owner.sharedBegin || address > owner.sharedEnd ||
      bytes > owner.sharedEnd - address)
    throw Fault(Result::IllegalAddress,
                std::to_string(bytes) + " bytes at shared address " +
                    std::to_string(address) + " are outside of " +
                    std::to_string(owner.sharedBegin) + " to " +
                    std::to_string(owner.sharedEnd));
  return owner.shared.data() + address;
}

bool Block::hasExited() const {
  return std::all_of(warps.begin(), warps.end(),
                     [](const auto &warp) { return warp->isDone(); });
}

void Block::markWritten(uint32_t offset, unsigned bytes, const Warp &warp) {
  Mark mark = {static_cast<uint32_t>(warp.getIndex()), warp.copies.fences};
  for (uint32_t i = offset / 16; 16 * i < offset + bytes; ++i)
    marks[i] = mark;
}

/// What an engine has written needs no fence.
void Block::clearMarks(uint32_t offset, unsigned bytes) {
  for (uint32_t i = offset / 16; 16 * i < offset + bytes; ++i)
    marks[i] = {};
}

void Block::checkOrdered(uint32_t offset, unsigned bytes, const char *reader) {
  for (uint32_t i = offset / 16; 16 * i < offset + bytes; ++i) {
    const Mark &mark = marks[i];
    if (mark.fences == ~0u || mark.fences != warps[mark.warp]->copies.fences)
      continue;
    failLaunch(std::string(reader) + " reads shared address " +
               std::to_string(16 * i) + ", which warp " +
               std::to_string(mark.warp) +
               " wrote without fence.proxy.async after it");
  }
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

unsigned Launch::countClusters() const {
  return shape.countBlocks() / countClusterBlocks();
}

Cluster::Cluster(const Launch &launch, unsigned index)
    : launch(launch), random(launch.seed * 7919 + index + 1) {
  // The first numbers are close to one another.
  random.discard(8);
  const unsigned (&shape)[3] = launch.clusterShape;
  unsigned across = launch.shape.blocks[0] / shape[0];
  unsigned down = launch.shape.blocks[1] / shape[1];
  unsigned origin[] = {index % across * shape[0],
                       index / across % down * shape[1],
                       index / across / down * shape[2]};
  for (unsigned rank = 0; rank < launch.countClusterBlocks(); ++rank) {
    unsigned place[] = {origin[0] + rank % shape[0],
                        origin[1] + rank / shape[0] % shape[1],
                        origin[2] + rank / shape[0] / shape[1]};
    blocks.emplace_back(*this, rank, place);
    for (auto &warp : blocks.back().warps)
      running.push_back({warp.get()});
  }
}

/// Runs a warp that may go on for some instructions; false if there is none.
bool Cluster::runAny() {
  size_t first = random() % running.size();
  for (size_t i = 0; i < running.size(); ++i) {
    RunningWarp &warp = running[(first + i) % running.size()];
    if (warp.blockedAt == progress)
      continue;
    // Mostly many, now and then a few.
    int instructions = draw(4) ? 1 + random() % 8 : 32 + random() % 256;
    // It may have let all try again, itself included.
    uint64_t before = progress;
    if (runWarp(*warp.warp, instructions))
      ++progress;
    else
      warp.blockedAt = before;
    if (warp.warp->isDone())
      running.erase(running.begin() + (first + i) % running.size());
    return true;
  }
  return false;
}

/// Says where an instruction fails.
bool Cluster::runWarp(Warp &warp, int instructions) {
  try {
    return warp.run(instructions);
  } catch (const Fault &fault) {
    throw Fault(fault.result, describe(warp.getBlock()) +
                                  warp.describe(/*withOthers=*/false) + ": " +
                                  fault.what());
  }
}

void Cluster::run(Goal wanted) {
  goal = wanted;
  // What waited for the goal before may go on.
  ++progress;
  while (!running.empty())
    if (!runAny()) {
      if (goal != Goal::End)
        return;
      reportDeadlock();
    }
  if (!isFinished)
    finish();
}

void Cluster::finish() {
  isFinished = true;
  for (Block &block : blocks) {
    if (!block.loads.empty())
      throw Fault(Result::LaunchFailed,
                  describe(block) +
                      "it ends while a copy to its shared memory runs");
    for (auto &warp : block.warps) {
      for (const BulkStore &store : warp->copies.stores)
        if (!store.isRead)
          throw Fault(Result::LaunchFailed,
                      describe(block) + "it ends while the copy of line " +
                          std::to_string(store.line) +
                          " reads its shared memory");
      warp->copies.finishStores(allLanes, 0, /*isReadOnly=*/false);
      if (!warp->products.areDone())
        throw Fault(Result::LaunchFailed,
                    describe(block) + "it ends without wgmma.wait_group");
    }
  }
}

std::string Cluster::describe(const Block &block) const {
  const unsigned (&place)[3] = block.getPlace();
  return "kernel " + launch.kernel->name + ", block (" +
         std::to_string(place[0]) + ", " + std::to_string(place[1]) + ", " +
         std::to_string(place[2]) + "), ";
}

void Cluster::reportDeadlock() const {
  constexpr size_t most = 8;
  std::string text;
  for (size_t i = 0; i < running.size() && i < most; ++i) {
    const Block &block = running[i].warp->getBlock();
    if (blocks.size() > 1)
      text += "block " + std::to_string(block.getRank()) + ", ";
    text += running[i].warp->describe(/*withOthers=*/true) + "; ";
  }
  failLaunch(describe(running[0].warp->getBlock()) + "deadlock: " + text +
             std::to_string(running.size()) + " warps wait");
}
