//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The softmax of scores that are fragments in registers, key by key or all at
// once.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONSOFTMAX_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONSOFTMAX_H

#include "Fragments.h"

namespace vitrail {

/// What a warp knows of its queries after some keys: two rows of a thread.
struct AttentionProgress {
  llvm::SmallVector<mlir::Value> mix; ///< fragments of weighted values
  /// Scores' largest, in their unit; weights' sum, a thread's part.
  std::array<mlir::Value, 2> largest, sum;

  llvm::SmallVector<mlir::Value> all() const;
  static AttentionProgress from(mlir::ValueRange values);
};

class AttentionSoftmax {
public:
  /// Scores are in this unit, a positive number.
  AttentionSoftmax(DeviceKernel &kernel, double unit);

  /// Before the first key, of so many fragments of values.
  AttentionProgress start(int64_t fragments);
  /// Scores become weights relative to the largest so far, and so does what is
  /// known of other keys, if there are any.
  void weigh(llvm::SmallVectorImpl<mlir::Value> &scores,
             AttentionProgress &progress, bool isFirst);
  /// Divides by the sums of all weights.
  void finish(AttentionProgress &progress);

private:
  std::array<mlir::Value, 2> findLargest(llvm::ArrayRef<mlir::Value> scores,
                                         std::array<mlir::Value, 2> largest);
  void rescale(AttentionProgress &progress, std::array<mlir::Value, 2> largest);
  mlir::Value power(mlir::Value x);
  void scaleRows(mlir::Value &fragment, std::array<mlir::Value, 2> factors);
  mlir::Value reduceOverRow(
      mlir::Value value,
      llvm::function_ref<mlir::Value(mlir::Value, mlir::Value)> combine);

  DeviceKernel &kernel;
  mlir::OpBuilder &builder;
  mlir::Location loc;
  double unit; ///< in which 2 is the base of powers: e^x = 2^(x log2(e))
};

/// An element of a fragment of sums: of one of the thread's two rows and of its
/// two columns.
mlir::Value getElement(DeviceKernel &kernel, mlir::Value fragment, int64_t row,
                       int64_t column);
/// The fragment of four elements, row by row.
mlir::Value makeFragment(DeviceKernel &kernel,
                         llvm::ArrayRef<mlir::Value> elements);
/// Fragments of sums as pairs of `type`, the thread's two rows of each: two
/// fragments side by side are one of a left-hand side.
llvm::SmallVector<mlir::Value>
roundFragments(DeviceKernel &kernel, llvm::ArrayRef<mlir::Value> fragments,
               mlir::Type type);
/// A fragment of sums, rounded to tf32, as one of a left-hand side: its k are
/// columns, of which a thread has two neighbours (see readNeighbours).
mlir::Value roundToTF32(DeviceKernel &kernel, mlir::Value fragment);
/// A fragment for multiplyFragments from pairs: of a left-hand side from 4, of
/// a right-hand side from 2.
mlir::Value joinPairs(DeviceKernel &kernel, llvm::ArrayRef<mlir::Value> pairs);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_ATTENTIONSOFTMAX_H
