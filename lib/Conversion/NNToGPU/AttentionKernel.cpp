//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the kernel of attention does whichever instruction multiplies.
//
//===----------------------------------------------------------------------===//

#include "AttentionKernel.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace vitrail {

using namespace mlir;

void AttentionKernel::run(Value result) {
  placeBlock();
  setTables();
  AttentionProgress progress = attendAll();
  softmax.finish(progress);
  store(progress.mix, result);
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Blocks of one head are neighbours.
void AttentionKernel::placeBlock() {
  DeviceExprBuilder expr = kernel.getExpr();
  Value block = kernel.getBlock();
  int64_t tiles = shape.queryTiles();
  firstOfWarp = expr.scaleIndex(place.warp, mmaRows);
  firstQuery =
      expr.scaleIndex(expr.moduloIndex(block, tiles), shape.queriesOfTile());
  outerIndices =
      unflatten(expr, expr.divideIndex(block, tiles),
                llvm::map_to_vector(shape.outer, [](nn::Extent extent) {
                  return extent.size;
                }));
  int64_t offset = 0;
  auto share = [&](int64_t stages, int64_t rows, int64_t width) {
    Value memory = kernel.getShared({stages, rows, TensorAttention::pad(width)},
                                    shape.element, offset);
    offset += stages * rows * shape.rowBytes(width);
    return memory;
  };
  queryMemory = share(1, shape.queriesOfTile(), shape.features);
  keyMemory = share(shape.stages(), shape.keysOfTile(), shape.features);
  valueMemory = share(shape.stages(), shape.keysOfTile(), shape.width);
}

/// Copies `rows` of `count` rows from `first` on; beyond the last row, that one
/// again.
RowCopier AttentionKernel::getCopier(Value value, Value memory, int64_t count,
                                     int64_t width, Value first, int64_t rows) {
  int64_t size = getChunkSize(shape.element);
  bool canCopy = hasChunks(value, {width}, shape.element, size) &&
                 keepsDigits(value, shape.element);
  RowSource source{value, width,
                   [this, count, first](DeviceExprBuilder &expr, Value local,
                                        Value position) {
                     Indices indices(outerIndices);
                     indices.push_back(expr.clampIndex(
                         expr.addIndex(first, local), 0, count - 1));
                     indices.push_back(position);
                     return indices;
                   },
                   canCopy ? size : 0};
  return {kernel,
          std::move(source),
          {rows, TensorAttention::pad(width), shape.threads()},
          memory};
}

/// Begins to copy a tile of `rows` keys and values.
void AttentionKernel::beginTile(Value number, int64_t rows) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  Value first = expr.scaleIndex(number, shape.keysOfTile());
  Value stage = expr.moduloIndex(number, shape.stages());
  RowCopier keys = getCopier(anchor.getKey(), keyMemory, shape.keys,
                             shape.features, first, rows);
  keys.end(keys.begin(expr.index(0), stage), stage);
  RowCopier values = getCopier(anchor.getValue(), valueMemory, shape.keys,
                               shape.width, first, rows);
  values.end(values.begin(expr.index(0), stage), stage);
}

void AttentionKernel::waitForTile() {
  NVVM::CpAsyncWaitGroupOp::create(builder, loc,
                                   int32_t(shape.tilesAhead() - 1));
  fence();
  gpu::BarrierOp::create(builder, loc);
}

/// Begins a later tile, if there is one, while tile `number` is attended to.
void AttentionKernel::beginAhead(Value number) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value next = expr.addIndex(number, expr.index(shape.tilesAhead()));
  auto isThere =
      scf::IfOp::create(builder, loc, expr.below(next, shape.keyTiles()));
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(isThere.thenBlock());
    beginTile(next, shape.keysOfTile());
  }
  NVVM::CpAsyncCommitGroupOp::create(builder, loc);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// Whether scores are what the product gives, in a unit of their own.
bool AttentionKernel::isRaw() const {
  nn::AttentionOp anchor = shape.anchor;
  return anchor.getAddends().empty() && !anchor.getKeep() &&
         anchor.getScale().convertToDouble() > 0;
}

double AttentionKernel::getScoreUnit() const {
  nn::AttentionOp anchor = shape.anchor;
  return isRaw() ? anchor.getScale().convertToDouble() : 1;
}

/// Elements of packed tables are those of the current score, whatever indices
/// say.
void AttentionKernel::setTables() {
  for (const PackedTable &table : shape.tables)
    kernel.elements.setComputed(
        table.table, [this, packed = table.packed](ExprBuilder &expr,
                                                   ArrayRef<Value> indices) {
          Indices at(indices.drop_back(2));
          at.append({current.queryTile, current.keyTile, place.lane,
                     expr.index(current.element)});
          return kernel.elements.get(expr, packed, at);
        });
}

/// The element of `value` for the current score. Beyond the last query or key,
/// that of another one.
Value AttentionKernel::getAddend(Value value) {
  DeviceExprBuilder expr = kernel.getExpr();
  Indices indices(outerIndices);
  indices.append({expr.clampIndex(current.query, 0, shape.queries - 1),
                  expr.clampIndex(current.key, 0, shape.keys - 1)});
  return kernel.elements.get(expr, value, alignIndices(expr, value, indices));
}

/// The score of a product; -infinity where there may be no such key and is
/// none.
Value AttentionKernel::getScore(Value product, bool isKnown) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  Value score = product;
  if (!isRaw()) {
    score = expr.mul(score, expr.number(anchor.getScale().convertToDouble()));
    for (Value addend : anchor.getAddends())
      score = expr.add(score, expr.cast(getAddend(addend), score.getType()));
    if (Value keep = anchor.getKeep())
      score = expr.select(getAddend(keep), score,
                          expr.number(anchor.getMasked()->convertToDouble()));
  }
  if (isKnown)
    return score;
  double infinity = std::numeric_limits<double>::infinity();
  return expr.select(expr.below(current.key, shape.keys), score,
                     expr.number(-infinity));
}

