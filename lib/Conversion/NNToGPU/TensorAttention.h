//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What attention on tensor cores is, and how it is divided.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORATTENTION_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORATTENTION_H

#include "Fragments.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

/// A table of what is added to scores, in the order of threads.
struct PackedTable {
  mlir::Value table; ///< in the order of its dimensions
  /// [outer dimensions, tiles of 16 queries, of 16 keys, lanes, 8]: of each of
  /// two fragments side by side, the thread's two rows of two columns.
  mlir::BlockArgument packed;
};

/// What a kernel attends to, and in which tiles.
struct TensorAttention {
  nn::AttentionOp anchor;
  /// In memory and as multiplied. f32: tf32, or, of few queries, whatever it is
  /// in memory.
  mlir::Type element;
  llvm::SmallVector<nn::Extent> outer; ///< heads are its last dimension
  int64_t queries, keys, features;     ///< features of queries and keys
  int64_t width;                       ///< features of values

  llvm::SmallVector<PackedTable> tables;

  static constexpr int64_t mostFewQueries = 4;

  // How it is divided.
  int64_t mostWarps = 4, mostKeysOfTile = 64, mostStages = 2;
  int64_t warpsAtOnce = 1; ///< that one instruction is of

  int64_t warps() const {
    return std::min<int64_t>(
        mostWarps,
        llvm::alignTo(llvm::divideCeil(queries, mmaRows), warpsAtOnce));
  }
  /// Whether fragments of one instruction have a whole head (see ShortHeads).
  bool isShort() const {
    return !element.isF32() && std::max(queries, keys) <= mmaRows &&
           std::max(features, width) <= mmaDepth;
  }
  /// Whether queries are so few that threads multiply them (see FewQueries).
  bool hasFewQueries() const { return queries <= mostFewQueries && !isShort(); }
  int64_t headsOfBlock() const { return isShort() ? mostWarps : 1; }
  int64_t threads() const { return headsOfBlock() * warps() * warpSize; }
  int64_t queriesOfTile() const { return warps() * mmaRows; }
  int64_t queryTiles() const {
    return llvm::divideCeil(queries, queriesOfTile());
  }
  /// All but the last tile have as many, that one what is left.
  int64_t keysOfTile() const {
    int64_t tiles = llvm::divideCeil(keys, mostKeysOfTile);
    return llvm::alignTo(llvm::divideCeil(keys, tiles), mmaDepth);
  }
  int64_t keyTiles() const { return llvm::divideCeil(keys, keysOfTile()); }
  int64_t stages() const { return std::min<int64_t>(keyTiles(), mostStages); }
  /// That are copied while one is attended to.
  int64_t tilesAhead() const { return mostStages - 1; }
  // Of rows in shared memory.
  static int64_t pad(int64_t size) {
    return std::max<int64_t>(llvm::PowerOf2Ceil(size), mmaDepth);
  }
  int64_t rowBytes(int64_t size) const {
    return pad(size) * getElementBytes(element);
  }
  int64_t queryBytes() const { return queriesOfTile() * rowBytes(features); }
  int64_t keyBytes() const {
    return stages() * keysOfTile() * rowBytes(features);
  }
  int64_t valueBytes() const {
    return stages() * keysOfTile() * rowBytes(width);
  }
  int64_t widthFragments() const {
    return 2 * llvm::divideCeil(width, 2 * mmaColumns);
  }
  int64_t sumBytes() const {
    return SumShape{warps(), mmaRows, widthFragments() * mmaColumns}
        .countBytes();
  }
  int64_t sharedBytes() const {
    return isShort()
               ? 0
               : std::max(queryBytes() + keyBytes() + valueBytes(), sumBytes());
  }
};

/// How it is divided for wgmma.
struct HopperAttention : TensorAttention {
  int64_t blocksAtOnce; ///< that a multiprocessor has room for
  int64_t turnTime;     ///< of these, in any unit
};

/// For many heads, then for few; none where mma.sync is as fast.
llvm::SmallVector<HopperAttention>
chooseHopperAttention(const TensorAttention &shape);

/// The attention that `kernel` computes; on failure `reason` says why tensor
/// cores cannot.
mlir::FailureOr<TensorAttention> matchTensorAttention(mlir::func::FuncOp kernel,
                                                      std::string &reason);

/// Lays out what is added to scores and known while compiling in the order of
/// threads, in the calls of `kernel`, too.
void packTables(mlir::func::FuncOp kernel, TensorAttention &shape);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_TENSORATTENTION_H
