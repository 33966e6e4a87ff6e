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
#include "llvm/Support/MathExtras.h"

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

/// Four matrices of eight chunks: eight threads each point at their rows.
Value FragmentReader::read(Value stage, Value row, Value chunk,
                           bool isTransposed) {
  DeviceExprBuilder expr = kernel.getExpr();
  auto type = cast<MemRefType>(memory.getType());
  // A thread has four bytes of each.
  int64_t held = 4 / getElementBytes(type.getElementType());
  return nvgpu::LdMatrixOp::create(
      kernel.getBuilder(), kernel.getLoc(),
      VectorType::get({4, held}, type.getElementType()), memory,
      expr.toMemory({stage, row, swizzle(expr, row, chunk, type)}),
      isTransposed, /*numTiles=*/4);
}

std::array<Value, 2> FragmentReader::split(Value matrices) {
  OpBuilder &builder = kernel.getBuilder();
  auto type = cast<VectorType>(matrices.getType());
  auto half = VectorType::get({2, type.getDimSize(1)}, type.getElementType());
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

Value FragmentReader::readNeighbours(Value stage, int64_t row, int64_t column) {
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  auto type = cast<MemRefType>(memory.getType());
  int64_t size = getChunkSize(type.getElementType());
  // The column of a right-hand side is a thread's row of sums.
  Value inGroup = place.getRow(expr);
  Value chunk =
      expr.addIndex(expr.divideIndex(inGroup, size), expr.index(column / size));
  Value inChunk = expr.moduloIndex(inGroup, size);
  Value first = expr.addIndex(place.getColumn(expr), expr.index(row));
  SmallVector<Value> elements;
  for (int64_t i : {0, 1}) {
    Value line = expr.addIndex(first, expr.index(i));
    Value at = expr.addIndex(swizzle(expr, line, chunk, type), inChunk);
    elements.push_back(memref::LoadOp::create(
        builder, kernel.getLoc(), memory, expr.toMemory({stage, line, at})));
  }
  return vector::FromElementsOp::create(
      builder, kernel.getLoc(), VectorType::get({2, 1}, type.getElementType()),
      elements);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

Value multiplyFragments(DeviceKernel &kernel, Value left, Value right,
                        Value sums) {
  Type element = getElementTypeOrSelf(left);
  return nvgpu::MmaSyncOp::create(
      kernel.getBuilder(), kernel.getLoc(), left, right, sums,
      ArrayRef<int64_t>{mmaRows, mmaColumns,
                        chunksOfDepth * getChunkSize(element)},
      /*tf32Enabled=*/element.isF32());
}

Value getZeroSums(DeviceKernel &kernel) {
  return getZeroSums(kernel, kernel.getBuilder().getF32Type());
}

Value getZeroSums(DeviceKernel &kernel, Type type) {
  OpBuilder &builder = kernel.getBuilder();
  return arith::ConstantOp::create(
      builder, kernel.getLoc(),
      builder.getZeroAttr(VectorType::get({2, 2}, type)));
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

SumExchange::SumExchange(DeviceKernel &kernel, const WarpPlace &place,
                         SumShape shape, Type type, int64_t offset)
    : kernel(kernel), place(place), shape(shape),
      memory(kernel.getShared({shape.shares * shape.warps, shape.rows,
                               shape.columns + SumShape::padding},
                              type, offset)) {}

void SumExchange::store(ValueRange fragments) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value row = place.getRow(expr), column = place.getColumn(expr);
  int64_t columnFragments = shape.columns / mmaColumns;
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
  synchronize();
}

void SumExchange::storeChunk(Value row, Value column, ArrayRef<Value> chunk) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  Value vector = vector::FromElementsOp::create(
      builder, loc, VectorType::get({chunkSize}, builder.getF32Type()), chunk);
  vector::StoreOp::create(builder, loc, vector, memory,
                          kernel.getExpr().toMemory({place.warp, row, column}),
                          /*nontemporal=*/false, builder.getI64IntegerAttr(16));
}

/// Threads that read sums of others wait for these.
void SumExchange::synchronize() {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  if (shape.shares > 1)
    gpu::BarrierOp::create(builder, loc);
  else
    NVVM::SyncWarpOp::create(
        builder, loc,
        arith::ConstantIntOp::create(builder, loc, /*all threads*/ -1, 32));
}

Value SumExchange::getShare() const {
  DeviceExprBuilder expr = kernel.getExpr();
  return shape.shares == 1 ? expr.index(0)
                           : expr.divideIndex(place.warp, shape.warps);
}

SmallVector<Value> SumExchange::loadChunk(Value row, Value column) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  auto type = VectorType::get(
      {chunkSize}, cast<MemRefType>(memory.getType()).getElementType());
  Value sums;
  for (int64_t share = 0; share < shape.shares; ++share) {
    Value warp = place.warp;
    if (shape.shares > 1)
      warp = expr.addIndex(expr.moduloIndex(warp, shape.warps),
                           expr.index(share * shape.warps));
    Value part = vector::LoadOp::create(
        builder, loc, type, memory, expr.toMemory({warp, row, column}),
        /*nontemporal=*/false, builder.getI64IntegerAttr(16));
    sums = sums ? expr.add(sums, part) : part;
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < chunkSize; ++i)
    elements.push_back(
        vector::ExtractOp::create(builder, loc, sums, ArrayRef<int64_t>{i}));
  return elements;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

ResultStore::ResultStore(DeviceKernel &kernel, SumExchange &exchange,
                         const WarpPlace &place, Value anchor, Value result,
                         int64_t columns, GetPlace getPlace)
    : kernel(kernel), exchange(exchange), place(place), anchor(anchor),
      result(result), columns(columns), getPlace(std::move(getPlace)) {
  Operation *end = result.getParentBlock()->getTerminator();
  for (auto [i, value] : llvm::enumerate(end->getOperands().drop_front()))
    updates.emplace_back(kernel, i + 1, value.getDefiningOp<nn::UpdateOp>(),
                         result);
}

/// It does not wrap around, so that LLVM knows neighbours in memory as such.
Value findNeighbour(DeviceKernel &kernel, Value index, int64_t offset) {
  auto flags =
      arith::IntegerOverflowFlags::nsw | arith::IntegerOverflowFlags::nuw;
  return arith::AddIOp::create(kernel.getBuilder(), kernel.getLoc(), index,
                               kernel.getExpr().index(offset), flags);
}

/// Rows and columns beyond the last are others that there are, so that nothing
/// has to be guarded but the stores. Whole chunks stay whole: neighbours are
/// read, and stored, together.
ResultStore::Chunk ResultStore::compute(Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t chunksOfRow = exchange.getShape().chunksOfRow();
  Value row = expr.divideIndex(number, chunksOfRow);
  Value column =
      expr.scaleIndex(expr.moduloIndex(number, chunksOfRow), chunkSize);
  ChunkPlace first = getPlace(expr, row, column);
  SmallVector<unsigned> dims = mapResultDimensions(anchor, result);
  Chunk chunk;
  chunk.isThere = first.isThere;
  chunk.column = first.indices.back();
  Indices indices = first.indices;
  bool isWhole = columns % chunkSize == 0;
  Value begin =
      isWhole ? expr.minIndex(chunk.column, expr.index(columns - chunkSize))
              : chunk.column;
  SmallVector<Value> sums = exchange.loadChunk(row, column);
  for (int64_t i = 0; i < chunkSize; ++i) {
    indices.back() = findNeighbour(kernel, begin, i);
    if (!isWhole)
      indices.back() = expr.minIndex(indices.back(), expr.index(columns - 1));
    sum = sums[i];
    Indices at;
    for (unsigned dim : dims)
      at.push_back(indices[dim]);
    chunk.values.push_back(kernel.elements.get(expr, result, at));
    chunk.places.push_back(at);
  }
  return chunk;
}

/// Whether a chunk's elements are neighbours in the result, too.
bool ResultStore::staysWhole() const {
  return columns % chunkSize == 0 &&
         mapResultDimensions(anchor, result).back() + 1 ==
             shapeOf(anchor).size();
}

void ResultStore::storeWhole(const Chunk &chunk) {
  OpBuilder &builder = kernel.getBuilder();
  Type element = getElementTypeOrSelf(result);
  int64_t bytes = chunkSize * element.getIntOrFloatBitWidth() / 8;
  Value vector = vector::FromElementsOp::create(
      builder, kernel.getLoc(), VectorType::get({chunkSize}, element),
      chunk.values);
  vector::StoreOp::create(
      builder, kernel.getLoc(), vector, kernel.getResult(),
      kernel.getExpr().toMemory(chunk.places.front()), /*nontemporal=*/false,
      builder.getI64IntegerAttr(std::min<int64_t>(bytes, 16)));
}

void ResultStore::store(const Chunk &chunk) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  int64_t stored = staysWhole() ? chunkSize : 1;
  for (int64_t i = 0; i < chunkSize; i += stored) {
    DeviceExprBuilder expr = kernel.getExpr();
    Value column = expr.addIndex(chunk.column, expr.index(i));
    auto guard = scf::IfOp::create(
        builder, loc, expr.both(chunk.isThere, expr.below(column, columns)));
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    if (staysWhole())
      storeWhole(chunk);
    else
      memref::StoreOp::create(builder, loc, chunk.values[i], kernel.getResult(),
                              kernel.getExpr().toMemory(chunk.places[i]));
    for (UpdateStore &update : updates)
      update.store(ArrayRef(chunk.values).slice(i, stored),
                   ArrayRef(chunk.places).slice(i, stored));
  }
}

