//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From kernels of MLIR's gpu dialect to files: a gpu.module becomes PTX,
// NVIDIA's assembly, which the driver compiles for the GPU at hand; no toolkit
// is needed.
//
// The object of a function on memory (see halide.launch) whose link name is `k`
// defines
//
//   int k_argv(void **args);
//
// as the objects of pipelines do (HalideTarget.h), and holds the PTX. It
// launches the kernels by the hooks of Halide's runtime.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TARGET_NVVM_NVVMTARGET_H
#define VITRAIL_TARGET_NVVM_NVVMTARGET_H

#include "vitrail/Support/ObjectJobs.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace vitrail {

/// Registers the dialects that functions on memory and their kernels consist
/// of.
void registerLauncherDialects(mlir::DialectRegistry &registry);

/// The PTX of `module`, for its target, or, without one, for compute capability
/// 8.0 and later.
mlir::FailureOr<std::string> translateToPTX(mlir::gpu::GPUModuleOp module);

/// Whether `function` is one on memory, whose launches are in its body.
bool isOnMemory(mlir::func::FuncOp function);

/// Compiles each function on memory in `module` to an object, and adds the
/// paths to `objects` in the order of the module; functions of one link name
/// share an object. As for pipelines (HalideTarget.h), there are processes and
/// a cache.
mlir::LogicalResult
compileLaunchers(mlir::ModuleOp module, const ObjectOptions &options,
                 llvm::SmallVectorImpl<std::string> &objects);

} // namespace vitrail

#endif // VITRAIL_TARGET_NVVM_NVVMTARGET_H
