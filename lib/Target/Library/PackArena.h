//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Packing of live ranges.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_PACKARENA_H
#define VITRAIL_LIB_TARGET_LIBRARY_PACKARENA_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace vitrail {

/// Bytes that are in use from step `first` to step `last`.
struct LiveRange {
  int64_t size;
  int64_t first, last;
  int64_t offset = 0;
};

/// Gives each range an offset, so that those in use at the same time do not
/// overlap. Returns the size of the whole.
int64_t packRanges(llvm::MutableArrayRef<LiveRange> ranges);

/// The largest sum of ranges in use at the same time.
int64_t getLowerBound(llvm::ArrayRef<LiveRange> ranges);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_PACKARENA_H
