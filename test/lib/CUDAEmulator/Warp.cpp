//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A warp: which of its lanes go on, and what they execute.
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include <algorithm>
#include <numeric>

using namespace vitrail::emulator;

/// The place of a register that is read only.
static Place getPlace(Special special) {
  return static_cast<Place>(special) * warpSize * 4;
}

/// Writes what it is in each lane.
template <typename Function>
static void setSpecial(Warp &warp, Special special, Function getValue) {
  auto *to = warp.getRegister<uint32_t>(getPlace(special));
  for (int lane = 0; lane < warpSize; ++lane)
    to[lane] = getValue(lane);
}

/// Writes the numbers of three dimensions.
static void setSpecials(Warp &warp, Special first,
                        const unsigned (&values)[3]) {
  for (int dim = 0; dim < 3; ++dim)
    setSpecial(warp, static_cast<Special>(static_cast<int>(first) + dim),
               [&](int) { return values[dim]; });
}

static void setSpecials(Warp &warp) {
  const Block &block = warp.getBlock();
  const Launch &launch = block.getCluster().getLaunch();
  const LaunchShape &shape = launch.shape;
  unsigned inCluster[3], cluster[3], clusters[3];
  for (int dim = 0; dim < 3; ++dim) {
    inCluster[dim] = block.getPlace()[dim] % launch.clusterShape[dim];
    cluster[dim] = block.getPlace()[dim] / launch.clusterShape[dim];
    clusters[dim] = shape.blocks[dim] / launch.clusterShape[dim];
  }
  auto getThread = [&](int lane) { return warp.getIndex() * warpSize + lane; };
  unsigned width = shape.threads[0], plane = width * shape.threads[1];
  setSpecial(warp, Special::TidX, [&](int l) { return getThread(l) % width; });
  setSpecial(warp, Special::TidY,
             [&](int l) { return getThread(l) % plane / width; });
  setSpecial(warp, Special::TidZ, [&](int l) { return getThread(l) / plane; });
  setSpecials(warp, Special::NtidX, shape.threads);
  setSpecials(warp, Special::CtaidX, block.getPlace());
  setSpecials(warp, Special::NctaidX, shape.blocks);
  setSpecials(warp, Special::ClusterCtaidX, inCluster);
  setSpecials(warp, Special::ClusterNctaidX, launch.clusterShape);
  setSpecials(warp, Special::ClusterIdX, cluster);
  setSpecials(warp, Special::NclusterIdX, clusters);
  setSpecial(warp, Special::LaneId, [](int lane) { return lane; });
  setSpecial(warp, Special::WarpId, [&](int) { return warp.getIndex(); });
  setSpecial(warp, Special::ClusterCtarank,
             [&](int) { return block.getRank(); });
  setSpecial(warp, Special::ClusterNctarank,
             [&](int) { return launch.countClusterBlocks(); });
  setSpecial(warp, Special::LanemaskEq, [](int lane) { return 1u << lane; });
  setSpecial(warp, Special::LanemaskLe, [](int l) { return (2u << l) - 1; });
  setSpecial(warp, Special::LanemaskLt, [](int l) { return (1u << l) - 1; });
  setSpecial(warp, Special::LanemaskGe, [](int l) { return -(1u << l); });
  setSpecial(warp, Special::LanemaskGt, [](int l) { return -(2u << l); });
}

Warp::Warp(Block &block, int index) : block(block), index(index) {
  const Launch &launch = block.getCluster().getLaunch();
  const Kernel &kernel = *launch.kernel;
  unsigned threads = launch.shape.countThreads() - index * warpSize;
  Lanes lanes = threads < warpSize ? (1u << threads) - 1 : allLanes;
  groups.push_back({0, lanes});
  code = kernel.code.data();
  constants = kernel.constants.data();
  frame.reset(new char[kernel.frameBytes]);
  memset(frame.get(), poison, kernel.frameBytes);
  writtenAfter.resize(kernel.frameBytes / placeUnit + 1);
  setSpecials(*this);
}

Lanes Warp::getLiveLanes() const {
  return std::accumulate(
      groups.begin(), groups.end(), Lanes(0),
      [](Lanes lanes, const LaneGroup &group) { return lanes | group.lanes; });
}

bool Warp::areHere(Lanes wanted, Lanes lanes) const {
  return (wanted & getLiveLanes() & ~lanes) == 0;
}

