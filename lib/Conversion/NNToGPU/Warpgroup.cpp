//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// wgmma: descriptors, products, waiting.
//
//===----------------------------------------------------------------------===//

#include "Warpgroup.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

/// k of one instruction.
static constexpr int64_t wgmmaDepth = 16;

Warpgroup::Warpgroup(DeviceKernel &kernel, const TensorProduct &product,
                     const BlockTile &tile, Value leftMemory, Value rightMemory,
                     Value leftLine, Value rightLine)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()) {
  // The left-hand side's parts are all along k, where descriptors step by step
  // point; the panels' are along the columns of one instruction.
  leftDescriptor = describe(leftMemory, leftLine, /*partBytes=*/16);
  rightDescriptor =
      describe(rightMemory, rightLine, tile.depth * tile.rightWidth * 2);
}

Value Warpgroup::makeUniform(DeviceKernel &kernel, Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  OpBuilder &builder = kernel.getBuilder();
  return NVVM::ShflOp::create(builder, kernel.getLoc(), builder.getI32Type(),
                              /*all threads*/ expr.index(-1), number,
                              expr.index(0), expr.index(warpSize - 1),
                              NVVM::ShflKind::idx, UnitAttr());
}

//===----------------------------------------------------------------------===//
// Descriptors
//===----------------------------------------------------------------------===//

/// Where an operand lies, in units of 16 bytes: eight rows one behind the other
/// are a block, which the next eight follow; the next part of each row is
/// `partBytes` away. The swizzle is the one of the rows' width: number 1 of 128
/// bytes, 2 of 64, 3 of 32.
Value Warpgroup::describe(Value memory, Value firstLine, int64_t partBytes) {
  int64_t rowBytes = 2 * cast<MemRefType>(memory.getType()).getDimSize(2);
  uint64_t swizzleNumber = rowBytes == 128 ? 1 : rowBytes == 64 ? 2 : 3;
  uint64_t constant = swizzleNumber << 62 | uint64_t(8 * rowBytes / 16) << 32 |
                      uint64_t(partBytes / 16) << 16;
  DeviceExprBuilder expr = kernel.getExpr();
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memory);
  Value bytes = expr.toMemory(expr.scaleIndex(firstLine, rowBytes));
  Value address = arith::IndexCastUIOp::create(
      builder, loc, builder.getI64Type(),
      arith::AddIOp::create(builder, loc, start, bytes));
  Value units = arith::ShRUIOp::create(
      builder, loc, address, arith::ConstantIntOp::create(builder, loc, 4, 64));
  return arith::OrIOp::create(
      builder, loc, units,
      arith::ConstantIntOp::create(builder, loc, int64_t(constant), 64));
}

Value Warpgroup::advance(Value descriptor, Value stage, int64_t stageBytes) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value units = arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                       expr.scaleIndex(stage, stageBytes / 16));
  return arith::AddIOp::create(builder, loc, descriptor, units);
}

Value Warpgroup::offset(Value descriptor, int64_t bytes) {
  return arith::AddIOp::create(
      builder, loc, descriptor,
      arith::ConstantIntOp::create(builder, loc, bytes / 16, 64));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Of 64 rows.
LLVM::LLVMStructType Warpgroup::getSumsType() {
  SmallVector<Type> types(tile.warpColumns / 2, builder.getF32Type());
  return LLVM::LLVMStructType::getLiteral(builder.getContext(), types);
}

SmallVector<Value> Warpgroup::getZeroSums() {
  Value sums = LLVM::UndefOp::create(builder, loc, getSumsType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getF32FloatAttr(0.0f));
  for (int64_t i = 0; i < tile.warpColumns / 2; ++i)
    sums = LLVM::InsertValueOp::create(builder, loc, sums, zero, i);
  return SmallVector<Value>(tile.warpRows / mmaRows, sums);
}

SmallVector<Value> Warpgroup::multiply(ValueRange sums, Value stage) {
  Value leftStage =
      advance(leftDescriptor, stage, tile.leftBytes() / tile.stages);
  Value rightStage =
      advance(rightDescriptor, stage, tile.rightBytes() / tile.stages);
  auto type =
      product.element.isBF16() ? NVVM::WGMMATypes::bf16 : NVVM::WGMMATypes::f16;
  auto shape = NVVM::MMAShapeAttr::get(builder.getContext(), wgmmaRows,
                                       tile.warpColumns, wgmmaDepth);
  SmallVector<Value> results(sums);
  NVVM::WgmmaFenceAlignedOp::create(builder, loc);
  for (int64_t k = 0; k < tile.depth / tile.shares; k += wgmmaDepth) {
    int64_t part = k / tile.leftWidth, inRow = k % tile.leftWidth;
    Value right = offset(rightStage, k * tile.rightWidth * 2);
    for (auto [i, result] : llvm::enumerate(results)) {
      int64_t line = part * tile.rows + int64_t(i) * wgmmaRows;
      Value left = offset(leftStage, (line * tile.leftWidth + inRow) * 2);
      // The panels' rows are columns: `row` is the transposed layout for them.
      result = NVVM::WgmmaMmaAsyncOp::create(
          builder, loc, getSumsType(), result, left, right, shape, type, type,
          NVVM::WGMMATypes::f32, NVVM::WGMMAScaleOut::one,
          NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one,
          NVVM::MMALayout::row, NVVM::MMALayout::row,
          NVVM::MMAIntOverflowAttr());
    }
  }
  NVVM::WgmmaGroupSyncAlignedOp::create(builder, loc);
  return results;
}

void Warpgroup::wait(int64_t running) {
  NVVM::WgmmaWaitGroupSyncOp::create(builder, loc, running);
}

/// The sums are operands of the wait, so that nothing that reads them moves
/// before it.
SmallVector<Value> Warpgroup::finish(Value sums) {
  int64_t count = tile.warpColumns / 2;
  SmallVector<Value> values;
  std::string outputs, inputs;
  for (int64_t i = 0; i < count; ++i) {
    values.push_back(LLVM::ExtractValueOp::create(builder, loc, sums, i));
    outputs += "=f,";
    inputs += std::to_string(i) + (i + 1 == count ? "" : ",");
  }
  sums = LLVM::InlineAsmOp::create(
             builder, loc, getSumsType(), values,
             "wgmma.wait_group.sync.aligned 0;", outputs + inputs,
             /*has_side_effects=*/true, /*is_align_stack=*/false,
             LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr::get(builder.getContext(),
                                       LLVM::AsmDialect::AD_ATT),
             ArrayAttr())
             .getRes();
  auto type = VectorType::get({2, 2}, builder.getF32Type());
  SmallVector<Value> fragments;
  for (int64_t i = 0; i < count; i += 4) {
    SmallVector<Value> elements;
    for (int64_t j = i; j < i + 4; ++j)
      elements.push_back(LLVM::ExtractValueOp::create(builder, loc, sums, j));
    fragments.push_back(
        vector::FromElementsOp::create(builder, loc, type, elements));
  }
  return fragments;
}

void Warpgroup::fence(DeviceKernel &kernel) {
  OpBuilder &builder = kernel.getBuilder();
  MLIRContext *context = builder.getContext();
  NVVM::FenceProxyOp::create(
      builder, kernel.getLoc(),
      NVVM::ProxyKindAttr::get(context, NVVM::ProxyKind::async_shared),
      NVVM::SharedSpaceAttr::get(context, NVVM::SharedSpace::shared_cta));
}

} // namespace vitrail
