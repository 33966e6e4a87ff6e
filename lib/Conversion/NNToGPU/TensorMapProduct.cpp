//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products by wgmma (compute capability 9.0 alone) of operands that lie in
// memory row by row. One thread has boxes of them copied; blocks, which are as
// many as run at a time, have tile after tile. Where two sets of warpgroups
// take turns, one stores its tile while the other has the tensor cores; copies
// for later tiles go on in any case.
//
//===----------------------------------------------------------------------===//

#include "BoxStore.h"
#include "ProductKernel.h"
#include "StageBarriers.h"
#include "Warpgroup.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

namespace {

class TensorMapProduct final : public ProductKernel {
public:
  TensorMapProduct(DeviceKernel &kernel, const TensorProduct &product,
                   const BlockTile &tile)
      : ProductKernel(kernel, product, tile),
        barriers(kernel, tile.stages, barrierOffset()) {}

  void run(Value result) override;
  int64_t getSharedBytes() const override {
    return barrierOffset() + StageBarriers::countBytes(tile.stages);
  }

private:
  int64_t countRowBlocks() const { return tile.warpRows / mmaRows; }
  /// The columns of a warp that pass through shared memory at a time.
  int64_t storedColumns() const;
  SumShape getSumShape() const {
    return {tile.turns * tile.warps(), mmaRows, storedColumns()};
  }
  int64_t exchangeOffset() const {
    return tile.leftBytes() + tile.rightBytes();
  }
  /// Whether results go to memory in boxes, too.
  bool storesBoxes() const {
    return BoxStore::isOfUse(product) &&
           tile.columns % BoxStore::countColumns(product) == 0;
  }
  BoxShape getBoxShape() const;
  int64_t barrierOffset() const {
    return exchangeOffset() + (storesBoxes()
                                   ? BoxStore::countBytes(getBoxShape())
                                   : getSumShape().countBytes());
  }

  Value addRightMap(unsigned operand);
  void addMaps();
  Value countTiles();
  using TileBody = function_ref<void(Value number)>;
  void forEachTile(Value first, int64_t stride, TileBody body);
  Value countUse(Value number, Value step);
  void runIf(Value condition, function_ref<void()> body);

  void copyTiles();
  void copyStage(Value use, Value step);
  void copyBox(Value map, Value memory, Value line, ArrayRef<Value> origin,
               Value barrier);

  void fetch(BlockArgument addend);
  void multiplyTiles(Value warp, Value result);
  void release(Value use);
  SmallVector<Value> multiplyTile(Warpgroup &warpgroup, Value number);
  Value getFirstRow(Value group, int64_t block);
  void beginOthers(Value number, Value group);
  BlockPlace placeBox(int64_t box, Value group);
  void storeBoxes(ArrayRef<SmallVector<Value>> rowBlocks, Value group);
  void storeTile(ArrayRef<SmallVector<Value>> rowBlocks, Value group,
                 Value result);
  void takeTurn(Value turn);
  void giveTurn(Value turn);

  StageBarriers barriers;
  Value leftMap, rightMap;
  int64_t panelsOfBox = 1;
  std::optional<BoxStore> boxStore;
};

} // namespace

/// Of shared memory.
static constexpr int64_t room = 227 << 10;

/// As many as are of use and there is room for beside the stages.
BoxShape TensorMapProduct::getBoxShape() const {
  int64_t parts = tile.columns / BoxStore::countColumns(product);
  constexpr int64_t mostRegisters = 128; // for sums and bias
  int64_t registers = countRowBlocks() * tile.columns / 2 + tile.columns / 4;
  BoxShape shape = {tile.turns * tile.warps(), countRowBlocks() * parts,
                    BoxStore::getMostAtOnce(product),
                    registers <= mostRegisters};
  auto isPossible = [&] {
    return shape.ofTile % shape.atOnce == 0 &&
           exchangeOffset() + BoxStore::countBytes(shape) +
                   StageBarriers::countBytes(tile.stages) <=
               room;
  };
  while (shape.atOnce > 1 && !isPossible())
    --shape.atOnce;
  return shape;
}

