//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random values for the inputs and states of an entry, such as the entry may
// see when it is used.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_DRAWINPUTS_H
#define VITRAIL_LIB_COMPILER_DRAWINPUTS_H

#include "vitrail/Weights/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace vitrail {

/// The name of an argument, be it an input or a state; empty if it has none.
llvm::StringRef getArgumentName(mlir::func::FuncOp function, unsigned argument);

/// A value for an argument of `function`, a function of `seed` and the
/// argument's name. Images have the values that 8-bit pixels are preprocessed
/// to, other floats are uniform with variance 1, and integers lie within what
/// they are used to look up. One in eight of these is the model's padding
/// token, or 0, so that masks have something to hide.
weights::Tensor drawArgument(mlir::func::FuncOp function, unsigned argument,
                             int64_t batch, uint64_t seed);

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_DRAWINPUTS_H
