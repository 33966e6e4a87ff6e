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

/// A function that users call. States are neither inputs nor outputs.
struct Interface {
  mlir::func::FuncOp function;
  llvm::StringRef name;
  llvm::SmallVector<InterfaceTensor> inputs, outputs;
};

/// What a model keeps between calls. The state of each sample lies in the
/// memory of states from `offset` times the largest batch of the context, so
/// that the place does not depend on a call's batch.
struct State {
  llvm::StringRef name;
  mlir::RankedTensorType type;
  vitrail_type elementType;
  int64_t offset; ///< In bytes, a multiple of 64.
  int64_t size;   ///< In bytes, of one sample; not padded.
};

/// `nn.generate`, entries by their numbers.
struct Generate {
  int64_t encode, step;
  int64_t start, end, pad;
  int64_t maxLength;
  int64_t sourceLength, vocabularySize;
  llvm::SmallVector<llvm::StringRef> vocabulary; ///< Empty: no text.
};

/// The entries of `module` in order. Reported: a module without any, inputs and
/// outputs that have no name, another's, or a type that libraries do not have.
mlir::FailureOr<std::vector<Interface>> getInterfaces(mlir::ModuleOp module);

/// The states of `module` in the order of their first use. Reported: a type
/// that libraries do not have.
mlir::FailureOr<std::vector<State>> getStates(mlir::ModuleOp module);

/// Bytes of all states for one sample, with what aligns them.
int64_t getStatesSize(llvm::ArrayRef<State> states);

/// How a model generates sequences, if it says so. `interfaces` are its
/// entries. Reported: an entry that libraries do not have.
mlir::FailureOr<std::optional<Generate>>
getGenerate(mlir::ModuleOp module, llvm::ArrayRef<Interface> interfaces);

/// The type of the C interface, if it has one.
std::optional<vitrail_type> getLibraryType(mlir::Type elementType);

/// Bytes of one element.
int64_t getElementSize(mlir::Type elementType);

/// The extents of `type` as vitrail_tensor_info has them: k, or -k for k times
/// the batch.
llvm::SmallVector<int64_t> getLibraryShape(mlir::RankedTensorType type);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_INTERFACE_H
