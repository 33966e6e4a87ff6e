//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels are products that tensor cores can compute.
//
//===----------------------------------------------------------------------===//

#include "TensorProduct.h"

namespace vitrail {

using namespace mlir;

nn::Extent TensorProduct::countRows() const { return vitrail::countRows(rows); }

BlockArgument TensorProduct::findStoredLeft() const {
  Value value = lhs();
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<nn::CastOp, nn::ReshapeOp>(op))
      return nullptr;
    value = op->getOperand(0);
  }
  bool isStored = getElementTypeOrSelf(value) == element;
  return isStored ? cast<BlockArgument>(value) : nullptr;
}

SmallVector<BlockArgument> TensorProduct::findAddends() const {
  nn::PackedLinearOp product = anchor;
  SmallVector<BlockArgument> addends;
  for (BlockArgument operand : product->getBlock()->getArguments())
    if (operand != findStoredLeft() &&
        shapeOf(operand) == shapeOf(product.getResult()))
      addends.push_back(operand);
  return addends;
}

int64_t TensorProduct::countBytesOfSum() const {
  nn::PackedLinearOp product = anchor;
  auto countBytes = [](Value value) -> int64_t {
    return getElementTypeOrSelf(value).getIntOrFloatBitWidth() / 8;
  };
  int64_t bytes =
      countBytes(product->getBlock()->getTerminator()->getOperand(0));
  for (BlockArgument addend : findAddends())
    bytes += countBytes(addend);
  return bytes;
}

bool TensorProduct::hasBoxes(int64_t width) const {
  return findStoredLeft() && isa<BlockArgument>(panels()) &&
         k % chunkSize == 0 && panelColumns % width == 0;
}

/// Sets the anchor and its operands.
static std::string findOperations(func::FuncOp kernel, TensorProduct &product) {
  for (Operation &op : kernel.front().without_terminator()) {
    auto packed = dyn_cast<nn::PackedLinearOp>(op);
    if (packed && !product.anchor)
      product.anchor = packed;
    else if (!isElementComputable(&op))
      return ("'" + op.getName().getStringRef() +
              "' is no product of packed "
              "weights")
          .str();
  }
  if (!product.anchor)
    return "it has no product of packed weights";
  auto panels = cast<RankedTensorType>(product.panels().getType());
  product.element = panels.getElementType();
  if (!product.element.isF16() && !product.element.isBF16())
    return "its operands are not of f16 or bf16";
  if (product.anchor.getGroup() != 1)
    return "its panels are in groups, for another processor";
  product.contracted.assign(panels.getShape().begin() + 1,
                            panels.getShape().end() - 1);
  return "";
}

static std::string describe(func::FuncOp kernel, TensorProduct &product) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, product); !reason.empty())
    return reason;
  Value result = product.anchor.getResult();
  if (!isFollowedByElements(result))
    return "its sums are stored elsewhere than they are computed";
  product.rows = nn::getExtents(cast<RankedTensorType>(result.getType()));
  product.rows.pop_back();
  product.n = product.anchor.getFeatures();
  product.panelColumns = shapeOf(product.panels()).back();
  if (product.panelColumns % chunkSize != 0)
    return "the columns of its panels are no multiple of 8";
  product.k = 1;
  for (int64_t extent : product.contracted)
    product.k *= extent;
  return "";
}

FailureOr<TensorProduct> matchTensorProduct(func::FuncOp kernel,
                                            std::string &reason) {
  TensorProduct product;
  reason = describe(kernel, product);
  if (!reason.empty())
    return failure();
  return product;
}

static constexpr BlockTile narrowTile = {64, 32, 64, 32, 16, 4};
static constexpr BlockTile wideTiles[] = {
    // rows, columns, depth, rows and columns of a warp, stages
    {128, 128, 32, 64, 64, 4},
    {128, 64, 32, 32, 64, 4},
    {64, 64, 64, 32, 32, 4},
    {32, 64, 64, 16, 32, 8},
};

ArrayRef<BlockTile> getBlockTiles() { return wideTiles; }

/// Large tiles load less for each product, small ones leave no multiprocessor
/// idle. On an H200, of products with 197 to 12608 rows, 32 columns were slower
/// than 64 even where only half of that is of use.
SmallVector<BlockTile> chooseBlockTiles(const TensorProduct &product,
                                        nn::ScheduleAttr given) {
  for (const BlockTile &tile : wideTiles)
    if (hasTile(given, tile))
      return {tile};
  if (product.n <= 32)
    return {narrowTile};
  SmallVector<BlockTile> tiles;
  nn::Extent rows = product.countRows();
  bool hasManyRows = rows.timesBatch || rows.size > 64;
  if (hasManyRows)
    tiles.push_back(wideTiles[product.n > 96 ? 0 : 1]);
  llvm::append_range(tiles, ArrayRef(wideTiles).drop_front(2));
  return tiles;
}

} // namespace vitrail
