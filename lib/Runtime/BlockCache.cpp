//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Free lists of blocks by size class.
//
//===----------------------------------------------------------------------===//

#include "BlockCache.h"
#include "Relax.h"

#include <sched.h>
#include <stdlib.h>

using namespace vitrail::runtime;

/// Stands before the bytes that are given out, in a cache line pair of its own:
/// kernels may read a little before their memory, and two threads' blocks must
/// not share a line.
struct alignas(128) BlockCache::Block {
  Block *next;
  int list;
};

void BlockCache::Group::lock() {
  // Held for a few instructions; a holder that lost its processor gets it back
  // sooner if the others yield.
  for (int attempt = 0; locked.exchange(true, std::memory_order_acquire);)
    if (++attempt % 64 == 0)
      sched_yield();
    else
      relax();
}

BlockCache::Group &BlockCache::getGroup() {
  // Of the thread's own storage, which lies as far apart as stacks do;
  // Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4).
  auto thread = reinterpret_cast<uintptr_t>(__builtin_thread_pointer());
  constexpr uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
  return groups[(thread >> 6) * golden >> (64 - __builtin_ctz(numGroups))];
}

int BlockCache::getList(size_t size) {
  if (size <= (size_t(1) << minLog))
    return 0;
  // The quarter of [2^log, 2^(log + 1)) that ends at or above the size.
  size_t last = size - 1;
  int log = 63 - __builtin_clzl(last);
  int quarter = (last >> (log - 2)) & 3;
  return (log - minLog) * 4 + quarter + 1;
}

size_t BlockCache::getSize(int list) {
  return (size_t(4 + list % 4) << (minLog + list / 4)) / 4;
}

void *BlockCache::allocate(size_t size) {
  if (size > (size_t(1) << maxLog))
    return nullptr;
  int list = getList(size);
  Group &group = getGroup();
  group.lock();
  Block *block = group.lists[list];
  if (block)
    group.lists[list] = block->next;
  group.unlock();
  if (block)
    return block + 1;

  // One more unit behind the block: kernels may read past their memory's end.
  void *memory = nullptr;
  size_t bytes = sizeof(Block) + getSize(list) + alignof(Block);
  if (posix_memalign(&memory, alignof(Block), bytes) != 0)
    return nullptr;
  block = static_cast<Block *>(memory);
  block->list = list;
  return block + 1;
}

void BlockCache::release(void *pointer) {
  if (!pointer)
    return;
  Block *block = static_cast<Block *>(pointer) - 1;
  Group &group = getGroup();
  group.lock();
  block->next = group.lists[block->list];
  group.lists[block->list] = block;
  group.unlock();
}

void BlockCache::clear() {
  for (Group &group : groups)
    for (Block *&list : group.lists)
      while (Block *block = list) {
        list = block->next;
        free(block);
      }
}
