//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From memory plans to maps of arenas, and a drawing of them in letters.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Target/Library/ArenaMap.h"
#include "MemoryPlan.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <string>

using namespace mlir;
using namespace vitrail;

int64_t ArenaMap::countLive(int64_t launch) const {
  int64_t live = 0;
  for (const ArenaTensor &tensor : tensors)
    if (tensor.first <= launch && launch <= tensor.last)
      live += tensor.size;
  return live;
}

static ArenaMap mapArena(func::FuncOp entry, const MemoryPlan &plan) {
  ArenaMap map = {entry, {}, {}, plan.getArenaSize(), plan.getLowerBound()};
  for (Operation *op : getLaunches(entry))
    map.launches.push_back(cast<halide::LaunchOp>(op));
  for (const LiveRange &range : plan.getRanges())
    map.tensors.push_back(
        {range.offset, range.size, range.first, range.last, {}});
  llvm::sort(map.tensors, [](const ArenaTensor &lhs, const ArenaTensor &rhs) {
    return std::pair(lhs.first, lhs.offset) < std::pair(rhs.first, rhs.offset);
  });
  for (auto [i, launch] : llvm::enumerate(map.launches))
    for (Value result : launch.getResults()) {
      Placement written = plan.getPlacement(result);
      if (written.place != runtime::Place::Arena)
        continue;
      for (ArenaTensor &tensor : map.tensors)
        if (tensor.offset == written.offset && tensor.first <= int64_t(i) &&
            int64_t(i) <= tensor.last)
          tensor.writers.push_back(i);
    }
  return map;
}

FailureOr<std::vector<ArenaMap>> vitrail::mapArenas(ModuleOp module) {
  FailureOr<std::vector<Interface>> interfaces = getInterfaces(module);
  FailureOr<std::vector<State>> states = getStates(module);
  if (failed(interfaces) || failed(states))
    return failure();
  std::vector<ArenaMap> maps;
  for (const Interface &interface : *interfaces) {
    FailureOr<MemoryPlan> plan =
        MemoryPlan::create(interface.function, *states);
    if (failed(plan))
      return failure();
    maps.push_back(mapArena(interface.function, *plan));
  }
  return maps;
}

/// The arena while `launch` runs: a letter for each tensor, a capital one where
/// it is being written.
static std::string drawLaunch(const ArenaMap &map, int64_t launch,
                              int64_t columns) {
  std::string line(columns, '.');
  for (auto [i, tensor] : llvm::enumerate(map.tensors)) {
    if (launch < tensor.first || tensor.last < launch)
      continue;
    int64_t begin = tensor.offset * columns / map.size;
    int64_t end =
        llvm::divideCeil((tensor.offset + tensor.size) * columns, map.size);
    char first = llvm::is_contained(tensor.writers, launch) ? 'A' : 'a';
    std::fill(line.begin() + begin, line.begin() + end, first + i % 26);
  }
  return line;
}

void vitrail::drawArena(const ArenaMap &map, llvm::raw_ostream &output) {
  if (map.tensors.empty())
    return;
  // Leaves room for the rest in a line of 100 characters.
  constexpr int64_t columns = 64;
  func::FuncOp entry = map.entry;
  output << llvm::formatv(
      "arena of @{0} over time, a line for each kernel: {1} columns of {2} "
      "bytes for a sample,\na letter for each tensor, a capital where it is "
      "written\n",
      entry.getName(), columns, llvm::divideCeil(map.size, columns));
  for (auto [i, op] : llvm::enumerate(map.launches)) {
    halide::LaunchOp launch = op;
    int64_t live = map.countLive(i);
    output << llvm::formatv(
        "{0,5} |{1}| {2,9} @{3}{4}\n", i + 1, drawLaunch(map, i, columns), live,
        launch.getPipeline(), live == map.lowerBound ? " (most)" : "");
  }
}
