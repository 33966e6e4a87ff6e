//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// mbarrier objects of stages.
//
//===----------------------------------------------------------------------===//

#include "StageBarriers.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace vitrail {

using namespace mlir;

Value getSharedAddress(DeviceKernel &kernel, Value memory, Value bytes) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memory);
  Value address = arith::IndexCastUIOp::create(
      builder, loc, builder.getI64Type(),
      arith::AddIOp::create(builder, loc, start, expr.toMemory(bytes)));
  auto space = unsigned(NVVM::NVVMMemorySpace::Shared);
  return LLVM::IntToPtrOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), space),
      address);
}

StageBarriers::StageBarriers(DeviceKernel &kernel, int64_t stages,
                             int64_t offset)
    : kernel(kernel), builder(kernel.getBuilder()), loc(kernel.getLoc()),
      stages(stages),
      memory(kernel.getShared({2 * stages}, builder.getI64Type(), offset)) {}

Value StageBarriers::getBarrier(Value stage, bool isFull) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value number = expr.addIndex(stage, expr.index(isFull ? 0 : stages));
  return getSharedAddress(kernel, memory, expr.scaleIndex(number, bytes));
}

void StageBarriers::create(int64_t warps) {
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t stage = 0; stage < stages; ++stage)
    for (bool isFull : {true, false})
      NVVM::MBarrierInitOp::create(builder, loc,
                                   getBarrier(expr.index(stage), isFull),
                                   expr.index(isFull ? 1 : warps), Value());
  NVVM::FenceMbarrierInitOp::create(builder, loc);
}

Value StageBarriers::getStage(Value use) {
  return arith::RemUIOp::create(builder, loc, use,
                                kernel.getExpr().index(stages));
}

Value StageBarriers::countRounds(Value use) {
  return arith::DivUIOp::create(builder, loc, use,
                                kernel.getExpr().index(stages));
}

Value StageBarriers::getFull(Value use) {
  return getBarrier(getStage(use), /*isFull=*/true);
}

/// Until the barrier has been passed in the round of this number. Rounds that
/// are two apart look the same, which nobody can be.
void StageBarriers::wait(Value barrier, Value round) {
  DeviceExprBuilder expr = kernel.getExpr();
  constexpr int64_t nanoseconds = 10'000'000; // before it asks again
  NVVM::MBarrierTryWaitParityOp::create(
      builder, loc, barrier,
      arith::AndIOp::create(builder, loc, round, expr.index(1)),
      expr.index(nanoseconds));
}

void StageBarriers::waitUntilFull(Value use) {
  wait(getFull(use), countRounds(use));
}

/// The first time of a stage, the round before the first: that has passed.
void StageBarriers::waitUntilEmpty(Value use) {
  DeviceExprBuilder expr = kernel.getExpr();
  wait(getBarrier(getStage(use), /*isFull=*/false),
       expr.addIndex(countRounds(use), expr.index(1)));
}

void StageBarriers::expectBytes(Value use, int64_t count) {
  NVVM::MBarrierArriveExpectTxOp::create(
      builder, loc, Type(), getFull(use), kernel.getExpr().index(count),
      NVVM::MemScopeKind::CTA, /*relaxed=*/false, /*predicate=*/Value());
}

void StageBarriers::release(Value use) {
  NVVM::MBarrierArriveOp::create(builder, loc, builder.getI64Type(),
                                 getBarrier(getStage(use), /*isFull=*/false),
                                 Value());
}

} // namespace vitrail
