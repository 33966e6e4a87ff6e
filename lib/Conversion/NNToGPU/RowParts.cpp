//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows in registers.
//
//===----------------------------------------------------------------------===//

#include "RowParts.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

RowParts::RowParts(DeviceKernel &kernel, ArrayRef<nn::Extent> rows,
                   const RowGroups &groups, Value block, Value thread)
    : kernel(kernel), groups(groups), builder(kernel.getBuilder()),
      loc(kernel.getLoc()), block(block) {
  DeviceExprBuilder expr = kernel.getExpr();
  lane = expr.moduloIndex(thread, groups.lanes);
  group = expr.divideIndex(thread, groups.lanes);
  nn::Extent count = countRows(rows);
  Value all = count.timesBatch ? expr.scaleIndex(kernel.getBatch(), count.size)
                               : expr.index(count.size);
  lastRow = expr.subIndex(all, expr.index(1));
  for (nn::Extent extent : rows)
    extents.push_back(extent.size);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

SmallVector<RowPart> RowParts::place() {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t together =
      groups.keepsWarps ? warpSize / groups.lanes : groups.groups();
  Value first = expr.addIndex(expr.scaleIndex(block, groups.rowsOfBlock()),
                              expr.moduloIndex(group, together));
  first =
      expr.addIndex(first, expr.scaleIndex(expr.divideIndex(group, together),
                                           together * groups.rowsOfGroup));
  SmallVector<RowPart> parts;
  for (int64_t i = 0; i < groups.rowsOfGroup; ++i) {
    Value row = expr.addIndex(first, expr.index(i * together));
    parts.push_back({unflatten(expr, expr.minIndex(row, lastRow), extents),
                     expr.notAboveIndex(row, lastRow),
                     {}});
  }
  return parts;
}

RowChunk RowParts::placeChunk(Value number, int64_t chunks) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value chunk = expr.addIndex(lane, expr.scaleIndex(number, groups.lanes));
  RowChunk placed;
  std::optional<int64_t> known = getConstantIntValue(number);
  int64_t whole = chunks / groups.lanes;
  if (known ? *known >= whole : chunks % groups.lanes != 0) {
    placed.isThere = expr.below(chunk, chunks);
    chunk = expr.minIndex(chunk, expr.index(chunks - 1));
  }
  placed.column = expr.scaleIndex(chunk, chunkSize);
  return placed;
}

/// Neighbours in memory are loaded together.
SmallVector<Value> RowParts::load(Indices indices, Value value, Type element) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t neighbours = countNeighbours(value, shapeOf(value).back(), element);
  Value column = indices.back();
  SmallVector<Value> elements;
  for (int64_t first = 0; first < chunkSize; first += neighbours) {
    indices.back() = expr.addIndex(column, expr.index(first));
    AddressFinder address(builder, loc, kernel.getMemory());
    kernel.elements.get(address, value, indices);
    Value loaded = vector::LoadOp::create(
        builder, loc, VectorType::get({neighbours}, element), address.source,
        address.sourceIndices, /*nontemporal=*/false,
        builder.getI64IntegerAttr(16));
    for (int64_t i = 0; i < neighbours; ++i)
      elements.push_back(vector::ExtractOp::create(builder, loc, loaded, i));
  }
  return elements;
}

void RowParts::read(const RowPart &part, RowChunk &chunk, Value value,
                    Type element, Type type) {
  DeviceExprBuilder expr = kernel.getExpr();
  Indices indices = part.indices;
  indices.push_back(chunk.column);
  SmallVector<Value> elements;
  if (element)
    elements = load(indices, value, element);
  for (int64_t i = 0; i < chunkSize; ++i) {
    indices.back() = expr.addIndex(chunk.column, expr.index(i));
    Value read =
        element ? elements[i] : kernel.elements.get(expr, value, indices);
    chunk.values.push_back(expr.cast(read, type));
  }
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

/// Pair by pair, then over the threads of a group.
Value RowParts::reduce(SmallVector<Value> terms, Combine combine) {
  DeviceExprBuilder expr = kernel.getExpr();
  while (terms.size() > 1) {
    size_t half = (terms.size() + 1) / 2;
    for (size_t i = 0; i + half < terms.size(); ++i)
      terms[i] = combine(expr, terms[i], terms[i + half]);
    terms.truncate(half);
  }
  Value value = terms.front();
  for (int64_t distance = 1; distance < groups.lanes; distance *= 2)
    value = combine(expr, value,
                    gpu::ShuffleOp::create(builder, loc, value, distance,
                                           warpSize, gpu::ShuffleMode::XOR)
                        .getShuffleResult());
  return value;
}

/// Of a row, the sum of what `getTerm` makes of each value.
Value RowParts::sum(const RowPart &part,
                    llvm::function_ref<Value(Value)> getTerm) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> terms;
  for (const RowChunk &chunk : part.chunks)
    for (Value value : chunk.values) {
      Value term = getTerm(value);
      terms.push_back(chunk.isThere
                          ? expr.select(chunk.isThere, term, expr.number(0))
                          : term);
    }
  return reduce(std::move(terms), [](ExprBuilder &at, Value lhs, Value rhs) {
    return at.add(lhs, rhs);
  });
}

