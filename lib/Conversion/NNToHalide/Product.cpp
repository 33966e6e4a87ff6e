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

#include "llvm/ADT/Sequence.h"
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

bool Product::hasNarrowFloats() const {
  Type type = getElementTypeOrSelf(lhs);
  return type.isBF16() || type.isF16();
}

bool Product::hasInt8() const { return getElementTypeOrSelf(lhs).isInteger(8); }

int64_t Product::rhsBytes() const {
  int64_t bytes = getElementTypeOrSelf(rhs).getIntOrFloatBitWidth() / 8;
  return n * kSize() * group * bytes;
}

bool Product::hasGroupsInMemory() const {
  return isa<BlockArgument>(lhs) && group != 1 && k.back() % group == 0;
}

bool Product::multipliesGroups(const Machine &machine) const {
  if (multipliesTiles(machine))
    return false;
  if (hasInt8())
    return group == int8Group && machine.multipliesInt8 &&
           (sums || !machine.wantsUnsigned);
  return group != 1 && machine.multipliesBF16;
}

bool Product::multipliesTiles(const Machine &machine) const {
  return group != 1 && machine.multipliesTiles &&
         (!isPacked || panelColumns() % matrixUnitColumns == 0);
}

bool Product::readsGroups(const Machine &machine) const {
  return multipliesGroups(machine) || multipliesTiles(machine);
}

Type Product::sumType(const Machine &machine) const {
  MLIRContext *context = lhs.getContext();
  if (hasInt8() && readsGroups(machine))
    return IntegerType::get(context, 32);
  return Float32Type::get(context);
}

bool Product::copiesLhs(const Machine &machine) const {
  bool isRead =
      readsGroups(machine) && hasGroupsInMemory() && hasNarrowFloats();
  bool isConverted =
      hasNarrowFloats() || hasInt8() || lhs.getDefiningOp<nn::RoundTF32Op>();
  return lhsNorm || (isConverted && !isRead);
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

int64_t chooseGroup(Type type, const Machine &machine) {
  if (type.isBF16() && (machine.multipliesBF16 || machine.multipliesTiles))
    return bf16Group;
  bool multipliesInt8 = machine.multipliesInt8 || machine.multipliesTiles;
  return type.isInteger(8) && multipliesInt8 ? int8Group : 1;
}

/// What becomes `lhs` by rounding, if anything does.
static Value getUnrounded(Value lhs) {
  if (auto cast = lhs.getDefiningOp<nn::CastOp>())
    return cast.getInput();
  if (auto round = lhs.getDefiningOp<nn::RoundTF32Op>())
    return round.getInput();
  if (auto quantize = lhs.getDefiningOp<nn::QuantizeOp>())
    return quantize.getInput();
  return lhs;
}

/// The ranges of the rows of `lhs`, over all that is contracted; null if it is
/// not quantized in its own.
static nn::ReduceOp findLhsRange(Value lhs, int64_t contracted) {
  auto quantize = lhs.getDefiningOp<nn::QuantizeOp>();
  if (!quantize)
    return nullptr;
  auto reduce = quantize.getRange().getDefiningOp<nn::ReduceOp>();
  int64_t rank = shapeOf(lhs).size();
  bool isOfRows =
      reduce && reduce.getInput() == quantize.getInput() &&
      reduce.getKind() == nn::ReduceKind::MaxAbs && reduce.getKeepDims() &&
      llvm::equal(reduce.getAxes(), llvm::seq(rank - contracted, rank));
  return isOfRows ? reduce : nullptr;
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
    product.sums = packed.getSums();
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
  product.lhsNorm = getUnrounded(product.lhs).getDefiningOp<nn::LayerNormOp>();
  product.lhsRange = findLhsRange(product.lhs, product.k.size());
  for (auto norm : anchor->getBlock()->getOps<nn::LayerNormOp>())
    if (norm != product.lhsNorm)
      product.resultNorm = norm;
  return product;
}

} // namespace vitrail
