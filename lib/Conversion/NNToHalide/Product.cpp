//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The product that an operation is.
//
//===----------------------------------------------------------------------===//

#include "Product.h"
#include "vitrail/Conversion/NNToHalide/MatrixUnit.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

int64_t Product::countGroups() const {
  return llvm::divideCeil(k.back(), group);
}

int64_t Product::kSize() const {
  int64_t size = countGroups();
  for (int64_t extent : ArrayRef(k).drop_back())
    size *= extent;
  return size;
}

bool Product::hasBF16() const { return getElementTypeOrSelf(lhs).isBF16(); }

int64_t Product::elementBytes() const {
  return getElementTypeOrSelf(lhs).getIntOrFloatBitWidth() / 8;
}

bool Product::hasGroupsInMemory() const {
  return isa<BlockArgument>(lhs) && group != 1 && k.back() % group == 0;
}

bool Product::multipliesGroups(const Machine &machine) const {
  return group != 1 && machine.multipliesBF16;
}

bool Product::multipliesTiles(const Machine &machine) const {
  return group == 2 && machine.multipliesTiles &&
         (!isPacked || panelColumns() % matrixUnitColumns == 0);
}

bool Product::copiesLhs(const Machine &machine) const {
  bool readsGroups = multipliesGroups(machine) || multipliesTiles(machine);
  bool isRead = readsGroups && hasGroupsInMemory();
  return lhsNorm || (hasBF16() && !isRead);
}

RegisterTile Product::chooseTile(const Machine &machine) const {
  if (multipliesTiles(machine))
    return chooseTileOfColumns(
        isPacked ? panelColumns() : choosePanelForMatrixUnit(shape()), machine);
  return isPacked ? chooseTileForPanels(shape(), panelColumns(), machine)
                  : vitrail::chooseTile(shape(), machine);
}

RegisterTile Product::chooseTileOfColumns(int64_t columns,
                                          const Machine &machine) const {
  if (multipliesTiles(machine))
    return {chooseRowsForMatrixUnit(shape(), columns), columns};
  return vitrail::chooseTileOfColumns(shape(), columns, machine);
}

int64_t Product::panelColumns() const {
  return shapeOf(rhs).drop_back(group == 1 ? 0 : 1).back();
}

ProductShape Product::shape() const {
  ProductShape shape;
  shape.m = m.value_or(1);
  if (ShapedType::isDynamic(*shape.m))
    shape.m = std::nullopt;
  shape.n = n;
  shape.k = kSize();
  return shape;
}

/// The norm that gives `lhs`, rounded or not; null if something else does.
static nn::LayerNormOp findLhsNorm(Value lhs) {
  if (auto cast = lhs.getDefiningOp<nn::CastOp>())
    lhs = cast.getInput();
  return lhs.getDefiningOp<nn::LayerNormOp>();
}

Product describeProduct(Operation *anchor) {
  Product product;
  product.result = anchor->getResult(0);
  product.lhs = anchor->getOperand(0);
  product.rhs = anchor->getOperand(1);
  ArrayRef<int64_t> lhs = shapeOf(product.lhs);
  ArrayRef<int64_t> result = shapeOf(product.result);
  ArrayRef<int64_t> rhs = shapeOf(product.rhs);
  product.n = result.back();
  if (auto linear = dyn_cast<nn::LinearOp>(anchor)) {
    product.bias = linear.getBias();
    product.k.assign(rhs.begin() + 1, rhs.end());
  } else if (auto packed = dyn_cast<nn::PackedLinearOp>(anchor)) {
    product.bias = packed.getBias();
    product.isPacked = true;
    product.group = packed.getGroup();
    product.k.assign(lhs.end() - packed.countContracted(), lhs.end());
  } else {
    product.isWeight = false;
    product.isShared = result.size() == 2;
    product.k = {rhs[rhs.size() - 2]};
  }
  if (result.size() >= 2) {
    product.m = result[result.size() - 2];
    product.outer.assign(result.begin(), result.end() - 2);
  }
  product.lhsNorm = findLhsNorm(product.lhs);
  for (auto norm : anchor->getBlock()->getOps<nn::LayerNormOp>())
    if (norm != product.lhsNorm)
      product.resultNorm = norm;
  return product;
}

} // namespace vitrail
