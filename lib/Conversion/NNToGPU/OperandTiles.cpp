//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of operands to shared memory.
//
//===----------------------------------------------------------------------===//

#include "OperandTiles.h"

namespace vitrail {

using namespace mlir;

Indices unflattenRow(DeviceExprBuilder &expr, const TensorProduct &product,
                     Value row) {
  return unflatten(expr, row,
                   llvm::map_to_vector(product.rows, [](nn::Extent extent) {
                     return extent.size;
                   }));
}

//===----------------------------------------------------------------------===//
// The left-hand side
//===----------------------------------------------------------------------===//

LeftTile::LeftTile(DeviceKernel &kernel, const TensorProduct &product,
                   const BlockTile &tile, const BlockPlace &place, Value memory)
    : kernel(kernel), product(product), tile(tile), place(place),
      rows(kernel, getSource(),
           {tile.rows, tile.leftWidth, tile.threads(),
            tile.depth / tile.leftWidth},
           memory) {}

RowSource LeftTile::getSource() {
  return {product.lhs(), product.k,
          [this](DeviceExprBuilder &expr, Value local, Value k) {
            Indices indices =
                unflattenRow(expr, product, clampRow(expr, local));
            llvm::append_range(indices, unflatten(expr, k, product.contracted));
            return indices;
          },
          product.countCopied()};
}

/// The row of the matrix; beyond the last, that one again.
Value LeftTile::clampRow(DeviceExprBuilder &expr, Value local) const {
  Value last = expr.subIndex(place.rowCount, expr.index(1));
  return expr.minIndex(expr.addIndex(place.firstRow, local), last);
}

SmallVector<Value> LeftTile::begin(Value step, Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  return rows.begin(expr.scaleIndex(step, tile.depth), stage);
}

//===----------------------------------------------------------------------===//
// The right-hand side
//===----------------------------------------------------------------------===//

RightTile::RightTile(DeviceKernel &kernel, const TensorProduct &product,
                     const BlockTile &tile, const BlockPlace &place,
                     Value memory)
    : kernel(kernel), product(product), tile(tile), place(place),
      rows(kernel, product.hasWeightRows() ? getRows() : getPanels(),
           getShape(product, tile), memory) {}

StageShape RightTile::getShape(const TensorProduct &product,
                               const BlockTile &tile) {
  if (product.hasWeightRows())
    return {tile.columns, tile.rightWidth, tile.threads(),
            tile.depth / tile.rightWidth};
  return {tile.depth, tile.rightWidth, tile.threads(),
          tile.columns / tile.rightWidth};
}

/// Rows are columns of the result; beyond the last that one again.
RowSource RightTile::getRows() {
  ArrayRef<int64_t> extents = shapeOf(product.panels());
  int64_t last = extents.front() - 1;
  return {product.panels(), extents.back(),
          [this, last](DeviceExprBuilder &expr, Value local, Value k) {
            Value row = expr.addIndex(place.firstColumn, local);
            return Indices{expr.clampIndex(row, 0, last), k};
          },
          getChunkSize(product.element)};
}

/// Rows are k. Beyond the last that one again, which zeros of the left-hand
/// side meet; beyond the last panel that one, whose sums are not stored.
RowSource RightTile::getPanels() {
  int64_t lastPanel = shapeOf(product.panels()).front() - 1;
  return {
      product.panels(), tile.columns,
      [this, lastPanel](DeviceExprBuilder &expr, Value local, Value position) {
        Value k = expr.addIndex(firstDepth, local);
        if (product.k % tile.depth != 0)
          k = expr.clampIndex(k, 0, product.k - 1);
        Value column = expr.addIndex(place.firstColumn, position);
        Value panel = expr.divideIndex(column, product.panelColumns);
        Indices indices = {expr.clampIndex(panel, 0, lastPanel)};
        llvm::append_range(indices, unflatten(expr, k, product.contracted));
        indices.push_back(expr.moduloIndex(column, product.panelColumns));
        return indices;
      },
      getChunkSize(product.element)};
}

void RightTile::begin(Value step, Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  firstDepth = expr.scaleIndex(step, tile.depth);
  rows.begin(product.hasWeightRows() ? firstDepth : expr.index(0), stage);
}

} // namespace vitrail
