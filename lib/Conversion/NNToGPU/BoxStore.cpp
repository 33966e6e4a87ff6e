//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Results in boxes.
//
//===----------------------------------------------------------------------===//

#include "BoxStore.h"
#include "StageBarriers.h"
#include "Warpgroup.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/Sequence.h"

namespace vitrail {

using namespace mlir;

/// Of a box.
static constexpr int64_t rowBytes = 128, boxBytes = BoxStore::rows * rowBytes;
static constexpr int64_t barrierBytes = 8;

static Value findResult(const TensorProduct &product) {
  nn::PackedLinearOp anchor = product.anchor;
  return anchor->getBlock()->getTerminator()->getOperand(0);
}

static int64_t countElementBytes(const TensorProduct &product) {
  return getElementBytes(getElementTypeOrSelf(findResult(product)));
}

int64_t BoxStore::countColumns(const TensorProduct &product) {
  return rowBytes / countElementBytes(product);
}

/// One is written while another leaves; reading takes longer.
int64_t BoxStore::getMostAtOnce(const TensorProduct &product) {
  return product.findAddends().empty() ? 2 : 4;
}

bool BoxStore::isOfUse(const TensorProduct &product) {
  nn::PackedLinearOp anchor = product.anchor;
  if (anchor->getBlock()->getTerminator()->getNumOperands() > 1)
    return false;
  Value result = findResult(product);
  SmallVector<unsigned> dims = mapResultDimensions(anchor.getResult(), result);
  bool isInOrder = llvm::equal(dims, llvm::seq<unsigned>(0, dims.size())) &&
                   shapeOf(result) == shapeOf(anchor.getResult());
  SmallVector<BlockArgument> addends = product.findAddends();
  bool canAdd = llvm::all_of(addends, [&](BlockArgument addend) {
    return getElementTypeOrSelf(addend).isF32() &&
           getElementTypeOrSelf(result).isF32() && isFollowedByElements(addend);
  });
  return isInOrder && canAdd && addends.size() <= 1 &&
         product.n % chunkSize == 0;
}

int64_t BoxStore::countBytes(const BoxShape &shape) {
  return shape.warps * shape.atOnce * (boxBytes + barrierBytes);
}

BoxStore::BoxStore(DeviceKernel &kernel, const TensorProduct &product,
                   const WarpPlace &place, BoxShape shape, int64_t offset)
    : kernel(kernel), product(product), place(place), shape(shape),
      builder(kernel.getBuilder()), loc(kernel.getLoc()),
      result(findResult(product)) {
  nn::PackedLinearOp anchor = product.anchor;
  resultMap = addMap(anchor->getBlock()->getNumArguments());
  int64_t boxes = shape.warps * shape.atOnce;
  memory = kernel.getShared({boxes, rows, countColumns(product)},
                            getElementTypeOrSelf(result), offset);
  computeFromSums();
  if (product.findAddends().empty())
    return;
  addend = product.findAddends().front();
  addendMap = addMap(addend.getArgNumber());
  barriers = kernel.getShared({boxes}, builder.getI64Type(),
                              offset + boxes * boxBytes);
  kernel.elements.setComputed(
      addend, [this](ExprBuilder &, ArrayRef<Value>) { return added; });
}

Value BoxStore::addMap(unsigned operand) {
  return kernel.addMap({operand,
                        {product.countRows(), {product.n, false}},
                        {rows, countColumns(product)}});
}

/// The product's element is a sum, and bias.
void BoxStore::computeFromSums() {
  nn::PackedLinearOp anchor = product.anchor;
  Value operand = anchor.getBias();
  kernel.elements.setComputed(anchor.getResult(), [this, operand](
                                                      ExprBuilder &at,
                                                      ArrayRef<Value> indices) {
    if (!operand)
      return sum;
    Value column = indices.back();
    return at.add(sum, bias ? bias
                            : this->kernel.elements.get(at, operand, {column}));
  });
}

void BoxStore::runOnce(function_ref<void()> body) {
  auto guard =
      scf::IfOp::create(builder, loc, kernel.getExpr().below(place.lane, 1));
  OpBuilder::InsertionGuard inside(builder);
  builder.setInsertionPointToStart(guard.thenBlock());
  body();
}

void BoxStore::synchronize() {
  NVVM::SyncWarpOp::create(
      builder, loc,
      arith::ConstantIntOp::create(builder, loc, /*all threads*/ -1, 32));
}

//===----------------------------------------------------------------------===//
// Boxes in shared memory
//===----------------------------------------------------------------------===//

Value BoxStore::getMemory(int64_t box, Value bytes) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.scaleIndex(place.warp, shape.atOnce * boxBytes);
  Value offset = expr.index(box % shape.atOnce * boxBytes);
  return getSharedAddress(kernel, memory,
                          expr.addIndex(expr.addIndex(first, offset), bytes));
}

