//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of rows to shared memory.
//
//===----------------------------------------------------------------------===//

#include "SharedRows.h"

#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

/// 8 chunks are 128 bytes, all banks; narrower rows share them.
Value swizzle(DeviceExprBuilder &expr, Value row, Value chunk,
              MemRefType memory) {
  int64_t size = getChunkSize(memory.getElementType());
  int64_t chunks = memory.getDimSize(2) / size;
  assert(chunks >= 2 && llvm::isPowerOf2_64(chunks) && "no such rows");
  int64_t keys = std::min<int64_t>(chunks, 8);
  Value key = expr.moduloIndex(expr.divideIndex(row, 8 / keys), keys);
  return expr.scaleIndex(expr.xorIndex(chunk, key), size);
}

Indices unflatten(DeviceExprBuilder &expr, Value value,
                  ArrayRef<int64_t> extents) {
  Indices indices(extents.size());
  for (size_t dim = extents.size(); dim-- > 1;) {
    indices[dim] = expr.moduloIndex(value, extents[dim]);
    value = expr.divideIndex(value, extents[dim]);
  }
  if (!extents.empty())
    indices.front() = value;
  return indices;
}

bool hasChunks(Value value, ArrayRef<int64_t> extents, Type element,
               int64_t size) {
  return getContiguousRun(value, element) % size == 0 &&
         extents.back() % size == 0;
}

bool keepsDigits(Value value, Type element) {
  while (Operation *op = value.getDefiningOp()) {
    if (isa<nn::CastOp>(op) &&
        getElementBytes(getElementTypeOrSelf(value)) < getElementBytes(element))
      return false;
    value = op->getOperand(0);
  }
  return true;
}

/// Threads take chunks in turns; where these are fewer, the first threads.
void RowCopier::forEachChunk(CopyChunk copyChunk) {
  OpBuilder &builder = kernel.getBuilder();
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t count = shape.parts * shape.rows * chunks();
  for (int64_t begin = 0; begin < count; begin += shape.threads) {
    Value number = expr.addIndex(kernel.getThread(), expr.index(begin));
    OpBuilder::InsertionGuard guard(builder);
    if (begin + shape.threads > count && !isComputed()) {
      auto some = scf::IfOp::create(builder, kernel.getLoc(),
                                    expr.below(number, count));
      builder.setInsertionPointToStart(some.thenBlock());
    }
    DeviceExprBuilder at = kernel.getExpr();
    if (begin + shape.threads > count && isComputed())
      number = at.clampIndex(number, 0, count - 1);
    copyChunk(at.divideIndex(number, chunks()),
              at.moduloIndex(number, chunks()));
  }
}

SmallVector<Value> RowCopier::getPlace(Value stage, Value line, Value chunk,
                                       int64_t element) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = swizzle(expr, line, chunk, getType());
  return expr.toMemory(
      {stage, line, expr.addIndex(first, expr.index(element))});
}

/// From memory to shared memory, or as many zeros.
void RowCopier::copy(Value local, Value k, ValueRange place) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  int64_t copied = source.copied;
  AddressFinder address(builder, loc, kernel.getMemory());
  Value count;
  if (hasTail()) {
    Value isThere = address.below(k, source.width);
    k = address.clampIndex(k, 0, source.width - copied);
    count = arith::SelectOp::create(
        builder, loc, isThere,
        arith::ConstantIndexOp::create(builder, loc, copied),
        arith::ConstantIndexOp::create(builder, loc, 0));
  }
  // Other copies than of 16 bytes pass through the first-level cache.
  bool isWhole = copied == size;
  kernel.elements.get(address, source.value,
                      source.getIndices(address, local, k));
  nvgpu::DeviceAsyncCopyOp::create(
      builder, loc, nvgpu::DeviceAsyncTokenType::get(builder.getContext()),
      memory, place, address.source, address.sourceIndices,
      builder.getIndexAttr(copied), count,
      isWhole ? builder.getUnitAttr() : UnitAttr());
}

/// A chunk as a vector.
Value RowCopier::compute(Value local, Value k) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> values;
  for (int64_t i = 0; i < size; ++i) {
    Value position = expr.addIndex(k, expr.index(i));
    Value isThere;
    if (hasTail()) {
      isThere = expr.below(position, source.width);
      position = expr.clampIndex(position, 0, source.width - 1);
    }
    Value value = kernel.elements.get(expr, source.value,
                                      source.getIndices(expr, local, position));
    value = expr.cast(value, element);
    values.push_back(
        isThere ? expr.select(isThere, value, expr.number(0, element)) : value);
  }
  return vector::FromElementsOp::create(kernel.getBuilder(), kernel.getLoc(),
                                        VectorType::get({size}, element),
                                        values);
}

SmallVector<Value> RowCopier::begin(Value first, Value stage) {
  SmallVector<Value> computed;
  forEachChunk([&](Value line, Value chunk) {
    DeviceExprBuilder expr = kernel.getExpr();
    Value k = expr.addIndex(first, expr.scaleIndex(chunk, size));
    Value local = line;
    if (shape.parts > 1) {
      Value part = expr.divideIndex(line, shape.rows);
      k = expr.addIndex(k, expr.scaleIndex(part, shape.width));
      local = expr.moduloIndex(line, shape.rows);
    }
    if (isComputed())
      computed.push_back(compute(local, k));
    else
      for (int64_t i = 0; i < size; i += source.copied)
        copy(local, expr.addIndex(k, expr.index(i)),
             getPlace(stage, line, chunk, i));
  });
  return computed;
}

void RowCopier::end(ArrayRef<Value> computed, Value stage) {
  if (computed.empty())
    return;
  OpBuilder &builder = kernel.getBuilder();
  forEachChunk([&](Value line, Value chunk) {
    vector::StoreOp::create(builder, kernel.getLoc(), computed.front(), memory,
                            getPlace(stage, line, chunk),
                            /*nontemporal=*/false,
                            builder.getI64IntegerAttr(16));
    computed = computed.drop_front();
  });
}

} // namespace vitrail
