//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of nn-narrow-products that is about attention.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWATTENTION_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWATTENTION_H

#include "NarrowReaders.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"

namespace vitrail::nn {

/// Whether `attention` can multiply bf16 or tf32: it has rows enough, and
/// `layers`, which are those that become narrow, compute its queries, keys and
/// values. So it goes by the parameters of these layers.
llvm::LogicalResult
canNarrowAttention(AttentionOp attention,
                   const llvm::SetVector<mlir::Operation *> &layers,
                   PassRemarks &remarks);

/// Makes it do so: it rounds what is not stored rounded.
void roundAttention(AttentionOp attention, const NarrowReaders &readers,
                    mlir::RewriterBase &rewriter);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_NARROWATTENTION_H
