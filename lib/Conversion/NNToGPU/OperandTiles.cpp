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

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace vitrail {

using namespace mlir;

//===----------------------------------------------------------------------===//
// The left-hand side
//===----------------------------------------------------------------------===//

LeftTile::LeftTile(DeviceKernel &kernel, const TensorProduct &product,
                   const BlockTile &tile, const BlockPlace &place, Value memory,
                   Value norms)
    : kernel(kernel), product(product), tile(tile), place(place), norms(norms),
      rows(kernel, getSource(), {tile.rows, tile.depth, tile.threads()},
           memory) {
  if (product.norm)
    defineNormalized();
}

RowSource LeftTile::getSource() {
  return {product.lhs(), product.k,
          [this](DeviceExprBuilder &expr, Value local, Value k) {
            Indices indices = unflattenRow(expr, clampRow(expr, local));
            llvm::append_range(indices, unflatten(expr, k, product.contracted));
            return indices;
          },
          hasChunks(product.lhs(), product.contracted, product.element)};
}

Indices LeftTile::unflattenRow(DeviceExprBuilder &expr, Value row) const {
  return unflatten(expr, row,
                   llvm::map_to_vector(product.rows, [](nn::Extent extent) {
                     return extent.size;
                   }));
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
// A norm of the left-hand side
//===----------------------------------------------------------------------===//

/// An element of a normalised row, whose mean and scale are known.
void LeftTile::defineNormalized() {
  nn::LayerNormOp norm = product.norm;
  kernel.elements.setComputed(
      norm.getResult(),
      [this, norm](ExprBuilder &expr, ArrayRef<Value> indices) mutable {
        DeviceExprBuilder at = kernel.getExpr();
        auto load = [&](int64_t which) -> Value {
          return memref::LoadOp::create(
              kernel.getBuilder(), kernel.getLoc(), norms,
              at.toMemory({rows.getLocalRow(), at.index(which)}));
        };
        Value value = kernel.elements.get(expr, norm.getInput(), indices);
        value = expr.cast(value, expr.number(0).getType());
        value = expr.mul(expr.sub(value, load(0)), load(1));
        Value x = indices.back();
        if (Value gain = norm.getScale())
          value = expr.mul(value, kernel.elements.get(expr, gain, {x}));
        if (Value bias = norm.getBias())
          value = expr.add(value, kernel.elements.get(expr, bias, {x}));
        return value;
      });
}

/// What a thread has of a row, whose chunks go round its warp. `isThere`: which
/// of it is, null where all threads have some.
SmallVector<Value> LeftTile::readRow(Value local,
                                     SmallVectorImpl<Value> &isThere) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value input = product.norm->getOperand(0);
  Indices indices = unflattenRow(expr, clampRow(expr, local));
  indices.push_back(nullptr);
  Value lane = expr.moduloIndex(kernel.getThread(), warpSize);
  SmallVector<Value> elements;
  for (int64_t begin = 0; begin < product.k; begin += warpSize * chunkSize)
    for (int64_t i = 0; i < chunkSize; ++i) {
      Value k = expr.addIndex(expr.scaleIndex(lane, chunkSize),
                              expr.index(begin + i));
      bool isWhole = begin + warpSize * chunkSize <= product.k;
      indices.back() = isWhole ? k : expr.clampIndex(k, 0, product.k - 1);
      Value value = expr.cast(kernel.elements.get(expr, input, indices),
                              expr.number(0).getType());
      isThere.push_back(isWhole ? nullptr : expr.below(k, product.k));
      elements.push_back(value);
    }
  return elements;
}

/// The sum over a row of what threads have of it.
Value LeftTile::sumRow(ArrayRef<Value> values, ArrayRef<Value> isThere) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value sum = expr.number(0);
  for (auto [value, condition] : llvm::zip_equal(values, isThere))
    sum = expr.add(
        sum, condition ? expr.select(condition, value, expr.number(0)) : value);
  for (int32_t distance = warpSize / 2; distance > 0; distance /= 2)
    sum = expr.add(sum, gpu::ShuffleOp::create(kernel.getBuilder(),
                                               kernel.getLoc(), sum, distance,
                                               warpSize, gpu::ShuffleMode::XOR)
                            .getShuffleResult());
  return sum;
}

/// A warp keeps the row in registers, and sums it up twice.
void LeftTile::computeNorm(Value local) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> isThere;
  SmallVector<Value> row = readRow(local, isThere);
  Value share = expr.number(1.0 / product.k);
  Value mean = expr.mul(sumRow(row, isThere), share);
  for (Value &value : row) {
    Value difference = expr.sub(value, mean);
    value = expr.mul(difference, difference);
  }
  Value variance = expr.mul(sumRow(row, isThere), share);
  nn::LayerNormOp norm = product.norm;
  double epsilon = norm.getEpsilon().convertToDouble();
  Value deviation = expr.sqrt(expr.add(variance, expr.number(epsilon)));
  Value scale = expr.div(expr.number(1), deviation);
  for (auto [i, value] : llvm::enumerate(std::array{mean, scale}))
    memref::StoreOp::create(kernel.getBuilder(), kernel.getLoc(), value, norms,
                            expr.toMemory({local, expr.index(i)}));
}

void LeftTile::computeNorms() {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.divideIndex(kernel.getThread(), warpSize);
  auto loop = scf::ForOp::create(builder, loc, first, expr.index(tile.rows),
                                 expr.index(tile.warps()));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  computeNorm(loop.getInductionVar());
}

//===----------------------------------------------------------------------===//
// The right-hand side
//===----------------------------------------------------------------------===//

RightTile::RightTile(DeviceKernel &kernel, const TensorProduct &product,
                     const BlockTile &tile, const BlockPlace &place,
                     Value memory)
    : kernel(kernel), product(product), tile(tile), place(place),
      rows(kernel, getSource(), {tile.depth, tile.columns, tile.threads()},
           memory) {}

/// Rows are k. Beyond the last that one again, which zeros of the left-hand
/// side meet; beyond the last panel that one, whose sums are not stored.
RowSource RightTile::getSource() {
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
      /*hasChunks=*/true};
}

void RightTile::begin(Value step, Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  firstDepth = expr.scaleIndex(step, tile.depth);
  rows.begin(expr.index(0), stage);
}

} // namespace vitrail
