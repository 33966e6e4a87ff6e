//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Making two kernels of one.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_DIVIDEKERNEL_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_DIVIDEKERNEL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace vitrail {

/// Where a kernel with one product is divided: what the first
/// part stores, and whether the product is in that.
struct Division {
  llvm::SmallVector<mlir::Value, 2> stored;
  bool isProductFirst;
};

/// Replaces `kernel`, of which `symbols` knows, by two, and each of its calls
/// by calls of these. The part with the product keeps the name, and what is
/// chosen of it; the name of the other ends in `suffix`.
void divideKernel(mlir::func::FuncOp kernel, const Division &division,
                  llvm::StringRef suffix, mlir::SymbolTable &symbols);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_DIVIDEKERNEL_H
