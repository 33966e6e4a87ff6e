//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a product of short rows on tensor cores (mma.sync). A warp
// reads rows as chunks, four threads a row, normalises them where they are, and
// multiplies them as fragments of the left-hand side: which 16 k a step has is
// free, so that they are those of the threads' chunks. Fragments of the weight
// come from memory as they are. Four fragments of sums are chunks of columns
// again, which are stored like those of any rows, or multiplied once more.
//
//===----------------------------------------------------------------------===//

#include "ShortProductKernel.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cmath>

namespace vitrail {

using namespace mlir;

/// Blocks of the same rows are neighbours.
ShortProductKernel::ShortProductKernel(DeviceKernel &kernel,
                                       const ShortProduct &product,
                                       const ShortTile &tile)
    : kernel(kernel), product(product), tile(tile),
      builder(kernel.getBuilder()), loc(kernel.getLoc()) {
  DeviceExprBuilder expr = kernel.getExpr();
  lane = expr.moduloIndex(kernel.getThread(), warpSize);
  columnTile = expr.moduloIndex(kernel.getBlock(), countColumnTiles());
  thread = kernel.getThread();
  share = expr.index(0);
  if (tile.threads() > tile.groups.threads) {
    thread = expr.moduloIndex(kernel.getThread(), tile.groups.threads);
    share = expr.divideIndex(kernel.getThread(), tile.groups.threads);
  }
}

void ShortProductKernel::run(Value result) {
  computeRows(
      kernel.getExpr().divideIndex(kernel.getBlock(), countColumnTiles()),
      result);
}

void ShortProductKernel::computeRows(Value rowBlock, Value result) {
  rows.emplace(kernel, product.rows, tile.groups, rowBlock, thread);
  if (product.patches)
    readPatches();
  else
    readRows();
  roundRows();
  for (int64_t i = 0; i < 2 * product.weights.front().depthGroups(); ++i)
    left.push_back(makeLeft(parts, i));
  for (nn::PackedLinearOp anchor : product.anchors)
    addBias(anchor);
  multiplyAll(result);
}

void ShortProductKernel::multiplyAll(Value result) {
  if (product.isChain())
    storeChain(result);
  else if (product.resultNorm)
    storeNormed(result);
  else
    storeColumns(result);
}

void ShortProductKernel::addBias(nn::PackedLinearOp anchor) {
  rows->setAnchor(
      anchor.getResult(), [this, bias = anchor.getBias()](
                              ExprBuilder &expr, Value sum, Value column) {
        return bias ? expr.add(sum, kernel.elements.get(expr, bias, {column}))
                    : sum;
      });
}

//===----------------------------------------------------------------------===//
// The left-hand side
//===----------------------------------------------------------------------===//

void ShortProductKernel::readRows() {
  DeviceExprBuilder expr = kernel.getExpr();
  Type type = product.norm ? builder.getF32Type() : product.element;
  const ShortWeight &weight = product.weights.front();
  parts = rows->place();
  for (RowPart &part : parts)
    for (int64_t i = 0; i < weight.depthGroups(); ++i) {
      RowChunk chunk = rows->placeChunk(expr.index(i), weight.k / chunkSize);
      rows->read(part, chunk, product.input(), product.stored, type);
      part.chunks.push_back(std::move(chunk));
    }
}

/// Elements of the left-hand side, as they are multiplied.
void ShortProductKernel::readPatches() {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.front();
  parts = rows->place();
  for (RowPart &part : parts)
    for (int64_t i = 0; i < weight.depthGroups(); ++i) {
      RowChunk chunk = rows->placeChunk(expr.index(i), weight.k / chunkSize);
      chunk.values = readPatch(kernel, *product.patches, part.indices,
                               chunk.column, product.element);
      part.chunks.push_back(std::move(chunk));
    }
}

/// What is normalised becomes elements of the left-hand side. Where a thread
/// has no chunk the weight is 0, and the chunk some other of the row.
void ShortProductKernel::roundRows() {
  nn::LayerNormOp norm = product.norm;
  if (!norm)
    return;
  for (RowPart &part : parts)
    rows->normalize(part, norm, product.weights.front().k);
  rows->setAnchor(norm.getResult(),
                  [this, norm](ExprBuilder &expr, Value value, Value column) {
                    return scaleNormalized(kernel, norm, expr, value, column);
                  });
  for (RowPart &part : parts)
    for (RowChunk &chunk : part.chunks)
      chunk.values =
          rows->finish(part, chunk, norm.getResult(), product.lhs()).values;
}

/// Steps 2 i and 2 i + 1 have the halves of the threads' chunks number i.
ShortProductKernel::Step
ShortProductKernel::makeLeft(ArrayRef<RowPart> rowParts, int64_t step) {
  Step fragments;
  for (size_t first = 0; first < rowParts.size(); first += 2) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (const RowPart &part : rowParts.slice(first, 2))
        for (int64_t pair : {0, 1})
          elements.push_back(
              part.chunks[step / 2].values[4 * (step % 2) + 2 * half + pair]);
    fragments.push_back(vector::FromElementsOp::create(
        builder, loc, VectorType::get({4, 2}, product.element), elements));
  }
  return fragments;
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The fragments of a step for the four times 8 columns of a group.
std::array<Value, 4> ShortProductKernel::readRight(const ShortWeight &weight,
                                                   Value columnGroup,
                                                   Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value memory = kernel.getMemoryOf(weight.panels);
  auto pairs = VectorType::get({4, 2}, product.element);
  auto fragment = VectorType::get({2, 2}, product.element);
  std::array<Value, 4> fragments;
  for (int64_t half : {0, 1}) {
    Value loaded = vector::LoadOp::create(
        builder, loc, VectorType::get({chunkSize}, product.element), memory,
        expr.toMemory(
            {columnGroup, step, expr.index(half), lane, expr.index(0)}),
        /*nontemporal=*/false, builder.getI64IntegerAttr(16));
    Value both = vector::ShapeCastOp::create(builder, loc, pairs, loaded);
    for (int64_t i : {0, 1})
      fragments[2 * half + i] = vector::ExtractStridedSliceOp::create(
          builder, loc, fragment, both, builder.getI64ArrayAttr({2 * i}),
          builder.getI64ArrayAttr({2}), builder.getI64ArrayAttr({1}));
  }
  return fragments;
}

/// Adds to the sums of four fragments of columns for each of rows.
void ShortProductKernel::multiply(const Step &left, ArrayRef<Value> right,
                                  MutableArrayRef<Value> sums) {
  for (auto [i, fragment] : llvm::enumerate(left))
    for (size_t j = 0; j < right.size(); ++j) {
      Value &sum = sums[right.size() * i + j];
      sum = multiplyFragments(kernel, fragment, right[j], sum);
    }
}

/// The first product, of a group of columns.
SmallVector<Value> ShortProductKernel::multiplyRows(Value columnGroup) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> sums(4 * tile.rowFragments(), getZeroSums(kernel));
  for (auto [step, fragments] : llvm::enumerate(left))
    multiply(fragments,
             readRight(product.weights.front(), columnGroup, expr.index(step)),
             sums);
  return sums;
}

