//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which constant expressions are equal, also in different functions.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_CONSTANTNUMBERING_H
#define VITRAIL_DIALECT_NN_IR_CONSTANTNUMBERING_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/DenseMap.h"

#include <map>
#include <optional>

namespace vitrail::nn {

/// Numbers constant expressions by their structure, in the order in which they
/// are asked for. What has been numbered must stay as it is.
class ConstantNumbering {
public:
  /// The number of `value`, which expressions of equal structure share; nothing
  /// if it is not a constant expression.
  std::optional<unsigned> getNumber(mlir::Value value);

  /// The number of a constant expression that was asked for before.
  unsigned lookup(mlir::Value value) const { return numbers.at(value); }

private:
  unsigned number(mlir::Value value);

  llvm::DenseMap<mlir::Value, unsigned> numbers;

  /// What makes the structure of an expression: its operation, attributes, type
  /// and the numbers of its operands.
  std::map<llvm::SmallVector<uintptr_t>, unsigned> structures;
};

} // namespace vitrail::nn

#endif // VITRAIL_DIALECT_NN_IR_CONSTANTNUMBERING_H
