//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checks of attributes that concern more than one function of a module.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_IR_VERIFYMODEL_H
#define VITRAIL_LIB_DIALECT_NN_IR_VERIFYMODEL_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace vitrail::nn {

/// Checks `nn.state` of an argument or result: its name, its type, and that of
/// the arguments and results of the same name before it in the module.
llvm::LogicalResult verifyState(mlir::FunctionOpInterface function,
                                unsigned index, bool isResult);

/// Checks `nn.generate` of a module, and that the entries that it names can be
/// run as it says.
llvm::LogicalResult verifyGenerate(mlir::Operation *op, mlir::Attribute value);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_IR_VERIFYMODEL_H
