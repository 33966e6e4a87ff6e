//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of a warpgroup by wgmma (compute capability 9.0 alone): four warps
// multiply 64 rows and all columns of a tile at a time, whose operands the
// tensor cores read from shared memory themselves, while the warps go on.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_WARPGROUP_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_WARPGROUP_H

#include "Fragments.h"
#include "TensorProduct.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace vitrail {

// The rows of one instruction, and the warps that it is of.
inline constexpr int64_t wgmmaRows = 64, warpsOfGroup = 4;

/// The products of `tile.warpRows / 16` times 64 rows. Both operands lie in
/// shared memory as wgmma wants them: in rows of up to 128 bytes, swizzled as
/// in SharedRows.h, the left-hand side's and a weight's of k, the panels' of
/// columns.
class Warpgroup {
public:
  /// The memory of the stages' first rows; the warpgroup multiplies from the
  /// rows `leftLine` and `rightLine` on (i32, the same in all of its threads).
  Warpgroup(DeviceKernel &kernel, const TensorProduct &product,
            const BlockTile &tile, mlir::Value leftMemory,
            mlir::Value rightMemory, mlir::Value leftLine,
            mlir::Value rightLine);

  /// What a thread has of the sums: one value for each 64 rows.
  llvm::SmallVector<mlir::Value> getZeroSums();
  /// Begins the products of a stage, and adds them to `sums`.
  llvm::SmallVector<mlir::Value> multiply(mlir::ValueRange sums,
                                          mlir::Value stage) {
    return multiply(sums, stage, /*isFirst=*/false);
  }
  /// The same of a first stage, to no sums.
  llvm::SmallVector<mlir::Value> beginSums(mlir::Value stage);
  /// Waits until at most `running` of the stages begun are not done.
  void wait(int64_t running);
  /// Waits for all, and returns the sums of 64 rows as fragments of [16, 8].
  llvm::SmallVector<mlir::Value> finish(mlir::Value sums);
  /// What was written to shared memory, and is visible to this thread, is so to
  /// the tensor cores.
  static void fence(DeviceKernel &kernel);

  /// What registers have is visible to the tensor cores.
  static void order(DeviceKernel &kernel);

  /// The descriptor of shared memory [stages, rows, width] from row `firstLine`
  /// of the first stage on (i32, the same in all threads of the warpgroup); the
  /// next part of each row is `partBytes` away.
  static mlir::Value describe(DeviceKernel &kernel, mlir::Value memory,
                              mlir::Value firstLine, int64_t partBytes = 16);
  /// The descriptor of shared memory [rows / 8, k / 8, 8, 8]: matrices of eight
  /// rows of 16 bytes, one behind the other along k.
  static mlir::Value describeMatrices(DeviceKernel &kernel, mlir::Value memory);
  /// The descriptor of a stage.
  static mlir::Value advance(DeviceKernel &kernel, mlir::Value descriptor,
                             mlir::Value stage, int64_t stageBytes);
  static mlir::Value offset(DeviceKernel &kernel, mlir::Value descriptor,
                            int64_t bytes);

  /// A number that is the same in all threads of a warp, as the compiler has to
  /// know (i32).
  static mlir::Value makeUniform(DeviceKernel &kernel, mlir::Value number);

private:
  llvm::SmallVector<mlir::Value> multiply(mlir::ValueRange sums,
                                          mlir::Value stage, bool isFirst);

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  // Of the first stage.
  mlir::Value leftDescriptor, rightDescriptor;
};

/// The sums of 64 rows by some columns that a warpgroup multiplies one product
/// after the other, each of 16 k.
class WarpgroupSums {
public:
  /// No sums yet.
  WarpgroupSums(DeviceKernel &kernel, int64_t columns, mlir::Type element);
  /// Fragments of [16, 8], row by row.
  WarpgroupSums(DeviceKernel &kernel, llvm::ArrayRef<mlir::Value> fragments,
                mlir::Type element);
  /// What `getSums` returned, to which products may still be added.
  WarpgroupSums(DeviceKernel &kernel, mlir::Value sums, mlir::Type element);

  /// Begins a product of operands that descriptors point at: rows of k.
  void multiply(mlir::Value left, mlir::Value right);
  /// Begins one whose left-hand side the warps have in registers, as pairs: of
  /// two rows each the first 8 k, then the next; the right-hand side's rows
  /// are of columns, or of k.
  enum class Rows { OfColumns, OfDepth };
  void multiply(llvm::ArrayRef<mlir::Value> left, mlir::Value right,
                Rows rows = Rows::OfColumns);

  /// A struct of what a thread has, for products that are begun later.
  mlir::Value getSums() const { return sums; }
  /// What was begun is done before what is begun from here on.
  void commit();
  /// Waits for all, and returns the sums as fragments.
  llvm::SmallVector<mlir::Value> finish();
  /// The same of committed ones, while the last `running` commits may not be
  /// done.
  llvm::SmallVector<mlir::Value> finishBefore(int64_t running);

private:
  DeviceKernel &kernel;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t columns;
  mlir::Type element;
  bool isEmpty;
  mlir::Value sums;
  llvm::SmallVector<mlir::Value> used; ///< registers of left-hand sides
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_WARPGROUP_H
