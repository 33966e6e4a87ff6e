//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a product on tensor cores (mma.sync, compute capability 8.0 and
// later). Asynchronous copies fill stages ahead; warps read fragments of a
// stage one step ahead of their products; sums pass through shared memory to
// threads that compute and store whole chunks of rows.
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"
#include "OperandTiles.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

namespace {

/// What a warp multiplies in one step.
struct Fragments {
  SmallVector<Value> left, right;

  SmallVector<Value> all() const {
    SmallVector<Value> values(left);
    llvm::append_range(values, right);
    return values;
  }
};

class ProductKernel {
public:
  ProductKernel(DeviceKernel &kernel, const TensorProduct &product,
                const BlockTile &tile);

  void run(Value result);
  int64_t getSharedBytes() const {
    return std::max(
        tile.leftBytes() + tile.rightBytes(),
        SumExchange::countBytes(tile.warps(), tile.warpRows, tile.warpColumns));
  }
  int64_t countColumnTiles() const {
    return llvm::divideCeil(product.n, tile.columns);
  }

private:
  int64_t countSteps() const { return llvm::divideCeil(product.k, tile.depth); }
  int64_t countRowFragments() const { return tile.warpRows / mmaRows; }
  int64_t countColumnFragments() const { return tile.warpColumns / mmaColumns; }

  void placeBlock();
  void fillStages();
  void waitForStage();
  void synchronize();
  Value nextStage(Value stage);
  Fragments readFragments(Value stage, int64_t step);
  SmallVector<Value> multiply(const Fragments &fragments, ValueRange sums);
  SmallVector<Value> multiplyAll();
  SmallVector<Value> multiplyStage(ValueRange arguments, Value step);
  void copyAhead(Value step, Value stage, SmallVectorImpl<Value> &computed);
  void storeSums(ValueRange sums, Value result);
  ChunkPlace placeChunk(DeviceExprBuilder &expr, Value localRow,
                        Value localColumn);

  DeviceKernel &kernel;
  const TensorProduct &product;
  const BlockTile &tile;
  OpBuilder &builder;
  Location loc;
  BlockPlace place;
  WarpPlace warpPlace;
  Value rowWarp, columnWarp;
  Value leftMemory, rightMemory;
  std::optional<LeftTile> left;
  std::optional<RightTile> right;
};

} // namespace

ProductKernel::ProductKernel(DeviceKernel &kernel, const TensorProduct &product,
                             const BlockTile &tile)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()), warpPlace(kernel) {
  leftMemory = kernel.getShared({tile.stages, tile.rows, tile.depth},
                                product.element, 0);
  rightMemory = kernel.getShared({tile.stages, tile.depth, tile.columns},
                                 product.element, tile.leftBytes());
}

void ProductKernel::run(Value result) {
  placeBlock();
  left.emplace(kernel, product, tile, place, leftMemory);
  right.emplace(kernel, product, tile, place, rightMemory);
  fillStages();
  storeSums(multiplyAll(), result);
}

