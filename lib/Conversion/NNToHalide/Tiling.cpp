//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cost model of register tiles. One step of k multiplies `rows` broadcast
// elements with columns / lanes vectors: that many fused multiply-adds at two a
// cycle, rows + vectors loads at two a cycle, and no less than the latency of
// the additions. What a tile computes beyond the matrix counts in full. The
// rows of a tile are far apart in memory: where their distance makes them share
// sets of the first-level cache, only so many can be in it together.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToHalide/Tiling.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace vitrail {

/// Cycles of a fused multiply-add until its result can be added to.
static constexpr double fmaLatency = 4;
/// Multiply-adds, and vector loads, that start in a cycle.
static constexpr double perCycle = 2;
/// What a load costs where multiply-adds hide it: tiles of fewer loads are more
/// often at their best.
static constexpr double cyclesPerHiddenLoad = 0.02;
/// The first-level cache: bytes of a line, sets, and lines of a set that the
/// rows of a tile can have (of 8, the rest for panels).
static constexpr int64_t lineBytes = 64, cacheSets = 64, linesOfRows = 6;
/// Cycles to set up, finish and store one vector of sums.
static constexpr double cyclesPerStoredVector = 4;
/// Rows assumed where their number is known only at run time.
static constexpr int64_t assumedRows = 4;

int64_t countRows(const ProductShape &product) {
  return product.m.value_or(assumedRows);
}

double estimateCycles(const ProductShape &product, RegisterTile tile,
                      const Machine &machine) {
  double vectors = static_cast<double>(tile.columns) / machine.lanes;
  double sums = tile.rows * vectors;
  double loads = tile.rows + vectors;
  double step = std::max({sums / perCycle, loads / perCycle, fmaLatency}) +
                loads * cyclesPerHiddenLoad;
  double tileCycles = product.k * step + cyclesPerStoredVector * sums;
  return tileCycles * llvm::divideCeil(countRows(product), tile.rows) *
         llvm::divideCeil(product.n, tile.columns);
}

/// How many rows, `rowBytes` apart, the first-level cache holds a line of each.
static int64_t countCachedRows(int64_t rowBytes) {
  if (rowBytes % lineBytes != 0)
    return cacheSets * linesOfRows;
  return cacheSets / std::gcd(cacheSets, rowBytes / lineBytes) * linesOfRows;
}

namespace {
struct EstimatedTile {
  RegisterTile tile;
  double cycles = std::numeric_limits<double>::infinity();
};
} // namespace

/// The most rows that a tile of `vectors` vectors should have.
static int64_t countMaxRows(const ProductShape &product, int64_t vectors,
                            const Machine &machine) {
  // Sums, one vector for each column of B and one broadcast element, and one
  // register to spare: beyond that the sums spill.
  int64_t maxRows = (machine.registers - 2 - vectors) / vectors;
  return std::min({maxRows, countRows(product),
                   countCachedRows(product.k * int64_t(sizeof(float)))});
}

/// The best tile of `vectors` vectors; one that takes forever if their sums
/// spill.
static EstimatedTile chooseRows(const ProductShape &product, int64_t vectors,
                                const Machine &machine) {
  int64_t maxRows = countMaxRows(product, vectors, machine);
  EstimatedTile best;
  for (int64_t rows = 1; rows <= maxRows; ++rows) {
    RegisterTile tile{rows, vectors * machine.lanes};
    double cycles = estimateCycles(product, tile, machine);
    if (cycles <= best.cycles)
      best = {tile, cycles};
  }
  return best;
}

RegisterTile chooseTileForPanels(const ProductShape &product, int64_t width,
                                 const Machine &machine) {
  int64_t vectors = width / machine.lanes;
  EstimatedTile best;
  for (int64_t tiles = 1; tiles <= vectors; ++tiles) {
    if (vectors % tiles != 0)
      continue;
    EstimatedTile tile = chooseRows(product, vectors / tiles, machine);
    if (tile.cycles < best.cycles)
      best = tile;
  }
  return best.tile;
}

RegisterTile chooseTileOfColumns(const ProductShape &product, int64_t columns,
                                 const Machine &machine) {
  return chooseRows(product, columns / machine.lanes, machine).tile;
}

/// GPUs read parts of any width of a row of a matrix. Rows of a panel that are
/// a line of the cache, 64 numbers of 16 bits, lie one behind the other where
/// parts are as wide. The narrowest parts have 32 columns.
int64_t choosePanelForGPU(const ProductShape &product) {
  constexpr int64_t line = 64, narrow = 32;
  return product.n % line == 0 ? line
                               : int64_t(llvm::alignTo(product.n, narrow));
}

/// Of a tile.
static constexpr int64_t maxVectors = 6;

llvm::SmallVector<RegisterTile> rankTiles(const ProductShape &product,
                                          const Machine &machine,
                                          std::optional<int64_t> width) {
  llvm::SmallVector<EstimatedTile> tiles;
  for (int64_t vectors = 1; vectors <= maxVectors; ++vectors) {
    int64_t columns = vectors * machine.lanes;
    if (width && *width % columns != 0)
      continue;
    int64_t maxRows = countMaxRows(product, vectors, machine);
    for (int64_t rows = 1; rows <= maxRows; ++rows) {
      RegisterTile tile{rows, columns};
      tiles.push_back({tile, estimateCycles(product, tile, machine)});
    }
  }
  llvm::sort(tiles, [](const EstimatedTile &lhs, const EstimatedTile &rhs) {
    return std::tuple(lhs.cycles, lhs.tile.columns, -lhs.tile.rows) <
           std::tuple(rhs.cycles, rhs.tile.columns, -rhs.tile.rows);
  });
  return llvm::to_vector(llvm::map_range(
      tiles, [](const EstimatedTile &estimated) { return estimated.tile; }));
}

RegisterTile chooseTile(const ProductShape &product, const Machine &machine) {
  EstimatedTile best;
  for (int64_t vectors = 1; vectors <= maxVectors; ++vectors) {
    EstimatedTile tile = chooseRows(product, vectors, machine);
    if (tile.cycles < best.cycles)
      best = tile;
  }
  return best.tile;
}

} // namespace vitrail
