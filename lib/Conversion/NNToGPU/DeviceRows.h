//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a kernel is that computes rows by themselves, with or without a norm,
// and how its rows are divided.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEROWS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEROWS_H

#include "SharedRows.h"

namespace vitrail {

/// The most elements of a row, which stays in the registers of a warp; of one
/// that becomes integers, in a range that has to be known before.
inline constexpr int64_t longestRow = warpSize * 8 * chunkSize,
                         longestQuantizedRow = 2 * longestRow;

/// Rows of `width` elements along the last dimension of `anchor`.
struct DeviceRows {
  nn::LayerNormOp norm; ///< null: each element is by itself
  nn::ReduceOp range;   ///< null: none is stored beside integers
  /// The norm's result, what integers are made of, or the kernel's result.
  mlir::Value anchor;
  llvm::SmallVector<nn::Extent> rows; ///< extents of the others
  int64_t width = 0;
  mlir::Type element; ///< in memory, of what is read; null: computed

  /// What is read.
  mlir::Value input() const { return norm ? norm->getOperand(0) : anchor; }
  int64_t chunks() const { return width / chunkSize; }
};

/// Of a chunk of rows of `width` elements along the last dimension of `value`,
/// as many elements as are neighbours in memory, of type `element`, at a
/// multiple of their number.
int64_t countNeighbours(mlir::Value value, int64_t width, mlir::Type element);

/// Whether these are read in vectors of 16 bytes or more.
bool canReadChunks(mlir::Value value, int64_t width, mlir::Type element);

/// The rows that `kernel` computes; on failure `reason` says why no family of
/// kernels for devices does.
mlir::FailureOr<DeviceRows> matchDeviceRows(mlir::func::FuncOp kernel,
                                            std::string &reason);

/// Why no kernel of rows stores `integers` and their ranges, which are
/// computed, too; empty if one does.
std::string describeRanges(nn::QuantizeOp integers);

/// Who computes rows: groups of neighbouring threads, of which each has every
/// `lanes`-th chunk of some rows in registers.
struct RowGroups {
  int64_t threads;      ///< of a block
  int64_t lanes;        ///< threads of a group: a power of two within a warp
  int64_t chunksOfLane; ///< of a row
  int64_t rowsOfGroup;
  /// Whether a warp has neighbouring rows, not a block alone.
  bool keepsWarps = false;

  int64_t groups() const { return threads / lanes; }
  int64_t rowsOfBlock() const { return groups() * rowsOfGroup; }
};

/// Groups for many rows, then for few (see replaceKernel).
llvm::SmallVector<RowGroups> chooseRowGroups(const DeviceRows &rows);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEROWS_H
