//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The left-hand side of a product: read where it lies, or copied into funcs
// first, row by row,
//
//   normalized  what a layer norm before the product gives,
//   ranges      the largest magnitude of each row that is quantized,
//   quantized   integers in these ranges,
//   converted   another type of element.
//
// Copies are as the product multiplies them: of groups, with zeros beyond the
// last k, or of f32. Integers that have to be unsigned are 128 more. GPUs have
// copies of the left-hand side's type: tiles of these are converted.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_LEFTOPERAND_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_LEFTOPERAND_H

#include "LayerNorm.h"
#include "Product.h"

namespace vitrail {

/// What the numbers of a left-hand side that have to be unsigned are more.
constexpr int64_t unsignedOffset = 128;

class LeftOperand {
public:
  LeftOperand(KernelLowering &kernel, const Product &product);

  /// Defines the funcs, if there are any.
  void define();

  /// The factor at `rows` and `k`, both innermost first, in the type of the
  /// sums; `k` has a group's variable first, if there are groups.
  mlir::Value get(ExprBuilder &expr, llvm::ArrayRef<mlir::Value> rows,
                  llvm::ArrayRef<mlir::Value> k) const;

  /// The copy's element at `indices` of the left-hand side, innermost first.
  mlir::Value getCopy(ExprBuilder &expr,
                      llvm::ArrayRef<mlir::Value> indices) const {
    return expr.call(copyName(), indices, copyType());
  }

  /// Computes the funcs in the output's loop `task`, of at most `taskRows` rows
  /// each; without it before the output, parallel over rows.
  void schedule(llvm::StringRef task, int64_t taskRows);

  /// Whether the factors are 128 more than the integers they stand for.
  bool isUnsigned() const {
    return product.hasInt8() && kernel.machine().wantsUnsigned &&
           product.multipliesGroups(kernel.machine());
  }

private:
  bool isCopied() const { return product.copiesLhs(kernel.machine()); }
  llvm::StringRef copyName() const;
  mlir::Type copyType() const;
  /// The rows that the product has, outermost first.
  llvm::ArrayRef<Dimension> multipliedRows() const {
    return llvm::ArrayRef(dims).drop_back(product.k.size());
  }

  void defineNormalized();
  void defineRanges();
  void defineCopy();
  /// Schedules a func of the first `rowCount` of `dims`, each row by itself;
  /// returns where what a row needs is computed.
  RowPlace scheduleRowsOf(llvm::StringRef name, llvm::ArrayRef<Dimension> dims,
                          size_t rowCount, llvm::StringRef task,
                          int64_t taskElements);

  KernelLowering &kernel;
  const Product &product;
  llvm::SmallVector<Dimension> dims; ///< of the left-hand side
  std::optional<NormalizedRows> norm;
  std::optional<RowReduction> range;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_LEFTOPERAND_H
