//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the kernel of a product does whichever instruction multiplies.
//
//===----------------------------------------------------------------------===//

#include "ProductKernel.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

ProductKernel::ProductKernel(DeviceKernel &kernel, const TensorProduct &product,
                             const BlockTile &tile)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()), warpPlace(kernel) {
  leftMemory = kernel.getShared(
      {tile.stages, tile.rows * tile.depth / tile.leftWidth, tile.leftWidth},
      product.element, 0);
  rightMemory = kernel.getShared({tile.stages,
                                  tile.depth * tile.columns / tile.rightWidth,
                                  tile.rightWidth},
                                 product.element, tile.leftBytes());
}

int64_t ProductKernel::countColumnTiles() const {
  return llvm::divideCeil(product.n, tile.columns);
}

int64_t ProductKernel::countSteps() const {
  return llvm::divideCeil(product.k, tile.depth);
}

Value ProductKernel::countRows() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::Extent rows = product.countRows();
  return rows.timesBatch ? expr.scaleIndex(kernel.getBatch(), rows.size)
                         : expr.index(rows.size);
}

/// Tiles of the same rows are neighbours, and share them in the cache.
void ProductKernel::placeTile(Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t columnTiles = countColumnTiles();
  place.firstColumn =
      expr.scaleIndex(expr.moduloIndex(number, columnTiles), tile.columns);
  place.firstRow =
      expr.scaleIndex(expr.divideIndex(number, columnTiles), tile.rows);
  place.rowCount = countRows();
}

ChunkPlace ProductKernel::placeChunk(DeviceExprBuilder &expr, Value tileRow,
                                     Value tileColumn) {
  Value row = expr.addIndex(place.firstRow, tileRow);
  Value last = expr.subIndex(place.rowCount, expr.index(1));
  Indices indices = unflattenRow(expr, product, expr.minIndex(row, last));
  indices.push_back(expr.addIndex(place.firstColumn, tileColumn));
  return {indices, expr.belowIndex(row, place.rowCount)};
}

void ProductKernel::storeSums(SumExchange &exchange, Value result,
                              ResultStore::GetPlace getPlace) {
  nn::PackedLinearOp anchor = product.anchor;
  ResultStore store(kernel, exchange, warpPlace, anchor.getResult(), result,
                    product.n, std::move(getPlace));
  Value bias = anchor.getBias();
  store.run([this, bias](ExprBuilder &expr, Value sum, Value column) {
    return bias ? expr.add(sum, kernel.elements.get(expr, bias, {column}))
                : sum;
  });
}

void ProductKernel::synchronize() { gpu::BarrierOp::create(builder, loc); }

//===----------------------------------------------------------------------===//
// A block with one tile
//===----------------------------------------------------------------------===//

/// All but one; groups of copies are as many as stages, whether they copy
/// anything or not, so that it is always known how many to wait for.
void BlockProduct::fillStages() {
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t stage = 0; stage + 1 < tile.stages; ++stage) {
    if (stage < countSteps()) {
      Value at = expr.index(stage);
      right->begin(at, at);
      left->end(left->begin(at, at), at);
    }
    NVVM::CpAsyncCommitGroupOp::create(builder, loc);
  }
}

void BlockProduct::waitForCopies() {
  NVVM::CpAsyncWaitGroupOp::create(builder, loc, int32_t(tile.stages - 2));
}

SmallVector<Value> BlockProduct::loopOverStages(SmallVector<Value> initial,
                                                MultiplyStage multiplyStage) {
  DeviceExprBuilder expr = kernel.getExpr();
  llvm::append_range(initial,
                     ValueRange{expr.index(0), expr.index(tile.stages - 1)});
  auto loop =
      scf::ForOp::create(builder, loc, expr.index(0), expr.index(countSteps()),
                         expr.index(1), initial);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> results =
      multiplyStage(loop.getRegionIterArgs(), loop.getInductionVar());
  scf::YieldOp::create(builder, loc, results);
  return llvm::to_vector_of<Value>(loop.getResults().drop_back(2));
}

Value BlockProduct::nextStage(Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value next = expr.addIndex(stage, expr.index(1));
  return expr.select(expr.below(next, tile.stages), next, expr.index(0));
}

