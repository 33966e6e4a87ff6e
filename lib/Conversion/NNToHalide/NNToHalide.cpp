//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// convert-nn-to-halide: hands each kernel to its family, and turns calls into
// launches.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"

#include "llvm/ADT/TypeSwitch.h"

namespace vitrail {
#define GEN_PASS_DEF_CONVERTNNTOHALIDE
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

namespace {

using namespace mlir;

bool isKernelElement(Type type) {
  return type.isF32() || isa<IntegerType>(type);
}

/// Reports what no family can express.
LogicalResult checkConvertible(func::FuncOp kernel) {
  for (BlockArgument argument : kernel.getArguments())
    if (Type type = getElementTypeOrSelf(argument); !isKernelElement(type))
      return kernel.emitOpError("has an operand of ")
             << type << ", kernels compute in f32 and on integers";
  for (Operation &op : kernel.front().without_terminator()) {
    if (Type type = getElementTypeOrSelf(op.getResult(0));
        !isKernelElement(type))
      return op.emitOpError("gives ")
             << type << ", kernels compute in f32 and on integers";
    bool isAnchor =
        isa<nn::LinearOp, nn::PackedLinearOp, nn::MatmulOp, nn::AttentionOp,
            nn::SoftmaxOp, nn::LayerNormOp, nn::ReduceOp, nn::UpdateOp>(op);
    if (!isAnchor && !isElementComputable(&op))
      return op.emitOpError("has no scalar form in a kernel");
    if (auto matmul = dyn_cast<nn::MatmulOp>(op);
        matmul && ShapedType::isDynamic(matmul.getType().getShape().back()))
      return op.emitOpError("has columns that depend on the batch; the "
                            "canonical form has rows");
    if (auto reshape = dyn_cast<nn::ReshapeOp>(op);
        reshape && !nn::isIndexArithmetic(reshape))
      return op.emitOpError("splits or merges dimensions around the batch, "
                            "which no index in a kernel can follow");
  }
  return success();
}

/// The operation with a loop nest of its own, or null.
Operation *findAnchor(func::FuncOp kernel) {
  for (Operation &op : kernel.front().without_terminator())
    if (!isElementComputable(&op))
      return &op;
  return nullptr;
}

void lowerKernel(KernelLowering &lowering, Operation *anchor) {
  if (!anchor)
    return lowerPointwise(lowering);
  llvm::TypeSwitch<Operation *>(anchor)
      .Case([&](nn::AttentionOp op) { lowerAttention(lowering, op); })
      .Case([&](nn::SoftmaxOp op) { lowerSoftmax(lowering, op); })
      .Case([&](nn::LayerNormOp op) { lowerLayerNorm(lowering, op); })
      .Case([&](nn::ReduceOp op) { lowerReduce(lowering, op); })
      .Case([&](nn::UpdateOp op) { lowerUpdate(lowering, op); })
      .Default([&](Operation *op) { lowerContraction(lowering, op); });
}

struct ConvertNNToHalide : impl::ConvertNNToHalideBase<ConvertNNToHalide> {
  using ConvertNNToHalideBase::ConvertNNToHalideBase;

  void runOnOperation() override {
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("nn.kernel"))
        if (failed(convert(kernel)))
          return signalPassFailure();
    getOperation().walk([&](func::CallOp call) { convert(call); });
  }

  /// What an update writes to is the call's last operand.
  void convert(func::CallOp call) {
    OpBuilder builder(call);
    ValueRange inputs = call.getOperands();
    Value destination;
    if (updates.contains(call.getCalleeAttr().getAttr())) {
      destination = inputs.back();
      inputs = inputs.drop_back();
    }
    auto launch = halide::LaunchOp::create(
        builder, call.getLoc(), call.getResult(0).getType(),
        call.getCalleeAttr(), inputs, destination);
    call.replaceAllUsesWith(launch);
    call.erase();
  }

  LogicalResult convert(func::FuncOp kernel) {
    if (failed(checkConvertible(kernel)))
      return failure();
    OpBuilder builder(kernel);
    auto pipeline = halide::PipelineOp::create(builder, kernel.getLoc(),
                                               kernel.getSymName());
    Machine machine{lanes, registers, l2Bytes};
    KernelLowering lowering(kernel, pipeline, machine);
    Operation *anchor = findAnchor(kernel);
    if (isa_and_nonnull<nn::UpdateOp>(anchor))
      updates.insert(kernel.getSymNameAttr());
    lowerKernel(lowering, anchor);
    kernel.erase();
    return success();
  }

  /// Names of the kernels that write to their last argument.
  DenseSet<StringAttr> updates;
};

} // namespace
} // namespace vitrail
