//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which value of a module is the first that a pass has changed.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_FINDDEVIATION_H
#define VITRAIL_LIB_COMPILER_FINDDEVIATION_H

#include "vitrail/Weights/ParameterSource.h"
#include "vitrail/Weights/Tensor.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <optional>

namespace vitrail {

/// The location of the first value, in the order of evaluation, that is another
/// in `after` than in `before`, which are one entry before and after a pass.
///
/// Values are the same ones if they come from one place of the model file and
/// as many come from there in both. They are compared by number, sum and norm
/// of their elements, so that a transposed value counts as the same, and none
/// is kept. Nothing if no values differ that can be told to be the same ones.
std::optional<mlir::Location>
findDeviation(mlir::func::FuncOp before, mlir::func::FuncOp after,
              llvm::ArrayRef<weights::Tensor> inputs,
              const weights::ParameterSource &parameters, int64_t batch,
              double tolerance);

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_FINDDEVIATION_H
