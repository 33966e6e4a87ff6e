//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What runs beside the instructions: copies and products that have begun, and
// barriers that count phases. All of it happens as late as it may, so that
// whoever does not wait finds nothing.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_ASYNC_H
#define VITRAIL_TEST_CUDAEMULATOR_ASYNC_H

#include "Program.h"

#include <deque>
#include <functional>

namespace vitrail::emulator {

class Block;

/// An mbarrier: what is still to arrive in this phase, and how many phases
/// there were.
struct PhaseBarrier {
  int64_t expected = 0, pending = 0, bytes = 0;
  uint64_t phases = 0;

  /// Throws if more arrive than are expected.
  void arrive(int64_t count);
  void expectBytes(int64_t count) { bytes += count; }
  void receiveBytes(int64_t count);

private:
  void advance();
};

/// A copy to a block's shared memory for whose bytes a barrier waits.
struct BoxLoad {
  uint32_t barrier;
  std::function<void()> arrive;
};

/// cp.async of one thread.
struct ElementCopy {
  int lane;
  uint64_t group;
  uint32_t to;
  const uint8_t *from;
  unsigned bytes, sourceBytes;
};

/// A copy of a thread out of shared memory, in a group of bulk copies. What it
/// reads has to stay until it has been read.
struct BulkStore {
  int lane;
  unsigned line;
  uint64_t group;
  const uint8_t *source;
  /// What it read when it began.
  std::vector<uint8_t> bytes;
  bool isRead = false;
  std::function<void(const std::vector<uint8_t> &)> store;
};

/// The copies of a warp's threads.
struct WarpCopies {
  std::vector<ElementCopy> elements;
  uint64_t elementGroups[warpSize] = {};
  std::vector<BulkStore> stores;
  uint64_t storeGroups[warpSize] = {};
  /// How often the warp has ordered its writes before what engines read.
  uint32_t fences = 0;

  void finishElements(Warp &warp, Lanes lanes, uint64_t groupsLeft);
  void finishStores(Lanes lanes, uint64_t groupsLeft, bool isReadOnly);
};

/// Where an operand of wgmma lies in shared memory: rows of M or N.
struct SharedMatrix {
  uint64_t descriptor = 0;
  unsigned rows = 0;
  bool isTransposed = false;
};

enum class ElementType { F16, BF16, TF32, S8, U8 };

/// wgmma of the 16 rows of a warp.
struct Product {
  unsigned line;
  ElementType lhsType, rhsType;
  /// Whether there are no sums before, and whether integers stay at the bounds.
  bool isFirst, isSaturated;
  std::vector<Place> sums, lhsRegisters;
  SharedMatrix lhs, rhs;
  /// What was in shared memory when it began.
  std::vector<uint8_t> lhsBytes, rhsBytes;
};

/// The products of a warp that have begun.
struct WarpProducts {
  enum Use : uint8_t { Sum = 1, Operand = 2 };
  std::vector<Product> open;
  std::deque<std::vector<Product>> groups;
  /// How they use registers, by their places.
  std::vector<uint8_t> uses;

  bool areDone() const { return open.empty() && groups.empty(); }
  /// Computes all but the last groups.
  void finish(Warp &warp, size_t groupsLeft);
  /// Throws if an instruction may not read, or write, a register.
  void check(Place place, bool isWritten) const;
  void notePlaces(const Product &product);
};

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_ASYNC_H