void BlockProduct::copyAhead(Value step, Value stage,
                             SmallVectorImpl<Value> &computed) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value last = expr.index(countSteps() - 1);
  // What is not copied by itself is computed again instead: nobody reads it.
  if (left->isComputed())
    computed = left->begin(expr.minIndex(step, last), stage);
  auto guard = scf::IfOp::create(builder, loc, expr.below(step, countSteps()));
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    right->begin(step, stage);
    if (!left->isComputed())
      left->begin(step, stage);
  }
  NVVM::CpAsyncCommitGroupOp::create(builder, loc);
}

SumShape BlockProduct::getSumShape() const {
  return {tile.warps(), tile.warpRows, tile.warpColumns, tile.shares};
}

int64_t BlockProduct::getSharedBytes() const {
  return std::max(tile.leftBytes() + tile.rightBytes(),
                  getSumShape().countBytes());
}

/// Sums pass through the memory of the stages.
void BlockProduct::run(Value result) {
  placeTile(kernel.getBlock());
  DeviceExprBuilder expr = kernel.getExpr();
  rowWarp = expr.moduloIndex(warpPlace.warp, tile.rowWarps());
  columnWarp =
      expr.moduloIndex(expr.divideIndex(warpPlace.warp, tile.rowWarps()),
                       tile.columns / tile.warpColumns);
  left.emplace(kernel, product, tile, place, leftMemory);
  right.emplace(kernel, product, tile, place, rightMemory);
  fillStages();
  SmallVector<Value> sums = multiplyAll();
  NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0);
  synchronize();
  SumExchange exchange(kernel, warpPlace, getSumShape(), product.getSumType());
  exchange.store(sums);
  storeSums(
      exchange, result, [this](DeviceExprBuilder &at, Value row, Value column) {
        Value first = at.scaleIndex(columnWarp, tile.warpColumns);
        return placeChunk(at, getRow(at, row), at.addIndex(first, column));
      });
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

namespace {
using CreateProduct = std::unique_ptr<ProductKernel>(DeviceKernel &,
                                                     const TensorProduct &,
                                                     const BlockTile &);
} // namespace

/// Makes a gpu.func for the tile in `module`.
static DeviceLaunch createDevice(func::FuncOp function, gpu::GPUModuleOp module,
                                 const TensorProduct &product,
                                 const BlockTile &tile,
                                 CreateProduct createProduct) {
  std::string name = (function.getSymName() + "_" + Twine(tile.rows) + "x" +
                      Twine(tile.columns))
                         .str();
  DeviceKernel kernel(function, module, name, tile.threads());
  std::unique_ptr<ProductKernel> body = createProduct(kernel, product, tile);
  body->run(function.front().getTerminator()->getOperand(0));
  DeviceLaunch launch = {kernel.finish(), tile.threads(), tile.rows,
                         body->countColumnTiles(), body->getSharedBytes()};
  launch.maps = llvm::to_vector(kernel.getMaps());
  return launch;
}

/// Each tile's blocks may be one at a time on a multiprocessor or, if these are
/// many, as many as it has room for: two ways to launch the same.
static SmallVector<DeviceLaunch>
createHopperDevices(func::FuncOp function, const TensorProduct &product,
                    nn::ScheduleAttr schedule) {
  gpu::GPUModuleOp module = createDeviceModule(function, /*isHopper=*/true);
  SmallVector<DeviceLaunch> launches;
  for (const HopperTile &tile : chooseHopperTiles(product, schedule)) {
    bool usesMaps = tile.turns > 0;
    DeviceLaunch launch =
        createDevice(function, module, product, tile,
                     usesMaps ? createTensorMapProduct : createWgmmaProduct);
    launch.isPersistent = usesMaps;
    for (int64_t atOnce : {int64_t(1), tile.mostAtOnce}) {
      TurnTime time = estimateTurn(product, tile, atOnce);
      launch.blocksAtOnce = atOnce;
      launch.startTime = time.start;
      launch.turnTime = time.turn;
      launches.push_back(launch);
      if (tile.mostAtOnce == 1)
        break;
    }
  }
  return launches;
}

LogicalResult convertProduct(func::FuncOp function, std::string &reason) {
  FailureOr<TensorProduct> product = matchTensorProduct(function, reason);
  if (failed(product))
    return failure();
  auto schedule = function->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  if (product->hasWeightRows())
    packWeightRows(*product);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const BlockTile &tile : chooseBlockTiles(*product, schedule))
    launches.push_back(
        createDevice(function, module, *product, tile, createMmaProduct));
  replaceKernel(function, product->countRows(), launches,
                createHopperDevices(function, *product, schedule));
  return success();
}

} // namespace vitrail
