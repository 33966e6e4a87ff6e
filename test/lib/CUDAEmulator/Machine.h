//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What executes a kernel: warps of blocks of clusters. Warps take turns, in an
// order drawn at random; the lanes of a warp execute the same instruction, and
// where they part, those that are behind go first, so that they meet again.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_MACHINE_H
#define VITRAIL_TEST_CUDAEMULATOR_MACHINE_H

#include "Async.h"
#include "Fault.h"
#include "Program.h"

#include <cstring>
#include <deque>
#include <random>
#include <unordered_map>

namespace vitrail::emulator {

using Random = std::minstd_rand;

struct LaunchShape {
  unsigned blocks[3] = {1, 1, 1}, threads[3] = {1, 1, 1};
  unsigned sharedBytes = 0;

  unsigned countThreads() const { return threads[0] * threads[1] * threads[2]; }
  unsigned countBlocks() const { return blocks[0] * blocks[1] * blocks[2]; }
};

class Cluster;
class Block;

/// Lanes that are at the same instruction.
struct LaneGroup {
  int at;
  Lanes lanes;
  bool isBlocked = false;
};

class Warp {
public:
  Warp(Block &block, int index);

  Block &getBlock() const { return block; }
  int getIndex() const { return index; }
  /// Lanes that have a thread and did not exit.
  Lanes getLiveLanes() const;
  bool isDone() const { return groups.empty(); }

  /// Executes up to so many instructions; false if it could not do any.
  bool run(int instructions);
  /// Where the lanes are that run, or all.
  std::string describe(bool withOthers) const;

  template <typename T> const T *read(Place place) const {
    return reinterpret_cast<const T *>(place >= 0 ? frame.get() + place
                                                  : constants + ~place);
  }
  template <typename T> T *getRegister(Place place) {
    return reinterpret_cast<T *>(frame.get() + place);
  }
  Lanes readPredicate(Place place) const { return *read<Lanes>(place); }
  /// Writes the values of some lanes.
  template <typename T>
  void assign(Place place, const T (&values)[warpSize], Lanes lanes) {
    if (place == noPlace)
      return;
    writtenAfter[place / placeUnit] = registerFences;
    T *to = getRegister<T>(place);
    if (lanes == allLanes) {
      memcpy(to, values, sizeof(values));
      return;
    }
    for (int lane = 0; lane < warpSize; ++lane)
      to[lane] = lanes >> lane & 1 ? values[lane] : to[lane];
  }
  void assignPredicate(Place place, Lanes value, Lanes lanes) {
    Lanes *to = getRegister<Lanes>(place);
    *to = (*to & ~lanes) | (value & lanes);
  }

  /// wgmma.fence, and whether one came after what has last written a register.
  void fenceRegisters() { ++registerFences; }
  bool isFenced(Place place) const {
    return writtenAfter[place / placeUnit] != registerFences;
  }
  /// A register that another is moved to is as that one: compilers leave moves
  /// behind a fence that they do not execute.
  void moveFence(Place to, Place from) {
    if (to == noPlace)
      return;
    writtenAfter[to / placeUnit] =
        from < 0 ? registerFences - 1 : writtenAfter[from / placeUnit];
  }
  /// What wgmma writes needs no fence.
  void forgetWrite(Place place) {
    writtenAfter[place / placeUnit] = registerFences - 1;
  }

  void jump(int target, Lanes lanes);
  void exit(Lanes lanes);
  /// Whether all lanes that these name, and that run, are here; otherwise those
  /// that are have to wait.
  bool areHere(Lanes wanted, Lanes lanes) const;

  /// What an address is in each lane.
  void readAddresses(const Address &address,
                     uint64_t (&addresses)[warpSize]) const;

  /// Throws if the bytes are in no allocation. The last one is kept.
  uint8_t *findGlobal(uint64_t address, uint64_t bytes);

  /// What the warp waits for at a barrier: the barrier and how often it has
  /// been passed; -1 if none.
  int waitingBarrier = -1;
  uint64_t waitingPasses = 0;
  /// Lanes that are between arriving and waiting at that of the cluster.
  Lanes arrivedAtCluster = 0;
  /// How often that had been passed when they arrived.
  uint64_t clusterPasses[warpSize] = {};

  WarpCopies copies;
  WarpProducts products;

private:
  /// An instruction was executed; some lanes have to wait, others may go on; or
  /// all have to wait.
  enum class Step { Ran, Waited, Stuck };
  Step step();
  void selectGroup();
  void checkRegisters(const Instruction &instruction) const;

