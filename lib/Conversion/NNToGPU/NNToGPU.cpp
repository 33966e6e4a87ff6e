//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// convert-nn-to-gpu: hands each kernel to its family.
//
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"
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

/// Hands `kernel` to the family of its largest operation.
LogicalResult convert(func::FuncOp kernel, std::string &reason) {
  if (succeeded(convertShortAttention(kernel, reason)))
    return success();
  for (Operation &op : kernel.front())
    if (isa<nn::PackedLinearOp, nn::LinearOp, nn::MatmulOp>(op))
      return success(succeeded(convertShortProduct(kernel, reason)) ||
                     succeeded(convertProduct(kernel, reason)));
  if (!kernel.front().getOps<nn::AttentionOp>().empty())
    return convertAttention(kernel, reason);
  return convertRows(kernel, reason);
}

/// Whether a family has kernels like this one, so that it is worth a remark
/// that none has this.
bool hasFamily(func::FuncOp kernel) {
  return llvm::any_of(kernel.front(), [](Operation &op) {
    return isa<nn::PackedLinearOp, nn::LinearOp, nn::MatmulOp, nn::AttentionOp,
               nn::LayerNormOp>(op);
  });
}

struct ConvertNNToGPU : impl::ConvertNNToGPUBase<ConvertNNToGPU> {
  using ConvertNNToGPUBase::ConvertNNToGPUBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!kernel->hasAttr("nn.kernel"))
        continue;
      Location loc = kernel.getLoc();
      std::string name = kernel.getSymName().str();
      std::string reason;
      bool isExpected = hasFamily(kernel);
      if (failed(checkTensorSchedule(kernel)))
        return signalPassFailure();
      if (succeeded(convert(kernel, reason)))
        ++converted;
      else if (isExpected)
        emitMissed(loc, name, reason);
    }
    if (converted > 0)
      getOperation()->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                              UnitAttr::get(&getContext()));
  }

private:
  void emitMissed(Location loc, StringRef kernel, StringRef reason) {
    auto options = remark::RemarkOpts::name(getName())
                       .category(getArgument())
                       .function(kernel);
    remark::missed(loc, options) << remark::reason("{0}", reason);
  }
};

} // namespace
} // namespace vitrail
