//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fragments of matrices.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

WarpPlace::WarpPlace(DeviceKernel &kernel) {
  DeviceExprBuilder expr = kernel.getExpr();
  lane = expr.moduloIndex(kernel.getThread(), warpSize);
  warp = expr.divideIndex(kernel.getThread(), warpSize);
}

Value WarpPlace::getRow(DeviceExprBuilder &expr) const {
  return expr.divideIndex(lane, 4);
}

Value WarpPlace::getColumn(DeviceExprBuilder &expr) const {
  return expr.scaleIndex(expr.moduloIndex(lane, 4), 2);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// Four matrices of 8x8: eight threads each point at their rows.
Value FragmentReader::read(Value stage, Value row, Value chunk,
                           bool isTransposed) {
  DeviceExprBuilder expr = kernel.getExpr();
  auto type = cast<MemRefType>(memory.getType());
  int64_t chunks = type.getDimSize(2) / chunkSize;
  return nvgpu::LdMatrixOp::create(
      kernel.getBuilder(), kernel.getLoc(),
      VectorType::get({4, 2}, type.getElementType()), memory,
      expr.toMemory({stage, row, swizzle(expr, row, chunk, chunks)}),
      isTransposed, /*numTiles=*/4);
}

std::array<Value, 2> FragmentReader::split(Value matrices) {
  OpBuilder &builder = kernel.getBuilder();
  auto half = VectorType::get(
      {2, 2}, cast<VectorType>(matrices.getType()).getElementType());
  auto extract = [&](int64_t begin) -> Value {
    return vector::ExtractStridedSliceOp::create(
        builder, kernel.getLoc(), half, matrices,
        builder.getI64ArrayAttr({begin}), builder.getI64ArrayAttr({2}),
        builder.getI64ArrayAttr({1}));
  };
  return {extract(0), extract(2)};
}

/// Rows 0-7 and 8-15 of the first eight elements, then of the next.
Value FragmentReader::readLeft(Value stage, Value row, int64_t chunk) {
  DeviceExprBuilder expr = kernel.getExpr();
  return read(
      stage, expr.addIndex(row, expr.moduloIndex(place.lane, 16)),
      expr.addIndex(expr.divideIndex(place.lane, 16), expr.index(chunk)),
      /*isTransposed=*/false);
}

/// Both halves of the elements of eight rows, then of the next eight.
std::array<Value, 2> FragmentReader::readRows(Value stage, Value row,
                                              int64_t chunk) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value local =
      expr.addIndex(expr.moduloIndex(place.lane, 8),
                    expr.scaleIndex(expr.divideIndex(place.lane, 16), 8));
  Value half = expr.moduloIndex(expr.divideIndex(place.lane, 8), 2);
  return split(read(stage, expr.addIndex(row, local),
                    expr.addIndex(half, expr.index(chunk)),
                    /*isTransposed=*/false));
}

std::array<Value, 2> FragmentReader::readColumns(Value stage, int64_t row,
                                                 Value chunk) {
  DeviceExprBuilder expr = kernel.getExpr();
  return split(read(
      stage, expr.addIndex(expr.moduloIndex(place.lane, 16), expr.index(row)),
      expr.addIndex(expr.divideIndex(place.lane, 16), chunk),
      /*isTransposed=*/true));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Value multiplyFragments(DeviceKernel &kernel, Value left, Value right,
                        Value sums) {
  return nvgpu::MmaSyncOp::create(
      kernel.getBuilder(), kernel.getLoc(), left, right, sums,
      ArrayRef<int64_t>{mmaRows, mmaColumns, mmaDepth});
}

Value getZeroSums(DeviceKernel &kernel) {
  OpBuilder &builder = kernel.getBuilder();
  auto type = VectorType::get({2, 2}, builder.getF32Type());
  return arith::ConstantOp::create(builder, kernel.getLoc(),
                                   builder.getZeroAttr(type));
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SumExchange::SumExchange(DeviceKernel &kernel, const WarpPlace &place,
                         int64_t warps, int64_t rows, int64_t columns,
                         int64_t offset)
    : kernel(kernel), place(place), rows(rows), columns(columns),
      memory(kernel.getShared({warps, rows, columns + padding},
                              kernel.getBuilder().getF32Type(), offset)) {}

void SumExchange::store(ValueRange fragments) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value row = place.getRow(expr), column = place.getColumn(expr);
  int64_t columnFragments = columns / mmaColumns;
  for (auto [i, fragment] : llvm::enumerate(fragments))
    for (int64_t half : {0, 1}) {
      Value pair = vector::ExtractOp::create(builder, loc, fragment,
                                             ArrayRef<int64_t>{half});
      int64_t rowOffset = i / columnFragments * mmaRows + 8 * half;
      int64_t columnOffset = i % columnFragments * mmaColumns;
      SmallVector<Value> at =
          expr.toMemory({place.warp, expr.addIndex(row, expr.index(rowOffset)),
                         expr.addIndex(column, expr.index(columnOffset))});
      vector::StoreOp::create(builder, loc, pair, memory, at,
                              /*nontemporal=*/false,
                              builder.getI64IntegerAttr(8));
    }
  NVVM::SyncWarpOp::create(
      builder, loc,
      arith::ConstantIntOp::create(builder, loc, /*all threads*/ -1, 32));
}

void SumExchange::forEachChunk(
    llvm::function_ref<void(Value row, Value column)> body) {
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t chunksOfRow = columns / chunkSize;
  auto loop =
      scf::ForOp::create(builder, kernel.getLoc(), place.lane,
                         expr.index(rows * chunksOfRow), expr.index(warpSize));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  DeviceExprBuilder at = kernel.getExpr();
  Value chunk = loop.getInductionVar();
  body(at.divideIndex(chunk, chunksOfRow),
       at.scaleIndex(at.moduloIndex(chunk, chunksOfRow), chunkSize));
}

Value SumExchange::load(Value row, Value column) {
  DeviceExprBuilder expr = kernel.getExpr();
  return memref::LoadOp::create(kernel.getBuilder(), kernel.getLoc(), memory,
                                expr.toMemory({place.warp, row, column}));
}

void storeChunk(DeviceKernel &kernel, Value anchor, Value result,
                Indices indices, Value isThere, int64_t columns,
                llvm::function_ref<void(int64_t)> select) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value column = indices.back();
  isThere = expr.both(isThere, expr.below(column, columns));
  auto guard = scf::IfOp::create(builder, loc, isThere);
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  SmallVector<unsigned> dims = mapResultDimensions(anchor, result);
  for (int64_t i = 0; i < chunkSize; ++i) {
    DeviceExprBuilder inChunk = kernel.getExpr();
    indices.back() = inChunk.addIndex(column, inChunk.index(i));
    OpBuilder::InsertionGuard element(builder);
    if (columns % chunkSize != 0 && i > 0) {
      auto exists = scf::IfOp::create(builder, loc,
                                      inChunk.below(indices.back(), columns));
      builder.setInsertionPointToStart(exists.thenBlock());
    }
    select(i);
    DeviceExprBuilder at = kernel.getExpr();
    Indices place;
    for (unsigned dim : dims)
      place.push_back(indices[dim]);
    memref::StoreOp::create(builder, loc,
                            kernel.elements.get(at, result, place),
                            kernel.getResult(), at.toMemory(place));
  }
}

} // namespace vitrail