/// In bytes, from the beginning of a box.
Value BoxStore::findChunk(Value row, Value chunk) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value element = swizzle(expr, row, chunk, cast<MemRefType>(memory.getType()));
  return expr.addIndex(expr.scaleIndex(row, rowBytes),
                       expr.scaleIndex(element, countElementBytes(product)));
}

Value BoxStore::getBarrier(int64_t box) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value number = expr.addIndex(expr.scaleIndex(place.warp, shape.atOnce),
                               expr.index(box % shape.atOnce));
  return getSharedAddress(kernel, barriers,
                          expr.scaleIndex(number, barrierBytes));
}

void BoxStore::createBarriers() {
  if (!hasAddend())
    return;
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t i = 0; i < shape.warps * shape.atOnce; ++i)
    NVVM::MBarrierInitOp::create(
        builder, loc,
        getSharedAddress(kernel, barriers, expr.index(i * barrierBytes)),
        expr.index(1), Value());
}

/// The thread that began them waits, until at most so many are read.
void BoxStore::waitForStores(int64_t running) {
  NVVM::CpAsyncBulkWaitGroupOp::create(builder, loc, int32_t(running),
                                       /*read=*/builder.getUnitAttr());
}

void BoxStore::beginRead(int64_t box, const BlockPlace &at) {
  Value barrier = getBarrier(box);
  NVVM::MBarrierArriveExpectTxOp::create(
      builder, loc, Type(), barrier, kernel.getExpr().index(boxBytes),
      NVVM::MemScopeKind::CTA, /*relaxed=*/false, /*predicate=*/Value());
  auto space = unsigned(NVVM::NVVMMemorySpace::SharedCluster);
  Value to = LLVM::AddrSpaceCastOp::create(
      builder, loc, LLVM::LLVMPointerType::get(builder.getContext(), space),
      getMemory(box, kernel.getExpr().index(0)));
  NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
      builder, loc, to, addendMap, ValueRange{at.firstColumn, at.firstRow},
      barrier,
      /*im2colOffsets=*/ValueRange(), /*multicastMask=*/Value(),
      /*l2CacheHint=*/Value(), NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false,
      /*group=*/NVVM::CTAGroupKindAttr(), /*predicate=*/Value());
}

/// Its memory was read as often before in each of the tiles before.
void BoxStore::waitForRead(int64_t box) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value round =
      expr.addIndex(expr.scaleIndex(tile, shape.ofTile / shape.atOnce),
                    expr.index(box / shape.atOnce));
  constexpr int64_t nanoseconds = 10'000'000; // before it asks again
  NVVM::MBarrierTryWaitParityOp::create(
      builder, loc, getBarrier(box),
      arith::AndIOp::create(builder, loc, round, expr.index(1)),
      expr.index(nanoseconds));
}

void BoxStore::beginStore(int64_t box, const BlockPlace &at) {
  NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
      builder, loc, resultMap, getMemory(box, kernel.getExpr().index(0)),
      ValueRange{at.firstColumn, at.firstRow}, /*l2CacheHint=*/Value(),
      NVVM::TMAStoreMode::TILE, /*predicate=*/Value());
  NVVM::CpAsyncBulkCommitGroupOp::create(builder, loc);
}

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

/// Beyond the last, others that there are.
Value BoxStore::findColumn(Value column) {
  DeviceExprBuilder expr = kernel.getExpr();
  return expr.minIndex(expr.addIndex(column, place.getColumn(expr)),
                       expr.index(product.n - 2));
}

void BoxStore::readBias(const BlockPlace &at) {
  nn::PackedLinearOp anchor = product.anchor;
  for (int64_t first = 0; first < countColumns(product); first += mmaColumns) {
    DeviceExprBuilder expr = kernel.getExpr();
    Value column = findColumn(expr.addIndex(at.firstColumn, expr.index(first)));
    for (int64_t i : {0, 1}) {
      DeviceExprBuilder atElement = kernel.getExpr();
      biases.push_back(kernel.elements.get(atElement, anchor.getBias(),
                                           {findNeighbour(kernel, column, i)}));
    }
  }
}

/// The indices of a thread's two rows, and room for a column; beyond the last,
/// of others that there are.
std::array<Indices, 2> BoxStore::findRows(const BlockPlace &at) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.addIndex(at.firstRow, place.getRow(expr));
  Value last = expr.subIndex(at.rowCount, expr.index(1));
  std::array<Indices, 2> rowsOfHalves;
  for (int64_t half : {0, 1}) {
    Value row = expr.minIndex(expr.addIndex(first, expr.index(8 * half)), last);
    rowsOfHalves[half] = unflattenRow(expr, product, row);
    rowsOfHalves[half].emplace_back();
  }
  return rowsOfHalves;
}

