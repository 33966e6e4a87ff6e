//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The operations of an entry as a list in which repetition is folded.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_REPORT_GRAPH_H
#define VITRAIL_LIB_REPORT_GRAPH_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/JSON.h"

namespace vitrail {

/// Stretches of the entry's operations on inputs: how often each comes and what
/// it is made of. A step has the number of its first occurrence, its name, the
/// shape of its result, its place, and the numbers of the steps that it reads.
llvm::json::Array listGraph(mlir::func::FuncOp entry);

/// How many there are, repetitions included.
int64_t countSteps(mlir::func::FuncOp entry);

} // namespace vitrail

#endif // VITRAIL_LIB_REPORT_GRAPH_H
