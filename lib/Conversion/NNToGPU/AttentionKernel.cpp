//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention on tensor cores. A block has a tile of queries of one head, a warp
// 16 of them; keys and values come by in tiles. Scores stay in registers, where
// their softmax is kept as maxima and sums of what came by (Milakov &
// Gimelshein 2018), and become the left-hand side of the product with the
// values (Dao et al. 2022, without their tiles in shared memory). Where a warp
// has all queries and keys of a head, these do not pass through shared memory.
//
//===----------------------------------------------------------------------===//

#include "ShortHeads.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numbers>

namespace vitrail {

using namespace mlir;

namespace {

/// What a warp knows of its queries after some keys: two rows of a thread.
struct Progress {
  SmallVector<Value> mix;            ///< fragments of weighted values
  std::array<Value, 2> largest, sum; ///< of scores; of weights, a thread's part

  SmallVector<Value> all() const {
    SmallVector<Value> values(mix);
    values.append({largest[0], largest[1], sum[0], sum[1]});
    return values;
  }
  static Progress from(ValueRange values) {
    ValueRange rows = values.take_back(4);
    return {SmallVector<Value>(values.drop_back(4)),
            {rows[0], rows[1]},
            {rows[2], rows[3]}};
  }
};

class AttentionKernel {
public:
  AttentionKernel(DeviceKernel &kernel, const TensorAttention &shape)
      : kernel(kernel), shape(shape), builder(kernel.getBuilder()),
        loc(kernel.getLoc()), place(kernel) {}

  void run(Value result);
  int64_t countQueryTiles() const {
    return llvm::divideCeil(shape.queries, shape.queriesOfTile());
  }

private:
  void placeBlock();
  RowSource getSource(Value value, int64_t rows, int64_t width,
                      const Value &first);
  void beginTile(Value tile, Value stage);
  void waitForTile();
  Progress start();
  Progress attend(Progress progress, Value tile, Value stage);
  Progress attendAll();
  SmallVector<Value> multiplyKeys(Value stage);
  void addScores(SmallVectorImpl<Value> &scores, Value tile);
  Value getScore(Value score, Value query, Value key);
  std::array<Value, 2> findLargest(ArrayRef<Value> scores,
                                   std::array<Value, 2> largest);
  void weigh(SmallVectorImpl<Value> &scores, Progress &progress);
  void mixValues(ArrayRef<Value> weights, Value stage, Progress &progress);
  void store(Progress progress, Value result);
  ChunkPlace placeChunk(DeviceExprBuilder &expr, Value localRow, Value column);

  Value power(Value x) { return math::Exp2Op::create(builder, loc, x); }
  Value element(Value fragment, int64_t row, int64_t column) {
    return vector::ExtractOp::create(builder, loc, fragment,
                                     ArrayRef<int64_t>{row, column});
  }
  Value makeFragment(ArrayRef<Value> elements) {
    return vector::FromElementsOp::create(
        builder, loc, VectorType::get({2, 2}, builder.getF32Type()), elements);
  }
  Value reduceOverRow(Value value,
                      llvm::function_ref<Value(Value, Value)> combine);

