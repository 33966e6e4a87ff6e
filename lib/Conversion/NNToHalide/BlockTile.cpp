//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tiles of products on GPUs: the cycles that a model expects of each, and the
// tile of the fewest. The constants that are no sizes of the hardware were
// fitted to the times of 319 tiles for 21 products on an H200.
//
//===----------------------------------------------------------------------===//

#include "BlockTile.h"
#include "GPU.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace vitrail {

using namespace mlir;

namespace {
/// Of a GPU: what its multiprocessors have.
constexpr int64_t multiprocessors = 132, registersOfAll = 65536,
                  sharedOfAll = 227 << 10, threadsOfAll = 2048,
                  blocksOfAll = 32;
/// Of a block, which leaves each thread the registers that it may need.
constexpr int64_t mostThreads = 384, leastThreads = 64;
/// That the runtime lets a thread have (Cuda.cpp), and those of a thread
/// besides sums, operands and what is loaded ahead.
constexpr int64_t mostRegisters = 168, otherRegisters = 40;

/// A block with a tile.
struct Block {
  Block(const BlockProduct &product, const GPUTile &tile)
      : product(product), tile(tile), depth(tile.depth()),
        loaded((tile.countRows() + tile.countColumns()) * depth) {}

  int64_t countRegisters() const;
  int64_t countSharedBytes() const;
  int64_t countResidents() const;
  double countStepCycles() const;
  double estimateCycles(int64_t samples) const;

  const BlockProduct &product;
  const GPUTile &tile;
  int64_t depth;
  int64_t loaded; ///< elements of a step
};
} // namespace

/// Of a thread.
int64_t Block::countRegisters() const {
  int64_t columns = GPUTile::vectorSize * tile.vectors;
  int64_t sums = columns * tile.rows;
  int64_t operands = GPUTile::vectorSize * tile.rows + columns;
  return sums + operands + llvm::divideCeil(loaded, tile.countThreads()) +
         otherRegisters;
}

/// Slices take the place of what is loaded.
int64_t Block::countSharedBytes() const {
  int64_t padding = GPUTile::vectorSize * tile.countRows();
  int64_t slices = tile.countRows() * tile.countColumns() * tile.slices;
  int64_t elements =
      std::max(loaded + padding, tile.slices > 1 ? slices : int64_t(0));
  return elements * int64_t(sizeof(float));
}

/// Blocks that a multiprocessor runs at the same time.
int64_t Block::countResidents() const {
  constexpr int64_t reservedBytes = 1 << 10;
  return std::min({registersOfAll / (countRegisters() * tile.countThreads()),
                   sharedOfAll / (countSharedBytes() + reservedBytes),
                   threadsOfAll / tile.countThreads(), blocksOfAll});
}

/// What a step keeps a multiprocessor busy for: multiply-adds, reads of shared
/// memory or of the second-level cache, whichever takes longest.
double Block::countStepCycles() const {
  constexpr double multiplyAdds = 128 * 0.65, cyclesOfRead = 3,
                   bytesFromCache = 64, barrier = 50;
  double sums = tile.countRows() * tile.countColumns();
  double warps = llvm::divideCeil(tile.countThreads(), 32);
  double reads = double(tile.depthOfThread) / GPUTile::vectorSize *
                 (tile.rows + GPUTile::vectorSize * tile.vectors);
  return barrier +
         std::max({sums * depth / multiplyAdds, warps * reads * cyclesOfRead,
                   loaded * sizeof(float) / bytesFromCache});
}

/// Multiprocessors run blocks in turns. A step takes at least the time that
/// its loads need, during which other blocks work.
double Block::estimateCycles(int64_t samples) const {
  constexpr double latency = 600, start = 500, wordsOfShared = 32;
  int64_t blocks = samples * product.matrices *
                   llvm::divideCeil(product.m, tile.countRows()) *
                   llvm::divideCeil(product.n, tile.countColumns());
  double steps = llvm::divideCeil(product.k, depth);
  double end = start + 2.0 * tile.countRows() * tile.countColumns() *
                           tile.slices / wordsOfShared;
  double step = countStepCycles();
  auto turn = [&](int64_t residents) {
    return steps * std::max(residents * step, latency + step) +
           residents * end + 2 * latency;
  };
  int64_t residents = countResidents();
  int64_t ofEach = llvm::divideCeil(blocks, multiprocessors);
  double cycles = ofEach / residents * turn(residents);
  if (int64_t rest = ofEach % residents)
    cycles += turn(rest);
  return cycles;
}

