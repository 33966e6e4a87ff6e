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

#include "DeviceRows.h"
#include "TensorProduct.h"
#include "UpdateStore.h"

#include "llvm/Support/MathExtras.h"

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
  bool isStored =
      getElementTypeOrSelf(value) == element && keepsDigits(lhs(), element);
  return isStored ? cast<BlockArgument>(value) : nullptr;
}

int64_t TensorProduct::countCopied() const {
  int64_t size = getChunkSize(element);
  for (int64_t count : {size, std::min(size, chunkSize)}) {
    bool canCopy = findStoredLeft()
                       ? k % count == 0
                       : hasChunks(lhs(), contracted, element, count) &&
                             keepsDigits(lhs(), element);
    if (canCopy)
      return count;
  }
  return 0;
}

SmallVector<BlockArgument> TensorProduct::findAddends() const {
  nn::PackedLinearOp product = anchor;
  SmallVector<BlockArgument> addends;
  for (BlockArgument operand : product->getBlock()->getArguments())
    if (operand != findStoredLeft() &&
        !llvm::all_of(operand.getUsers(), isOfUpdates) &&
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

/// Beyond the last column of one panel that has all, there are zeros.
bool TensorProduct::hasBoxes(int64_t width) const {
  bool isWhole = shapeOf(panels()).front() == 1 && panelColumns > width;
  return findStoredLeft() && isa<BlockArgument>(panels()) &&
         k % getChunkSize(element) == 0 &&
         (hasWeightRows() || isWhole || panelColumns % width == 0);
}

bool isForTensorCores(nn::PackedLinearOp product) {
  Type element = getElementTypeOrSelf(product.getPanels());
  return element.isF16() || element.isBF16() || product.getTf32() ||
         (element.isInteger(8) &&
          getElementTypeOrSelf(product.getInput()) == element);
}

nn::QuantizeOp findQuantizedRows(nn::PackedLinearOp product) {
  Value lhs = product.getInput();
  while (auto reshape = lhs.getDefiningOp<nn::ReshapeOp>())
    lhs = reshape.getInput();
  auto integers = lhs.getDefiningOp<nn::QuantizeOp>();
  bool findsRanges =
      integers && integers.getRange().getDefiningOp<nn::ReduceOp>();
  return findsRanges ? integers : nullptr;
}

/// Why `op` is in no product's kernel.
static std::string describeOther(Operation &op) {
  return ("'" + op.getName().getStringRef() +
          "' is no product of packed weights")
      .str();
}

/// Sets the anchor and its operands.
static std::string findOperations(func::FuncOp kernel, TensorProduct &product) {
  SmallVector<Operation *> others;
  for (Operation &op : kernel.front().without_terminator()) {
    auto packed = dyn_cast<nn::PackedLinearOp>(op);
    if (packed && !product.anchor)
      product.anchor = packed;
    else if (!isElementComputable(&op) && !isa<nn::UpdateOp>(op))
      others.push_back(&op);
  }
  if (product.anchor)
    if (nn::QuantizeOp rows = findQuantizedRows(product.anchor))
      if (std::string reason = describeRanges(rows); !reason.empty())
        return reason;
  if (!others.empty())
    return describeOther(*others.front());
  if (!product.anchor)
    return "it has no product of packed weights";
  nn::PackedLinearOp anchor = product.anchor;
  product.element = getElementTypeOrSelf(product.panels());
  if (!isForTensorCores(anchor))
    return "its operands are not of f16, bf16, tf32 or i8";
  if (anchor.getGroup() != 1 && !product.hasWeightRows())
    return "its panels are in groups, for another processor";
  product.contracted = llvm::to_vector(
      shapeOf(product.lhs()).take_back(anchor.countContracted()));
  return "";
}

/// Sets the calls, if the weight has to be laid out anew.
static std::string findCalls(func::FuncOp kernel, TensorProduct &product) {
  if (!product.hasWeightRows())
    return "";
  auto panels = dyn_cast<BlockArgument>(product.panels());
  if (!panels || !panels.hasOneUse())
    return "it computes its weight";
  auto calls = findCallsWithConstants(kernel, panels);
  if (failed(calls))
    return "a caller does not know its weight";
  product.calls = std::move(*calls);
  return "";
}

static std::string describe(func::FuncOp kernel, TensorProduct &product) {
  unsigned results = kernel.getNumResults();
  if (std::string reason = describeKernel(kernel, results); !reason.empty())
    return reason;
  if (std::string reason = describeUpdates(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, product); !reason.empty())
    return reason;
  Value result = product.anchor.getResult();
  if (!isFollowedByElements(result))
    return "its sums are stored elsewhere than they are computed";
  product.rows = nn::getExtents(cast<RankedTensorType>(result.getType()));
  product.rows.pop_back();
  product.n = product.anchor.getFeatures();
  ArrayRef<int64_t> panels = shapeOf(product.panels());
  product.panelColumns = product.anchor.getGroup() == 1
                             ? panels.back()
                             : panels.drop_back().back();
  if (!product.hasWeightRows() && product.panelColumns % chunkSize != 0)
    return "the columns of its panels are no multiple of 8";
  product.k = 1;
  for (int64_t extent : product.contracted)
    product.k *= extent;
  return findCalls(kernel, product);
}

FailureOr<TensorProduct> matchTensorProduct(func::FuncOp kernel,
                                            std::string &reason) {
  TensorProduct product;
  reason = describe(kernel, product);
  if (!reason.empty())
    return failure();
  return product;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Of [panels * columns, k], with zeros where k ends within a chunk.
static RankedTensorType getRowsType(const TensorProduct &product) {
  int64_t rows = shapeOf(product.panels()).front() * product.panelColumns;
  return RankedTensorType::get(
      {rows, int64_t(llvm::alignTo(product.k, getChunkSize(product.element)))},
      product.element);
}

/// The same panels without groups: [panels, k, columns].
static Value unpackGroups(OpBuilder &builder, Location loc, Value panels,
                          const TensorProduct &product) {
  RankedTensorType type = cast<RankedTensorType>(panels.getType());
  int64_t count = type.getShape().front(), columns = product.panelColumns;
  nn::PackedLinearOp anchor = product.anchor;
  int64_t group = anchor.getGroup(), last = product.contracted.back();
  auto reshape = [&](ArrayRef<int64_t> shape) {
    panels = nn::ReshapeOp::create(builder, loc, type.clone(shape), panels);
  };
  if (group != 1) {
    int64_t padded = int64_t(llvm::alignTo(last, group));
    int64_t outer = product.k / last;
    reshape({count, outer * padded / group, columns, group});
    panels = nn::TransposeOp::create(builder, loc, panels,
                                     ArrayRef<int64_t>{0, 1, 3, 2});
    reshape({count, outer, padded, columns});
    if (padded != last)
      panels = nn::SliceOp::create(
          builder, loc, type.clone({count, outer, last, columns}), panels,
          ArrayRef<int64_t>{0, 0, 0, 0},
          ArrayRef<int64_t>{count, outer, last, columns},
          ArrayRef<int64_t>{1, 1, 1, 1});
  }
  reshape({count, product.k, columns});
  return panels;
}

static Value unpackPanels(OpBuilder &builder, Location loc, Value panels,
                          const TensorProduct &product) {
  RankedTensorType type = getRowsType(product);
  int64_t count = shapeOf(panels).front(), columns = product.panelColumns;
  auto reshape = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return nn::ReshapeOp::create(builder, loc, type.clone(shape), value);
  };
  Value rows = unpackGroups(builder, loc, panels, product);
  rows =
      nn::TransposeOp::create(builder, loc, rows, ArrayRef<int64_t>{0, 2, 1});
  rows = reshape(rows, {count * columns, product.k});
  int64_t more = type.getDimSize(1) - product.k;
  if (more == 0)
    return rows;
  return nn::PadOp::create(builder, loc, rows, /*fill=*/nullptr,
                           ArrayRef<int64_t>{0, 0}, ArrayRef<int64_t>{0, more},
                           llvm::APFloat(0.0));
}

void packWeightRows(TensorProduct &product) {
  auto argument = cast<BlockArgument>(product.panels());
  unsigned number = argument.getArgNumber();
  for (func::CallOp call : product.calls) {
    OpBuilder builder(call);
    call.setOperand(number, unpackPanels(builder, call.getLoc(),
                                         call.getOperand(number), product));
  }
  argument.setType(getRowsType(product));
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void BlockTile::fit(const TensorProduct &product) {
  elementBytes = getElementBytes(product.element);
  depth = depth * 2 / elementBytes;
  leftWidth = leftWidth * 2 / elementBytes;
  if (product.hasWeightRows())
    rightWidth = leftWidth;
}

static constexpr BlockTile narrowTile = {64, 32, 64, 32, 16, 4};
static constexpr BlockTile wideTiles[] = {
    // rows, columns, depth, rows and columns of a warp, stages
    {128, 128, 32, 64, 64, 4},
    {128, 64, 32, 32, 64, 4},
    {64, 64, 64, 32, 32, 4},
    {32, 64, 64, 16, 32, 8},
};

SmallVector<BlockTile> getBlockTiles(const TensorProduct &product) {
  SmallVector<BlockTile> tiles(ArrayRef<BlockTile>{wideTiles});
  for (BlockTile &tile : tiles)
    tile.fit(product);
  return tiles;
}

/// Large tiles load less for each product, small ones leave no multiprocessor
/// idle. On an H200, of products with 197 to 12608 rows, 32 columns were slower
/// than 64 even where only half of that is of use.
SmallVector<BlockTile> chooseBlockTiles(const TensorProduct &product,
                                        nn::ScheduleAttr given) {
  SmallVector<BlockTile> all = getBlockTiles(product);
  for (const BlockTile &tile : all)
    if (hasTile(given, tile))
      return {tile};
  if (product.n <= 32) {
    BlockTile tile = narrowTile;
    tile.fit(product);
    return {tile};
  }
  SmallVector<BlockTile> tiles;
  nn::Extent rows = product.countRows();
  bool hasManyRows = rows.timesBatch || rows.size > 64;
  if (hasManyRows)
    tiles.push_back(all[product.n > 96 ? 0 : 1]);
  llvm::append_range(tiles, ArrayRef(all).drop_front(2));
  return tiles;
}

} // namespace vitrail
