//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Live ranges and their packing.
//
//===----------------------------------------------------------------------===//

#include "MemoryPlan.h"
#include "Interface.h"

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vitrail;
using runtime::Place;

Value vitrail::getStorage(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

SmallVector<Operation *> vitrail::getLaunches(func::FuncOp entry) {
  SmallVector<Operation *> launches;
  for (auto launch : entry.getOps<halide::LaunchOp>())
    launches.push_back(launch);
  return launches;
}

ValueRange vitrail::getReturned(func::FuncOp entry) {
  return entry.front().getTerminator()->getOperands();
}

/// Succeeds if `op` is one of those that LibraryTarget.h lists.
static LogicalResult checkOperation(Operation &op) {
  if (isa<halide::LaunchOp, nn::ReshapeOp, func::ReturnOp>(op))
    return success();
  bool isNN = isa_and_nonnull<nn::NNDialect>(op.getDialect());
  if (isNN && llvm::all_of(op.getResults(), nn::isConstantExpression))
    return success();
  return op.emitOpError("is not lowered: an entry runs kernels by "
                        "'halide.launch', and computes only constants itself");
}

FailureOr<MemoryPlan> MemoryPlan::create(func::FuncOp entry) {
  if (!llvm::hasSingleElement(entry.getBody()))
    return entry.emitOpError("has ")
           << entry.getBody().getBlocks().size() << " blocks, expected one";
  for (Operation &op : entry.front())
    if (failed(checkOperation(op)))
      return failure();

  MemoryPlan plan;
  for (BlockArgument argument : entry.getArguments())
    plan.placements[argument] = {Place::Input,
                                 int32_t(argument.getArgNumber())};
  plan.placeResults(entry);
  plan.pack(plan.getRanges(entry));
  return plan;
}

/// Gives each result to the kernel that computes it, unless the kernel writes
/// to another result already.
void MemoryPlan::placeResults(func::FuncOp entry) {
  for (auto [i, returned] : llvm::enumerate(getReturned(entry))) {
    Value storage = getStorage(returned);
    bool fromKernel = storage.getDefiningOp<halide::LaunchOp>() != nullptr;
    Placement here = {Place::Output, int32_t(i)};
    if (!fromKernel || !placements.try_emplace(storage, here).second)
      copies.push_back(i);
  }
}

/// What kernels compute for other kernels. Copies come after all launches, but
/// never from the arena.
SmallVector<MemoryPlan::Range> MemoryPlan::getRanges(func::FuncOp entry) const {
  SmallVector<Range> ranges;
  DenseMap<Value, size_t> numbers;
  for (auto [step, op] : llvm::enumerate(getLaunches(entry))) {
    auto launch = cast<halide::LaunchOp>(op);
    for (Value input : launch.getInputs())
      if (auto it = numbers.find(getStorage(input)); it != numbers.end())
        ranges[it->second].last = step;
    Value result = launch.getResult();
    if (placements.contains(result))
      continue;
    auto type = cast<RankedTensorType>(result.getType());
    int64_t size = llvm::alignTo(nn::getElementsPerSample(type) *
                                     getElementSize(type.getElementType()),
                                 64);
    numbers[result] = ranges.size();
    ranges.push_back({result, size, int64_t(step), int64_t(step)});
  }
  return ranges;
}

/// Best fit, the largest first: each goes into the smallest gap that it fits in
/// between those placed that are in use at the same time, or behind them.
void MemoryPlan::pack(SmallVector<Range> ranges) {
  for (const Range &range : ranges) {
    // The sum is largest at some range's beginning.
    int64_t live = 0;
    for (const Range &other : ranges)
      if (other.first <= range.first && range.first <= other.last)
        live += other.size;
    lowerBound = std::max(lowerBound, live);
  }

  llvm::sort(ranges, [](const Range &lhs, const Range &rhs) {
    return lhs.size != rhs.size ? lhs.size > rhs.size : lhs.first < rhs.first;
  });
  SmallVector<Range> placed; // By offset.
  for (Range &range : ranges) {
    int64_t end = 0, best = -1;
    int64_t bestGap = std::numeric_limits<int64_t>::max();
    for (const Range &other : placed) {
      if (other.last < range.first || range.last < other.first)
        continue;
      int64_t gap = other.offset - end;
      if (gap >= range.size && gap < bestGap) {
        best = end;
        bestGap = gap;
      }
      end = std::max(end, other.offset + other.size);
    }
    range.offset = best >= 0 ? best : end;
    arenaSize = std::max(arenaSize, range.offset + range.size);
    placements[range.value] = {Place::Arena, 0, range.offset};
    auto isBefore = [](const Range &lhs, const Range &rhs) {
      return lhs.offset < rhs.offset;
    };
    placed.insert(llvm::upper_bound(placed, range, isBefore), range);
  }
}

Placement MemoryPlan::getPlacement(Value value) const {
  auto it = placements.find(getStorage(value));
  return it == placements.end() ? Placement{Place::Weights} : it->second;
}
