//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled kernels take of a GPU.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_DEVICECODE_H
#define VITRAIL_LIB_COMPILER_DEVICECODE_H

#include "vitrail/Target/PTX/PTXAssembler.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

namespace vitrail {

/// Of each function in the PTX of `objects`, which are those of the kernels in
/// `module`: the names of the kernel and of the function, the architecture,
/// registers of a thread, bytes that it spills, and shared memory of a block.
/// Up to `processes` are looked at at a time. Objects whose PTX the assembler
/// refuses are left out: it said why when they were made.
llvm::json::Array measureDeviceCode(mlir::ModuleOp module,
                                    llvm::ArrayRef<std::string> objects,
                                    const PTXAssembler &assembler,
                                    unsigned processes);

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_DEVICECODE_H
