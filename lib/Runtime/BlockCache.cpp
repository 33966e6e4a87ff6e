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

void BlockCache::FreeList::lock() {
  // Held for a few instructions; a holder that lost its processor gets it back
  // sooner if the others yield.
  for (int attempt = 0; locked.exchange(true, std::memory_order_acquire);)
    if (++attempt % 64 == 0)
      sched_yield();
    else
      relax();
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
  FreeList &blocks = lists[list];
  blocks.lock();
  Block *block = blocks.first;
  if (block)
    blocks.first = block->next;
  blocks.unlock();
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
  FreeList &blocks = lists[block->list];
  blocks.lock();
  block->next = blocks.first;
  blocks.first = block;
  blocks.unlock();
}

void BlockCache::clear() {
  for (FreeList &blocks : lists) {
    while (Block *block = blocks.first) {
      blocks.first = block->next;
      free(block);
    }
  }
}
