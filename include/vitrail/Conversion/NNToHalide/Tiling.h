//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost model that chooses register tiles of products. Two passes need the
// same answer: nn-pack-weights lays weights out in panels of a tile's width,
// and convert-nn-to-halide schedules loops over them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_TILING_H
#define VITRAIL_CONVERSION_NNTOHALIDE_TILING_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace vitrail {

/// The processor, as far as schedules depend on it.
struct Machine {
  int64_t lanes = 16;        ///< f32 lanes of a vector
  int64_t registers = 32;    ///< vector registers
  int64_t l2Bytes = 1 << 20; ///< second-level cache of a core
  /// Whether it multiplies pairs of bf16 and adds both to an f32.
  bool multipliesBF16 = false;
  /// Whether a matrix unit multiplies tiles of bf16 and of 8-bit integers with
  /// a sign; see MatrixUnit.h.
  bool multipliesTiles = false;
  /// Whether it multiplies groups of four 8-bit integers and adds them to an
  /// i32, and whether the numbers of the left-hand side must not be negative
  /// then.
  bool multipliesInt8 = false;
  bool wantsUnsigned = false;
  /// Whether kernels run as blocks of threads.
  bool isGPU = false;
  /// Whether threads can read the registers of others in their warp.
  bool hasShuffles = false;
};

/// Numbers that one step multiplies and adds to a sum.
constexpr int64_t bf16Group = 2, int8Group = 4;

/// The product [m, k] x [k, n]; `m` is empty where it is known only at run
/// time. Elements, and what k counts, are those that a lane multiplies in one
/// step: an f32, a pair of bf16, or four integers.
struct ProductShape {
  std::optional<int64_t> m;
  int64_t n = 1;
  int64_t k = 1;
};

/// The rows, or as many as are assumed where their number is not known.
int64_t countRows(const ProductShape &product);

/// Rows and columns whose sums stay in registers while k runs. `columns` is a
/// multiple of the lanes.
struct RegisterTile {
  int64_t rows = 1;
  int64_t columns = 1;
};

/// The tile that the model expects to take the least time.
RegisterTile chooseTile(const ProductShape &product, const Machine &machine);

/// The best tile of `columns`, a multiple of the lanes.
RegisterTile chooseTileOfColumns(const ProductShape &product, int64_t columns,
                                 const Machine &machine);

/// The best tile that panels of `width` columns, a multiple of the lanes, can
/// be read by: it has as many columns, or a divisor of them. Panels that were
/// made for a machine of longer vectors or more registers are read in parts.
RegisterTile chooseTileForPanels(const ProductShape &product, int64_t width,
                                 const Machine &machine);

/// The columns of panels that GPUs alone read.
int64_t choosePanelForGPU(const ProductShape &product);

/// Tiles in the order of the time that the model expects of them, the best
/// first; with a `width`, those that can read panels of that many columns.
llvm::SmallVector<RegisterTile>
rankTiles(const ProductShape &product, const Machine &machine,
          std::optional<int64_t> width = std::nullopt);

/// The cycles that the model expects of the product with this tile, on one
/// core.
double estimateCycles(const ProductShape &product, RegisterTile tile,
                      const Machine &machine);

} // namespace vitrail

#endif // VITRAIL_CONVERSION_NNTOHALIDE_TILING_H