/// Sums of a group of columns as chunks of rows: fragment j has the elements 2
/// j and 2 j + 1 of the threads' chunks.
SmallVector<RowPart> ShortProductKernel::makeChunks(ArrayRef<Value> sums,
                                                    Value columnGroup,
                                                    int64_t columns) {
  SmallVector<RowPart> sumParts;
  for (auto [i, part] : llvm::enumerate(parts)) {
    RowChunk chunk = rows->placeChunk(columnGroup, columns / chunkSize);
    for (int64_t j = 0; j < 4; ++j)
      for (int64_t pair : {0, 1})
        chunk.values.push_back(
            vector::ExtractOp::create(builder, loc, sums[4 * (i / 2) + j],
                                      ArrayRef<int64_t>{int64_t(i) % 2, pair}));
    sumParts.push_back({part.indices, part.isThere, {std::move(chunk)}});
  }
  return sumParts;
}

/// Stores what is computed of the last product's sums.
void ShortProductKernel::store(ArrayRef<Value> sums, Value columnGroup,
                               int64_t columns, Value result) {
  Value anchor = product.anchors.back()->getResult(0);
  SmallVector<RowParts::Finished> finished;
  for (const RowPart &part : makeChunks(sums, columnGroup, columns))
    finished.push_back(rows->finish(part, part.chunks.front(), anchor, result));
  for (const RowParts::Finished &chunk : finished)
    rows->store(chunk);
}

