//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of attention of few queries.
//
//===----------------------------------------------------------------------===//

#include "FewQueries.h"
#include "CacheRows.h"
#include "ScoreMasks.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <numbers>

namespace vitrail {

using namespace mlir;

/// In a ns, a multiprocessor of an H200 gets 31 bytes from memory, and can do
/// 218 multiply-adds and 109 conversions: for q queries it should multiply a
/// feature of a key and of a value in 0.018 + 0.009 q ns, whose four bytes take
/// 0.127. Of more than 4 queries, tensor cores spare more than their idle rows
/// cost, and registers have no room for chunks of all.
///
/// Where few blocks have the GPU to themselves, one of 16 warps has 64 KiB of
/// keys and values on their way, about what comes at 104 bytes a ns while it
/// waits. Where there are many, 8 warps leave room for a block that begins
/// while another ends.
SmallVector<FewQueries> chooseFewQueries(const TensorAttention &shape) {
  constexpr int64_t mostTurns = 4;
  // More leave each thread too few registers.
  constexpr int64_t queriesOfLargeBlock = 2;
  if (!shape.hasFewQueries())
    return {};
  FewQueries form;
  int64_t width = std::max(shape.features, shape.width);
  form.lanes = llvm::PowerOf2Ceil(llvm::divideCeil(width, chunkSize));
  form.turns = std::min(
      mostTurns, int64_t(llvm::divideCeil(shape.keys, form.rowsAtOnce())));
  form.steps = llvm::divideCeil(shape.keys, form.keysOfStep());
  form.warps = std::min<int64_t>(form.steps, 8);
  SmallVector<FewQueries> forms = {form};
  form.warps = std::min<int64_t>(form.steps, 16);
  if (form.warps > forms.front().warps && shape.queries <= queriesOfLargeBlock)
    forms.push_back(form);
  return forms;
}

namespace {

/// What a warp knows after some keys: of each query, a thread's part of the
/// weighted values, of a chunk and of rows that it has, the largest score, and
/// its rows' part of the weights' sum.
struct Progress {
  SmallVector<Value> mix, largest, sum;

  SmallVector<Value> all() const {
    SmallVector<Value> values(mix);
    llvm::append_range(values, largest);
    llvm::append_range(values, sum);
    return values;
  }
  static Progress from(ValueRange values, int64_t queries) {
    return {
        SmallVector<Value>(values.drop_back(2 * queries)),
        SmallVector<Value>(values.take_back(2 * queries).drop_back(queries)),
        SmallVector<Value>(values.take_back(queries))};
  }
};

class FewQueriesKernel {
public:
  FewQueriesKernel(DeviceKernel &kernel, const TensorAttention &shape,
                   const FewQueries &form);

  void run(Value result) { store(attendAll(), result); }
  int64_t countSharedBytes() const {
    return sums.countBytes() + countFoundBytes() + masks.countBytes();
  }

private:
  /// Of what each warp has found of each query.
  int64_t countFoundBytes() const {
    return form.warps == 1 ? 0 : shape.queries * form.warps * 2 * 4;
  }

  /// Whether the last step has fewer keys.
  bool hasTail() const { return shape.keys % form.keysOfStep() != 0; }

  void readQueries();
  Value placeKey(Value step, int64_t turn);
  SmallVector<Value> readStep(Value step);
  SmallVector<SmallVector<Value>> convert(const CacheRows &rows,
                                          ArrayRef<Value> pieces);
  Value getScore(int64_t number, ArrayRef<Value> key, ArrayRef<Value> mask,
                 Value position);
  void weigh(Progress &progress, int64_t number, ArrayRef<Value> scores,
             ArrayRef<SmallVector<Value>> rows);
  Progress attend(Progress progress, Value step, ArrayRef<Value> pieces);
  SmallVector<Value> choose(Value condition, ArrayRef<Value> otherwise,
                            llvm::function_ref<SmallVector<Value>()> compute);
  Progress attendAll();
  SmallVector<Value> findShares(const Progress &progress);
  void store(const Progress &progress, Value result);

  /// e^difference
  Value power(Value difference) {
    DeviceExprBuilder expr = kernel.getExpr();
    Value exponent = expr.mul(difference, expr.number(std::numbers::log2e));
    return math::Exp2Op::create(builder, loc, exponent);
  }
  Value sum(Value value, int64_t from, int64_t to) {
    return reduceOverLanes(kernel, value, from, to, [&](Value lhs, Value rhs) {
      return kernel.getExpr().add(lhs, rhs);
    });
  }
  Value findLargest(Value value, int64_t from, int64_t to) {
    return reduceOverLanes(kernel, value, from, to, [&](Value lhs, Value rhs) {
      return kernel.getExpr().max(lhs, rhs);
    });
  }

