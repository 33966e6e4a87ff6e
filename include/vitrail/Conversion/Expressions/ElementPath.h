//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where elements of a value go, which index maps and casts lead to another: the
// other way round than `Elements`, for kernels that store an element where they
// have computed it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_EXPRESSIONS_ELEMENTPATH_H
#define VITRAIL_CONVERSION_EXPRESSIONS_ELEMENTPATH_H

#include "vitrail/Conversion/Expressions/Expressions.h"

namespace vitrail {

/// An element on its way.
struct PathElement {
  mlir::Value value;
  Indices indices;
  mlir::Value isThere; ///< whether a slice has it; null: all do
};

class ElementPath {
public:
  /// The path from `from` to `to`; none if there are other operations on it
  /// than slices without strides, reshapes, transposes and casts.
  static std::optional<ElementPath> find(mlir::Value from, mlir::Value to);

  /// Where an element of `from` is among those of `to`.
  PathElement follow(ExprBuilder &expr, PathElement element) const;

  /// How many neighbours along the last dimension of `from`, from each multiple
  /// of this number on, are neighbours along the last dimension of `to`, from a
  /// multiple of it on, or are none of its elements; a divisor of `count`.
  int64_t countNeighbours(int64_t count) const;

private:
  llvm::SmallVector<mlir::Operation *> path;
};

} // namespace vitrail

#endif // VITRAIL_CONVERSION_EXPRESSIONS_ELEMENTPATH_H
