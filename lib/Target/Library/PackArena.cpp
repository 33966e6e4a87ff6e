//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Packing of live ranges.
//
//===----------------------------------------------------------------------===//

#include "PackArena.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>
#include <tuple>

using namespace vitrail;

int64_t vitrail::getLowerBound(llvm::ArrayRef<LiveRange> ranges) {
  int64_t bound = 0;
  for (const LiveRange &range : ranges) {
    // The sum is largest at some range's beginning.
    int64_t live = 0;
    for (const LiveRange &other : ranges)
      if (other.first <= range.first && range.first <= other.last)
        live += other.size;
    bound = std::max(bound, live);
  }
  return bound;
}

/// The start of the smallest gap that `range` fits in between those of `placed`
/// (by offset) that are in use at the same time, or behind them.
static int64_t findGap(const LiveRange &range,
                       llvm::ArrayRef<const LiveRange *> placed) {
  int64_t end = 0, best = -1;
  int64_t bestGap = std::numeric_limits<int64_t>::max();
  for (const LiveRange *other : placed) {
    if (other->last < range.first || range.last < other->first)
      continue;
    int64_t gap = other->offset - end;
    if (gap >= range.size && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, other->offset + other->size);
  }
  return best >= 0 ? best : end;
}

/// Best fit, the largest first.
int64_t vitrail::packRanges(llvm::MutableArrayRef<LiveRange> ranges) {
  llvm::SmallVector<LiveRange *> order;
  for (LiveRange &range : ranges)
    order.push_back(&range);
  llvm::sort(order, [](const LiveRange *lhs, const LiveRange *rhs) {
    return std::tuple(-lhs->size, lhs->first, lhs) <
           std::tuple(-rhs->size, rhs->first, rhs);
  });
  llvm::SmallVector<const LiveRange *> placed; // By offset.
  int64_t size = 0;
  for (LiveRange *range : order) {
    range->offset = findGap(*range, placed);
    size = std::max(size, range->offset + range->size);
    auto isBefore = [](const LiveRange *lhs, const LiveRange *rhs) {
      return lhs->offset < rhs->offset;
    };
    placed.insert(llvm::upper_bound(placed, range, isBefore), range);
  }
  return size;
}
