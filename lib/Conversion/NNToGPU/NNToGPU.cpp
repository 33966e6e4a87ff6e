//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// convert-nn-to-gpu: hands each kernel to the families for tensor cores.
//
//===----------------------------------------------------------------------===//

#include "DeviceKernel.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"
#include "vitrail/Dialect/Halide/IR/HalideDialect.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Remarks.h"

namespace vitrail {
#define GEN_PASS_DEF_CONVERTNNTOGPU
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

struct ConvertNNToGPU : impl::ConvertNNToGPUBase<ConvertNNToGPU> {
  using ConvertNNToGPUBase::ConvertNNToGPUBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      std::string reason;
      if (kernel->hasAttr("nn.kernel") &&
          (succeeded(convertProduct(kernel, reason)) ||
           succeeded(convertAttention(kernel, reason))))
        ++converted;
    }
    if (converted > 0)
      getOperation()->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                              UnitAttr::get(&getContext()));
  }
};

} // namespace
} // namespace vitrail
