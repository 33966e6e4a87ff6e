//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The constants of a library: parameters as kernels want them. They are laid
// out by their types, and computed only when they are written, one after the
// other, so that no more than one is in memory.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H
#define VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H

#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"
#include "vitrail/Weights/ParameterSource.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace vitrail {

/// Collects the constant expressions of any number of entries and gives each a
/// place. Expressions of equal structure have one place.
class ConstantPool {
public:
  /// Places begin at multiples of this, in bytes.
  static constexpr int64_t alignment = 64;

  /// Adds all that the steps and results of a lowered entry read.
  void add(mlir::func::FuncOp entry);

  /// Where a constant expression that was added begins.
  int64_t getOffset(mlir::Value value) const;

  /// Bytes of all constants.
  int64_t getSize() const { return size; }

  /// Computes all constants and writes `getSize()` bytes to `output`. Returns a
  /// hash of them. `progress` is told of the bytes done.
  mlir::FailureOr<uint64_t>
  write(const weights::ParameterSource &parameters, llvm::raw_ostream &output,
        llvm::function_ref<void(uint64_t done)> progress) const;

private:
  void place(mlir::Value value);

  nn::ConstantNumbering numbering;

  /// The expressions that have a place, and their offsets, by number.
  struct Constant {
    mlir::Value value;
    int64_t offset;
  };
  llvm::MapVector<unsigned, Constant> constants;
  int64_t size = 0;
};

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H