/// Whole lines of the cache, if there is room for them beside the stages.
int64_t TensorMapProduct::storedColumns() const {
  constexpr int64_t wide = 64, narrow = 32;
  SumShape shape = {tile.turns * tile.warps(), mmaRows, wide};
  bool hasRoom = exchangeOffset() + shape.countBytes() +
                     StageBarriers::countBytes(tile.stages) <=
                 room;
  return hasRoom && tile.columns % wide == 0 ? wide : narrow;
}

//===----------------------------------------------------------------------===//
// Tiles and stages
//===----------------------------------------------------------------------===//

Value TensorMapProduct::addRightMap(unsigned operand) {
  int64_t count = shapeOf(product.panels()).front();
  if (product.hasWeightRows())
    return kernel.addMap({operand,
                          {{count, false}, {product.k, false}},
                          {tile.columns, tile.rightWidth}});
  panelsOfBox = tile.rightWidth == product.panelColumns
                    ? tile.columns / tile.rightWidth
                    : 1;
  return kernel.addMap(
      {operand,
       {{count, false}, {product.k, false}, {product.panelColumns, false}},
       {panelsOfBox, tile.depth, tile.rightWidth}});
}

/// Rows in shared memory are 128 bytes wide, or as wide as panels have them;
/// parts beside each other are boxes of their own, except whole panels, which
/// are one.
void TensorMapProduct::addMaps() {
  unsigned left = product.findStoredLeft().getArgNumber();
  unsigned right = cast<BlockArgument>(product.panels()).getArgNumber();
  leftMap = kernel.addMap({left,
                           {product.countRows(), {product.k, false}},
                           {tile.rows, tile.leftWidth}});
  rightMap = addRightMap(right);
  if (storesBoxes())
    boxStore.emplace(kernel, product, warpPlace, getBoxShape(),
                     exchangeOffset());
}

Value TensorMapProduct::countTiles() {
  DeviceExprBuilder expr = kernel.getExpr();
  Value rowTiles = expr.divideIndex(
      expr.addIndex(countRows(), expr.index(tile.rows - 1)), tile.rows);
  return expr.scaleIndex(rowTiles, countColumnTiles());
}

/// The block's tiles are as many apart as there are blocks; `body` gets the
/// number among them of `first` and each that is `stride` further.
void TensorMapProduct::forEachTile(Value first, int64_t stride, TileBody body) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value blocks = arith::IndexCastUIOp::create(
      builder, loc, builder.getI32Type(),
      gpu::GridDimOp::create(builder, loc, gpu::Dimension::x));
  Value begin =
      arith::AddIOp::create(builder, loc, kernel.getBlock(),
                            arith::MulIOp::create(builder, loc, first, blocks));
  auto loop = scf::ForOp::create(builder, loc, begin, countTiles(),
                                 expr.scaleIndex(blocks, stride), first);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  placeTile(loop.getInductionVar());
  Value number = loop.getRegionIterArgs().front();
  body(number);
  DeviceExprBuilder end = kernel.getExpr();
  scf::YieldOp::create(builder, loc, end.addIndex(number, end.index(stride)));
}

/// Stages are used in the order of tiles, then steps.
Value TensorMapProduct::countUse(Value number, Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  return expr.addIndex(expr.scaleIndex(number, countSteps()), step);
}

void TensorMapProduct::runIf(Value condition, function_ref<void()> body) {
  auto guard = scf::IfOp::create(builder, loc, condition);
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// To the row `line` of `memory`; `origin` is the box's, outermost first.
void TensorMapProduct::copyBox(Value map, Value memory, Value line,
                               ArrayRef<Value> origin, Value barrier) {
  DeviceExprBuilder expr = kernel.getExpr();
  auto type = cast<MemRefType>(memory.getType());
  int64_t rowBytes =
      getElementBytes(type.getElementType()) * type.getDimSize(2);
  Value to = getSharedAddress(kernel, memory, expr.scaleIndex(line, rowBytes));
  // The instruction writes to any block of a cluster.
  auto space = unsigned(NVVM::NVVMMemorySpace::SharedCluster);
  to = LLVM::AddrSpaceCastOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), space),
      to);
  SmallVector<Value> innermostFirst(llvm::reverse(origin));
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      builder, loc, to, map, innermostFirst, barrier,
      /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
      /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
      /*group=*/NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
}

