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

/// k of one instruction: two chunks.
static constexpr int64_t wgmmaDepth = chunksOfDepth * chunkSize;

Warpgroup::Warpgroup(DeviceKernel &kernel, const TensorProduct &product,
                     const BlockTile &tile, Value leftMemory, Value rightMemory,
                     Value leftLine, Value rightLine)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()) {
  // The left-hand side's parts are all along k, where descriptors step by step
  // point, and so are those of a weight's rows; the panels' are along the
  // columns of one instruction.
  leftDescriptor = describe(kernel, leftMemory, leftLine);
  rightDescriptor =
      product.hasWeightRows()
          ? describe(kernel, rightMemory, rightLine)
          : describe(kernel, rightMemory, rightLine,
                     tile.depth * tile.rightWidth * tile.elementBytes);
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

/// `constant` and the address in shared memory, `bytes` (i32) from the
/// beginning of `memory`.
static Value createDescriptor(DeviceKernel &kernel, Value memory, Value bytes,
                              uint64_t constant) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  Value start =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memory);
  Value address = arith::IndexCastUIOp::create(
      builder, loc, builder.getI64Type(),
      arith::AddIOp::create(builder, loc, start,
                            kernel.getExpr().toMemory(bytes)));
  Value units = arith::ShRUIOp::create(
      builder, loc, address, arith::ConstantIntOp::create(builder, loc, 4, 64));
  return arith::OrIOp::create(
      builder, loc, units,
      arith::ConstantIntOp::create(builder, loc, int64_t(constant), 64));
}

/// Where an operand lies, in units of 16 bytes: eight rows one behind the other
/// are a block, which the next eight follow; the next part of each row is
/// `partBytes` away. The swizzle is the one of the rows' width: number 1 of 128
/// bytes, 2 of 64, 3 of 32.
Value Warpgroup::describe(DeviceKernel &kernel, Value memory, Value firstLine,
                          int64_t partBytes) {
  auto type = cast<MemRefType>(memory.getType());
  int64_t rowBytes =
      getElementBytes(type.getElementType()) * type.getDimSize(2);
  uint64_t swizzleNumber = rowBytes == 128 ? 1 : rowBytes == 64 ? 2 : 3;
  uint64_t constant = swizzleNumber << 62 | uint64_t(8 * rowBytes / 16) << 32 |
                      uint64_t(partBytes / 16) << 16;
  return createDescriptor(kernel, memory,
                          kernel.getExpr().scaleIndex(firstLine, rowBytes),
                          constant);
}

/// Nothing is swizzled.
Value Warpgroup::describeMatrices(DeviceKernel &kernel, Value memory) {
  constexpr uint64_t units = 8; // of a matrix
  uint64_t depth = cast<MemRefType>(memory.getType()).getDimSize(1);
  return createDescriptor(kernel, memory, kernel.getExpr().index(0),
                          units * depth << 32 | units << 16);
}

Value Warpgroup::advance(DeviceKernel &kernel, Value descriptor, Value stage,
                         int64_t stageBytes) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value units = arith::ExtUIOp::create(builder, loc, builder.getI64Type(),
                                       expr.scaleIndex(stage, stageBytes / 16));
  return arith::AddIOp::create(builder, loc, descriptor, units);
}

Value Warpgroup::offset(DeviceKernel &kernel, Value descriptor, int64_t bytes) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  return arith::AddIOp::create(
      builder, loc, descriptor,
      arith::ConstantIntOp::create(builder, loc, bytes / 16, 64));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Of 64 rows.
static LLVM::LLVMStructType getSumsType(Type sum, int64_t columns) {
  SmallVector<Type> types(columns / 2, sum);
  return LLVM::LLVMStructType::getLiteral(sum.getContext(), types);
}

/// Inline assembly of a warpgroup.
static Value createAssembly(DeviceKernel &kernel, Type type,
                            ValueRange operands, StringRef text,
                            StringRef constraints) {
  OpBuilder &builder = kernel.getBuilder();
  return LLVM::InlineAsmOp::create(
             builder, kernel.getLoc(), type, operands, text, constraints,
             /*has_side_effects=*/true, /*is_align_stack=*/false,
             LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr::get(builder.getContext(),
                                       LLVM::AsmDialect::AD_ATT),
             ArrayAttr())
      .getRes();
}

static SmallVector<Value> unpackSums(DeviceKernel &kernel, Value sums) {
  auto type = cast<LLVM::LLVMStructType>(sums.getType());
  SmallVector<Value> values;
  for (size_t i = 0; i < type.getBody().size(); ++i)
    values.push_back(LLVM::ExtractValueOp::create(
        kernel.getBuilder(), kernel.getLoc(), sums, int64_t(i)));
  return values;
}

/// Constraints of sums as results, and the same registers as operands.
static std::pair<std::string, std::string> constrainSums(ValueRange sums) {
  std::string outputs, inputs;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    outputs += i == 0 ? "=" : ",=";
    outputs += sum.getType().isF32() ? "f" : "r";
    inputs += "," + std::to_string(i);
  }
  return {outputs, inputs};
}