/// Blocks of the same rows are neighbours, and share them in the cache.
void ProductKernel::placeBlock() {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t columnTiles = countColumnTiles();
  Value block = kernel.getBlock();
  place.firstColumn =
      expr.scaleIndex(expr.moduloIndex(block, columnTiles), tile.columns);
  place.firstRow =
      expr.scaleIndex(expr.divideIndex(block, columnTiles), tile.rows);
  nn::Extent rows = product.countRows();
  place.rowCount = rows.timesBatch
                       ? expr.scaleIndex(kernel.getBatch(), rows.size)
                       : expr.index(rows.size);
  rowWarp = expr.moduloIndex(warpPlace.warp, tile.rowWarps());
  columnWarp = expr.divideIndex(warpPlace.warp, tile.rowWarps());
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

/// All but one; groups of copies are as many as stages, whether they copy
/// anything or not, so that it is always known how many to wait for.
void ProductKernel::fillStages() {
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

/// The oldest stage that was not waited for is there, and all warps are done
/// with the one before it.
void ProductKernel::waitForStage() {
  NVVM::CpAsyncWaitGroupOp::create(builder, loc, int32_t(tile.stages - 2));
  synchronize();
}

void ProductKernel::synchronize() { gpu::BarrierOp::create(builder, loc); }

Value ProductKernel::nextStage(Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value next = expr.addIndex(stage, expr.index(1));
  return expr.select(expr.below(next, tile.stages), next, expr.index(0));
}

/// Begins to copy the part of k number `step`, if there is one.
void ProductKernel::copyAhead(Value step, Value stage,
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

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Of a stage's step.
Fragments ProductKernel::readFragments(Value stage, int64_t step) {
  DeviceExprBuilder expr = kernel.getExpr();
  FragmentReader leftReader(kernel, warpPlace, leftMemory);
  FragmentReader rightReader(kernel, warpPlace, rightMemory);
  Fragments fragments;
  Value row = expr.scaleIndex(rowWarp, tile.warpRows);
  for (int64_t i = 0; i < countRowFragments(); ++i)
    fragments.left.push_back(
        leftReader.readLeft(stage, expr.addIndex(row, expr.index(i * mmaRows)),
                            step * mmaDepth / chunkSize));
  Value chunk = expr.scaleIndex(columnWarp, tile.warpColumns / chunkSize);
  for (int64_t j = 0; j < countColumnFragments(); j += 2)
    llvm::append_range(
        fragments.right,
        rightReader.readColumns(stage, step * mmaDepth,
                                expr.addIndex(chunk, expr.index(j))));
  return fragments;
}

/// Back and forth through the columns, so that a fragment is used twice in a
/// row.
SmallVector<Value> ProductKernel::multiply(const Fragments &fragments,
                                           ValueRange sums) {
  SmallVector<Value> results(sums);
  int64_t columns = countColumnFragments();
  for (auto [i, row] : llvm::enumerate(fragments.left))
    for (int64_t step = 0; step < columns; ++step) {
      int64_t j = i % 2 == 0 ? step : columns - 1 - step;
      Value &result = results[i * columns + j];
      result = multiplyFragments(kernel, row, fragments.right[j], result);
    }
  return results;
}

/// The body of the loop over stages: arguments are sums, the fragments of its
/// first step, the stage to read and the one to write.
SmallVector<Value> ProductKernel::multiplyStage(ValueRange arguments,
                                                Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t numSums = countRowFragments() * countColumnFragments();
  SmallVector<Value> sums(arguments.take_front(numSums));
  Fragments fragments;
  ValueRange rest = arguments.drop_front(numSums).drop_back(2);
  fragments.left.assign(rest.begin(), rest.begin() + countRowFragments());
  fragments.right.assign(rest.begin() + countRowFragments(), rest.end());
  Value readStage = arguments[arguments.size() - 2];
  Value writeStage = arguments.back();
  SmallVector<Value> computed;
  int64_t steps = tile.depth / mmaDepth;
  for (int64_t i = 0; i < steps; ++i) {
    bool isLast = i + 1 == steps;
    if (isLast) {
      left->end(computed, writeStage);
      waitForStage();
      readStage = nextStage(readStage);
    }
    Fragments next = readFragments(readStage, (i + 1) % steps);
    if (i == 0)
      copyAhead(expr.addIndex(step, expr.index(tile.stages - 1)), writeStage,
                computed);
    sums = multiply(fragments, sums);
    fragments = std::move(next);
  }
  SmallVector<Value> results(sums);
  llvm::append_range(results, fragments.all());
  llvm::append_range(results, ValueRange{readStage, nextStage(writeStage)});
  return results;
}

/// Returns the sums: of each fragment, [16, 8].
SmallVector<Value> ProductKernel::multiplyAll() {
  DeviceExprBuilder expr = kernel.getExpr();
  waitForStage();
  int64_t numSums = countRowFragments() * countColumnFragments();
  SmallVector<Value> initial(numSums, getZeroSums(kernel));
  llvm::append_range(initial, readFragments(expr.index(0), 0).all());
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
  return llvm::to_vector_of<Value>(loop.getResults().take_front(numSums));
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Sums pass through the memory of the stages.
void ProductKernel::storeSums(ValueRange sums, Value result) {
  NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0);
  synchronize();
  SumExchange exchange(kernel, warpPlace, tile.warps(), tile.warpRows,
                       tile.warpColumns, /*offset=*/0);
  exchange.store(sums);
  nn::PackedLinearOp anchor = product.anchor;
  ResultStore store(
      kernel, exchange, warpPlace, anchor.getResult(), result, product.n,
      [this](DeviceExprBuilder &expr, Value localRow, Value localColumn) {
        return placeChunk(expr, localRow, localColumn);
      });
  Value bias = anchor.getBias();
  store.run([this, bias](ExprBuilder &expr, Value sum, Value column) {
    return bias ? expr.add(sum, kernel.elements.get(expr, bias, {column}))
                : sum;
  });
}

ChunkPlace ProductKernel::placeChunk(DeviceExprBuilder &expr, Value localRow,
                                     Value localColumn) {
  Value row = expr.addIndex(
      expr.addIndex(place.firstRow, expr.scaleIndex(rowWarp, tile.warpRows)),
      localRow);
  Value column = expr.addIndex(
      expr.addIndex(place.firstColumn,
                    expr.scaleIndex(columnWarp, tile.warpColumns)),
      localColumn);
  Value last = expr.subIndex(place.rowCount, expr.index(1));
  Indices indices = left->unflattenRow(expr, expr.minIndex(row, last));
  indices.push_back(column);
  return {indices, expr.belowIndex(row, place.rowCount)};
}

LogicalResult convertProduct(func::FuncOp function, std::string &reason) {
  FailureOr<TensorProduct> product = matchTensorProduct(function, reason);
  if (failed(product))
    return failure();
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const BlockTile &tile : chooseBlockTiles(*product)) {
    std::string name = (function.getSymName() + "_" + Twine(tile.rows) + "x" +
                        Twine(tile.columns))
                           .str();
    DeviceKernel kernel(function, module, name, tile.threads());
    ProductKernel body(kernel, *product, tile);
    body.run(result);
    launches.push_back({kernel.finish(), tile.threads(), tile.rows,
                        body.countColumnTiles(), body.getSharedBytes()});
  }
  replaceKernel(function, product->countRows(), launches);
  return success();
}

} // namespace vitrail