void TensorMapProduct::copyStage(Value use, Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  barriers.expectBytes(use,
                       (tile.leftBytes() + tile.rightBytes()) / tile.stages);
  Value barrier = barriers.getFull(use), stage = barriers.getStage(use);
  Value k = expr.scaleIndex(step, tile.depth);
  int64_t leftParts = tile.depth / tile.leftWidth;
  auto copyRows = [&](Value map, Value memory, int64_t rows, Value first) {
    for (int64_t part = 0; part < leftParts; ++part) {
      Value line = expr.addIndex(expr.scaleIndex(stage, leftParts * rows),
                                 expr.index(part * rows));
      Value inRow = expr.addIndex(k, expr.index(part * tile.leftWidth));
      copyBox(map, memory, line, {first, inRow}, barrier);
    }
  };
  copyRows(leftMap, leftMemory, tile.rows, place.firstRow);
  if (product.hasWeightRows())
    return copyRows(rightMap, rightMemory, tile.columns, place.firstColumn);
  int64_t rightParts = tile.columns / tile.rightWidth;
  for (int64_t part = 0; part < rightParts; part += panelsOfBox) {
    Value line = expr.addIndex(expr.scaleIndex(stage, rightParts * tile.depth),
                               expr.index(part * tile.depth));
    Value column =
        expr.addIndex(place.firstColumn, expr.index(part * tile.rightWidth));
    copyBox(rightMap, rightMemory, line,
            {expr.divideIndex(column, product.panelColumns), k,
             expr.moduloIndex(column, product.panelColumns)},
            barrier);
  }
}

void TensorMapProduct::copyTiles() {
  forEachTile(kernel.getExpr().index(0), 1, [&](Value number) {
    DeviceExprBuilder expr = kernel.getExpr();
    auto loop = scf::ForOp::create(builder, loc, expr.index(0),
                                   expr.index(countSteps()), expr.index(1));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value use = countUse(number, loop.getInductionVar());
    barriers.waitUntilEmpty(use);
    copyStage(use, loop.getInductionVar());
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Sets wait for their turns at these barriers, and say who is next; 0 is that
/// of gpu.barrier.
static Value getTurnBarrier(DeviceKernel &kernel, Value turn) {
  DeviceExprBuilder expr = kernel.getExpr();
  return expr.addIndex(turn, expr.index(1));
}

void TensorMapProduct::takeTurn(Value turn) {
  if (tile.turns == 1)
    return;
  NVVM::BarrierOp::create(builder, loc, Type(), getTurnBarrier(kernel, turn),
                          kernel.getExpr().index(tile.multipliers()),
                          NVVM::BarrierReductionAttr(), Value());
}

void TensorMapProduct::giveTurn(Value turn) {
  if (tile.turns == 1)
    return;
  NVVM::BarrierArriveOp::create(builder, loc, getTurnBarrier(kernel, turn),
                                kernel.getExpr().index(tile.multipliers()));
}

/// Begins to bring what is added to a tile to the second-level cache, a line of
/// which each thread asks for at a time; beyond the last row or column, others
/// that there are.
void TensorMapProduct::fetch(BlockArgument addend) {
  DeviceExprBuilder expr = kernel.getExpr();
  constexpr int64_t line = 128;
  Type element = getElementTypeOrSelf(addend);
  int64_t width = line * 8 / element.getIntOrFloatBitWidth();
  int64_t lines = llvm::divideCeil(tile.columns, width);
  int64_t threads = tile.warps() * warpSize;
  Value thread = expr.moduloIndex(kernel.getThread(), threads);
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(
      builder, loc, kernel.getMemoryOf(addend));
  Value last = expr.subIndex(place.rowCount, expr.index(1));
  for (int64_t begin = 0; begin < tile.rows * lines; begin += threads) {
    Value number = expr.addIndex(thread, expr.index(begin));
    Value row = expr.minIndex(
        expr.addIndex(place.firstRow, expr.divideIndex(number, lines)), last);
    Value column =
        expr.addIndex(place.firstColumn,
                      expr.scaleIndex(expr.moduloIndex(number, lines), width));
    column = expr.minIndex(column, expr.index(product.n - 1));
    Value offset = arith::AddIOp::create(
        builder, loc,
        arith::MulIOp::create(
            builder, loc, expr.toMemory(row),
            arith::ConstantIndexOp::create(builder, loc, product.n)),
        expr.toMemory(column));
    Value address = arith::IndexCastUIOp::create(
        builder, loc, builder.getI64Type(),
        arith::AddIOp::create(
            builder, loc, start,
            arith::MulIOp::create(
                builder, loc, offset,
                arith::ConstantIndexOp::create(builder, loc, line / width))));
    auto space = unsigned(NVVM::NVVMMemorySpace::Global);
    Value pointer = LLVM::IntToPtrOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), space),
        address);
    NVVM::PrefetchOp::create(
        builder, loc,
        NVVM::PrefetchCacheLevelAttr::get(builder.getContext(),
                                          NVVM::PrefetchCacheLevel::L2),
        /*evictPriority=*/nullptr, pointer, /*predicate=*/Value(),
        /*tensormap=*/false, /*uniform=*/false, /*in_param_space=*/false);
  }
}

