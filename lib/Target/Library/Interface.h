//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The interface of a model as its entries declare it: what the header, the
// introspection tables and the memory plan all begin from.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_INTERFACE_H
#define VITRAIL_LIB_TARGET_LIBRARY_INTERFACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "vitrail/Runtime/vitrail.h"

#include <optional>
#include <vector>

namespace vitrail {

/// `nn.preprocess`, absent steps filled in with those that do nothing.
struct Preprocess {
  int64_t resize = 0; ///< 0: none.
  vitrail_filter filter = VITRAIL_BILINEAR;
  int64_t cropHeight = 0, cropWidth = 0; ///< 0: none.
  double scale = 1.0 / 255;
  llvm::SmallVector<double> mean, std; ///< One for each channel.
};

/// An input or output of an entry.
struct InterfaceTensor {
  llvm::StringRef name;
  mlir::RankedTensorType type;
  vitrail_type elementType;
  std::optional<Preprocess> preprocess;
};

/// A function that users call.
struct Interface {
  mlir::func::FuncOp function;
  llvm::StringRef name;
  llvm::SmallVector<InterfaceTensor> inputs, outputs;
};

/// The entries of `module` in order. Reported: a module without any, inputs and
/// outputs that have no name, another's, or a type that libraries do not have.
mlir::FailureOr<std::vector<Interface>> getInterfaces(mlir::ModuleOp module);

/// The type of the C interface, if it has one.
std::optional<vitrail_type> getLibraryType(mlir::Type elementType);

/// Bytes of one element.
int64_t getElementSize(mlir::Type elementType);

/// The extents of `type` as vitrail_tensor_info has them: k, or -k for k times
/// the batch.
llvm::SmallVector<int64_t> getLibraryShape(mlir::RankedTensorType type);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_INTERFACE_H
