//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels cost, counted on their operations.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_REPORT_COST_H
#define VITRAIL_LIB_REPORT_COST_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cstdint>

namespace vitrail {

/// Operations and bytes of one call on one sample.
struct Cost {
  int64_t flops = 0;
  /// Each operand once, whole, and the result.
  int64_t bytes = 0;
};

/// Floating-point operations of one operation: a multiply-add is two, every
/// elementwise function is one, index maps are none.
int64_t countFlops(mlir::Operation *op);

Cost countKernel(mlir::func::FuncOp kernel);

} // namespace vitrail

#endif // VITRAIL_LIB_REPORT_COST_H