  DeviceKernel &kernel;
  const TensorAttention &shape;
  OpBuilder &builder;
  Location loc;
  WarpPlace place;
  Indices outerIndices;
  Value firstQuery, firstKey, zero;
  Value firstOfWarp; ///< a query of the block's
  Value queryMemory, keyMemory, valueMemory;
  std::optional<RowCopier> queries, keys, values;
  std::optional<ShortHeads> shortHeads;
};

} // namespace

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Blocks of one head are neighbours.
void AttentionKernel::placeBlock() {
  DeviceExprBuilder expr = kernel.getExpr();
  Value block = kernel.getBlock();
  zero = firstKey = firstQuery = firstOfWarp = expr.index(0);
  if (shape.isShort()) {
    shortHeads.emplace(kernel, shape, place);
    outerIndices = shortHeads->getOuterIndices();
    return;
  }
  firstOfWarp = expr.scaleIndex(place.warp, mmaRows);
  firstQuery = expr.scaleIndex(expr.moduloIndex(block, countQueryTiles()),
                               shape.queriesOfTile());
  outerIndices =
      unflatten(expr, expr.divideIndex(block, countQueryTiles()),
                llvm::map_to_vector(shape.outer, [](nn::Extent extent) {
                  return extent.size;
                }));
  int64_t offset = 0;
  auto share = [&](int64_t stages, int64_t rows, int64_t width) {
    Value memory = kernel.getShared({stages, rows, TensorAttention::pad(width)},
                                    shape.element, offset);
    offset += stages * rows * TensorAttention::pad(width) * 2;
    return memory;
  };
  queryMemory = share(1, shape.queriesOfTile(), shape.features);
  keyMemory = share(shape.stages(), shape.keysOfTile(), shape.features);
  valueMemory = share(shape.stages(), shape.keysOfTile(), shape.width);
  auto copier = [&](Value value, Value memory, int64_t rows, int64_t width,
                    int64_t rowsOfTile, const Value &first) {
    return RowCopier(kernel, getSource(value, rows, width, first),
                     {rowsOfTile, TensorAttention::pad(width), shape.threads()},
                     memory);
  };
  nn::AttentionOp anchor = shape.anchor;
  queries.emplace(copier(anchor.getQuery(), queryMemory, shape.queries,
                         shape.features, shape.queriesOfTile(), firstQuery));
  keys.emplace(copier(anchor.getKey(), keyMemory, shape.keys, shape.features,
                      shape.keysOfTile(), firstKey));
  values.emplace(copier(anchor.getValue(), valueMemory, shape.keys, shape.width,
                        shape.keysOfTile(), firstKey));
}

/// Beyond the last row, that one again; `first` may change.
RowSource AttentionKernel::getSource(Value value, int64_t rows, int64_t width,
                                     const Value &first) {
  return {value, width,
          [this, rows, &first](DeviceExprBuilder &expr, Value local,
                               Value position) {
            Indices indices(outerIndices);
            indices.push_back(
                expr.clampIndex(expr.addIndex(first, local), 0, rows - 1));
            indices.push_back(position);
            return indices;
          },
          hasChunks(value, {width}, shape.element)};
}

void AttentionKernel::beginTile(Value tile, Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  firstKey = expr.scaleIndex(tile, shape.keysOfTile());
  for (RowCopier *rows : {&*keys, &*values})
    rows->end(rows->begin(zero, stage), stage);
}

void AttentionKernel::waitForTile() {
  NVVM::CpAsyncWaitGroupOp::create(builder, loc, 0);
  gpu::BarrierOp::create(builder, loc);
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// Fragments of 16 queries by a tile's keys.
SmallVector<Value> AttentionKernel::multiplyKeys(Value stage) {
  DeviceExprBuilder expr = kernel.getExpr();
  if (shortHeads) {
    Value query = shortHeads->readQueries();
    return llvm::map_to_vector(shortHeads->readKeys(), [&](Value key) {
      return multiplyFragments(kernel, query, key, getZeroSums(kernel));
    });
  }
  FragmentReader queryReader(kernel, place, queryMemory);
  FragmentReader keyReader(kernel, place, keyMemory);
  SmallVector<Value> scores(shape.keysOfTile() / mmaColumns,
                            getZeroSums(kernel));
  for (int64_t c = 0; c < shape.features; c += mmaDepth) {
    Value query = queryReader.readLeft(zero, firstOfWarp, c / chunkSize);
    for (int64_t j = 0; j < shape.keysOfTile(); j += 2 * mmaColumns) {
      auto both = keyReader.readRows(stage, expr.index(j), c / chunkSize);
      for (auto [part, key] : llvm::enumerate(both)) {
        Value &score = scores[j / mmaColumns + part];
        score = multiplyFragments(kernel, query, key, score);
      }
    }
  }
  return scores;
}

/// In units of which 2 is the base: e^x = 2^(x log2(e)).
Value AttentionKernel::getScore(Value score, Value query, Value key) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  Indices indices(outerIndices);
  indices.append({expr.clampIndex(query, 0, shape.queries - 1),
                  expr.clampIndex(key, 0, shape.keys - 1)});
  auto get = [&](Value value) {
    return kernel.elements.get(expr, value, alignIndices(expr, value, indices));
  };
  score = expr.mul(score, expr.number(anchor.getScale().convertToDouble()));
  for (Value addend : anchor.getAddends())
    score = expr.add(score, expr.cast(get(addend), score.getType()));
  if (Value keep = anchor.getKeep())
    score = expr.select(get(keep), score,
                        expr.number(anchor.getMasked()->convertToDouble()));
  score = expr.mul(score, expr.number(std::numbers::log2e));
  if (shape.keys % shape.keysOfTile() == 0)
    return score;
  double infinity = std::numeric_limits<double>::infinity();
  return expr.select(expr.below(key, shape.keys), score,
                     expr.number(-infinity));
}

/// Scales, biases and masks.
void AttentionKernel::addScores(SmallVectorImpl<Value> &scores, Value tile) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value query =
      expr.addIndex(firstQuery, expr.addIndex(firstOfWarp, place.getRow(expr)));
  Value firstOfThread = expr.addIndex(expr.scaleIndex(tile, shape.keysOfTile()),
                                      place.getColumn(expr));
  for (auto [j, fragment] : llvm::enumerate(scores)) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t column : {0, 1}) {
        Value key =
            expr.addIndex(firstOfThread, expr.index(j * mmaColumns + column));
        elements.push_back(getScore(element(fragment, half, column),
                                    expr.addIndex(query, expr.index(8 * half)),
                                    key));
      }
    fragment = makeFragment(elements);
  }
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

