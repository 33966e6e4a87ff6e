//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What masks make of the scores of few queries, and which keys they hide, so
// that these are not read.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_SCOREMASKS_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_SCOREMASKS_H

#include "FewQueries.h"

namespace vitrail {

/// What is added to the scores of a head, and what takes their place.
class ScoreMasks {
public:
  /// `offset`: of the block's shared memory.
  ScoreMasks(DeviceKernel &kernel, const TensorAttention &shape,
             const FewQueries &form, const WarpPlace &place, Indices outer,
             int64_t offset);

  /// What there is for a score.
  llvm::SmallVector<mlir::Value> read(mlir::Value query, mlir::Value key);
  int64_t countPieces() const;
  /// The score of a product.
  mlir::Value apply(mlir::Value product, llvm::ArrayRef<mlir::Value> mask);

  /// Whether keys are left out that no query looks at: where there are steps
  /// besides the first of each warp.
  bool canHide() const;
  /// In shared memory.
  int64_t countBytes() const;
  /// Finds which keys are hidden; all threads do.
  void findHidden();
  /// Whether a warp has to attend to its next step, which may be none, of the
  /// keys that `getKey` says of each turn.
  mlir::Value isVisible(mlir::Value step,
                        llvm::function_ref<mlir::Value(int64_t)> getKey);

private:
  mlir::Value getElement(mlir::Value value, mlir::Value query, mlir::Value key);
  llvm::SmallVector<mlir::Value> findLevels();
  mlir::Value getLevel(llvm::ArrayRef<mlir::Value> mask);

  DeviceKernel &kernel;
  const TensorAttention &shape;
  const FewQueries &form;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  const WarpPlace &place;
  Indices outer;
  int64_t offset;
  mlir::Value levels, bound; ///< of each key; what is below is hidden
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_SCOREMASKS_H