/// One product: each group of columns is stored by itself.
void ShortProductKernel::storeColumns(Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.front();
  Value first = expr.scaleIndex(columnTile, tile.columnGroups);
  Value end = expr.addIndex(first, expr.index(tile.columnGroups));
  end = expr.minIndex(end, expr.index(weight.columnGroups()));
  auto loop = scf::ForOp::create(builder, loc, first, end, expr.index(1));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  Value columnGroup = loop.getInductionVar();
  store(multiplyRows(columnGroup), columnGroup, weight.n, result);
}

/// One product of which a thread has all columns at a time: its rows are
/// normalised where they are.
void ShortProductKernel::storeNormed(Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::LayerNormOp norm = product.resultNorm;
  Value anchor = product.anchors.front()->getResult(0);
  const ShortWeight &weight = product.weights.front();
  SmallVector<RowPart> sumParts;
  for (const RowPart &part : parts)
    sumParts.push_back({part.indices, part.isThere, {}});
  for (int64_t i = 0; i < weight.columnGroups(); ++i)
    for (auto [whole, part] :
         llvm::zip(sumParts, makeChunks(multiplyRows(expr.index(i)),
                                        expr.index(i), weight.n))) {
      RowChunk &chunk = part.chunks.front();
      chunk.values = rows->finish(part, chunk, anchor, norm.getInput()).values;
      for (Value &value : chunk.values)
        value = expr.cast(value, builder.getF32Type());
      whole.chunks.push_back(std::move(chunk));
    }
  for (RowPart &part : sumParts)
    rows->normalize(part, norm, weight.n);
  rows->setAnchor(norm.getResult(),
                  [this, norm](ExprBuilder &at, Value value, Value column) {
                    return scaleNormalized(kernel, norm, at, value, column);
                  });
  SmallVector<RowParts::Finished> finished;
  for (const RowPart &part : sumParts)
    for (const RowChunk &chunk : part.chunks)
      finished.push_back(rows->finish(part, chunk, norm.getResult(), result));
  for (const RowParts::Finished &chunk : finished)
    rows->store(chunk);
}

//===----------------------------------------------------------------------===//
// Two products
//===----------------------------------------------------------------------===//

/// What the second product reads of a group of columns of the first.
SmallVector<RowPart> ShortProductKernel::makeHidden(ArrayRef<Value> sums,
                                                    Value columnGroup) {
  Value anchor = product.anchors.front()->getResult(0);
  SmallVector<RowPart> hidden =
      makeChunks(sums, columnGroup, product.weights.front().n);
  for (RowPart &part : hidden) {
    RowChunk &chunk = part.chunks.front();
    chunk.values =
        rows->finish(part, chunk, anchor, product.anchors.back()->getOperand(0))
            .values;
  }
  return hidden;
}

/// A group of columns of the first product is a group of k of the second.
void ShortProductKernel::multiplyAgain(Value columnGroup,
                                       MutableArrayRef<Value> sums) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.back();
  SmallVector<RowPart> hidden =
      makeHidden(multiplyRows(columnGroup), columnGroup);
  for (int64_t half : {0, 1}) {
    Step fragments = makeLeft(hidden, half);
    Value step =
        expr.addIndex(expr.scaleIndex(columnGroup, 2), expr.index(half));
    for (int64_t i = 0; i < weight.columnGroups(); ++i)
      multiply(
          fragments, readRight(weight, expr.index(i), step),
          sums.slice(4 * tile.rowFragments() * i, 4 * tile.rowFragments()));
  }
}