/// The variance is that of differences from the mean, so that no digits are
/// lost where the mean is large.
void RowParts::normalize(RowPart &part, nn::LayerNormOp norm, int64_t width) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value share = expr.number(1.0 / double(width));
  Value mean = expr.mul(sum(part, [](Value value) { return value; }), share);
  for (RowChunk &chunk : part.chunks)
    for (Value &value : chunk.values)
      value = expr.sub(value, mean);
  Value squares =
      sum(part, [&](Value value) { return expr.mul(value, value); });
  double epsilon = norm.getEpsilon().convertToDouble();
  Value scale = math::RsqrtOp::create(
      builder, loc, expr.add(expr.mul(squares, share), expr.number(epsilon)));
  for (RowChunk &chunk : part.chunks)
    for (Value &value : chunk.values)
      value = expr.mul(value, scale);
}

/// What is not there is another chunk of the row.
Value RowParts::findRange(const RowPart &part) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> magnitudes;
  for (const RowChunk &chunk : part.chunks)
    for (Value value : chunk.values)
      magnitudes.push_back(expr.abs(value));
  return reduce(
      std::move(magnitudes),
      [](ExprBuilder &at, Value lhs, Value rhs) { return at.max(lhs, rhs); });
}

Value scaleNormalized(DeviceKernel &kernel, nn::LayerNormOp norm,
                      ExprBuilder &expr, Value value, Value column) {
  if (Value gain = norm.getScale())
    value = expr.mul(value, kernel.elements.get(expr, gain, column));
  if (Value bias = norm.getBias())
    value = expr.add(value, kernel.elements.get(expr, bias, column));
  return expr.cast(value, norm.getType().getElementType());
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void RowParts::setAnchor(Value anchor, GetElement getElement) {
  kernel.elements.setComputed(
      anchor, [this, getElement = std::move(getElement)](
                  ExprBuilder &expr, ArrayRef<Value> indices) {
        return getElement(expr, current, indices.back());
      });
}

RowParts::Finished RowParts::finish(const RowPart &part, const RowChunk &chunk,
                                    Value anchor, Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<unsigned> dims = mapResultDimensions(anchor, result);
  Finished finished;
  finished.areNeighbours = dims.back() + 1 == shapeOf(anchor).size();
  finished.isThere =
      chunk.isThere ? expr.both(part.isThere, chunk.isThere) : part.isThere;
  Indices indices = part.indices;
  indices.push_back(chunk.column);
  for (int64_t i = 0; i < chunkSize; ++i) {
    indices.back() = expr.addIndex(chunk.column, expr.index(i));
    current = i < int64_t(chunk.values.size()) ? chunk.values[i] : Value();
    Indices at;
    for (unsigned dim : dims)
      at.push_back(indices[dim]);
    finished.values.push_back(kernel.elements.get(expr, result, at));
    finished.places.push_back(at);
  }
  return finished;
}

/// LLVM does not join all stores of single bytes.
void RowParts::store(const Finished &finished) {
  auto guard = scf::IfOp::create(builder, loc, finished.isThere);
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  DeviceExprBuilder expr = kernel.getExpr();
  Type element = finished.values.front().getType();
  if (element.isInteger(8) && finished.areNeighbours) {
    Value vector = vector::FromElementsOp::create(
        builder, loc, VectorType::get({chunkSize}, element), finished.values);
    vector::StoreOp::create(builder, loc, vector, kernel.getResult(),
                            expr.toMemory(finished.places.front()),
                            /*nontemporal=*/false,
                            builder.getI64IntegerAttr(chunkSize));
    return;
  }
  for (auto [value, place] : llvm::zip(finished.values, finished.places))
    memref::StoreOp::create(builder, loc, value, kernel.getResult(),
                            expr.toMemory(place));
}

/// By the first thread of the group.
void RowParts::store(const RowPart &part, Value value, Value memory) {
  DeviceExprBuilder expr = kernel.getExpr();
  auto guard = scf::IfOp::create(builder, loc,
                                 expr.both(part.isThere, expr.below(lane, 1)));
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  DeviceExprBuilder at = kernel.getExpr();
  Indices indices = part.indices;
  indices.push_back(at.index(0));
  memref::StoreOp::create(builder, loc, value, memory, at.toMemory(indices));
}

} // namespace vitrail