/// Over the four threads that share a row of a fragment.
Value AttentionKernel::reduceOverRow(
    Value value, llvm::function_ref<Value(Value, Value)> combine) {
  for (int32_t distance : {1, 2})
    value =
        combine(value, gpu::ShuffleOp::create(builder, loc, value, distance,
                                              warpSize, gpu::ShuffleMode::XOR)
                           .getShuffleResult());
  return value;
}

std::array<Value, 2>
AttentionKernel::findLargest(ArrayRef<Value> scores,
                             std::array<Value, 2> largest) {
  DeviceExprBuilder expr = kernel.getExpr();
  for (auto [half, value] : llvm::enumerate(largest)) {
    for (Value fragment : scores)
      for (int64_t column : {0, 1})
        value = expr.max(value, element(fragment, half, column));
    value = reduceOverRow(
        value, [&](Value lhs, Value rhs) { return expr.max(lhs, rhs); });
  }
  return largest;
}

/// Scores become weights relative to the largest so far, and so does what is
/// known of other keys.
void AttentionKernel::weigh(SmallVectorImpl<Value> &scores,
                            Progress &progress) {
  DeviceExprBuilder expr = kernel.getExpr();
  std::array<Value, 2> largest = findLargest(scores, progress.largest);
  std::array<Value, 2> factors;
  for (int64_t half : {0, 1}) {
    factors[half] = power(expr.sub(progress.largest[half], largest[half]));
    progress.sum[half] = expr.mul(progress.sum[half], factors[half]);
  }
  progress.largest = largest;
  for (Value &fragment : scores) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t column : {0, 1}) {
        Value score = element(fragment, half, column);
        elements.push_back(power(expr.sub(score, largest[half])));
        progress.sum[half] = expr.add(progress.sum[half], elements.back());
      }
    fragment = makeFragment(elements);
  }
  for (Value &fragment : progress.mix) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t column : {0, 1})
        elements.push_back(
            expr.mul(element(fragment, half, column), factors[half]));
    fragment = makeFragment(elements);
  }
}