std::string Warp::describe(bool withOthers) const {
  std::string text = "warp " + std::to_string(index);
  for (const LaneGroup &group : groups) {
    text += (&group == &groups.front() ? " at line " : " and ") +
            std::to_string(code[group.at].line) + " (" + code[group.at].name +
            ")";
    if (!withOthers)
      break;
  }
  return text;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

bool Warp::run(int instructions) {
  bool hasRun = false;
  // What lanes waited for may have come.
  for (LaneGroup &group : groups)
    group.isBlocked = false;
  for (int count = 0; count < instructions && !isDone(); ++count) {
    Step done = step();
    if (done == Step::Stuck)
      return hasRun;
    hasRun |= done == Step::Ran;
  }
  return true;
}

/// Puts lanes that meet together, and first those that are furthest behind and
/// can go on.
void Warp::selectGroup() {
  std::sort(groups.begin(), groups.end(),
            [](const LaneGroup &a, const LaneGroup &b) { return a.at < b.at; });
  size_t last = 0;
  for (size_t i = 1; i < groups.size(); ++i) {
    if (groups[i].at != groups[last].at) {
      groups[++last] = groups[i];
      continue;
    }
    groups[last].lanes |= groups[i].lanes;
    groups[last].isBlocked = false;
  }
  groups.resize(last + 1);
  auto ready = std::find_if(groups.begin(), groups.end(),
                            [](const LaneGroup &g) { return !g.isBlocked; });
  if (ready != groups.end())
    std::iter_swap(groups.begin(), ready);
}

Warp::Step Warp::step() {
  if (groups.size() > 1)
    selectGroup();
  bool hasParted = groups.size() > 1;
  LaneGroup &group = groups.front();
  // All are then.
  if (group.isBlocked)
    return Step::Stuck;
  const Instruction &instruction = code[group.at];
  Lanes lanes = group.lanes;
  if (instruction.guard != noPlace) {
    Lanes guard = readPredicate(instruction.guard);
    lanes &= instruction.isGuardNegated ? ~guard : guard;
  }
  Outcome outcome = Outcome::Next;
  if (instruction.isAligned && lanes) {
    if (!areHere(allLanes, group.lanes))
      outcome = Outcome::Blocked;
    else if (lanes != group.lanes)
      failLaunch("only some lanes of the warp execute " + instruction.name);
  }
  if (lanes && outcome == Outcome::Next) {
    if (!products.areDone() && !instruction.isWarpgroup)
      checkRegisters(instruction);
    outcome = instruction.execute(*this, instruction, lanes);
  }
  if (outcome == Outcome::Blocked) {
    group.isBlocked = hasParted;
    return hasParted ? Step::Waited : Step::Stuck;
  }
  if (outcome == Outcome::Next)
    ++group.at;
  if (hasParted)
    for (LaneGroup &other : groups)
      other.isBlocked = false;
  return Step::Ran;
}

/// Lanes of the first group jump, the others go on.
void Warp::jump(int target, Lanes lanes) {
  LaneGroup &group = groups.front();
  Lanes rest = group.lanes & ~lanes;
  int next = group.at + 1;
  group = {target, lanes};
  if (rest)
    groups.push_back({next, rest});
}

void Warp::exit(Lanes lanes) {
  LaneGroup &group = groups.front();
  group.lanes &= ~lanes;
  ++group.at;
  if (!group.lanes)
    groups.erase(groups.begin());
}

void Warp::checkRegisters(const Instruction &instruction) const {
  for (const Place &place : instruction.places)
    products.check(place,
                   instruction.isFirstWritten && &place == instruction.places);
  for (size_t i = 0; i < instruction.list.size(); ++i)
    products.check(instruction.list[i], i < instruction.numWritten);
}

void Warp::readAddresses(const Address &address,
                         uint64_t (&addresses)[warpSize]) const {
  const auto *narrow = read<uint32_t>(address.base);
  const auto *wide = read<uint64_t>(address.base);
  for (int lane = 0; lane < warpSize; ++lane)
    addresses[lane] = address.isNarrow
                          ? static_cast<uint32_t>(narrow[lane] + address.offset)
                          : wide[lane] + address.offset;
}

uint8_t *Warp::findGlobal(uint64_t address, uint64_t bytes) {
  if (!allocation || !allocation->contains(address, bytes)) {
    const AllocationTable &table = *block.getCluster().getLaunch().allocations;
    const Allocation *found = findAllocation(table, address, bytes);
    if (!found) {
      char text[96];
      snprintf(text, sizeof(text),
               "%llu bytes at global address 0x%llx are in no allocation",
               static_cast<unsigned long long>(bytes),
               static_cast<unsigned long long>(address));
      throw Fault(Result::IllegalAddress, text);
    }
    allocation = found;
  }
  return reinterpret_cast<uint8_t *>(address);
}
