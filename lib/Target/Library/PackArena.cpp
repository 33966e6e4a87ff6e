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

#include <algorithm>
#include <limits>
#include <random>
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

namespace {
/// The ranges in the order in which they are placed.
using Order = llvm::SmallVector<LiveRange *>;
} // namespace

/// Places ranges one after another, each where it fits best; returns the size
/// of the whole.
static int64_t place(llvm::ArrayRef<LiveRange *> order) {
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

/// The ranges by `getKey`, in rising order.
template <typename Key>
static Order sortBy(llvm::MutableArrayRef<LiveRange> ranges, Key getKey) {
  Order order;
  for (LiveRange &range : ranges)
    order.push_back(&range);
  llvm::sort(order, [&](const LiveRange *lhs, const LiveRange *rhs) {
    return getKey(*lhs) < getKey(*rhs);
  });
  return order;
}

/// The largest first, of equal ones that which lives longest.
static Order sortBySize(llvm::MutableArrayRef<LiveRange> ranges) {
  return sortBy(ranges, [](const LiveRange &range) {
    return std::tuple(-range.size, range.first - range.last, range.first,
                      &range);
  });
}

/// What lives longest first: a tensor that stays while others come and go is
/// best at one end.
static Order sortByLifetime(llvm::MutableArrayRef<LiveRange> ranges) {
  return sortBy(ranges, [](const LiveRange &range) {
    return std::tuple(range.first - range.last, -range.size, range.first,
                      &range);
  });
}

/// Looks for an order in which ranges need no more than `bound`, one change at
/// a time: what sticks out is placed earlier, by a random number of places.
/// Changes that do no harm are kept, too, so that several together can help.
static Order improve(Order best, int64_t size, int64_t bound) {
  // A pass over n ranges takes some n^2 operations; a second of them is much.
  constexpr uint64_t maxOperations = 100'000'000;
  constexpr uint64_t maxChanges = 2'000;
  uint64_t changes =
      std::min(maxChanges, maxOperations / (best.size() * best.size()));
  // The same plan each time, on each machine.
  std::minstd_rand random;
  for (; changes > 0 && size > bound; --changes) {
    place(best);
    Order order = best;
    auto *highest = llvm::max_element(
        order, [](const LiveRange *lhs, const LiveRange *rhs) {
          return lhs->offset + lhs->size < rhs->offset + rhs->size;
        });
    auto *earlier = order.begin() + random() % (highest - order.begin() + 1);
    std::rotate(earlier, highest, highest + 1);
    int64_t changed = place(order);
    if (changed > size)
      continue;
    size = changed;
    best = std::move(order);
  }
  return best;
}

/// The problem is NP-hard (Garey and Johnson 1979, dynamic storage allocation);
/// best fit by size mostly reaches the bound, and local searches from two
/// orders are for the rest.
int64_t vitrail::packRanges(llvm::MutableArrayRef<LiveRange> ranges) {
  int64_t bound = getLowerBound(ranges);
  Order best;
  int64_t size = std::numeric_limits<int64_t>::max();
  auto consider = [&](Order order) {
    int64_t needed = place(order);
    if (needed < size) {
      size = needed;
      best = std::move(order);
    }
  };
  consider(sortBySize(ranges));
  consider(sortByLifetime(ranges));
  for (auto sort : {sortBySize, sortByLifetime})
    if (size > bound) {
      Order order = sort(ranges);
      int64_t before = place(order);
      consider(improve(std::move(order), before, bound));
    }
  return place(best);
}