  DeviceKernel &kernel;
  const TensorAttention &shape;
  const FewQueries &form;
  OpBuilder &builder;
  Location loc;
  WarpPlace place;
  Indices outer;
  Value row, column; ///< of the thread, among rows at a time and of a row
  CacheRows keys, values;
  SumShape sums;
  ScoreMasks masks;
  SmallVector<SmallVector<Value>> queries; ///< chunks, times the scale
};

} // namespace

static Indices placeHead(DeviceKernel &kernel, const TensorAttention &shape) {
  DeviceExprBuilder expr = kernel.getExpr();
  return unflatten(expr, kernel.getBlock(),
                   llvm::map_to_vector(shape.outer, [](nn::Extent extent) {
                     return extent.size;
                   }));
}

FewQueriesKernel::FewQueriesKernel(DeviceKernel &kernel,
                                   const TensorAttention &shape,
                                   const FewQueries &form)
    : kernel(kernel), shape(shape), form(form), builder(kernel.getBuilder()),
      loc(kernel.getLoc()), place(kernel), outer(placeHead(kernel, shape)),
      keys(kernel, nn::AttentionOp(shape.anchor).getKey(), outer),
      values(kernel, nn::AttentionOp(shape.anchor).getValue(), outer),
      sums{/*warps=*/1, shape.queries,
           int64_t(llvm::alignTo(shape.width, chunkSize)),
           /*shares=*/form.warps},
      masks(kernel, shape, form, place, outer,
            sums.countBytes() + countFoundBytes()) {
  DeviceExprBuilder expr = kernel.getExpr();
  row = expr.divideIndex(place.lane, form.lanes);
  column = expr.scaleIndex(expr.moduloIndex(place.lane, form.lanes), chunkSize);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// 0 beyond the last feature, whatever is read of keys there.
void FewQueriesKernel::readQueries() {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  CacheRows rows(kernel, anchor.getQuery(), outer);
  Value scale = expr.number(anchor.getScale().convertToDouble());
  for (int64_t q = 0; q < shape.queries; ++q) {
    SmallVector<Value> chunk = rows.convert(rows.read(expr.index(q), column));
    for (auto [i, element] : llvm::enumerate(chunk)) {
      Value isThere =
          expr.below(expr.addIndex(column, expr.index(i)), shape.features);
      element = expr.select(isThere, expr.mul(element, scale), expr.number(0));
    }
    queries.push_back(std::move(chunk));
  }
}

Value FewQueriesKernel::placeKey(Value step, int64_t turn) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value first = expr.scaleIndex(step, form.keysOfStep());
  return expr.addIndex(
      first, expr.addIndex(row, expr.index(turn * form.rowsAtOnce())));
}

/// The thread's chunks of keys, then of values, then what there is for their
/// scores, query by query; beyond the last key, that one again.
SmallVector<Value> FewQueriesKernel::readStep(Value step) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> positions, pieces;
  for (int64_t turn = 0; turn < form.turns; ++turn) {
    positions.push_back(placeKey(step, turn));
    if (hasTail())
      positions.back() =
          expr.minIndex(positions.back(), expr.index(shape.keys - 1));
  }
  for (const CacheRows *rows : {&keys, &values})
    for (Value position : positions)
      llvm::append_range(pieces, rows->read(position, column));
  for (int64_t q = 0; q < shape.queries; ++q)
    for (Value position : positions)
      llvm::append_range(pieces, masks.read(expr.index(q), position));
  return pieces;
}

/// The elements of what was read, turn by turn.
SmallVector<SmallVector<Value>>
FewQueriesKernel::convert(const CacheRows &rows, ArrayRef<Value> pieces) {
  SmallVector<SmallVector<Value>> chunks;
  for (int64_t turn = 0; turn < form.turns; ++turn)
    chunks.push_back(rows.convert(
        pieces.slice(turn * rows.countPieces(), rows.countPieces())));
  return chunks;
}

//===----------------------------------------------------------------------===//
// A step
//===----------------------------------------------------------------------===//

