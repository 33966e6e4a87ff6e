//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention for a tile of queries at a time. The lanes of vectors are queries,
// so that the maxima and sums of softmax need no reduction across lanes:
//
//   q(i, c)    = scale * query(i, c)                  a copy, transposed
//   dot(i, j)  = sum over c of q(i, c) * key(j, c)
//   s(i, j)    = dot(i, j) + addends(i, j), masked
//   max(i)     = max over j of s(i, j)
//   e(i, j)    = exp(s(i, j) - max(i))
//   sum(i)     = sum over j of e(i, j)
//   mix(d, i)  = sum over j of e(i, j) * value(j, d)
//   out        = mix(d, i) / sum(i)
//
// All but the output is one tile's. Keys and values are read in place, unless
// their rows lie scattered (windows of an image): then those of a tile are
// copied first, and queries before they are transposed.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

class AttentionLowering : AttentionShape {
public:
  AttentionLowering(KernelLowering &kernel, nn::AttentionOp attention)
      : AttentionShape(attention), kernel(kernel), attention(attention),
        tile(chooseQueryTile(*this, kernel.machine(), kernel.givenSchedule())) {
  }

  void run() {
    gatherRows("query_rows", attention.getQuery());
    gatherRows("key_rows", attention.getKey());
    gatherRows("value_rows", attention.getValue());
    defineScores();
    defineSoftmax();
    defineResult();
    scheduleOutput();
    scheduleGatheredRows();
    scheduleScores();
    scheduleSoftmax();
    scheduleMix();
  }

private:
  /// A query of the tile; those beyond the last count as the last.
  Value clampQuery(ExprBuilder &expr, Value i) const {
    bool isExact = queries % tile.queries == 0;
    return isExact ? i : expr.clampIndex(i, 0, queries - 1);
  }
  void gatherRows(StringRef name, Value operand);
  void defineScores();
  void defineSoftmax();
  void defineReduction(
      StringRef name, double start,
      llvm::function_ref<Value(ExprBuilder &, Value, Value)> combine,
      StringRef element);
  void defineResult();

  void scheduleOutput();
  void scheduleGatheredRows();
  void scheduleScores();
  void scheduleSoftmax();
  void scheduleMix();
  /// Vectors along the queries of a tile, all of them unrolled.
  void tileQueries(Stage &stage) const;
  void compute(Stage &stage) const {
    place.compute(stage);
    stage.boundExtent("i", tile.queries);
  }
  /// Lanes along the features of values: guards within vectors would cost more
  /// than narrow ones.
  int64_t valueLanes() const {
    int64_t powerOfTwo = width & -width;
    return std::min(powerOfTwo, kernel.machine().lanes);
  }
  int64_t countAccumulators(int64_t vectors, int64_t most) const {
    // Registers that are left for sums when operands have theirs.
    int64_t available = kernel.machine().registers - 4;
    return std::clamp<int64_t>(available / vectors, 1, most);
  }

  KernelLowering &kernel;
  nn::AttentionOp attention;
  QueryTile tile;
  RowPlace place; ///< of the funcs of a tile

  /// Rows of an operand that are copied for a tile, in runs.
  struct GatheredRows {
    std::string name;
    int64_t rows, columns, run;
  };
  SmallVector<GatheredRows> gathered;
};

} // namespace

//===----------------------------------------------------------------------===//
// Algorithm
//===----------------------------------------------------------------------===//

/// Makes name(column, row, outer...) what is read as `operand`, if its rows lie
/// scattered. Where a tile is not full, its last query is repeated.
void AttentionLowering::gatherRows(StringRef name, Value operand) {
  if (!hasScatteredRows(operand) || kernel.elements.hasSource(operand))
    return;
  ArrayRef<int64_t> shape = shapeOf(operand);
  bool isTiled = operand == attention.getQuery() &&
                 operand != attention.getKey() &&
                 operand != attention.getValue() && queries > tile.queries;
  kernel.defineFunc(name, withOuter({"c", "r"}),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      Value row = isTiled ? clampQuery(expr, vars[1]) : vars[1];
                      return getFactor(kernel, expr, operand,
                                       vars.drop_front(2), row, vars[0]);
                    });
  kernel.elements.setSource(operand, name);
  int64_t rows = isTiled ? tile.queries : shape[shape.size() - 2];
  int64_t run = findRowRun(operand);
  gathered.push_back(
      {name.str(), rows, shape.back(), !isTiled && rows % run == 0 ? run : 1});
}

