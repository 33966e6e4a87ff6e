//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The memory that kernels ask for while they run. Blocks are kept and given out
// again, so that a context allocates from the system in its first run only.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_BLOCKCACHE_H
#define VITRAIL_LIB_RUNTIME_BLOCKCACHE_H

#include <atomic>
#include <stddef.h>
#include <stdint.h>

namespace vitrail::runtime {

/// A cache of blocks by size. `allocate` and `release` may be called by any
/// number of threads at a time.
class BlockCache {
public:
  /// At least `size` bytes, aligned to 128, readable some bytes before and
  /// behind; null when memory is exhausted.
  void *allocate(size_t size);

  /// Takes back what `allocate` gave; null is ignored.
  void release(void *pointer);

  /// Gives every block back to the system; none may be in use.
  void clear();

private:
  struct Block;

  /// Sizes grow by a quarter of a power of two, from 2^6 to 2^40 bytes, so that
  /// at most a fifth of a block is unused.
  static constexpr int minLog = 6, maxLog = 40;
  static constexpr int numLists = (maxLog - minLog) * 4 + 1;
  static int getList(size_t size);
  static size_t getSize(int list);

  /// The free blocks of each size that threads of one group have given back.
  /// Threads rarely meet in a group, so that they do not wait for each other;
  /// on cache lines of its own.
  struct alignas(64) Group {
    std::atomic<bool> locked = false;
    Block *lists[numLists] = {};

    void lock();
    void unlock() { locked.store(false, std::memory_order_release); }
  };

  /// The group of the calling thread.
  Group &getGroup();

  static constexpr int numGroups = 64;
  Group groups[numGroups];
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_BLOCKCACHE_H