  Block &block;
  int index;
  /// The one that runs is the first.
  std::vector<LaneGroup> groups;
  const Instruction *code;
  std::unique_ptr<char[]> frame;
  const char *constants;
  /// How often wgmma.fence was executed, and had been when a register was
  /// written.
  uint32_t registerFences = 0;
  std::vector<uint32_t> writtenAfter;
  const Allocation *allocation = nullptr;
};

/// A barrier of `bar`: how many threads have arrived, for how many those wait,
/// and how often it was passed.
struct ThreadBarrier {
  unsigned arrived = 0, wanted = 0;
  uint64_t passes = 0;
};

class Block {
public:
  Block(Cluster &cluster, unsigned rank, const unsigned (&place)[3]);

  Cluster &getCluster() const { return cluster; }
  unsigned getRank() const { return rank; }
  const unsigned (&getPlace() const)[3] { return place; }
  unsigned countThreads() const;

  /// The address of shared memory, of this block or another of its cluster;
  /// throws if any of the bytes is outside.
  uint8_t *findShared(uint64_t address, uint64_t bytes);
  /// The block that an address of shared memory is in, of which it becomes the
  /// offset.
  Block &findBlock(uint64_t &address);
  /// The mbarrier at an address of shared memory; throws if there is none.
  PhaseBarrier &findPhaseBarrier(uint64_t address);

  /// Marks bytes as written by a warp, until that orders them before what
  /// engines read.
  void markWritten(uint32_t offset, unsigned bytes, const Warp &warp);
  /// Throws if any of the bytes is marked.
  void checkOrdered(uint32_t offset, unsigned bytes, const char *reader);
  void clearMarks(uint32_t offset, unsigned bytes);
  bool hasExited() const;

  std::vector<std::unique_ptr<Warp>> warps;
  ThreadBarrier barriers[16];
  std::unordered_map<uint32_t, PhaseBarrier> phaseBarriers;
  /// Copies to this block that have not arrived.
  std::vector<BoxLoad> loads;

private:
  Cluster &cluster;
  unsigned rank, place[3];
  uint32_t sharedBegin, sharedEnd;
  std::vector<uint8_t> shared;
  /// For each 16 bytes of shared memory, the fence of the warp that is still
  /// missing, and the warp.
  struct Mark {
    uint32_t warp = 0, fences = ~0u;
  };
  std::vector<Mark> marks;
};

/// What all blocks of a launch have in common.
struct Launch {
  const Kernel *kernel;
  LaunchShape shape;
  unsigned clusterShape[3];
  std::vector<uint8_t> parameters;
  std::shared_ptr<const AllocationTable> allocations;
  /// Whether it may begin before the kernel before it has ended.
  bool isEarly = false;
  uint64_t seed = 0;

  unsigned countClusters() const;
  unsigned countClusterBlocks() const {
    return clusterShape[0] * clusterShape[1] * clusterShape[2];
  }
};

/// How far a cluster is to run: until its warps wait for the kernel before,
/// until all have let the next one start, or to the end.
enum class Goal { Wait, Trigger, End };

/// Blocks that run together.
class Cluster {
public:
  Cluster(const Launch &launch, unsigned index);

  /// Throws Fault, with a text that says where.
  void run(Goal goal);

  const Launch &getLaunch() const { return launch; }
  Goal getGoal() const { return goal; }
  Random &getRandom() { return random; }
  /// True once in so many times.
  bool draw(unsigned times) { return random() % times == 0; }
  Block &getBlock(unsigned rank) { return blocks[rank]; }
  unsigned countBlocks() const { return blocks.size(); }
  /// Lets warps that wait try again.
  void notify() { ++progress; }

  /// How often barrier.cluster was passed.
  uint64_t passes = 0;

private:
  struct RunningWarp {
    Warp *warp;
    /// What `progress` was when it could not go on.
    uint64_t blockedAt = 0;
  };

  bool runAny();
  bool runWarp(Warp &warp, int instructions);
  std::string describe(const Block &block) const;
  [[noreturn]] void reportDeadlock() const;
  void finish();

  const Launch &launch;
  Goal goal = Goal::End;
  Random random;
  std::deque<Block> blocks;
  std::vector<RunningWarp> running;
  /// How often a warp did something.
  uint64_t progress = 1;
  bool isFinished = false;
};

/// Executes launches one after the other, but for those that may begin early.
void execute(const std::vector<Launch> &launches);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_MACHINE_H