/// Scales, biases and masks.
void AttentionKernel::addScores(SmallVectorImpl<Value> &scores,
                                const KeyTile &tile) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.addIndex(firstQuery, firstOfWarp);
  int64_t queryTiles = llvm::divideCeil(shape.queries, mmaRows);
  current.queryTile = expr.minIndex(expr.divideIndex(first, mmaRows),
                                    expr.index(queryTiles - 1));
  Value row = expr.addIndex(first, place.getRow(expr));
  Value column = place.getColumn(expr);
  Value firstKey = expr.scaleIndex(tile.number, shape.keysOfTile());
  for (auto [j, fragment] : llvm::enumerate(scores)) {
    Value key = expr.addIndex(firstKey, expr.index(j * mmaColumns));
    bool isKnown = int64_t(j + 1) * mmaColumns <= tile.known;
    current.keyTile = expr.divideIndex(key, mmaDepth);
    key = expr.addIndex(key, column);
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t i : {0, 1}) {
        current.query = expr.addIndex(row, expr.index(8 * half));
        current.key = expr.addIndex(key, expr.index(i));
        current.element = j % 2 * 4 + half * 2 + i;
        elements.push_back(
            getScore(getElement(kernel, fragment, half, i), isKnown));
      }
    fragment = makeFragment(kernel, elements);
  }
}

//===----------------------------------------------------------------------===//
// All keys
//===----------------------------------------------------------------------===//

AttentionProgress AttentionKernel::attend(AttentionProgress progress,
                                          const KeyTile &tile) {
  SmallVector<Value> scores = multiplyKeys(tile);
  addScores(scores, tile);
  softmax.weigh(scores, progress, tile.isFirst);
  mixValues(tile, scores, progress.mix);
  return progress;
}

/// The last tile has what is left.
KeyTile AttentionKernel::getLastTile(bool isFirst) {
  DeviceExprBuilder expr = kernel.getExpr();
  int64_t number = shape.keyTiles() - 1;
  int64_t known = shape.keys - number * shape.keysOfTile();
  return {expr.index(number), expr.index(number % shape.stages()),
          int64_t(llvm::alignTo(known, mmaDepth)), known, isFirst};
}

AttentionProgress AttentionKernel::attendInTurn(AttentionProgress progress,
                                                KeyTile tile) {
  waitForTile();
  beginAhead(tile.number);
  return attend(std::move(progress), tile);
}

/// Later tiles are copied while one is attended to. Groups of copies are as
/// many as tiles, whether they copy anything or not, so that it is always known
/// how many to wait for.
AttentionProgress AttentionKernel::attendAll() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  Value zero = expr.index(0);
  RowCopier queries =
      getCopier(anchor.getQuery(), queryMemory, shape.queries, shape.features,
                firstQuery, shape.queriesOfTile());
  queries.end(queries.begin(zero, zero), zero);
  KeyTile last = getLastTile(/*isFirst=*/shape.keyTiles() == 1);
  for (int64_t i = 0; i < shape.tilesAhead(); ++i) {
    if (i < shape.keyTiles())
      beginTile(expr.index(i),
                i + 1 < shape.keyTiles() ? shape.keysOfTile() : last.keys);
    NVVM::CpAsyncCommitGroupOp::create(builder, loc);
  }
  AttentionProgress progress = softmax.start(shape.widthFragments());
  int64_t whole = shape.keyTiles() - 1, keys = shape.keysOfTile();
  if (whole == 1) {
    progress = attendInTurn(progress, {zero, zero, keys, keys, true});
  } else if (whole > 1) {
    auto loop = scf::ForOp::create(builder, loc, zero, expr.index(whole),
                                   expr.index(1), progress.all());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value number = loop.getInductionVar();
    Value stage = kernel.getExpr().moduloIndex(number, shape.stages());
    progress = attendInTurn(AttentionProgress::from(loop.getRegionIterArgs()),
                            {number, stage, keys, keys, false});
    scf::YieldOp::create(builder, loc, progress.all());
    progress = AttentionProgress::from(loop.getResults());
  }
  waitForTile();
  return attend(std::move(progress), last);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Through shared memory, to threads that have whole chunks of rows.
void AttentionKernel::store(ArrayRef<Value> mix, Value result) {
  gpu::BarrierOp::create(builder, loc);
  SumExchange exchange(
      kernel, place,
      {shape.warps(), mmaRows, shape.widthFragments() * mmaColumns},
      builder.getF32Type());
  exchange.store(mix);
  nn::AttentionOp anchor = shape.anchor;
  ResultStore store(kernel, exchange, place, anchor.getResult(), result,
                    shape.width,
                    [this](DeviceExprBuilder &expr, Value row, Value column) {
                      return placeChunk(expr, row, column);
                    });
  store.run([type = anchor.getType().getElementType()](ExprBuilder &expr,
                                                       Value mixed, Value) {
    return expr.cast(mixed, type);
  });
}

ChunkPlace AttentionKernel::placeChunk(DeviceExprBuilder &expr, Value localRow,
                                       Value column) {
  Value query = expr.addIndex(firstQuery, expr.addIndex(firstOfWarp, localRow));
  Indices indices(outerIndices);
  indices.append({expr.clampIndex(query, 0, shape.queries - 1), column});
  return {indices, expr.below(query, shape.queries)};
}

} // namespace vitrail
