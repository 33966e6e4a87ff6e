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

#include "GPU.h"
#include "Product.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Conversion/NNToHalide/Schedules.h"
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

/// Floats that kernels convert where they read and store them.
bool isNarrowFloat(Type type) { return type.isBF16() || type.isF16(); }

/// Whether `op` gives a tensor that kernels can store: where it is of narrow
/// floats, it computes nothing.
bool isStorable(Operation &op) {
  Type type = getElementTypeOrSelf(op.getResult(0));
  bool isMoved = isa<nn::CastOp, nn::ReshapeOp, nn::TransposeOp, nn::SliceOp,
                     nn::BroadcastOp, nn::UnfoldOp, nn::ConcatOp, nn::PadOp,
                     nn::RollOp, nn::GatherOp, nn::UpdateOp>(op);
  return isKernelElement(type) || (isNarrowFloat(type) && isMoved);
}

/// Reports what no family can express.
LogicalResult checkConvertible(func::FuncOp kernel) {
  for (Operation &op : kernel.front().without_terminator()) {
    if (!isStorable(op))
      return op.emitOpError("gives ")
             << getElementTypeOrSelf(op.getResult(0))
             << ", kernels compute in f32 and on integers";
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

/// Whether `norm` is part of the kernel of `product`: its left-hand side, or of
/// rows that are elements of its result.
bool isPartOf(nn::LayerNormOp norm, Operation *product) {
  if (!isa<nn::LinearOp, nn::PackedLinearOp>(product) ||
      norm.getType().getRank() < 2)
    return false;
  if (describeProduct(product).lhsNorm == norm)
    return true;
  Value value = product->getResult(0);
  while (value.hasOneUse() && value != norm.getInput() &&
         value.user_begin()->hasTrait<nn::Elementwise>())
    value = value.user_begin()->getResult(0);
  return value == norm.getInput() && value.hasOneUse();
}

/// Whether `op` gives the ranges that the left-hand side of a product is
/// quantized in, and is part of its kernel.
bool isLhsRange(Operation &op) {
  if (!isa<nn::ReduceOp>(op))
    return false;
  for (Operation *quantize : op.getUsers())
    for (Operation *user : quantize->getUsers())
      if (isa<nn::LinearOp, nn::PackedLinearOp>(user) &&
          describeProduct(user).lhsRange == &op)
        return true;
  return false;
}

/// Sets `anchor` to the operation with a loop nest of its own, or null; norms
/// and ranges may be part of a linear layer's, and updates store what it
/// computes.
LogicalResult findAnchor(func::FuncOp kernel, Operation *&anchor) {
  SmallVector<nn::LayerNormOp> norms;
  anchor = nullptr;
  Value first = kernel.front().getTerminator()->getOperand(0);
  for (Operation &op : kernel.front().without_terminator()) {
    bool isFurther = isa<nn::UpdateOp>(op) && op.getResult(0) != first;
    if (isElementComputable(&op) || isFurther || isLhsRange(op))
      continue;
    if (auto norm = dyn_cast<nn::LayerNormOp>(op))
      norms.push_back(norm);
    else if (anchor)
      return op.emitOpError("is in one kernel with '")
             << anchor->getName() << "', which no family computes together";
    else
      anchor = &op;
  }
  for (nn::LayerNormOp norm : norms) {
    if (!anchor)
      anchor = norm;
    else if (anchor != norm && !isPartOf(norm, anchor))
      return norm.emitOpError("is in one kernel with '")
             << anchor->getName() << "', which no family computes together";
  }
  return success();
}

void lowerKernel(KernelLowering &lowering, Operation *anchor) {
  if (!anchor)
    return lowerPointwise(lowering);
  bool isGPU = lowering.machine().isGPU;
  llvm::TypeSwitch<Operation *>(anchor)
      .Case([&](nn::AttentionOp op) {
        isGPU ? lowerAttentionOnGPU(lowering, op)
              : lowerAttention(lowering, op);
      })
      .Case([&](nn::SoftmaxOp op) { lowerSoftmax(lowering, op); })
      .Case([&](nn::LayerNormOp op) { lowerLayerNorm(lowering, op); })
      .Case([&](nn::ReduceOp op) { lowerReduce(lowering, op); })
      .Case([&](nn::UpdateOp op) { lowerUpdate(lowering, op); })
      .Default([&](Operation *op) {
        isGPU ? lowerContractionOnGPU(lowering, op)
              : lowerContraction(lowering, op);
      });
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

  LogicalResult initialize(MLIRContext *context) override {
    if (gpu.empty() || gpu == "cuda" || gpu == "opencl")
      return success();
    return emitError(UnknownLoc::get(context))
           << "convert-nn-to-halide: gpu is '" << gpu
           << "', must be 'cuda' or 'opencl'";
  }

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

  Machine getMachine() const {
    Machine machine{lanes,          registers,       l2Bytes,
                    multipliesBF16, multipliesTiles, multipliesInt8,
                    wantsUnsigned};
    machine.isGPU = !gpu.empty();
    machine.hasShuffles = gpu == "cuda";
    // The lanes of rows are the threads of a warp.
    if (machine.isGPU)
      machine.lanes = 32;
    return machine;
  }

  LogicalResult convert(func::FuncOp kernel) {
    Operation *anchor;
    if (failed(checkConvertible(kernel)) || failed(findAnchor(kernel, anchor)))
      return failure();
    OpBuilder builder(kernel);
    auto pipeline = halide::PipelineOp::create(builder, kernel.getLoc(),
                                               kernel.getSymName());
    Machine machine = getMachine();
    if (failed(checkSchedule(kernel, machine)))
      return failure();
    KernelLowering lowering(kernel, pipeline, machine);
    lowerKernel(lowering, anchor);
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
