//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The only list of dialects and passes.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Register.h"
#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/Halide/Transforms/Passes.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"
#include "vitrail/Weights/Passes.h"

#include "mlir/Dialect/Func/Transforms/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVM/NVVM/Target.h"
#include "mlir/Transforms/Passes.h"

void vitrail::registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect,
                  mlir::math::MathDialect, mlir::memref::MemRefDialect,
                  mlir::nvgpu::NVGPUDialect, mlir::NVVM::NVVMDialect,
                  mlir::scf::SCFDialect, mlir::vector::VectorDialect,
                  halide::HalideDialect, nn::NNDialect>();
  mlir::NVVM::registerNVVMTargetInterfaceExternalModels(registry);
}

void vitrail::registerPasses() {
  mlir::registerTransformsPasses();
  mlir::func::registerFuncPasses();
  nn::registerNNPasses();
  weights::registerWeightsPasses();
  halide::registerHalidePasses();
  registerNNToGPUPasses();
  registerNNToHalidePasses();
  registerPipelines();
}