/// Two fragments of weights side by side are one of the left-hand side.
void AttentionKernel::mixValues(ArrayRef<Value> weights, Value stage,
                                Progress &progress) {
  DeviceExprBuilder expr = kernel.getExpr();
  FragmentReader reader(kernel, place, valueMemory);
  for (int64_t k = 0; k < shape.keysOfTile(); k += mmaDepth) {
    SmallVector<Value> elements;
    for (Value fragment : weights.slice(k / mmaColumns, 2))
      for (int64_t half : {0, 1})
        for (int64_t column : {0, 1})
          elements.push_back(
              expr.cast(element(fragment, half, column), shape.element));
    Value left = vector::FromElementsOp::create(
        builder, loc, VectorType::get({4, 2}, shape.element), elements);
    for (int64_t d = 0; d < shape.widthFragments(); d += 2) {
      auto both = shortHeads ? shortHeads->readValues()
                             : reader.readColumns(stage, k, expr.index(d));
      for (auto [part, value] : llvm::enumerate(both)) {
        Value &mix = progress.mix[d + part];
        mix = multiplyFragments(kernel, left, value, mix);
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// All keys
//===----------------------------------------------------------------------===//

/// Less than any score, and a number, so that it can be subtracted from itself.
Progress AttentionKernel::start() {
  DeviceExprBuilder expr = kernel.getExpr();
  Value least = expr.number(-1e30), none = expr.number(0);
  return {SmallVector<Value>(shape.widthFragments(), getZeroSums(kernel)),
          {least, least},
          {none, none}};
}

Progress AttentionKernel::attend(Progress progress, Value tile, Value stage) {
  SmallVector<Value> scores = multiplyKeys(stage);
  addScores(scores, tile);
  weigh(scores, progress);
  mixValues(scores, stage, progress);
  return progress;
}

/// The next tile is copied while one is attended to.
Progress AttentionKernel::attendAll() {
  DeviceExprBuilder expr = kernel.getExpr();
  if (shortHeads)
    return attend(start(), zero, zero);
  queries->end(queries->begin(zero, zero), zero);
  beginTile(zero, zero);
  NVVM::CpAsyncCommitGroupOp::create(builder, loc);
  if (shape.keyTiles() == 1) {
    waitForTile();
    return attend(start(), zero, zero);
  }
  auto loop =
      scf::ForOp::create(builder, loc, zero, expr.index(shape.keyTiles()),
                         expr.index(1), start().all());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  DeviceExprBuilder at = kernel.getExpr();
  Value tile = loop.getInductionVar();
  Value stage = at.moduloIndex(tile, 2);
  waitForTile();
  Value next = at.addIndex(tile, at.index(1));
  auto isThere =
      scf::IfOp::create(builder, loc, at.below(next, shape.keyTiles()));
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(isThere.thenBlock());
    beginTile(next, kernel.getExpr().moduloIndex(next, 2));
  }
  NVVM::CpAsyncCommitGroupOp::create(builder, loc);
  Progress progress =
      attend(Progress::from(loop.getRegionIterArgs()), tile, stage);
  scf::YieldOp::create(builder, loc, progress.all());
  return Progress::from(loop.getResults());
}

void AttentionKernel::run(Value result) {
  placeBlock();
  store(attendAll(), result);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

void AttentionKernel::store(Progress progress, Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t half : {0, 1}) {
    Value sum = reduceOverRow(progress.sum[half], [&](Value lhs, Value rhs) {
      return expr.add(lhs, rhs);
    });
    progress.sum[half] = expr.div(expr.number(1), sum);
  }
  for (Value &fragment : progress.mix) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t column : {0, 1})
        elements.push_back(
            expr.mul(element(fragment, half, column), progress.sum[half]));
    fragment = makeFragment(elements);
  }
  if (shortHeads)
    return shortHeads->store(progress.mix, result);
  gpu::BarrierOp::create(builder, loc);
  SumExchange exchange(
      kernel, place,
      {shape.warps(), mmaRows, shape.widthFragments() * mmaColumns});
  exchange.store(progress.mix);
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

LogicalResult convertAttention(func::FuncOp function, std::string &reason) {
  FailureOr<TensorAttention> shape = matchTensorAttention(function, reason);
  if (failed(shape))
    return failure();
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  DeviceKernel kernel(function, module, function.getSymName(),
                      shape->threads());
  AttentionKernel body(kernel, *shape);
  body.run(result);
  replaceKernel(function, countRows(shape->outer),
                DeviceLaunch{kernel.finish(), shape->threads(),
                             shape->headsOfBlock(), body.countQueryTiles(),
                             shape->sharedBytes()});
  return success();
}

} // namespace vitrail
