//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How operands get to shared memory: rings of stages, whose rows are chunks of
// 16 bytes. A chunk's place in its row is swizzled, so that the eight rows that
// a warp reads of a matrix are in different banks.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_SHAREDROWS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_SHAREDROWS_H

#include "DeviceKernel.h"

namespace vitrail {

/// What is copied at a time, and how many elements of two bytes that is.
inline constexpr int64_t chunkBytes = 16, chunkSize = 8;

inline int64_t getElementBytes(mlir::Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}
/// How many elements of this type a chunk is.
inline int64_t getChunkSize(mlir::Type element) {
  return chunkBytes / getElementBytes(element);
}

/// The first element of a chunk in a row of `memory` [stages, rows, width],
/// whose rows are a power of two of chunks, at least 2.
mlir::Value swizzle(DeviceExprBuilder &expr, mlir::Value row, mlir::Value chunk,
                    mlir::MemRefType memory);

/// Row-major indices of position `value` in `extents`; the outermost is not
/// asked for.
Indices unflatten(DeviceExprBuilder &expr, mlir::Value value,
                  llvm::ArrayRef<int64_t> extents);

/// Rows of a value, which a block copies to a stage at a time.
struct RowSource {
  mlir::Value value;
  /// The elements of a row; there are zeros beyond.
  int64_t width;
  /// The indices of element `position` of the row that is a stage's row number
  /// `local`; beyond the last row, of some other.
  std::function<Indices(DeviceExprBuilder &, mlir::Value local,
                        mlir::Value position)>
      getIndices;
  /// Elements that lie in memory side by side and are copied at a time: a chunk
  /// or half of one; 0: chunks are computed.
  int64_t copied;
};

/// Whether chunks of `size` elements do, of rows that are the last dimensions,
/// of these extents, and `element` is the type in memory.
bool hasChunks(mlir::Value value, llvm::ArrayRef<int64_t> extents,
               mlir::Type element, int64_t size = chunkSize);

/// Whether `value` has all digits of what lies in memory as `element`: no cast
/// on the way cuts any. For values that `hasChunks` may hold of.
bool keepsDigits(mlir::Value value, mlir::Type element);

/// The shape of a stage, and who copies it. Rows that are wider than those in
/// shared memory are in parts there: all rows of the first part come first.
struct StageShape {
  int64_t rows;
  int64_t width; ///< elements of a row: 2 chunks or more, a power of two
  int64_t threads;
  int64_t parts = 1;
};

/// Copies parts of rows to stages: chunks that lie in memory by asynchronous
/// copies, others are computed.
class RowCopier {
public:
  /// `memory`: shared, [stages, parts * rows, width].
  RowCopier(DeviceKernel &kernel, RowSource source, StageShape shape,
            mlir::Value memory)
      : kernel(kernel), source(std::move(source)), shape(shape), memory(memory),
        element(getType().getElementType()), size(getChunkSize(element)) {}

  bool isComputed() const { return source.copied == 0; }

  /// Begins the part of rows from element `first` on (i32) on its way to
  /// `stage`; what has to be computed is returned.
  llvm::SmallVector<mlir::Value> begin(mlir::Value first, mlir::Value stage);
  /// Stores what was computed.
  void end(llvm::ArrayRef<mlir::Value> computed, mlir::Value stage);

private:
  /// `line`: among the rows in shared memory.
  using CopyChunk =
      llvm::function_ref<void(mlir::Value line, mlir::Value chunk)>;
  mlir::MemRefType getType() const {
    return llvm::cast<mlir::MemRefType>(memory.getType());
  }
  int64_t chunks() const { return shape.width / size; } ///< of a row
  void forEachChunk(CopyChunk copyChunk);
  /// Of an element of a chunk.
  llvm::SmallVector<mlir::Value> getPlace(mlir::Value stage, mlir::Value line,
                                          mlir::Value chunk,
                                          int64_t element = 0);
  void copy(mlir::Value local, mlir::Value k, mlir::ValueRange place);
  mlir::Value compute(mlir::Value local, mlir::Value k);
  bool hasTail() const {
    return source.width % (shape.width * shape.parts) != 0;
  }

  DeviceKernel &kernel;
  RowSource source;
  StageShape shape;
  mlir::Value memory;
  mlir::Type element;
  int64_t size; ///< elements of a chunk
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_SHAREDROWS_H