/// Waits for all products but those of the last `running` commits, and returns
/// sums as fragments. They are operands of the wait, so that nothing that reads
/// them moves before it, as are `used` registers, so that nothing that writes
/// to them does.
static SmallVector<Value> finishSums(DeviceKernel &kernel, Value sums,
                                     int64_t running = 0,
                                     ValueRange used = {}) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  SmallVector<Value> values = unpackSums(kernel, sums);
  auto [outputs, inputs] = constrainSums(values);
  for (Value pair : used) {
    values.push_back(
        LLVM::BitcastOp::create(builder, loc, builder.getI32Type(), pair));
    inputs += ",r";
  }
  sums = createAssembly(kernel, sums.getType(), values,
                        "wgmma.wait_group.sync.aligned " +
                            std::to_string(running) + ";",
                        outputs + inputs);
  values = unpackSums(kernel, sums);
  auto type = VectorType::get({2, 2}, values.front().getType());
  SmallVector<Value> fragments;
  for (ArrayRef<Value> rest = values; !rest.empty(); rest = rest.drop_front(4))
    fragments.push_back(
        vector::FromElementsOp::create(builder, loc, type, rest.take_front(4)));
  return fragments;
}

SmallVector<Value> Warpgroup::getZeroSums() {
  Type type = product.getSumType();
  Value sums =
      LLVM::UndefOp::create(builder, loc, getSumsType(type, tile.warpColumns));
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  for (int64_t i = 0; i < tile.warpColumns / 2; ++i)
    sums = LLVM::InsertValueOp::create(builder, loc, sums, zero, i);
  return SmallVector<Value>(tile.warpRows / mmaRows, sums);
}

SmallVector<Value> Warpgroup::beginSums(Value stage) {
  Value none = LLVM::UndefOp::create(
      builder, loc, getSumsType(product.getSumType(), tile.warpColumns));
  return multiply(SmallVector<Value>(tile.warpRows / mmaRows, none), stage,
                  /*isFirst=*/true);
}

/// Of operands; f32 are multiplied as tf32.
static NVVM::WGMMATypes getType(Type element) {
  if (element.isF32())
    return NVVM::WGMMATypes::tf32;
  if (element.isInteger(8))
    return NVVM::WGMMATypes::s8;
  return element.isBF16() ? NVVM::WGMMATypes::bf16 : NVVM::WGMMATypes::f16;
}

SmallVector<Value> Warpgroup::multiply(ValueRange sums, Value stage,
                                       bool isFirst) {
  Value leftStage =
      advance(kernel, leftDescriptor, stage, tile.leftBytes() / tile.stages);
  Value rightStage =
      advance(kernel, rightDescriptor, stage, tile.rightBytes() / tile.stages);
  NVVM::WGMMATypes type = getType(product.element);
  Type sum = product.getSumType();
  auto sumType = sum.isF32() ? NVVM::WGMMATypes::f32 : NVVM::WGMMATypes::s32;
  int64_t depth = chunksOfDepth * getChunkSize(product.element);
  auto shape = NVVM::MMAShapeAttr::get(builder.getContext(), wgmmaRows,
                                       tile.warpColumns, depth);
  // The panels' rows are columns: `row` is the transposed layout for them.
  auto rightLayout =
      product.hasWeightRows() ? NVVM::MMALayout::col : NVVM::MMALayout::row;
  SmallVector<Value> results(sums);
  NVVM::WgmmaFenceAlignedOp::create(builder, loc);
  for (int64_t k = 0; k < tile.depth / tile.shares; k += depth) {
    int64_t part = k / tile.leftWidth, inRow = k % tile.leftWidth;
    int64_t inRight = product.hasWeightRows()
                          ? part * tile.columns * tile.rightWidth + inRow
                          : k * tile.rightWidth;
    Value right = offset(kernel, rightStage, inRight * tile.elementBytes);
    auto scale = isFirst && k == 0 ? NVVM::WGMMAScaleOut::zero
                                   : NVVM::WGMMAScaleOut::one;
    for (auto [i, result] : llvm::enumerate(results)) {
      int64_t line = part * tile.rows + int64_t(i) * wgmmaRows;
      Value left = offset(kernel, leftStage,
                          (line * tile.leftWidth + inRow) * tile.elementBytes);
      result = NVVM::WgmmaMmaAsyncOp::create(
          builder, loc, getSumsType(sum, tile.warpColumns), result, left, right,
          shape, type, type, sumType, scale, NVVM::WGMMAScaleIn::one,
          NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row, rightLayout,
          NVVM::MMAIntOverflowAttr());
    }
  }
  NVVM::WgmmaGroupSyncAlignedOp::create(builder, loc);
  return results;
}

