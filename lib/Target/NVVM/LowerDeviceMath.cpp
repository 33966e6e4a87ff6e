//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of the arith and math dialects to LLVM's intrinsics, for which the
// GPU has instructions.
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

namespace vitrail {

using namespace mlir;

namespace {

/// Of f32; empty for an operation that has none.
StringRef getIntrinsic(Operation *op) {
  return llvm::TypeSwitch<Operation *, StringRef>(op)
      .Case([](arith::MaxNumFOp) { return "llvm.maxnum.f32"; })
      .Case([](arith::MinNumFOp) { return "llvm.minnum.f32"; })
      .Case([](math::AbsFOp) { return "llvm.fabs.f32"; })
      .Case([](math::Exp2Op) { return "llvm.exp2.f32"; })
      .Case([](math::RoundEvenOp) { return "llvm.roundeven.f32"; })
      .Case([](math::RsqrtOp) { return "llvm.nvvm.rsqrt.approx.ftz.f"; })
      .Case([](math::SqrtOp) { return "llvm.sqrt.f32"; })
      .Default(StringRef());
}

struct LowerDeviceMath
    : PassWrapper<LowerDeviceMath, OperationPass<gpu::GPUModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerDeviceMath)

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect>();
  }

  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      StringRef name = getIntrinsic(op);
      if (name.empty() || !op->getResult(0).getType().isF32())
        return;
      OpBuilder builder(op);
      auto call = LLVM::CallIntrinsicOp::create(
          builder, op->getLoc(), op->getResult(0).getType(),
          builder.getStringAttr(name), op->getOperands());
      op->replaceAllUsesWith(call);
      op->erase();
    });
  }
};

} // namespace

std::unique_ptr<Pass> createLowerDeviceMath() {
  return std::make_unique<LowerDeviceMath>();
}

} // namespace vitrail
