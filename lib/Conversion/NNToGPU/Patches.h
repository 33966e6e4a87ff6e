//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Patches of an image as rows of a product's left-hand side, read by vectors
// where the image's rows are so aligned.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_PATCHES_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_PATCHES_H

#include "SharedRows.h"

namespace vitrail {

/// Patches [channels, height, width] of an image in memory, each as a row of
/// k(). A row of a patch has zeros on both sides, so that it begins where the
/// image is aligned, and that chunks are whole rows of patches or parts of one.
struct Patches {
  nn::UnfoldOp unfold;
  mlir::BlockArgument image; ///< [batch, channels, height, width]
  int64_t neighbours = 1;    ///< elements of a row that are loaded together
  int64_t before = 0;        ///< zeros before a row of a patch
  int64_t width = 0;         ///< of such a row with its zeros

  int64_t height() const;
  /// Without zeros.
  int64_t elementsOfRow() const;
  /// Zeros after a row of a patch.
  int64_t after() const { return width - before - elementsOfRow(); }
  int64_t k() const;
};

/// The patches that `value` is, after casts alone; nothing if it is none.
std::optional<Patches> matchPatches(mlir::Value value);

/// The elements of a chunk of the patch at `indices` [sample, row, column],
/// from `k` on (i32), as `type`.
llvm::SmallVector<mlir::Value> readPatch(DeviceKernel &kernel,
                                         const Patches &patches,
                                         llvm::ArrayRef<mlir::Value> indices,
                                         mlir::Value k, mlir::Type type);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_PATCHES_H
