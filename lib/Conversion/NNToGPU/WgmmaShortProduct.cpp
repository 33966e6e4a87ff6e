//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products of short rows by wgmma (compute capability 9.0 alone). Weights stay
// in shared memory, while each of a block's warpgroups has 64 rows after 64 in
// its registers, as fragments of the left-hand side, of a second product, too.
// One reads, computes what lies between the products, or stores, while tensor
// cores multiply for the others.
//
//===----------------------------------------------------------------------===//

#include "ShortProductKernel.h"
#include "Warpgroup.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cmath>

namespace vitrail {

using namespace mlir;

namespace {

class WgmmaShortProduct final : public ShortProductKernel {
public:
  using ShortProductKernel::ShortProductKernel;

  void run(Value result) override;
  int64_t getSharedBytes() const override;

protected:
  void multiplyAll(Value result) override;

private:
  Value getMatrices(size_t number);
  void copyMatrices(const ShortWeight &weight, Value memory, Value number);
  void copyWeight(size_t number);

  void addProducts(WarpgroupSums &sums, ArrayRef<Step> steps, Value right);
  WarpgroupSums beginColumns(Value columnGroup);
  WarpgroupSums beginAgain(Value depthGroup, ValueRange before);
  void multiplyColumns(Value result);
  void multiplyChain(Value result);
  void forEachBlockOfRows(function_ref<void(Value rowBlock)> body);

