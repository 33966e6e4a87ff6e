//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `nn` dialect in C++: its classes, and how extents that depend on the
// batch are read and built.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NN_H
#define VITRAIL_DIALECT_NN_IR_NN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "vitrail/Dialect/NN/IR/NNDialect.h.inc"
#include "vitrail/Dialect/NN/IR/NNEnums.h.inc"

namespace vitrail::nn {

/// Marks operations that compute each element of the result from the elements
/// at the same (broadcast) index of the operands.
template <typename ConcreteType>
class Elementwise : public mlir::OpTrait::TraitBase<ConcreteType, Elementwise> {
};

/// An extent: `size`, or `size` times the batch.
struct Extent {
  int64_t size = 1;
  bool timesBatch = false;

  bool operator==(const Extent &) const = default;
};

/// For algorithms.
inline bool dependsOnBatch(Extent extent) { return extent.timesBatch; }

/// The extents of `type`, `#nn.batch` taken into account.
llvm::SmallVector<Extent> getExtents(mlir::RankedTensorType type);

/// The tensor type of these extents; at most one may depend on the batch.
mlir::RankedTensorType getTensorType(llvm::ArrayRef<Extent> extents,
                                     mlir::Type elementType);

/// "[batch, 197, 768]", for diagnostics.
std::string describeShape(mlir::RankedTensorType type);

/// The same of extents that are no type yet.
std::string describeShape(llvm::ArrayRef<Extent> extents);

/// "197", "batch" or "64 * batch", for diagnostics.
std::string describeExtent(Extent extent);

/// The product of the sizes, that is the number of elements for a batch of one;
/// nothing if 63 bits cannot hold it.
std::optional<int64_t> countElements(llvm::ArrayRef<Extent> extents);

/// Whether every extent is positive, at most one depends on the batch, and the
/// number of elements fits in 63 bits. Every tensor of the dialect has such a
/// shape.
bool hasModelShape(mlir::RankedTensorType type);

/// Number of elements for a batch of one. Requires `hasModelShape`.
int64_t getElementsPerSample(mlir::RankedTensorType type);

/// Whether `value` depends on parameters and constants alone, so that it can be
/// computed while compiling. Calls and fusions are not looked into.
bool isConstantExpression(mlir::Value value);

} // namespace vitrail::nn

#define GET_ATTRDEF_CLASSES
#include "vitrail/Dialect/NN/IR/NNAttributes.h.inc"

#define GET_OP_CLASSES
#include "vitrail/Dialect/NN/IR/NNOps.h.inc"

#endif // VITRAIL_DIALECT_NN_IR_NN_H
