//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Short heads in registers.
//
//===----------------------------------------------------------------------===//

#include "ShortHeads.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

ShortHeads::ShortHeads(DeviceKernel &kernel, const TensorAttention &shape,
                       const WarpPlace &place)
    : kernel(kernel), shape(shape), builder(kernel.getBuilder()),
      loc(kernel.getLoc()) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value number = expr.addIndex(
      expr.scaleIndex(kernel.getBlock(), shape.headsOfBlock()), place.warp);
  nn::Extent count = countRows(shape.outer);
  Value all = count.timesBatch ? expr.scaleIndex(kernel.getBatch(), count.size)
                               : expr.index(count.size);
  isThere = expr.belowIndex(number, all);
  Value last = expr.subIndex(all, expr.index(1));
  outer = unflatten(expr, expr.minIndex(number, last),
                    llvm::map_to_vector(shape.outer, [](nn::Extent extent) {
                      return extent.size;
                    }));
  row = place.getRow(expr);
  column = place.getColumn(expr);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The column number `element` (0 or 1) after `first`, which is even; where
/// there is none, some other. A pair that is there as a whole stays one, so
/// that it is read, or stored, at a time.
ShortHeads::Place ShortHeads::placeColumn(Value first, int64_t element,
                                          int64_t width) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value offset = expr.index(element);
  if (width % 2 == 0)
    return {expr.addIndex(expr.minIndex(first, expr.index(width - 2)), offset),
            expr.below(first, width)};
  Value column = expr.addIndex(first, offset);
  return {expr.minIndex(column, expr.index(width - 1)),
          expr.below(column, width)};
}

/// 0 beyond the last column; beyond the last row, that one again.
Value ShortHeads::read(Value tensor, Value row, Value first, int64_t element) {
  DeviceExprBuilder expr = kernel.getExpr();
  ArrayRef<int64_t> extents = shapeOf(tensor).take_back(2);
  Place place = placeColumn(first, element, extents[1]);
  Indices indices(outer);
  indices.append({expr.minIndex(row, expr.index(extents[0] - 1)), place.index});
  Value value =
      expr.cast(kernel.elements.get(expr, tensor, indices), shape.element);
  return expr.select(place.isThere, value, expr.number(0, shape.element));
}

/// A fragment of pairs.
Value ShortHeads::readPairs(
    int64_t pairs, llvm::function_ref<Value(int64_t, int64_t)> readOne) {
  SmallVector<Value> elements;
  for (int64_t pair = 0; pair < pairs; ++pair)
    for (int64_t element : {0, 1})
      elements.push_back(readOne(pair, element));
  return vector::FromElementsOp::create(
      builder, loc, VectorType::get({pairs, 2}, shape.element), elements);
}

/// Both rows of the first 8 features, then of the next.
Value ShortHeads::readQueries() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  return readPairs(4, [&](int64_t pair, int64_t element) -> Value {
    int64_t first = pair / 2 * 8;
    if (first >= shape.features)
      return expr.number(0, shape.element);
    return read(anchor.getQuery(), expr.addIndex(row, expr.index(pair % 2 * 8)),
                expr.addIndex(column, expr.index(first)), element);
  });
}

std::array<Value, 2> ShortHeads::readKeys() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  auto readHalf = [&](int64_t firstKey) {
    Value key = expr.addIndex(row, expr.index(firstKey));
    return readPairs(2, [&](int64_t pair, int64_t element) -> Value {
      if (pair * 8 >= shape.features)
        return expr.number(0, shape.element);
      return read(anchor.getKey(), key,
                  expr.addIndex(column, expr.index(pair * 8)), element);
    });
  };
  return {readHalf(0), readHalf(8)};
}

/// Pairs are of keys here, and a column is a feature.
std::array<Value, 2> ShortHeads::readValues() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  auto readHalf = [&](int64_t firstColumn) {
    Value feature = expr.minIndex(expr.addIndex(row, expr.index(firstColumn)),
                                  expr.index(shape.width - 1));
    return readPairs(2, [&](int64_t pair, int64_t element) -> Value {
      if (firstColumn >= shape.width)
        return expr.number(0, shape.element);
      Value key = expr.addIndex(column, expr.index(pair * 8 + element));
      Indices indices(outer);
      indices.append({expr.minIndex(key, expr.index(shape.keys - 1)), feature});
      return expr.cast(kernel.elements.get(expr, anchor.getValue(), indices),
                       shape.element);
    });
  };
  return {readHalf(0), readHalf(8)};
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Of a row of the fragment, the two neighbours that the thread has.
void ShortHeads::storePair(Value fragment, int64_t half, int64_t firstColumn,
                           Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  SmallVector<unsigned> dims = mapResultDimensions(anchor.getResult(), result);
  Value query = expr.addIndex(row, expr.index(8 * half));
  Value isRow = expr.both(isThere, expr.below(query, shape.queries));
  Value first = expr.addIndex(column, expr.index(firstColumn));
  SmallVector<Value> values;
  SmallVector<Indices> places;
  for (int64_t element : {0, 1}) {
    Indices indices(outer), at;
    indices.append({expr.minIndex(query, expr.index(shape.queries - 1)),
                    placeColumn(first, element, shape.width).index});
    for (unsigned dim : dims)
      at.push_back(indices[dim]);
    current = vector::ExtractOp::create(builder, loc, fragment,
                                        ArrayRef<int64_t>{half, element});
    values.push_back(kernel.elements.get(expr, result, at));
    places.push_back(at);
  }
  int64_t atOnce = shape.width % 2 == 0 ? 2 : 1;
  for (int64_t i = 0; i < 2; i += atOnce) {
    Value isColumn = placeColumn(first, i, shape.width).isThere;
    auto guard = scf::IfOp::create(builder, loc, expr.both(isRow, isColumn));
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    DeviceExprBuilder at = kernel.getExpr();
    for (int64_t j = i; j < i + atOnce; ++j)
      memref::StoreOp::create(builder, loc, values[j], kernel.getResult(),
                              at.toMemory(places[j]));
  }
}

void ShortHeads::store(ArrayRef<Value> fragments, Value result) {
  nn::AttentionOp anchor = shape.anchor;
  kernel.elements.setComputed(anchor.getResult(),
                              [this, type = anchor.getType().getElementType()](
                                  ExprBuilder &expr, ArrayRef<Value>) {
                                return expr.cast(current, type);
                              });
  for (auto [i, fragment] : llvm::enumerate(fragments))
    for (int64_t half : {0, 1})
      if (int64_t(i) * mmaColumns < shape.width)
        storePair(fragment, half, i * mmaColumns, result);
}

} // namespace vitrail
