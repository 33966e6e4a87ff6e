//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The index arithmetic of reshapes, in either direction.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_EXPRESSIONS_RESHAPEINDICES_H
#define VITRAIL_LIB_CONVERSION_EXPRESSIONS_RESHAPEINDICES_H

#include "vitrail/Conversion/Expressions/Expressions.h"

namespace vitrail {

/// The index in a tensor of extents `to` of the element that is at `indices` in
/// one of extents `from`, of which it is a reshape. The outermost extents are
/// not asked for, so that they may be the batch.
Indices reshapeIndices(ExprBuilder &expr, llvm::ArrayRef<nn::Extent> from,
                       llvm::ArrayRef<nn::Extent> to,
                       llvm::ArrayRef<mlir::Value> indices);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_EXPRESSIONS_RESHAPEINDICES_H