void AttentionLowering::defineScores() {
  double scale = attention.getScale().convertToDouble();
  kernel.defineFunc(
      "q", withOuter({"i", "c"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value row = clampQuery(expr, vars[0]);
        Value element = getFactor(kernel, expr, attention.getQuery(),
                                  vars.drop_front(2), row, vars[1]);
        return scale == 1 ? element : expr.mul(element, expr.number(scale));
      });
  halide::FuncOp dot = kernel.defineFunc(
      "dot", withOuter({"i", "j"}),
      [](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0); });
  size_t pureCount = 2 + outerVars.size();
  kernel.addUpdate(
      dot, kernel.defineRDom("features", {"rc"}, {features}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> outer = all.slice(2, outerVars.size());
        Value c = all[pureCount];
        Indices query = {all[0], c};
        llvm::append_range(query, outer);
        Value key =
            getFactor(kernel, expr, attention.getKey(), outer, all[1], c);
        return expr.add(expr.call("dot", all.take_front(pureCount)),
                        expr.mul(expr.call("q", query), key));
      });
  kernel.defineFunc(
      "s", withOuter({"i", "j"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        return getScore(kernel, expr, attention, expr.call("dot", vars),
                        vars.drop_front(2), clampQuery(expr, vars[0]), vars[1]);
      });
}

/// name(i, outer...) combines element(i, j, outer...) over j.
void AttentionLowering::defineReduction(
    StringRef name, double start,
    llvm::function_ref<Value(ExprBuilder &, Value, Value)> combine,
    StringRef element) {
  halide::FuncOp func = kernel.defineFunc(
      name, withOuter({"i"}),
      [&](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(start); });
  std::string variable = ("r_" + name).str();
  kernel.addUpdate(
      func, kernel.defineRDom(("keys_" + name).str(), {variable}, {keys}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        Indices indices = {all.front(), all.back()};
        llvm::append_range(indices, all.drop_front().drop_back());
        return combine(expr, expr.call(name, all.drop_back()),
                       expr.call(element, indices));
      });
}

void AttentionLowering::defineSoftmax() {
  defineReduction(
      "max", -std::numeric_limits<float>::infinity(),
      [](ExprBuilder &expr, Value a, Value b) { return expr.max(a, b); }, "s");
  kernel.defineFunc(
      "e", withOuter({"i", "j"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Indices row = {vars[0]};
        llvm::append_range(row, vars.drop_front(2));
        Value weight =
            expr.exp(expr.sub(expr.call("s", vars), expr.call("max", row)));
        return roundWeight(expr, weight, element);
      });
  defineReduction(
      "sum", 0,
      [](ExprBuilder &expr, Value a, Value b) { return expr.add(a, b); }, "e");
  kernel.defineFunc("inverse", withOuter({"i"}),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.div(expr.number(1), expr.call("sum", vars));
                    });
}

void AttentionLowering::defineResult() {
  halide::FuncOp mix = kernel.defineFunc(
      "mix", withOuter({"d", "i"}),
      [](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0); });
  kernel.addUpdate(mix, kernel.defineRDom("keys_mix", {"r_mix"}, {keys}),
                   [&](ExprBuilder &expr, ArrayRef<Value> all) {
                     ArrayRef<Value> outer = all.slice(2, outerVars.size());
                     Value j = all.back();
                     Indices weight = {all[1], j};
                     llvm::append_range(weight, outer);
                     Value value = getFactor(kernel, expr, attention.getValue(),
                                             outer, j, all[0]);
                     return expr.add(expr.call("mix", all.drop_back()),
                                     expr.mul(expr.call("e", weight), value));
                   });
  defineAttentionOutput(kernel, attention);
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

void AttentionLowering::scheduleOutput() {
  Stage out = kernel.outputStage();
  int64_t lanes = valueLanes();
  int64_t vectors = width / lanes;
  out.split("d", "dv", "dl", lanes, TailStrategy::RoundUp).vectorize("dl");
  SmallVector<Dimension> places = outer;
  std::string rows = "m";
  if (queries > tile.queries) {
    out.split("m", "mt", "mm", tile.queries, exactTail(queries, tile.queries));
    places.push_back({"mt", int64_t(llvm::divideCeil(queries, tile.queries))});
    rows = "mm";
  }
  int64_t mixRows = std::min(countAccumulators(vectors, 8), queries);
  out.split(rows, "mo", "mi", mixRows, TailStrategy::GuardWithIf).unroll("mi");

  place = schedulePlaces(out, {"dl", "dv", "mi", "mo"}, places,
                         tile.queries * keys * (features + width));
}

/// Rows are contiguous: vectors run along them, and where a row is need be
/// found once. With a loop for each run little is left to be found for a row:
/// the quotient and the remainder by its length are loop variables.
void AttentionLowering::scheduleGatheredRows() {
  for (const GatheredRows &copy : gathered) {
    Stage stage = kernel.stage(copy.name);
    place.compute(stage);
    int64_t lanes = chooseLanes(copy.columns, kernel.machine());
    stage.boundExtent("c", copy.columns)
        .boundExtent("r", copy.rows)
        .split("c", "cv", "cl", lanes, exactTail(copy.columns, lanes))
        .vectorize("cl");
    if (copy.run > 1)
      stage.split("r", "ro", "ri", copy.run, TailStrategy::RoundUp);
  }
}

void AttentionLowering::tileQueries(Stage &stage) const {
  stage.split("i", "iv", "il", tile.lanes, TailStrategy::RoundUp)
      .vectorize("il")
      .unroll("iv");
}

void AttentionLowering::scheduleScores() {
  Stage q = kernel.stage("q");
  compute(q);
  tileQueries(q);
  Stage s = kernel.stage("s");
  compute(s);
  tileQueries(s);
  int64_t columns =
      std::min(countAccumulators(tile.queries / tile.lanes, 8), keys);
  s.split("j", "jo", "ji", columns, exactTail(keys, columns))
      .reorder({"il", "iv", "ji", "jo"})
      .unroll("ji");
  Stage dot = kernel.stage("dot");
  dot.boundExtent("i", tile.queries).computeAt("s", "jo");
  tileQueries(dot);
  dot.split("j", "ja", "jb", columns, TailStrategy::GuardWithIf).unroll("jb");
  Stage update = kernel.stage("dot", 0);
  tileQueries(update);
  update.split("j", "ja", "jb", columns, TailStrategy::GuardWithIf)
      .unroll("jb")
      .reorder({"il", "iv", "jb", "rc", "ja"});
}

void AttentionLowering::scheduleSoftmax() {
  for (StringRef name : {"max", "sum"}) {
    Stage initial = kernel.stage(name);
    compute(initial);
    tileQueries(initial);
    Stage update = kernel.stage(name, 0);
    tileQueries(update);
    update.reorder({"il", "iv", ("r_" + name).str()});
  }
  for (StringRef name : {"e", "inverse"}) {
    Stage stage = kernel.stage(name);
    compute(stage);
    tileQueries(stage);
  }
}

void AttentionLowering::scheduleMix() {
  int64_t lanes = valueLanes();
  int64_t vectors = width / lanes;
  int64_t rows = std::min(countAccumulators(vectors, 8), queries);
  auto tileMix = [&](Stage &stage) {
    stage.split("d", "dv", "dl", lanes, TailStrategy::RoundUp)
        .vectorize("dl")
        .split("i", "ia", "ib", rows, TailStrategy::GuardWithIf)
        .unroll("ib");
    if (vectors <= kernel.machine().registers)
      stage.unroll("dv");
  };
  Stage initial = kernel.stage("mix");
  initial.computeAt(KernelLowering::outputName, "mo")
      .storeOnStack(rows * width);
  tileMix(initial);
  Stage update = kernel.stage("mix", 0);
  tileMix(update);
  update.reorder({"dl", "dv", "ib", "r_mix", "ia"});
}

void lowerAttentionOfTiles(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionLowering(kernel, attention).run();
}

void lowerAttention(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionShape shape(attention);
  if (shape.multipliesTiles(kernel.machine()))
    lowerAttentionOnTiles(kernel, attention);
  else if (shape.hasQueryLanes())
    lowerAttentionOfTiles(kernel, attention);
  else
    lowerAttentionOfRows(kernel, attention);
}

//===----------------------------------------------------------------------===//
// All forms
//===----------------------------------------------------------------------===//

AttentionShape::AttentionShape(nn::AttentionOp attention) {
  element = getElementTypeOrSelf(attention.getQuery());
  ArrayRef<int64_t> query = shapeOf(attention.getQuery());
  size_t outerCount = query.size() - 2;
  queries = query[outerCount];
  features = query.back();
  keys = shapeOf(attention.getKey())[outerCount];
  width = shapeOf(attention.getValue()).back();
  for (size_t i = 0; i < outerCount; ++i)
    outer.push_back({"o" + std::to_string(i), query[i]});
  outerVars = namesInnermostFirst(outer);
}

void defineAttentionOutput(KernelLowering &kernel, nn::AttentionOp attention) {
  kernel.elements.setComputed(
      attention.getResult(), [](ExprBuilder &expr, ArrayRef<Value> indices) {
        Indices mixed(llvm::reverse(indices));
        return expr.mul(expr.call("mix", mixed),
                        expr.call("inverse", ArrayRef(mixed).drop_front()));
      });
  AttentionShape shape(attention);
  SmallVector<Dimension> dims = shape.outer;
  dims.push_back({"m", shape.queries});
  dims.push_back({"d", shape.width});
  kernel.defineOutput(resultNames(kernel, attention.getResult(), dims));
}

/// The index of an operand's element: outer dimensions, given innermost first,
/// row, column.
static Indices indexOperand(ArrayRef<Value> outer, Value row, Value column) {
  Indices indices(llvm::reverse(outer));
  indices.push_back(row);
  indices.push_back(column);
  return indices;
}

Value getFactor(KernelLowering &kernel, ExprBuilder &expr, Value operand,
                ArrayRef<Value> outer, Value row, Value column) {
  Value factor =
      kernel.elements.get(expr, operand, indexOperand(outer, row, column));
  return expr.cast(factor, Float32Type::get(factor.getContext()));
}

Value roundWeight(ExprBuilder &expr, Value weight, Type element) {
  return expr.cast(expr.cast(weight, element), weight.getType());
}

RowPlace schedulePlaces(Stage &out, Names order, SmallVector<Dimension> places,
                        int64_t work) {
  // Multiply-adds of a task, so that handing it to a thread does not show.
  constexpr int64_t taskSize = 1 << 15;
  bool hasSerial = false;
  std::string innermost = places.empty() ? "" : places.back().name;
  while (!places.empty() && work < taskSize &&
         !ShapedType::isDynamic(places.back().extent)) {
    work *= places.back().extent;
    order.push_back(places.back().name);
    places.pop_back();
    hasSerial = true;
  }
  Names tasks = namesInnermostFirst(places);
  llvm::append_range(order, tasks);
  out.reorder(order);
  std::string task = out.parallel(tasks);
  return {hasSerial ? innermost : task};
}

/// The element of a tensor that broadcasts to the scores.
static Value getBroadcast(KernelLowering &kernel, ExprBuilder &expr,
                          Value tensor, ArrayRef<Value> outer, Value i,
                          Value j) {
  ArrayRef<int64_t> shape = shapeOf(tensor);
  Indices indices = indexOperand(outer, i, j);
  indices.erase(indices.begin(), indices.end() - shape.size());
  for (auto [index, extent] : llvm::zip_equal(indices, shape))
    if (extent == 1)
      index = expr.index(0);
  return kernel.elements.get(expr, tensor, indices);
}

Value getScore(KernelLowering &kernel, ExprBuilder &expr,
               nn::AttentionOp attention, Value score, ArrayRef<Value> outer,
               Value i, Value j) {
  for (Value addend : attention.getAddends())
    score = expr.add(score, getBroadcast(kernel, expr, addend, outer, i, j));
  Value keep = attention.getKeep();
  if (!keep)
    return score;
  return expr.select(getBroadcast(kernel, expr, keep, outer, i, j), score,
                     expr.number(attention.getMasked()->convertToDouble()));
}

} // namespace vitrail