void Warpgroup::wait(int64_t running) {
  NVVM::WgmmaWaitGroupSyncOp::create(builder, loc, running);
}

SmallVector<Value> Warpgroup::finish(Value sums) {
  return finishSums(kernel, sums);
}

void Warpgroup::fence(DeviceKernel &kernel) {
  OpBuilder &builder = kernel.getBuilder();
  MLIRContext *context = builder.getContext();
  NVVM::FenceProxyOp::create(
      builder, kernel.getLoc(),
      NVVM::ProxyKindAttr::get(context, NVVM::ProxyKind::async_shared),
      NVVM::SharedSpaceAttr::get(context, NVVM::SharedSpace::shared_cta));
}

void Warpgroup::order(DeviceKernel &kernel) {
  NVVM::WgmmaFenceAlignedOp::create(kernel.getBuilder(), kernel.getLoc());
}

//===----------------------------------------------------------------------===//
// Products one after the other
//===----------------------------------------------------------------------===//

WarpgroupSums::WarpgroupSums(DeviceKernel &kernel, int64_t columns,
                             Type element)
    : kernel(kernel), builder(kernel.getBuilder()), loc(kernel.getLoc()),
      columns(columns), element(element), isEmpty(true),
      sums(LLVM::UndefOp::create(builder, loc,
                                 getSumsType(builder.getF32Type(), columns))) {}

WarpgroupSums::WarpgroupSums(DeviceKernel &kernel, ArrayRef<Value> fragments,
                             Type element)
    : WarpgroupSums(kernel, fragments.size() * mmaColumns, element) {
  isEmpty = false;
  for (auto [i, fragment] : llvm::enumerate(fragments))
    for (int64_t j = 0; j < 4; ++j) {
      Value sum = vector::ExtractOp::create(builder, loc, fragment,
                                            ArrayRef<int64_t>{j / 2, j % 2});
      sums = LLVM::InsertValueOp::create(builder, loc, sums, sum,
                                         int64_t(4 * i) + j);
    }
}

WarpgroupSums::WarpgroupSums(DeviceKernel &kernel, Value sums, Type element)
    : kernel(kernel), builder(kernel.getBuilder()), loc(kernel.getLoc()),
      columns(2 * cast<LLVM::LLVMStructType>(sums.getType()).getBody().size()),
      element(element), isEmpty(false), sums(sums) {}

void WarpgroupSums::multiply(Value left, Value right) {
  NVVM::WGMMATypes type = getType(element);
  sums = NVVM::WgmmaMmaAsyncOp::create(
      builder, loc, sums.getType(), sums, left, right,
      NVVM::MMAShapeAttr::get(builder.getContext(), wgmmaRows, columns,
                              wgmmaDepth),
      type, type, NVVM::WGMMATypes::f32,
      isEmpty ? NVVM::WGMMAScaleOut::zero : NVVM::WGMMAScaleOut::one,
      NVVM::WGMMAScaleIn::one, NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row,
      NVVM::MMALayout::col, NVVM::MMAIntOverflowAttr());
  isEmpty = false;
}

/// NVVM has this instruction for descriptors alone.
void WarpgroupSums::multiply(ArrayRef<Value> left, Value right, Rows rows) {
  llvm::append_range(used, left);
  SmallVector<Value> operands = unpackSums(kernel, sums);
  size_t count = operands.size();
  auto [outputs, inputs] = constrainSums(operands);
  for (Value pair : left)
    operands.push_back(
        LLVM::BitcastOp::create(builder, loc, builder.getI32Type(), pair));
  operands.push_back(right);
  std::string list;
  for (size_t i = 0; i < count; ++i)
    list += (i == 0 ? "$" : ", $") + std::to_string(i);
  auto operand = [&](size_t i) { return "$" + std::to_string(2 * count + i); };
  std::string type = element.isBF16() ? "bf16" : "f16";
  std::string transposes = rows == Rows::OfColumns ? "1" : "0";
  std::string text =
      std::string("{\n.reg .pred p;\nsetp.ne.b32 p, ") + (isEmpty ? "0" : "1") +
      ", 0;\nwgmma.mma_async.sync.aligned.m64n" + std::to_string(columns) +
      "k16.f32." + type + "." + type + " {" + list + "}, {" + operand(0) +
      ", " + operand(1) + ", " + operand(2) + ", " + operand(3) + "}, " +
      operand(4) + ", p, 1, 1, " + transposes + ";\n}";
  sums = createAssembly(kernel, sums.getType(), operands, text,
                        outputs + inputs + ",r,r,r,r,l");
  isEmpty = false;
}

void WarpgroupSums::commit() {
  NVVM::WgmmaGroupSyncAlignedOp::create(builder, loc);
}

SmallVector<Value> WarpgroupSums::finish() {
  commit();
  return finishSums(kernel, sums);
}

SmallVector<Value> WarpgroupSums::finishBefore(int64_t running) {
  return finishSums(kernel, sums, running, used);
}

} // namespace vitrail
