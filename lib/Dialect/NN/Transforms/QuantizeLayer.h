//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A linear layer of 8-bit integers: one part of nn-narrow-products.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_QUANTIZELAYER_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_QUANTIZELAYER_H

#include "Fusions.h"

namespace vitrail::nn {

/// Replaces a layer of f32 by one that multiplies integers: its weight's, in
/// the range of each feature, and its input's, in `range`, one number that is
/// known while compiling, or if that is null in the range of each row. What
/// makes them f32 again, and the bias, follow it.
void quantizeLayer(LinearOp linear, mlir::Value range,
                   mlir::RewriterBase &rewriter);

/// Replaces a layer of f32 by one whose weight is stored as integers, in the
/// range of each feature, and multiplied as f32.
void quantizeWeight(LinearOp linear, mlir::RewriterBase &rewriter);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_QUANTIZELAYER_H