/// Of query `number` and a key, of which the thread has a chunk; -infinity
/// where there is none.
Value FewQueriesKernel::getScore(int64_t number, ArrayRef<Value> key,
                                 ArrayRef<Value> mask, Value position) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value product;
  for (auto [factor, element] : llvm::zip(queries[number], key)) {
    Value term = expr.mul(factor, element);
    product = product ? expr.add(product, term) : term;
  }
  Value score = masks.apply(sum(product, 1, form.lanes), mask);
  if (!hasTail())
    return score;
  double infinity = std::numeric_limits<double>::infinity();
  return expr.select(expr.below(position, shape.keys), score,
                     expr.number(-infinity));
}

/// Adds a step's values to what is known of query `number`. Weights stay f32:
/// they are multiplied where they are computed.
void FewQueriesKernel::weigh(Progress &progress, int64_t number,
                             ArrayRef<Value> scores,
                             ArrayRef<SmallVector<Value>> rows) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value &largest = progress.largest[number], before = largest;
  for (Value score : scores)
    largest = expr.max(largest, score);
  largest = findLargest(largest, form.lanes, warpSize);
  Value factor = power(expr.sub(before, largest));
  SmallVector<Value> weights;
  Value &all = progress.sum[number];
  all = expr.mul(all, factor);
  for (Value score : scores) {
    weights.push_back(power(expr.sub(score, largest)));
    all = expr.add(all, weights.back());
  }
  for (int64_t i = 0; i < chunkSize; ++i) {
    Value &mixed = progress.mix[number * chunkSize + i];
    mixed = expr.mul(mixed, factor);
    for (auto [weight, chunk] : llvm::zip(weights, rows))
      mixed = expr.add(mixed, expr.mul(weight, chunk[i]));
  }
}

Progress FewQueriesKernel::attend(Progress progress, Value step,
                                  ArrayRef<Value> pieces) {
  int64_t keyPieces = form.turns * keys.countPieces();
  int64_t valuePieces = form.turns * values.countPieces();
  auto keyRows = convert(keys, pieces.take_front(keyPieces));
  auto valueRows = convert(values, pieces.slice(keyPieces, valuePieces));
  pieces = pieces.drop_front(keyPieces + valuePieces);
  for (int64_t q = 0; q < shape.queries; ++q) {
    SmallVector<Value> scores;
    for (int64_t turn = 0; turn < form.turns; ++turn) {
      scores.push_back(getScore(q, keyRows[turn],
                                pieces.take_front(masks.countPieces()),
                                placeKey(step, turn)));
      pieces = pieces.drop_front(masks.countPieces());
    }
    weigh(progress, q, scores, valueRows);
  }
  return progress;
}

//===----------------------------------------------------------------------===//
// All keys
//===----------------------------------------------------------------------===//

