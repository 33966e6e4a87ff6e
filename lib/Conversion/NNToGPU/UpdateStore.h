//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results after the first: updates of tensors, such as caches of a decoder,
// that store elements of the first at one position more.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_UPDATESTORE_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_UPDATESTORE_H

#include "DeviceKernel.h"
#include "vitrail/Conversion/Expressions/ElementPath.h"

namespace vitrail {

/// How many of the last results of `kernel` are updates of tensors, which are
/// its last operands.
unsigned countUpdates(mlir::func::FuncOp kernel);

/// Why the results of `kernel` after the first cannot be stored; empty if they
/// can, or if there are none.
std::string describeUpdates(mlir::func::FuncOp kernel);

/// Whether `op` computes nothing but what updates store.
bool isOfUpdates(mlir::Operation *op);

class UpdateStore {
public:
  /// Of the kernel's result `number`, which `update` computes from `first`.
  UpdateStore(DeviceKernel &kernel, unsigned number, nn::UpdateOp update,
              mlir::Value first);

  /// Stores those of some neighbours in the first result that the update has;
  /// `places` are theirs in that. They are at a multiple of their number.
  void store(llvm::ArrayRef<mlir::Value> elements,
             llvm::ArrayRef<Indices> places);

private:
  PathElement place(mlir::Value element, Indices indices);

  DeviceKernel &kernel;
  unsigned number;
  nn::UpdateOp update;
  ElementPath path;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_UPDATESTORE_H