Value BoxStore::compute(Value fragment, int64_t half, Indices indices,
                        Value column, ArrayRef<Value> biasPair) {
  Value addends = added;
  SmallVector<Value> elements;
  for (int64_t i : {0, 1}) {
    sum = vector::ExtractOp::create(builder, loc, fragment,
                                    ArrayRef<int64_t>{half, i});
    bias = biasPair.empty() ? Value() : biasPair[i];
    if (addends)
      added = vector::ExtractOp::create(builder, loc, addends, i);
    indices.back() = findNeighbour(kernel, column, i);
    DeviceExprBuilder atElement = kernel.getExpr();
    elements.push_back(kernel.elements.get(atElement, result, indices));
  }
  auto type = VectorType::get({2}, getElementTypeOrSelf(result));
  return vector::FromElementsOp::create(builder, loc, type, elements);
}

/// Of four neighbouring elements, which 16 bytes have, two threads have two
/// each.
Value BoxStore::findPair(int64_t box, int64_t fragment, int64_t half) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value row = expr.addIndex(place.getRow(expr), expr.index(8 * half));
  Value column = place.getColumn(expr);
  Value chunk =
      expr.addIndex(expr.divideIndex(column, 4), expr.index(2 * fragment));
  return getMemory(
      box, expr.addIndex(findChunk(row, chunk),
                         expr.scaleIndex(expr.moduloIndex(column, 4), 4)));
}

/// Four matrices of 8 x 8 elements of two bytes, the pairs of two fragments:
/// each eight threads say where the rows of one go.
void BoxStore::writeMatrices(int64_t box, int64_t fragment,
                             ArrayRef<Value> pairs) {
  DeviceExprBuilder expr = kernel.getExpr();
  constexpr int64_t size = 8;
  Value matrix = expr.divideIndex(place.lane, size);
  Value row = expr.addIndex(expr.moduloIndex(place.lane, size),
                            expr.scaleIndex(expr.moduloIndex(matrix, 2), size));
  Value chunk =
      expr.addIndex(expr.divideIndex(matrix, 2), expr.index(fragment));
  Value to = getMemory(box, findChunk(row, chunk));
  SmallVector<Value> matrices;
  for (Value pair : pairs)
    matrices.push_back(
        LLVM::BitcastOp::create(builder, loc, builder.getI32Type(), pair));
  auto shape = NVVM::LdStMatrixShapeAttr::get(builder.getContext(), 8, 8);
  NVVM::StMatrixOp::create(builder, loc, to, matrices, NVVM::MMALayout::row,
                           shape, NVVM::LdStMatrixEltType::B16);
}

void BoxStore::write(int64_t box, ArrayRef<Value> fragments,
                     const BlockPlace &at) {
  std::array<Indices, 2> rowsOfHalves = findRows(at);
  SmallVector<Value> pairs;
  for (auto [i, fragment] : llvm::enumerate(fragments)) {
    DeviceExprBuilder expr = kernel.getExpr();
    Value column = findColumn(
        expr.addIndex(at.firstColumn, expr.index(int64_t(i) * mmaColumns)));
    ArrayRef<Value> biasPair = biases;
    if (!biases.empty())
      biasPair = biasPair.slice(2 * (box * fragments.size() + i), 2);
    for (int64_t half : {0, 1}) {
      bool isWide = countElementBytes(product) == 4;
      Value to = isWide ? findPair(box, int64_t(i), half) : Value();
      if (hasAddend())
        added = LLVM::LoadOp::create(
            builder, loc, VectorType::get({2}, builder.getF32Type()), to);
      Value pair =
          compute(fragment, half, rowsOfHalves[half], column, biasPair);
      if (isWide)
        LLVM::StoreOp::create(builder, loc, pair, to);
      else
        pairs.push_back(pair);
    }
    if (pairs.size() == 4) {
      writeMatrices(box, int64_t(i) - 1, pairs);
      pairs.clear();
    }
  }
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void BoxStore::begin(Value number, GetPlace getPlace) {
  tile = number;
  biases.clear();
  if (hasAddend())
    runOnce([&] {
      waitForStores(0);
      for (int64_t box = 0; box < shape.atOnce; ++box)
        beginRead(box, getPlace(box));
    });
  nn::PackedLinearOp anchor = product.anchor;
  if (anchor.getBias() && shape.readsBiasAhead)
    for (int64_t box = 0; box < shape.ofTile; ++box)
      readBias(getPlace(box));
}

/// Where something is added, a box may be read to again once it has left, while
/// the next is computed, if there are several.
void BoxStore::store(GetFragments getFragments, GetPlace getPlace) {
  int64_t later = std::min<int64_t>(shape.atOnce - 1, 1);
  for (int64_t box = 0; box < shape.ofTile; ++box) {
    BlockPlace at = getPlace(box);
    if (hasAddend())
      waitForRead(box);
    else
      runOnce([&] { waitForStores(shape.atOnce - 1); });
    synchronize();
    write(box, getFragments(box), at);
    Warpgroup::fence(kernel);
    synchronize();
    runOnce([&] {
      beginStore(box, at);
      int64_t next = box - later + shape.atOnce;
      if (hasAddend() && box >= later && next < shape.ofTile) {
        waitForStores(later);
        beginRead(next, getPlace(next));
      }
    });
  }
}

void BoxStore::finish() {
  runOnce([&] { waitForStores(0); });
}

} // namespace vitrail
