//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the tensors of one entry are while it runs.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_MEMORYPLAN_H
#define VITRAIL_LIB_TARGET_LIBRARY_MEMORYPLAN_H

#include "Interface.h"
#include "PackArena.h"

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Runtime/Program.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"

namespace vitrail {

/// The place of a tensor; see runtime::Buffer. A constant's is `Weights`, its
/// offset is the constants' own affair.
struct Placement {
  runtime::Place place;
  int32_t index = 0;
  int64_t offset = 0;
};

/// The value without the reshapes that it went through: equal elements in the
/// same memory.
mlir::Value getStorage(mlir::Value value);

/// Plans the memory of one lowered entry.
///
/// Inputs are read where the caller has them. A result that a kernel computes
/// is written where the caller wants it; a result that is an input, a constant
/// or another result needs a copy. States are read and replaced where the
/// context keeps them. All else is in one arena, where two tensors share bytes
/// if no step needs both.
///
/// A launch writes into the memory of the tensor after `into` if that is the
/// entry's to write and no step reads it afterwards; else into a copy of it.
/// Without `into` it writes over an operand that no step reads afterwards, if
/// its pipeline allows that (`halide::canBeOverwritten`): a residual. A
/// new state is computed in place if it comes about that way, or if nobody
/// reads the old one from the step on that computes it; else it is copied at
/// the end.
///
/// Every tensor's size is proportional to the batch, so sizes and offsets are
/// those of one sample, in multiples of 64 bytes: at run time they are
/// multiplied by the batch, which keeps tensors apart and aligned. (A tensor
/// that does not depend on the batch gets its size for every sample.)
class MemoryPlan {
public:
  /// Fails, with a diagnostic, at an operation that a lowered entry cannot
  /// have. `states` are those of the module.
  static mlir::FailureOr<MemoryPlan> create(mlir::func::FuncOp entry,
                                            llvm::ArrayRef<State> states);

  /// What the entry does next: runs a kernel, or copies.
  struct Step {
    halide::LaunchOp launch; ///< Null for a copy.

    // Of a copy.
    mlir::Value source;
    Placement from, to;
    mlir::Location location;
  };
  llvm::ArrayRef<Step> getSteps() const { return steps; }

  /// The place of a tensor that a launch reads or writes.
  Placement getPlacement(mlir::Value value) const;

  /// Bytes of the arena for one sample.
  int64_t getArenaSize() const { return arenaSize; }

  /// The largest sum, over all steps, of tensors that must be in the arena: no
  /// plan needs less.
  int64_t getLowerBound() const { return lowerBound; }

  /// What is in the arena from which launch to which; what happens after the
  /// last launch has the number of launches.
  llvm::ArrayRef<LiveRange> getRanges() const { return ranges; }

private:
  friend class MemoryPlanner;

  llvm::DenseMap<mlir::Value, Placement> placements;
  llvm::SmallVector<Step> steps;
  int64_t arenaSize = 0;
  int64_t lowerBound = 0;
  llvm::SmallVector<LiveRange> ranges;
};

/// The steps of a lowered entry, in order.
llvm::SmallVector<mlir::Operation *> getLaunches(mlir::func::FuncOp entry);

/// The operands of the return of a lowered entry.
mlir::ValueRange getReturned(mlir::func::FuncOp entry);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_MEMORYPLAN_H