/// One thread of each warp says so.
void TensorMapProduct::release(Value use) {
  runIf(kernel.getExpr().below(warpPlace.lane, 1),
        [&] { barriers.release(use); });
}

/// Begins the products of a tile; those of its last stage may still run.
SmallVector<Value> TensorMapProduct::multiplyTile(Warpgroup &warpgroup,
                                                  Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value firstUse = countUse(number, expr.index(0));
  barriers.waitUntilFull(firstUse);
  SmallVector<Value> first = warpgroup.beginSums(barriers.getStage(firstUse));
  auto loop =
      scf::ForOp::create(builder, loc, expr.index(1), expr.index(countSteps()),
                         expr.index(1), first);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value use = countUse(number, loop.getInductionVar());
  barriers.waitUntilFull(use);
  SmallVector<Value> sums =
      warpgroup.multiply(loop.getRegionIterArgs(), barriers.getStage(use));
  warpgroup.wait(/*running=*/1);
  DeviceExprBuilder at = kernel.getExpr();
  release(at.subIndex(use, at.index(1)));
  scf::YieldOp::create(builder, loc, sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// The row of the tile that is the first of a warp's in 64 rows of its group.
Value TensorMapProduct::getFirstRow(Value group, int64_t block) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value rowBlock = expr.addIndex(expr.scaleIndex(group, countRowBlocks()),
                                 expr.index(block));
  Value warp = expr.moduloIndex(warpPlace.warp, warpsOfGroup);
  return expr.addIndex(expr.scaleIndex(rowBlock, wgmmaRows),
                       expr.scaleIndex(warp, mmaRows));
}

/// All rows of some columns, one after the other, have the same bias.
BlockPlace TensorMapProduct::placeBox(int64_t box, Value group) {
  int64_t block = box % countRowBlocks(), part = box / countRowBlocks();
  DeviceExprBuilder expr = kernel.getExpr();
  Value column = expr.index(part * BoxStore::countColumns(product));
  return {expr.addIndex(place.firstRow, getFirstRow(group, block)),
          expr.addIndex(place.firstColumn, column), place.rowCount};
}

/// What is added to the tile's sums is on its way while others are multiplied.
void TensorMapProduct::beginOthers(Value number, Value group) {
  if (!boxStore) {
    for (BlockArgument addend : product.findAddends())
      fetch(addend);
    return;
  }
  boxStore->begin(kernel.getExpr().divideIndex(number, tile.turns),
                  [&](int64_t box) { return placeBox(box, group); });
}

void TensorMapProduct::storeBoxes(ArrayRef<SmallVector<Value>> rowBlocks,
                                  Value group) {
  int64_t fragments = BoxStore::countColumns(product) / mmaColumns;
  boxStore->store(
      [&](int64_t box) {
        ArrayRef rows = rowBlocks[box % countRowBlocks()];
        return rows.slice(box / countRowBlocks() * fragments, fragments);
      },
      [&](int64_t box) { return placeBox(box, group); });
}

/// 16 rows and some columns of each warp at a time, through its own part of
/// shared memory.
void TensorMapProduct::storeTile(ArrayRef<SmallVector<Value>> rowBlocks,
                                 Value group, Value result) {
  SumExchange exchange(kernel, warpPlace, getSumShape(), product.getSumType(),
                       exchangeOffset());
  int64_t fragments = storedColumns() / mmaColumns;
  for (auto [block, rows] : llvm::enumerate(rowBlocks))
    for (int64_t first = 0; first < tile.columns; first += storedColumns()) {
      NVVM::SyncWarpOp::create(
          builder, loc,
          arith::ConstantIntOp::create(builder, loc, /*all threads*/ -1, 32));
      exchange.store(ArrayRef(rows).slice(first / mmaColumns, fragments));
      storeSums(exchange, result,
                [=, this](DeviceExprBuilder &expr, Value row, Value column) {
                  return placeChunk(
                      expr,
                      expr.addIndex(getFirstRow(group, int64_t(block)), row),
                      expr.addIndex(column, expr.index(first)));
                });
    }
}

void TensorMapProduct::multiplyTiles(Value warp, Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t groups = tile.warps() / warpsOfGroup; // of a set
  Value number = expr.divideIndex(warp, warpsOfGroup);
  Value turn = expr.divideIndex(number, groups);
  Value group = expr.moduloIndex(number, groups);
  Value next = expr.moduloIndex(expr.addIndex(turn, expr.index(1)), tile.turns);
  Warpgroup warpgroup(kernel, product, tile, leftMemory, rightMemory,
                      expr.scaleIndex(group, countRowBlocks() * wgmmaRows),
                      expr.index(0));
  runIf(expr.atLeast(turn, std::max<int64_t>(tile.turns - 1, 1)),
        [&] { giveTurn(next); });
  forEachTile(turn, tile.turns, [&](Value tileNumber) {
    beginOthers(tileNumber, group);
    takeTurn(turn);
    SmallVector<Value> sums = multiplyTile(warpgroup, tileNumber);
    giveTurn(next);
    SmallVector<SmallVector<Value>> rowBlocks;
    for (Value rows : sums)
      rowBlocks.push_back(warpgroup.finish(rows));
    release(countUse(tileNumber, kernel.getExpr().index(countSteps() - 1)));
    if (boxStore)
      storeBoxes(rowBlocks, group);
    else
      storeTile(rowBlocks, group, result);
  });
  if (boxStore)
    boxStore->finish();
}

void TensorMapProduct::run(Value result) {
  addMaps();
  DeviceExprBuilder expr = kernel.getExpr();
  Value warp = Warpgroup::makeUniform(kernel, warpPlace.warp);
  runIf(expr.below(kernel.getThread(), 1), [&] {
    if (boxStore)
      boxStore->createBarriers();
    barriers.create(tile.warps());
  });
  synchronize();
  auto role = scf::IfOp::create(builder, loc,
                                expr.below(warp, tile.multipliers() / warpSize),
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(role.thenBlock());
  multiplyTiles(warp, result);
  builder.setInsertionPointToStart(role.elseBlock());
  runIf(kernel.getExpr().below(warpPlace.lane, 1), [&] { copyTiles(); });
}

std::unique_ptr<ProductKernel>
createTensorMapProduct(DeviceKernel &kernel, const TensorProduct &product,
                       const BlockTile &tile) {
  return std::make_unique<TensorMapProduct>(kernel, product, tile);
}

} // namespace vitrail