/// Fragments of the second product's sums that a thread has.
int64_t ShortProductKernel::countSums() const {
  return 4 * tile.rowFragments() * product.weights.back().columnGroups();
}

int64_t ShortProductKernel::getSharedBytes() const {
  constexpr int64_t fragmentBytes = 16; // of a thread
  return tile.shares > 1 ? tile.threads() * countSums() * fragmentBytes : 0;
}

void ShortProductKernel::storeChain(Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.back();
  SmallVector<Value> sums(countSums(), getZeroSums(kernel));
  auto loop = scf::ForOp::create(
      builder, loc, share, expr.index(product.weights.front().columnGroups()),
      expr.index(tile.shares), sums);
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    sums.assign(loop.getRegionIterArgs().begin(),
                loop.getRegionIterArgs().end());
    multiplyAgain(loop.getInductionVar(), sums);
    scf::YieldOp::create(builder, loc, sums);
  }
  sums.assign(loop.getResults().begin(), loop.getResults().end());
  if (tile.shares > 1)
    return storeShares(sums, result);
  int64_t sumsOfGroup = 4 * tile.rowFragments();
  for (int64_t i = 0; i < weight.columnGroups(); ++i)
    store(ArrayRef(sums).slice(sumsOfGroup * i, sumsOfGroup), expr.index(i),
          weight.n, result);
}

/// Shares pass their sums through shared memory, and take the groups of columns
/// in turns. A thread's fragments lie as it has them.
void ShortProductKernel::storeShares(ArrayRef<Value> sums, Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.back();
  auto flat = VectorType::get({4}, builder.getF32Type());
  Value memory =
      kernel.getShared({tile.shares * countSums(), tile.groups.threads, 4},
                       builder.getF32Type(), 0);
  Value first = expr.scaleIndex(share, countSums());
  for (auto [i, sum] : llvm::enumerate(sums))
    for (int64_t half : {0, 1})
      vector::StoreOp::create(
          builder, loc,
          vector::ExtractOp::create(builder, loc, sum, ArrayRef<int64_t>{half}),
          memory,
          expr.toMemory({expr.addIndex(first, expr.index(i)), thread,
                         expr.index(2 * half)}),
          /*nontemporal=*/false, builder.getI64IntegerAttr(8));
  gpu::BarrierOp::create(builder, loc);

  auto loop =
      scf::ForOp::create(builder, loc, share, expr.index(weight.columnGroups()),
                         expr.index(tile.shares));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  DeviceExprBuilder at = kernel.getExpr();
  int64_t sumsOfGroup = 4 * tile.rowFragments();
  Value ofGroup = at.scaleIndex(loop.getInductionVar(), sumsOfGroup);
  SmallVector<Value> all;
  for (int64_t i = 0; i < sumsOfGroup; ++i) {
    Value sum;
    for (int64_t from = 0; from < tile.shares; ++from) {
      Value number = at.addIndex(ofGroup, at.index(from * countSums() + i));
      Value part = vector::LoadOp::create(
          builder, loc, flat, memory,
          at.toMemory({number, thread, at.index(0)}), /*nontemporal=*/false,
          builder.getI64IntegerAttr(16));
      sum = sum ? arith::AddFOp::create(builder, loc, sum, part).getResult()
                : part;
    }
    all.push_back(vector::ShapeCastOp::create(
        builder, loc, VectorType::get({2, 2}, builder.getF32Type()), sum));
  }
  store(all, loop.getInductionVar(), weight.n, result);
}

