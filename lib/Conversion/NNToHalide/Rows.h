//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Building blocks of kernels that work row by row: a reduction along the last
// dimension in lanes, and the loops over rows.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_ROWS_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_ROWS_H

#include "Lowering.h"

namespace vitrail {

/// A dimension of the loops of a func: its variable and its extent
/// (ShapedType::kDynamic where it is the batch).
struct Dimension {
  std::string name;
  int64_t extent;
};

/// The dimensions of `value`, named prefix0 (outermost), prefix1...
llvm::SmallVector<Dimension> nameDimensions(llvm::StringRef prefix,
                                            mlir::Value value);

/// Where the funcs of a row are computed: a loop of `func`, or the root where
/// there is no such loop.
struct RowPlace {
  std::string loop;
  std::string func = KernelLowering::outputName.str();

  /// On a GPU, the rows of a block, and the threads that they are spread over;
  /// they lie along the innermost of the rows' variables.
  int64_t rows = 1, rowThreads = 1;

  void compute(Stage &stage) const {
    if (loop.empty())
      stage.computeRoot();
    else
      stage.computeAt(func, loop);
  }
};

/// A sum or maximum along a row: value(rows...) reduces
/// element(rows..., x, others...) over x in [0, extent) and over `others`.
struct RowReduction {
  enum class Kind { Sum, Max };
  using Element = llvm::function_ref<mlir::Value(
      ExprBuilder &, llvm::ArrayRef<mlir::Value> rows, mlir::Value x,
      llvm::ArrayRef<mlir::Value> others)>;

  std::string name; ///< of the func that holds the result
  Kind kind;
  Names rows; ///< innermost first
  int64_t extent;
  llvm::SmallVector<int64_t> others;

  /// Lanes reduce every lanes-th element each; then the lanes are reduced. The
  /// elements beyond the last full vector come from a vector that ends with the
  /// row, the lanes before them masked.
  void define(KernelLowering &kernel, Element element) const;
  void schedule(KernelLowering &kernel, const RowPlace &place) const;

private:
  void scheduleOnGPU(KernelLowering &kernel, const RowPlace &place) const;
  int64_t lanes(const KernelLowering &kernel) const {
    return chooseLanes(extent, kernel.machine());
  }
  mlir::Value identity(ExprBuilder &expr) const;
  mlir::Value combine(ExprBuilder &expr, mlir::Value lhs,
                      mlir::Value rhs) const;
};

/// Orders the loops of `func`: `inner` (innermost first), then a chunk of the
/// last of `rows` (outermost first), then the tasks. `rowSize`: elements of a
/// row.
RowPlace scheduleRows(KernelLowering &kernel, const Names &inner,
                      llvm::ArrayRef<Dimension> rows, int64_t rowSize,
                      llvm::StringRef func = KernelLowering::outputName);

/// Names of the output's variables, in the order of the kernel's result, for an
/// anchor whose dimensions are `dims`.
llvm::SmallVector<std::string> resultNames(KernelLowering &kernel,
                                           mlir::Value anchor,
                                           llvm::ArrayRef<Dimension> dims);

Names namesInnermostFirst(llvm::ArrayRef<Dimension> dims);

/// Splits `dim` of `func` into vectors, on a GPU into threads, exactly; returns
/// their loops, innermost first.
Names vectorizeRows(KernelLowering &kernel, const Dimension &dim,
                    llvm::StringRef func = KernelLowering::outputName);

/// Whether finding a row of the matrices in `value` takes more than
/// multiplications of indices: index maps lie between it and what is stored, or
/// it is computed.
bool hasScatteredRows(mlir::Value value);

/// How many rows of these matrices at a time are neighbours before index maps
/// put other ones between them: the width of a window of an image. 1 if rows
/// are not divided so.
int64_t findRowRun(mlir::Value value);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_ROWS_H
