//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The constants of a library: parameters as kernels want them. They are laid
// out by their types, and computed only when they are written, one after the
// other, so that no more than one is in memory. Those that follow from smaller
// ones are not written: the runtime makes them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H
#define VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H

#include "Expansion.h"
#include "MemoryPlan.h"

#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"
#include "vitrail/Weights/ParameterSource.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <map>

namespace vitrail {

/// Collects the constant expressions of any number of entries and gives each a
/// place. Expressions of equal structure have one place.
class ConstantPool {
public:
  /// Places begin at multiples of this, in bytes.
  static constexpr int64_t alignment = 64;

  /// Leaves no constant added from now on to be expanded.
  void writeAll() { writesAll = true; }

  /// Adds all that the steps and results of a lowered entry read.
  void add(mlir::func::FuncOp entry);

  /// Where a constant expression that was added begins, among those that are
  /// written or those that are expanded.
  Placement getPlacement(mlir::Value value) const;

  /// Bytes of the constants that are written.
  int64_t getSize() const { return size; }

  /// A constant that is made of written ones; offsets are in bytes.
  struct Expanded {
    int64_t offset;          ///< Among the expanded ones.
    int64_t source, indices; ///< Among the written ones.
    int64_t elementSize;
    Expansion expansion;
  };
  llvm::ArrayRef<Expanded> getExpanded() const { return expanded; }

  /// Bytes of the expanded constants.
  int64_t getExpandedSize() const { return expandedSize; }

  /// Computes all constants that are not expanded and writes `getSize()` bytes
  /// to `output`. Returns a hash of them. `progress` is told of the bytes done.
  mlir::FailureOr<uint64_t>
  write(const weights::ParameterSource &parameters, llvm::raw_ostream &output,
        llvm::function_ref<void(uint64_t done)> progress) const;

private:
  void place(mlir::Value value);
  int64_t store(mlir::Value value);
  int64_t store(const std::vector<int32_t> &indices);
  void expand(unsigned number, mlir::Value value, Expansion expansion);

  bool writesAll = false;
  nn::ConstantNumbering numbering;

  /// What is written, in order: an expression, or the indices of expansions.
  struct Written {
    mlir::Value value;
    std::vector<int32_t> indices;
  };
  std::vector<Written> written;
  int64_t size = 0;

  std::vector<Expanded> expanded;
  int64_t expandedSize = 0;

  /// By the numbers of expressions.
  llvm::DenseMap<unsigned, int64_t> writtenOffsets, expandedOffsets;
  std::map<std::vector<int32_t>, int64_t> indexOffsets;
};

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_CONSTANTPOOL_H