SmallVector<Value>
FewQueriesKernel::choose(Value condition, ArrayRef<Value> otherwise,
                         llvm::function_ref<SmallVector<Value>()> compute) {
  auto choice =
      scf::IfOp::create(builder, loc, TypeRange(ValueRange(otherwise)),
                        condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(builder, loc, compute());
  builder.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(builder, loc, otherwise);
  return llvm::to_vector_of<Value>(choice.getResults());
}

/// Each warp reads its first step before anything is known of masks, and then
/// the next one while it attends to one, unless there is none or masks hide it.
Progress FewQueriesKernel::attendAll() {
  DeviceExprBuilder expr = kernel.getExpr();
  // The least number, so that it can be subtracted from itself.
  Value least = expr.number(-std::numeric_limits<float>::max());
  Value none = expr.number(0);
  Progress progress = {SmallVector<Value>(shape.queries * chunkSize, none),
                       SmallVector<Value>(shape.queries, least),
                       SmallVector<Value>(shape.queries, none)};
  SmallVector<Value> carried = readStep(place.warp);
  readQueries();
  if (form.steps == form.warps)
    return attend(progress, place.warp, carried);
  masks.findHidden();
  size_t count = carried.size();
  carried.push_back(
      arith::ConstantIntOp::create(builder, loc, /*is visible*/ 1, 1));
  llvm::append_range(carried, progress.all());
  auto loop =
      scf::ForOp::create(builder, loc, place.warp, expr.index(form.steps),
                         expr.index(form.warps), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> arguments(loop.getRegionIterArgs());
  ArrayRef<Value> pieces = ArrayRef(arguments).take_front(count);
  Value step = loop.getInductionVar();
  Value next =
      kernel.getExpr().addIndex(step, kernel.getExpr().index(form.warps));
  Value isNext =
      masks.isVisible(next, [&](int64_t turn) { return placeKey(next, turn); });
  carried = choose(isNext, pieces, [&] { return readStep(next); });
  carried.push_back(isNext);
  ArrayRef<Value> before = ArrayRef(arguments).drop_front(count + 1);
  llvm::append_range(carried, choose(arguments[count], before, [&] {
                       return attend(Progress::from(before, shape.queries),
                                     step, pieces)
                           .all();
                     }));
  scf::YieldOp::create(builder, loc, carried);
  return Progress::from(loop.getResults().drop_front(count + 1), shape.queries);
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// By what a warp's weighted values are to be multiplied, for each query, so
/// that their sum over warps is the result: each warp has subtracted a score of
/// its own, and has a part of the weights' sum.
SmallVector<Value> FewQueriesKernel::findShares(const Progress &progress) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> ofWarp, shares;
  for (Value part : progress.sum)
    ofWarp.push_back(sum(part, form.lanes, warpSize));
  if (form.warps == 1) {
    for (Value all : ofWarp)
      shares.push_back(expr.div(expr.number(1), all));
    return shares;
  }
  Value memory = kernel.getShared({shape.queries, form.warps, 2},
                                  builder.getF32Type(), sums.countBytes());
  auto getPlace = [&](int64_t query, Value warp, int64_t i) {
    return expr.toMemory({expr.index(query), warp, expr.index(i)});
  };
  for (int64_t q = 0; q < shape.queries; ++q) {
    memref::StoreOp::create(builder, loc, progress.largest[q], memory,
                            getPlace(q, place.warp, 0));
    memref::StoreOp::create(builder, loc, ofWarp[q], memory,
                            getPlace(q, place.warp, 1));
  }
  gpu::BarrierOp::create(builder, loc);
  Value isOther = expr.below(place.lane, form.warps);
  Value other = expr.minIndex(place.lane, expr.index(form.warps - 1));
  for (int64_t q = 0; q < shape.queries; ++q) {
    Value score =
        memref::LoadOp::create(builder, loc, memory, getPlace(q, other, 0));
    Value part =
        memref::LoadOp::create(builder, loc, memory, getPlace(q, other, 1));
    Value largest = findLargest(score, 1, warpSize);
    part = expr.mul(part, power(expr.sub(score, largest)));
    Value all = sum(expr.select(isOther, part, expr.number(0)), 1, warpSize);
    shares.push_back(
        expr.div(power(expr.sub(progress.largest[q], largest)), all));
  }
  return shares;
}

/// The threads that have the first of rows at a time store the warp's sums.
void FewQueriesKernel::store(const Progress &progress, Value result) {
  DeviceExprBuilder expr = kernel.getExpr();
  SmallVector<Value> shares = findShares(progress), mix;
  for (auto [i, element] : llvm::enumerate(progress.mix))
    mix.push_back(
        expr.mul(sum(element, form.lanes, warpSize), shares[i / chunkSize]));
  SumExchange exchange(kernel, place, sums, builder.getF32Type());
  Value hasSums = expr.both(expr.below(place.lane, form.lanes),
                            expr.below(column, sums.columns));
  auto guard = scf::IfOp::create(builder, loc, hasSums);
  {
    OpBuilder::InsertionGuard inside(builder);
    builder.setInsertionPointToStart(guard.thenBlock());
    for (int64_t q = 0; q < shape.queries; ++q)
      exchange.storeChunk(kernel.getExpr().index(q), column,
                          ArrayRef(mix).slice(q * chunkSize, chunkSize));
  }
  exchange.synchronize();
  nn::AttentionOp anchor = shape.anchor;
  ResultStore results(
      kernel, exchange, place, anchor.getResult(), result, shape.width,
      [&](DeviceExprBuilder &at, Value query, Value first) -> ChunkPlace {
        Indices indices(outer);
        indices.append({query, first});
        return {indices, at.below(query, shape.queries)};
      });
  results.run([type = anchor.getType().getElementType()](ExprBuilder &at,
                                                         Value mixed, Value) {
    return at.cast(mixed, type);
  });
}

int64_t buildFewQueries(DeviceKernel &kernel, const TensorAttention &shape,
                        const FewQueries &form, Value result) {
  FewQueriesKernel body(kernel, shape, form);
  body.run(result);
  return body.countSharedBytes();
}

} // namespace vitrail