/// Two fragments of rows halve what is read of the weight, where registers hold
/// the sums of both, and rows of stored elements. Where they hold all sums to
/// normalise them, small blocks fill them best. Few rows are spread over more
/// blocks, which have parts of the columns, or, if there is a second product,
/// over more threads.
static SmallVector<ShortTile> chooseShortTiles(const ShortProduct &product) {
  constexpr int64_t lanes = 4, fewColumnGroups = 3, mostShares = 4;
  int64_t depthGroups = product.weights.front().depthGroups();
  int64_t columnGroups = product.weights.front().columnGroups();
  bool keepsSums = product.isChain() || product.resultNorm;
  bool hasRegisters =
      !product.patches &&
      (!keepsSums || product.weights.back().columnGroups() == 1);
  // Patches of neighbouring rows overlap.
  bool keepsWarps = product.patches.has_value();
  int64_t threads = product.resultNorm ? 128 : 256;
  return {{{threads, lanes, depthGroups, hasRegisters ? 4 : 2, keepsWarps},
           columnGroups},
          {{/*threads=*/64, lanes, depthGroups, /*rowsOfGroup=*/2, keepsWarps},
           keepsSums ? columnGroups : std::min(columnGroups, fewColumnGroups),
           product.isChain() ? std::min(columnGroups, mostShares) : 1}};
}

/// Lays weights out anew, for the kernel and where it is called.
static void packWeights(const ShortProduct &product) {
  for (const ShortWeight &weight : product.weights) {
    BlockArgument argument = weight.panels;
    for (func::CallOp call : product.calls) {
      OpBuilder builder(call);
      OpOperand &operand = call->getOpOperand(argument.getArgNumber());
      operand.set(packFragments(builder, call.getLoc(), operand.get(), weight));
    }
    argument.setType(weight.getFragmentsType());
  }
}

namespace {
using CreateKernel = std::unique_ptr<ShortProductKernel>(DeviceKernel &,
                                                         const ShortProduct &,
                                                         const ShortTile &);
} // namespace

static std::unique_ptr<ShortProductKernel>
createWarpProducts(DeviceKernel &kernel, const ShortProduct &product,
                   const ShortTile &tile) {
  return std::make_unique<ShortProductKernel>(kernel, product, tile);
}

/// Makes a gpu.func for the tile in `module`.
static DeviceLaunch createDevice(func::FuncOp function, gpu::GPUModuleOp module,
                                 const ShortProduct &product,
                                 const ShortTile &tile,
                                 CreateKernel createKernel) {
  int64_t rows = tile.sets * tile.groups.rowsOfBlock();
  std::string name = (function.getSymName() + "_" + Twine(rows) + "rows").str();
  DeviceKernel kernel(function, module, name, tile.threads());
  std::unique_ptr<ShortProductKernel> body =
      createKernel(kernel, product, tile);
  body->run(function.front().getTerminator()->getOperand(0));
  return {kernel.finish(), tile.threads(), rows, body->countColumnTiles(),
          body->getSharedBytes()};
}

/// Many rows by wgmma, few by small blocks. A multiprocessor runs several of
/// these, each of which takes so much longer: a turn is of one.
static SmallVector<DeviceLaunch>
createHopperDevices(func::FuncOp function, const ShortProduct &product) {
  if (!isForWarpgroups(product))
    return {};
  gpu::GPUModuleOp module = createDeviceModule(function, /*isHopper=*/true);
  ShortTile tile = getWarpgroupTile(product);
  DeviceLaunch many =
      createDevice(function, module, product, tile, createWgmmaShortProduct);
  TurnTime time = estimateWarpgroups(product, tile);
  many.startTime = time.start;
  many.turnTime = time.turn;
  many.isPersistent = true;
  DeviceLaunch few =
      createDevice(function, module, product, chooseShortTiles(product).back(),
                   createWarpProducts);
  constexpr int64_t start = 3000; // ns
  constexpr double products1000 = 43;
  few.startTime = start;
  few.turnTime = std::llround(products1000 * product.countProducts() / 1000 /
                              few.blocksPerRows);
  many.blocksAtOnce = few.blocksAtOnce = 1;
  return {many, few};
}

LogicalResult convertShortProduct(func::FuncOp function, std::string &reason) {
  FailureOr<ShortProduct> product = matchShortProduct(function, reason);
  if (failed(product))
    return failure();
  packWeights(*product);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const ShortTile &tile : chooseShortTiles(*product))
    launches.push_back(
        createDevice(function, module, *product, tile, createWarpProducts));
  replaceKernel(function, countRows(product->rows), launches,
                createHopperDevices(function, *product));
  return success();
}

} // namespace vitrail
