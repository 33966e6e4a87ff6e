//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cost model that chooses the tiles of products on GPUs, which docs/gpu.md
// describes.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_BLOCKTILE_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_BLOCKTILE_H

#include "vitrail/Dialect/NN/IR/NN.h"

namespace vitrail {

/// `matrices` products [m, k] x [k, n] for each sample.
struct BlockProduct {
  int64_t m = 1;
  int64_t n = 1;
  int64_t k = 1;
  int64_t matrices = 1;
};

/// The tile of sums of a block, and what its threads have of it.
struct GPUTile {
  /// The elements that are loaded at once: of columns, or of k.
  static constexpr int64_t vectorSize = 4;

  // Threads along columns, along rows, and along k.
  int64_t columnThreads = 1;
  int64_t rowThreads = 1;
  int64_t slices = 1;

  // What a thread has: vectors of columns, and rows.
  int64_t vectors = 1;
  int64_t rows = 1;

  /// How many k a thread multiplies in each step, a multiple of vectors.
  int64_t depthOfThread = vectorSize;

  int64_t countThreads() const { return columnThreads * rowThreads * slices; }
  int64_t countColumns() const { return columnThreads * vectors * vectorSize; }
  int64_t countRows() const { return rowThreads * rows; }
  /// How many k are in shared memory in each step.
  int64_t depth() const { return slices * depthOfThread; }
};

/// The tile that the model expects to take the least time, of one sample and of
/// many.
GPUTile chooseBlockTile(const BlockProduct &product);

/// Tiles in the order of the time that the model expects of them for so many
/// samples, the best first.
llvm::SmallVector<GPUTile> rankBlockTiles(const BlockProduct &product,
                                          int64_t samples);

/// The choices of an `nn.schedule` that are a tile's.
nn::ScheduleAttr getAttribute(mlir::MLIRContext *context, const GPUTile &tile);

/// The tile that `given` says; the model's where it has none. Null is none.
GPUTile chooseBlockTile(const BlockProduct &product, nn::ScheduleAttr given);

/// Why a product cannot have the tile that `given` says; empty if it can.
std::string findMisfit(const BlockProduct &product, nn::ScheduleAttr given);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_BLOCKTILE_H
