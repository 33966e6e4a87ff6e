//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention of few queries with keys of their own, such as a step of decoding:
// the kernel takes the time in which keys and values are read. Threads multiply
// them as they come. The warps of a block share out the keys of a head; what
// they have found is put together at the end (Dao et al. 2023, "Flash-Decoding
// for long-context inference", within a block).
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_FEWQUERIES_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_FEWQUERIES_H

#include "Fragments.h"
#include "TensorAttention.h"

namespace vitrail {

/// Who has which keys: some threads side by side have a row, a chunk each; a
/// warp reads some rows at a time, several times, in a step; the block's warps
/// take steps in turns.
struct FewQueries {
  int64_t lanes; ///< that share a row: a power of two
  int64_t turns; ///< rows of a thread that are on their way together
  int64_t warps;
  int64_t steps; ///< of all warps

  int64_t rowsAtOnce() const { return warpSize / lanes; }
  int64_t keysOfStep() const { return rowsAtOnce() * turns; }
  int64_t threads() const { return warps * warpSize; }
};

/// For many heads, then for few (see replaceKernel); none where tensor cores
/// have queries enough.
llvm::SmallVector<FewQueries> chooseFewQueries(const TensorAttention &shape);

/// Builds the kernel of `shape`, and returns the shared memory of a block.
int64_t buildFewQueries(DeviceKernel &kernel, const TensorAttention &shape,
                        const FewQueries &form, mlir::Value result);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_FEWQUERIES_H
