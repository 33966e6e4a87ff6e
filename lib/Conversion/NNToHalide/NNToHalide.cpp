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
  for (Value result :
       kernel.front().getTerminator()->getOperands().drop_front())
    if (!result.getDefiningOp<nn::UpdateOp>())
      return kernel.emitOpError("has a result after the first that is no "
                                "'nn.update'");
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

/// Results after the first are updates that store what the first holds.
void lowerFurtherUpdates(KernelLowering &lowering, func::FuncOp kernel) {
  ValueRange results = kernel.front().getTerminator()->getOperands();
  lowering.elements.setSource(results.front(), KernelLowering::outputName);
  for (auto [i, result] : llvm::enumerate(results.drop_front()))
    lowerUpdate(lowering, result.getDefiningOp<nn::UpdateOp>(),
                (KernelLowering::outputName + std::to_string(i + 1)).str());
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

  /// What updates write to are the call's last operands.
  void convert(func::CallOp call) {
    OpBuilder builder(call);
    ValueRange inputs = call.getOperands();
    size_t written = countWritten.lookup(call.getCalleeAttr().getAttr());
    auto launch = halide::LaunchOp::create(
        builder, call.getLoc(), call.getResultTypes(), call.getCalleeAttr(),
        inputs.drop_back(written), inputs.take_back(written));
    call.replaceAllUsesWith(launch.getResults());
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
    lowerKernel(lowering, findAnchor(kernel));
    lowerFurtherUpdates(lowering, kernel);
    countWritten[kernel.getSymNameAttr()] = llvm::count_if(
        kernel.front().getTerminator()->getOperands(),
        [](Value value) { return value.getDefiningOp<nn::UpdateOp>(); });
    kernel.erase();
    return success();
  }

  /// How many of its last arguments a kernel writes to.
  DenseMap<StringAttr, size_t> countWritten;
};

} // namespace
} // namespace vitrail
