//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What passes share that choose layouts: an argument of a kernel for which all
// calls give a constant expression can have another layout, made by the
// callers.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_KERNELARGUMENTS_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_KERNELARGUMENTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace vitrail {

/// The calls of `kernel`, a private function of `module`, if all of them give a
/// constant expression as this argument; none otherwise.
llvm::SmallVector<mlir::func::CallOp>
findCallsWithConstant(mlir::func::FuncOp kernel, unsigned argument,
                      mlir::ModuleOp module);

/// Gives an argument of a function another type, in its signature, too.
void setArgumentType(mlir::BlockArgument argument, mlir::Type type);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_KERNELARGUMENTS_H
