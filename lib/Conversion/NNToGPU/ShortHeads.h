//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Heads of attention so short that one warp's fragments have all queries and
// keys: what they read and store, element by element, without shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTHEADS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTHEADS_H

#include "TensorAttention.h"

namespace vitrail {

/// The head of a warp; blocks have several.
class ShortHeads {
public:
  ShortHeads(DeviceKernel &kernel, const TensorAttention &shape,
             const WarpPlace &place);

  /// Of the head, of the last one where there are no more.
  const Indices &getOuterIndices() const { return outer; }

  /// The left-hand side.
  mlir::Value readQueries();
  /// Right-hand sides for 8 keys each.
  std::array<mlir::Value, 2> readKeys();
  /// Right-hand sides for 8 features each.
  std::array<mlir::Value, 2> readValues();

  /// Computes and stores the kernel's `result` from fragments of the anchor's.
  void store(llvm::ArrayRef<mlir::Value> fragments, mlir::Value result);

private:
  struct Place {
    mlir::Value index, isThere;
  };
  Place placeColumn(mlir::Value first, int64_t element, int64_t width);
  mlir::Value read(mlir::Value tensor, mlir::Value row, mlir::Value first,
                   int64_t element);
  mlir::Value readPairs(
      int64_t pairs,
      llvm::function_ref<mlir::Value(int64_t pair, int64_t element)> readOne);
  void storePair(mlir::Value fragment, int64_t half, int64_t firstColumn,
                 mlir::Value result);

  DeviceKernel &kernel;
  const TensorAttention &shape;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  Indices outer;
  mlir::Value isThere;
  mlir::Value row, column; ///< of a fragment: the thread's first element
  mlir::Value current;     ///< the anchor's element that is being stored
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_SHORTHEADS_H