/// Calls `use` with each tile that there may be for rows, or for one. With
/// rows, the threads of a warp have the same part of k.
template <typename Use> static void forEachTile(bool hasRows, Use use) {
  constexpr int64_t warp = 32;
  for (int64_t columnThreads : {4, 8, 16})
    for (int64_t rowThreads : {1, 4, 8, 16})
      for (int64_t slices : {1, 2, 4, 6, 8, 16, 32})
        for (int64_t vectors : {1, 2})
          for (int64_t rows = 1; rows <= 10; ++rows)
            for (int64_t depth : {4, 8, 16, 24}) {
              bool isOneRow = rowThreads * rows == 1;
              bool isInWarps = columnThreads * rowThreads % warp == 0;
              if (hasRows ? isInWarps : isOneRow)
                use(GPUTile{columnThreads, rowThreads, slices, vectors, rows,
                            depth});
            }
}

/// Whether a block can have the tile.
static bool fits(const BlockProduct &product, const GPUTile &tile) {
  Block block(product, tile);
  int64_t threads = tile.countThreads();
  // One step needs no tile of the next.
  bool isDeep = tile.depthOfThread > 16 && tile.depth() < product.k;
  return !isDeep && threads >= leastThreads && threads <= mostThreads &&
         block.countRegisters() <= mostRegisters &&
         block.countSharedBytes() <= sharedBytes;
}

/// Cycles for each of so many samples.
static double estimateCycles(const BlockProduct &product, const GPUTile &tile,
                             int64_t samples) {
  double cycles = Block(product, tile).estimateCycles(samples) / samples;
  // Vectors of k end with the last one, and their elements are loaded one by
  // one where they may not.
  constexpr double costOfTail = 1.5;
  return product.k % tile.depth() == 0 ? cycles : costOfTail * cycles;
}

/// Tiles in the order of what `estimate` says, the best first.
template <typename Estimate>
static SmallVector<GPUTile> rank(const BlockProduct &product,
                                 Estimate estimate) {
  SmallVector<GPUTile> tiles;
  SmallVector<std::pair<double, size_t>> ranking;
  forEachTile(product.m > 1, [&](const GPUTile &tile) {
    if (!fits(product, tile))
      return;
    ranking.emplace_back(estimate(tile), tiles.size());
    tiles.push_back(tile);
  });
  llvm::sort(ranking);
  return llvm::map_to_vector(
      ranking, [&](const auto &entry) { return tiles[entry.second]; });
}

/// Libraries serve one sample and many.
GPUTile chooseBlockTile(const BlockProduct &product) {
  constexpr int64_t many = 64;
  return rank(product,
              [&](const GPUTile &tile) {
                return estimateCycles(product, tile, 1) +
                       2 * estimateCycles(product, tile, many);
              })
      .front();
}

SmallVector<GPUTile> rankBlockTiles(const BlockProduct &product,
                                    int64_t samples) {
  return rank(product, [&](const GPUTile &tile) {
    return estimateCycles(product, tile, samples);
  });
}

//===----------------------------------------------------------------------===//
// nn.schedule
//===----------------------------------------------------------------------===//

nn::ScheduleAttr getAttribute(MLIRContext *context, const GPUTile &tile) {
  return nn::ScheduleAttr::get(
      context, /*rows=*/std::nullopt, /*columns=*/std::nullopt,
      /*tasks=*/std::nullopt, /*grain=*/std::nullopt, /*norms=*/std::nullopt,
      /*queries=*/std::nullopt, /*lanes=*/std::nullopt, tile.countRows(),
      tile.countColumns(), tile.depth(), tile.slices, tile.rows,
      tile.vectors * GPUTile::vectorSize);
}

/// Among all tiles that there are for the product.
static std::optional<GPUTile> findTile(const BlockProduct &product,
                                       nn::ScheduleAttr given) {
  std::optional<GPUTile> found;
  forEachTile(product.m > 1, [&](const GPUTile &tile) {
    if (getAttribute(given.getContext(), tile) == given && fits(product, tile))
      found = tile;
  });
  return found;
}

GPUTile chooseBlockTile(const BlockProduct &product, nn::ScheduleAttr given) {
  std::optional<GPUTile> tile;
  if (given)
    tile = findTile(product, given);
  return tile ? *tile : chooseBlockTile(product);
}

std::string findMisfit(const BlockProduct &product, nn::ScheduleAttr given) {
  return findTile(product, given) ? "" : "a block cannot have such a tile";
}

} // namespace vitrail