/// Threads take chunks in turns, some of them at a time, so that what these
/// read is on its way together.
void ResultStore::run(const FinishSum &finishSum) {
  constexpr int64_t mostAtOnce = 4;
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  kernel.elements.setComputed(
      anchor, [this, &finishSum](ExprBuilder &at, ArrayRef<Value> indices) {
        return finishSum(at, sum, indices.back());
      });
  const SumShape &shape = exchange.getShape();
  int64_t chunks = shape.countChunks();
  int64_t atOnce = std::min<int64_t>(
      mostAtOnce, llvm::divideCeil(chunks, shape.shares * warpSize));
  while (chunks / warpSize % atOnce != 0)
    --atOnce;
  int64_t stride = atOnce * warpSize;
  Value first =
      expr.addIndex(place.lane, expr.scaleIndex(exchange.getShare(), stride));
  auto loop =
      scf::ForOp::create(builder, kernel.getLoc(), first, expr.index(chunks),
                         expr.index(shape.shares * stride));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Chunk> group;
  for (int64_t i = 0; i < atOnce; ++i) {
    DeviceExprBuilder at = kernel.getExpr();
    group.push_back(
        compute(at.addIndex(loop.getInductionVar(), at.index(i * warpSize))));
  }
  for (const Chunk &chunk : group)
    store(chunk);
}

} // namespace vitrail