  Value firstDescriptor, secondDescriptor;
};

} // namespace

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// In shared memory.
static int64_t countBytes(const ShortWeight &weight) {
  return weight.columnGroups() * weight.depthGroups() * ShortWeight::groupSize *
         ShortWeight::groupSize * 2;
}

/// Of all.
static int64_t countBytes(const ShortProduct &product) {
  int64_t bytes = 0;
  for (const ShortWeight &weight : product.weights)
    bytes += countBytes(weight);
  return bytes;
}

int64_t WgmmaShortProduct::getSharedBytes() const {
  return countBytes(product);
}

/// A weight as `Warpgroup::describeMatrices` has it: columns are rows there.
Value WgmmaShortProduct::getMatrices(size_t number) {
  const ShortWeight &weight = product.weights[number];
  constexpr int64_t matrices = ShortWeight::groupSize / chunkSize;
  int64_t offset = number == 0 ? 0 : countBytes(product.weights.front());
  return kernel.getShared({weight.columnGroups() * matrices,
                           weight.depthGroups() * matrices, chunkSize,
                           chunkSize},
                          product.element, offset);
}

/// A warp's threads have what mma.sync reads of two fragments: two matrices
/// along k of each, a pair of a row of each matrix.
void WgmmaShortProduct::copyMatrices(const ShortWeight &weight, Value memory,
                                     Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t steps = 2 * weight.depthGroups();
  Value half = expr.moduloIndex(number, 2);
  Value step = expr.moduloIndex(expr.divideIndex(number, 2), steps);
  Value group = expr.divideIndex(number, 2 * steps);
  Value loaded = vector::LoadOp::create(
      builder, loc, VectorType::get({chunkSize}, product.element),
      kernel.getMemoryOf(weight.panels),
      expr.toMemory({group, step, half, lane, expr.index(0)}),
      /*nontemporal=*/false, builder.getI64IntegerAttr(16));
  Value row = expr.divideIndex(lane, 4);
  Value column = expr.scaleIndex(expr.moduloIndex(lane, 4), 2);
  for (int64_t i = 0; i < chunkSize / 2; ++i) {
    Value pair = vector::ExtractStridedSliceOp::create(
        builder, loc, VectorType::get({2}, product.element), loaded,
        builder.getI64ArrayAttr({2 * i}), builder.getI64ArrayAttr({2}),
        builder.getI64ArrayAttr({1}));
    Value fragment = expr.addIndex(
        expr.addIndex(expr.scaleIndex(group, 4), expr.scaleIndex(half, 2)),
        expr.index(i / 2));
    Value depth = expr.addIndex(expr.scaleIndex(step, 2), expr.index(i % 2));
    vector::StoreOp::create(builder, loc, pair, memory,
                            expr.toMemory({fragment, depth, row, column}),
                            /*nontemporal=*/false,
                            builder.getI64IntegerAttr(4));
  }
}

void WgmmaShortProduct::copyWeight(size_t number) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights[number];
  Value memory = getMatrices(number);
  int64_t warps = tile.threads() / warpSize;
  int64_t count = weight.columnGroups() * weight.depthGroups() * 4;
  Value warp = expr.divideIndex(kernel.getThread(), warpSize);
  // Of the last, some warps copy one that another copies, too.
  for (int64_t first = 0; first < count; first += warps)
    copyMatrices(weight, memory,
                 expr.minIndex(expr.addIndex(warp, expr.index(first)),
                               expr.index(count - 1)));
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Begins products of rows in registers and of a weight from a descriptor on.
void WgmmaShortProduct::addProducts(WarpgroupSums &sums, ArrayRef<Step> steps,
                                    Value right) {
  constexpr int64_t stepBytes = 2 * chunkSize * chunkSize * 2;
  SmallVector<SmallVector<Value>> pairs;
  for (const Step &step : steps) {
    pairs.emplace_back();
    for (int64_t i = 0; i < 4; ++i)
      pairs.back().push_back(vector::ExtractOp::create(
          builder, loc, step.front(), ArrayRef<int64_t>{i}));
  }
  Warpgroup::order(kernel);
  for (auto [i, registers] : llvm::enumerate(pairs))
    sums.multiply(registers, Warpgroup::offset(kernel, right, i * stepBytes),
                  WarpgroupSums::Rows::OfDepth);
  sums.commit();
}

/// Begins the first product, of a group of columns.
WarpgroupSums WgmmaShortProduct::beginColumns(Value columnGroup) {
  const ShortWeight &weight = product.weights.front();
  WarpgroupSums sums(kernel, ShortWeight::groupSize, product.element);
  addProducts(sums, left,
              Warpgroup::advance(kernel, firstDescriptor, columnGroup,
                                 countBytes(weight) / weight.columnGroups()));
  return sums;
}

/// Each group of columns is stored by itself.
void WgmmaShortProduct::multiplyColumns(Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.front();
  auto loop =
      scf::ForOp::create(builder, loc, expr.index(0),
                         expr.index(weight.columnGroups()), expr.index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value group = loop.getInductionVar();
  store(beginColumns(group).finishBefore(/*running=*/0), group, weight.n,
        result);
}

/// Begins the second product, of a group of k: `before` are sums so far, and
/// the steps of the group.
WarpgroupSums WgmmaShortProduct::beginAgain(Value depthGroup,
                                            ValueRange before) {
  constexpr int64_t groupBytes = ShortWeight::groupSize * chunkSize * 2;
  SmallVector<Step> steps;
  for (Value step : before.drop_front())
    steps.push_back({step});
  WarpgroupSums sums(kernel, before.front(), product.element);
  addProducts(
      sums, steps,
      Warpgroup::advance(kernel, secondDescriptor, depthGroup, groupBytes));
  return sums;
}

/// A group of columns of the first product is a group of k of the second, which
/// is multiplied while what follows the first product of the next group is
/// computed. Before the first one there are zeros, so that the loop has all
/// second products but the last.
void WgmmaShortProduct::multiplyChain(Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.back();
  int64_t groups = product.weights.front().columnGroups();
  SmallVector<Value> zeros(4 * weight.columnGroups(), getZeroSums(kernel));
  Value noStep = arith::ConstantOp::create(
      builder, loc,
      builder.getZeroAttr(VectorType::get({4, 2}, product.element)));
  auto loop = scf::ForOp::create(
      builder, loc, expr.index(0), expr.index(groups), expr.index(1),
      ValueRange{WarpgroupSums(kernel, zeros, product.element).getSums(),
                 noStep, noStep});
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    DeviceExprBuilder at = kernel.getExpr();
    Value group = loop.getInductionVar();
    Value last = at.clampIndex(at.subIndex(group, at.index(1)), 0, groups - 1);
    WarpgroupSums first = beginColumns(group);
    WarpgroupSums second = beginAgain(last, loop.getRegionIterArgs());
    SmallVector<RowPart> hidden =
        makeHidden(first.finishBefore(/*running=*/1), group);
    SmallVector<Value> next;
    for (int64_t half : {0, 1})
      next.push_back(makeLeft(hidden, half).front());
    WarpgroupSums done(kernel, second.finishBefore(/*running=*/0),
                       product.element);
    next.insert(next.begin(), done.getSums());
    scf::YieldOp::create(builder, loc, next);
  }
  SmallVector<Value> sums =
      beginAgain(expr.index(groups - 1), loop.getResults())
          .finishBefore(/*running=*/0);
  for (int64_t i = 0; i < weight.columnGroups(); ++i)
    store(ArrayRef(sums).slice(4 * i, 4), expr.index(i), weight.n, result);
}

void WgmmaShortProduct::multiplyAll(Value result) {
  if (product.isChain())
    multiplyChain(result);
  else
    multiplyColumns(result);
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

/// Warpgroups have as many rows at a time as each other, those of a block side
/// by side.
void WgmmaShortProduct::forEachBlockOfRows(
    function_ref<void(Value rowBlock)> body) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t size = tile.groups.rowsOfBlock();
  nn::Extent rows = countRows(product.rows);
  Value count = expr.index(rows.size);
  if (rows.timesBatch)
    count = expr.scaleIndex(kernel.getBatch(), rows.size);
  Value end =
      expr.divideIndex(expr.addIndex(count, expr.index(size - 1)), size);
  Value warp = Warpgroup::makeUniform(
      kernel, expr.divideIndex(kernel.getThread(), warpSize));
  Value begin = expr.addIndex(expr.scaleIndex(kernel.getBlock(), tile.sets),
                              expr.divideIndex(warp, warpsOfGroup));
  Value blocks = arith::IndexCastUIOp::create(
      builder, loc, builder.getI32Type(),
      gpu::GridDimOp::create(builder, loc, gpu::Dimension::x));
  auto loop = scf::ForOp::create(builder, loc, begin, end,
                                 expr.scaleIndex(blocks, tile.sets));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void WgmmaShortProduct::run(Value result) {
  for (size_t number = 0; number < product.weights.size(); ++number)
    copyWeight(number);
  Warpgroup::fence(kernel);
  gpu::BarrierOp::create(builder, loc);
  firstDescriptor = Warpgroup::describeMatrices(kernel, getMatrices(0));
  if (product.isChain())
    secondDescriptor = Warpgroup::describeMatrices(kernel, getMatrices(1));
  forEachBlockOfRows([&](Value rowBlock) { computeRows(rowBlock, result); });
}

//===----------------------------------------------------------------------===//
// Which products
//===----------------------------------------------------------------------===//

/// What is read and stored of shorter rows takes longer than to multiply it.
/// Patches, and what is normalised, have tiles of fewer rows.
bool isForWarpgroups(const ShortProduct &product) {
  constexpr int64_t room = 227 << 10, leastDepth = 32;
  return !product.patches && !product.resultNorm &&
         product.weights.front().k >= leastDepth && countBytes(product) <= room;
}

/// The registers of a multiprocessor are enough for four warpgroups.
ShortTile getWarpgroupTile(const ShortProduct &product) {
  constexpr int64_t lanes = 4;
  const ShortWeight &weight = product.weights.front();
  return {{/*threads=*/warpsOfGroup * warpSize, lanes, weight.depthGroups(),
           /*rowsOfGroup=*/2},
          weight.columnGroups(),
          /*shares=*/1,
          /*sets=*/4};
}

std::unique_ptr<ShortProductKernel>
createWgmmaShortProduct(DeviceKernel &kernel, const ShortProduct &product,
                        const ShortTile &tile) {
  return std::make_unique<WgmmaShortProduct>(kernel, product, tile);
}

/// The model of docs/tensor-cores.md, with figures measured on an H200: of one
/// block on a multiprocessor. Memory is not busy yet when the first rows are
/// read.
TurnTime estimateWarpgroups(const ShortProduct &product,
                            const ShortTile &tile) {
  constexpr double launch = 1500, weightByte = 0.01; // ns
  constexpr double row = 12, element = 0.065, products1000 = 0.5;
  constexpr double busy = 0.75;
  double rows = tile.sets * tile.groups.rowsOfBlock();
  double read = rows * (row + element * product.weights.front().k);
  double multiply = rows * products1000 * product.countProducts() / 1000;
  double start = launch + weightByte * countBytes(product) - busy * read;
  return {std::llround(start), std::llround(read + multiply)};
}

} // namespace vitrail
