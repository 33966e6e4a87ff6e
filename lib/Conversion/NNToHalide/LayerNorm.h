//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rows of a layer norm, wherever a kernel needs them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_LAYERNORM_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_LAYERNORM_H

#include "Rows.h"

namespace vitrail {

/// The statistics of a norm's rows, and the elements that follow from them:
///
///   mean(rows...)    = sum of the row / extent
///   scale(rows...)   = 1 / sqrt(sum of (input - mean)^2 / extent + epsilon)
///   element(x, rows) = (input - mean) * scale * gain(x) + bias(x)
///
/// Two passes over the row, as in the definition: the one-pass formula loses
/// the digits of a small variance around a large mean.
class NormalizedRows {
public:
  /// The funcs' names begin with `prefix`.
  NormalizedRows(KernelLowering &kernel, nn::LayerNormOp norm,
                 llvm::StringRef prefix = "");

  /// Defines the funcs, and makes the elements of the norm's result computed
  /// from them.
  void define();
  /// Where the statistics of a row are computed.
  void schedule(const RowPlace &place) const;

  /// Of the norm's result, d0 the outermost.
  llvm::ArrayRef<Dimension> dimensions() const { return dims; }
  llvm::ArrayRef<Dimension> rows() const {
    return llvm::ArrayRef(dims).drop_back();
  }

private:
  mlir::Value input(ExprBuilder &expr, llvm::ArrayRef<mlir::Value> rows,
                    mlir::Value x);
  mlir::Value centered(ExprBuilder &expr, llvm::ArrayRef<mlir::Value> rows,
                       mlir::Value x);
  void defineMean();
  void defineScale();

  KernelLowering &kernel;
  nn::LayerNormOp norm;
  llvm::SmallVector<Dimension> dims;
  Names rowVars;
  int64_t extent;
  std::string mean, scale; ///< names of funcs
  RowReduction sum, squares;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_LAYERNORM_H
