//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which tiles a product has on GPUs of compute capability 9.0: the model of
// docs/tensor-cores.md, with figures measured on an H200.
//
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

namespace vitrail {

using namespace mlir;

/// Of the GPUs that there are.
static constexpr int64_t multiprocessors = 132;

/// In pairs of bytes: of elements that are twice as long, half as many are
/// multiplied, and copied, in the same time.
static int64_t countDepth(const BlockTile &tile) {
  return tile.depth * tile.elementBytes / 2;
}

/// Of blocks with one tile, all of whose threads copy.
static TurnTime estimateBlocks(const TensorProduct &product,
                               const BlockTile &tile, int64_t atOnce) {
  constexpr double launch = 1500;   // ns, with the copies of the first stages
  constexpr double products = 2900; // each ns
  constexpr double bytes = 104;     // copied each ns
  constexpr double sum = 0.01, byte = 0.04; // as of maps
  int64_t depth = countDepth(tile);
  double multiply = tile.rows * tile.columns * depth / products;
  double copy = (tile.rows + tile.columns) * depth * 2 / bytes;
  double latency = 40 + 3.4 * depth / tile.shares;
  double step = std::max(atOnce * std::max(multiply, copy), latency);
  double store = atOnce * tile.rows * tile.columns *
                 (sum + byte * product.countBytesOfSum());
  int64_t steps = llvm::divideCeil(product.k, tile.depth);
  return {0, std::llround(launch + steps * step + store)};
}

/// Of blocks that go from tile to tile, one at a time on a multiprocessor.
static TurnTime estimateMaps(const TensorProduct &product,
                             const BlockTile &tile) {
  constexpr double launch = 2400;   // ns, with the copies of the first stages
  constexpr double products = 3500; // each ns
  constexpr double bytes = 131;     // copied each ns
  // Of each sum, and of each of its bytes and of what is added to it.
  constexpr double sum = 0.063, byte = 0.023;
  // What another set does not hide.
  double exposed = tile.turns > 1 ? 0.88 : 1;
  int64_t depth = countDepth(tile);
  double multiply = tile.rows * tile.columns * depth / products;
  double copy = (tile.rows + tile.columns) * depth * 2 / bytes;
  double store =
      tile.rows * tile.columns * (sum + byte * product.countBytesOfSum());
  int64_t steps = llvm::divideCeil(product.k, tile.depth);
  double turn = steps * std::max(multiply, copy) + exposed * store;
  return {std::llround(launch + (1 - exposed) * store), std::llround(turn)};
}

TurnTime estimateTurn(const TensorProduct &product, const BlockTile &tile,
                      int64_t atOnce) {
  return tile.turns > 0 ? estimateMaps(product, tile)
                        : estimateBlocks(product, tile, atOnce);
}

/// Of all blocks, in turns.
static int64_t estimateTime(const TensorProduct &product,
                            const HopperTile &tile, int64_t rows) {
  int64_t blocks = llvm::divideCeil(rows, tile.rows) *
                   llvm::divideCeil(product.n, tile.columns);
  auto getTime = [&](int64_t atOnce) {
    int64_t turns = llvm::divideCeil(blocks, atOnce * multiprocessors);
    TurnTime time = estimateTurn(product, tile, atOnce);
    return time.start + turns * time.turn;
  };
  return std::min(getTime(1), getTime(tile.mostAtOnce));
}

/// Rows of 64 k where these are many. Where one block has a multiprocessor to
/// itself, stages take most of the memory that there is.
static constexpr HopperTile candidates[] = {
    // rows, columns, depth, rows and columns of a warp, stages, widths, shares
    {{128, 256, 64, 16, 256, 4, 64, 64}, 1},
    {{128, 192, 64, 16, 192, 4, 64, 64}, 1},
    {{128, 128, 64, 32, 128, 3, 64, 64}, 2},
    {{128, 96, 64, 16, 96, 4, 64, 32}, 1},
    {{64, 128, 128, 16, 128, 4, 64, 64, 2}, 1},
    {{64, 96, 64, 16, 96, 6, 64, 32}, 1},
    {{64, 64, 64, 16, 64, 6, 64, 64}, 1},
    // For a short k alone: rows of 64 bytes.
    {{128, 128, 32, 32, 128, 4, 32, 64}, 3},
    {{128, 96, 32, 16, 96, 4, 32, 32}, 3},
    {{128, 32, 32, 16, 32, 4, 32, 32}, 6},
    {{64, 32, 32, 16, 32, 4, 32, 32}, 8},
};

/// Of operands that are stored as boxes are copied.
static constexpr HopperTile mapCandidates[] = {
    // rows, columns, depth, rows and columns of a warp, stages, widths, shares,
    // turns
    {{128, 128, 64, 32, 128, 5, 64, 64, 1, 2}, 1},
    {{64, 192, 64, 16, 192, 5, 64, 64, 1, 2}, 1},
    {{128, 192, 64, 16, 192, 4, 64, 64, 1, 1}, 1},
    {{128, 64, 64, 16, 64, 8, 64, 64, 1, 1}, 1},
    {{64, 128, 64, 16, 128, 6, 64, 64, 1, 1}, 1},
    {{64, 64, 64, 16, 64, 8, 64, 64, 1, 1}, 1},
    {{64, 32, 64, 16, 32, 12, 64, 32, 1, 1}, 1},
};

/// Where k is short, stages of 64 would be empty for the most part; where it is
/// long, they need fewer barriers.
static bool isOfUse(const HopperTile &tile, const TensorProduct &product) {
  constexpr int64_t longest = 128;
  return countDepth(tile) >= 64 || product.k * tile.elementBytes / 2 <= longest;
}

/// Tiles by tensor maps come first. Panels in rows of less than 64 bytes are
/// slower to copy as boxes than chunk by chunk.
SmallVector<HopperTile> getHopperTiles(const TensorProduct &product) {
  SmallVector<HopperTile> tiles;
  for (int64_t width : {64, 32}) {
    if (!product.hasBoxes(width))
      continue;
    for (HopperTile tile : mapCandidates) {
      tile.rightWidth = std::min(tile.rightWidth, width);
      tiles.push_back(tile);
    }
    break;
  }
  llvm::append_range(tiles, candidates);
  for (HopperTile &tile : tiles)
    tile.fit(product);
  llvm::erase_if(
      tiles, [&](const HopperTile &tile) { return !isOfUse(tile, product); });
  return tiles;
}

/// For 64 samples, for 8 and for one, with tensor maps if the product can be; a
/// size once, so that its name is its own.
SmallVector<HopperTile> chooseHopperTiles(const TensorProduct &product,
                                          nn::ScheduleAttr given) {
  SmallVector<HopperTile> possible = getHopperTiles(product), tiles;
  for (const HopperTile &tile : possible)
    if (hasTile(given, tile))
      return {tile};
  nn::Extent rows = product.countRows();
  bool hasMaps = possible.front().turns > 0;
  for (int64_t batch : {64, 8, 1}) {
    int64_t count = rows.timesBatch ? batch * rows.size : rows.size;
    const HopperTile *best = nullptr;
    for (const HopperTile &tile : possible) {
      if (hasMaps && tile.turns == 0)
        continue;
      if (!best || estimateTime(product, tile, count) <
                       estimateTime(product, *best, count))
        best = &tile;
    }
    bool isNew = llvm::none_of(tiles, [&](const HopperTile &tile) {
      return tile.rows == best->rows && tile.columns == best->columns;
    });
    if (isNew)
      tiles.push_back(*best);
  }
  return tiles;
}

} // namespace vitrail
