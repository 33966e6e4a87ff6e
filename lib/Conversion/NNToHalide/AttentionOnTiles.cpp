//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention of bf16 on a matrix unit, a block of queries at a time. Keys and
// values are copied into panels, as weights are packed: pairs of features of
// all keys, and pairs of keys of all features of values. Lanes are keys.
//
//   q(c, i)       = query(i, c)                          pairs of c filled up
//   key_panels(g, j, c)   = key(j, 2 c + g)
//   dot(j, i)     = sum over c of q(c, i) * key(j, c)    on the unit
//   s(j, i)       = scale * dot(j, i) + addends(i, j), masked
//   max(i)        = max over j of s(j, i)
//   e(j, i)       = exp(s(j, i) - max(i)), rounded       0 beyond the last key
//   sum(i)        = sum over j of e(j, i)
//   value_panels(g, d, j) = value(2 j + g, d)
//   mix(d, i)     = sum over j of e(j, i) * value(j, d)  on the unit
//   out           = mix(d, i) / sum(i)
//
// Scores are computed where they are read, for the maximum and again for the
// exponential: what is added to the product is a load.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "vitrail/Conversion/NNToHalide/MatrixUnit.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

/// Rows of a block: two tiles, all that the unit multiplies at a time.
constexpr int64_t blockRows = 32;
/// As many tasks as a few threads share. With more, each of which copies keys
/// and values, twice the threads would not be faster.
constexpr int64_t minTasks = 8;

class AttentionOnTiles : AttentionShape {
public:
  AttentionOnTiles(KernelLowering &kernel, nn::AttentionOp attention)
      : AttentionShape(attention), kernel(kernel), attention(attention),
        scale(attention.getScale().convertToDouble()),
        rowVars(withOuter({"i"})),
        max{"max", RowReduction::Kind::Max, rowVars, keys, {}},
        sum{"sum", RowReduction::Kind::Sum, rowVars, keys, {}} {
    int64_t blocks = llvm::divideCeil(queries, blockRows);
    rows = llvm::divideCeil(queries, blocks);
    int64_t matrices = 1;
    for (const Dimension &dim : outer)
      if (!ShapedType::isDynamic(dim.extent))
        matrices *= dim.extent;
    int64_t chunks =
        std::min<int64_t>(blocks, llvm::divideCeil(minTasks, matrices));
    chunkRows = rows * llvm::divideCeil(blocks, chunks);
  }

  void run() {
    defineFactors();
    defineProduct("dot", "j", "features", divideIntoPairs(features), "q",
                  "key_panels");
    defineSoftmax();
    defineProduct("mix", "d", "keys", paddedKeys() / bf16Group, "e",
                  "value_panels");
    defineAttentionOutput(kernel, attention);
    schedule();
  }

private:
  static int64_t divideIntoPairs(int64_t extent) {
    return llvm::divideCeil(extent, bf16Group);
  }
  /// Columns of one product and groups of the other: whole tiles of both.
  int64_t paddedKeys() const {
    return llvm::alignTo(keys, bf16Group * matrixUnitColumns);
  }
  int64_t paddedWidth() const {
    return llvm::alignTo(width, matrixUnitColumns);
  }
  /// Of pairs: the number `pair` has two elements from 2 pair on.
  static Value getInPair(ExprBuilder &expr, Value pair, Value g) {
    return expr.addIndex(expr.scaleIndex(pair, bf16Group), g);
  }
  /// An index along `extent` elements; those beyond the last count as the last.
  static Value clampTo(ExprBuilder &expr, Value index, int64_t extent,
                       int64_t padded) {
    return padded == extent ? index : expr.clampIndex(index, 0, extent - 1);
  }
  Value clampQuery(ExprBuilder &expr, Value i) const {
    return clampTo(expr, i, queries, llvm::alignTo(queries, rows));
  }
  Value getElement(ExprBuilder &expr, Value operand, ArrayRef<Value> outer,
                   Value row, Value column) const {
    return expr.cast(getFactor(kernel, expr, operand, outer, row, column),
                     element);
  }

  void defineFactors();
  void defineProduct(StringRef name, StringRef column, StringRef domain,
                     int64_t pairs, StringRef lhs, StringRef panels);
  void defineSoftmax();
  void defineWeights();
  Value getScore(ExprBuilder &expr, Value j, ArrayRef<Value> row) const;

  void schedule();
  RowPlace scheduleOutput();
  void schedulePanels(const RowPlace &place);
  void scheduleProduct(StringRef name, StringRef column, int64_t columns);
  void scheduleWeights();
  /// In the loop over blocks.
  void compute(Stage &stage) const {
    block.compute(stage);
    stage.boundExtent("i", rows);
  }

  KernelLowering &kernel;
  nn::AttentionOp attention;
  double scale;
  Names rowVars; ///< innermost first
  RowReduction max, sum;
  int64_t rows;      ///< of a block; blocks are as equal as can be
  int64_t chunkRows; ///< of the blocks of a task
  const RowPlace block{"mo"};
};

} // namespace

//===----------------------------------------------------------------------===//
// Algorithm
//===----------------------------------------------------------------------===//

/// The left-hand side of the first product, and the panels of both.
void AttentionOnTiles::defineFactors() {
  int64_t paddedFeatures = bf16Group * divideIntoPairs(features);
  kernel.defineFunc(
      "q", withOuter({"c", "i"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value column = clampTo(expr, vars[0], features, paddedFeatures);
        Value query = getElement(expr, attention.getQuery(), vars.drop_front(2),
                                 clampQuery(expr, vars[1]), column);
        if (paddedFeatures == features)
          return query;
        return expr.select(expr.below(vars[0], features), query,
                           expr.number(0, element));
      },
      element);
  kernel.defineFunc(
      "key_panels", withOuter({"g", "j", "c"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value row = clampTo(expr, vars[1], keys, paddedKeys());
        Value column = clampTo(expr, getInPair(expr, vars[2], vars[0]),
                               features, paddedFeatures);
        return getElement(expr, attention.getKey(), vars.drop_front(3), row,
                          column);
      },
      element);
  kernel.defineFunc(
      "value_panels", withOuter({"g", "d", "j"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value row = clampTo(expr, getInPair(expr, vars[2], vars[0]), keys,
                            paddedKeys());
        Value column = clampTo(expr, vars[1], width, paddedWidth());
        return getElement(expr, attention.getValue(), vars.drop_front(3), row,
                          column);
      },
      element);
}

/// name(n, i) = sum over pairs k and g of lhs(2 k + g, i) * panels(g, n, k)
void AttentionOnTiles::defineProduct(StringRef name, StringRef column,
                                     StringRef domain, int64_t pairs,
                                     StringRef lhs, StringRef panels) {
  Names vars = withOuter({column.str(), "i"});
  halide::FuncOp func =
      kernel.defineFunc(name, vars, [](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(0);
      });
  kernel.addUpdate(
      func,
      kernel.defineRDom(domain, {("g_" + name).str(), ("k_" + name).str()},
                        {bf16Group, pairs}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> pure = all.take_front(vars.size());
        Value g = all[vars.size()], k = all[vars.size() + 1];
        Indices left = {getInPair(expr, k, g)};
        llvm::append_range(left, pure.drop_front());
        Indices right = {g, pure.front(), k};
        llvm::append_range(right, pure.drop_front(2));
        Value old = expr.call(name, pure);
        Type type = old.getType();
        Value product =
            expr.mul(expr.cast(expr.call(lhs, left, element), type),
                     expr.cast(expr.call(panels, right, element), type));
        return expr.add(old, product);
      });
}

/// What goes into the softmax; `row` is the query and the outer dimensions.
Value AttentionOnTiles::getScore(ExprBuilder &expr, Value j,
                                 ArrayRef<Value> row) const {
  Indices indices = {j};
  llvm::append_range(indices, row);
  Value score = expr.call("dot", indices);
  if (scale != 1)
    score = expr.mul(score, expr.number(scale));
  return vitrail::getScore(kernel, expr, attention, score, row.drop_front(),
                           clampQuery(expr, row.front()), j);
}

void AttentionOnTiles::defineSoftmax() {
  max.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> row, Value j,
                         ArrayRef<Value>) { return getScore(expr, j, row); });
  defineWeights();
  sum.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> row, Value j,
                         ArrayRef<Value>) {
    Indices indices = {j};
    llvm::append_range(indices, row);
    return expr.cast(expr.call("e", indices, element),
                     expr.number(0).getType());
  });
  kernel.defineFunc("inverse", rowVars,
                    [](ExprBuilder &expr, ArrayRef<Value> row) {
                      return expr.div(expr.number(1), expr.call("sum", row));
                    });
}

/// Zeros first: updates fill vectors of keys, the last of which ends with the
/// last key.
void AttentionOnTiles::defineWeights() {
  halide::FuncOp weights = kernel.defineFunc(
      "e", withOuter({"j", "i"}),
      [&](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(0, element);
      },
      element);
  size_t pureCount = 1 + rowVars.size();
  auto store = [&](PipelineExprBuilder &expr, ArrayRef<Value> pure, Value j) {
    ArrayRef<Value> row = pure.drop_front();
    Value weight =
        expr.exp(expr.sub(getScore(expr, j, row), expr.call("max", row)));
    Indices coordinates = {j};
    llvm::append_range(coordinates, row);
    expr.yield(expr.cast(weight, element), coordinates);
  };
  int64_t lanes = chooseLanes(keys, kernel.machine());
  kernel.addStore(
      weights,
      kernel.defineRDom("vectors", {"jl", "jv"}, {lanes, keys / lanes}),
      [&](PipelineExprBuilder &expr, ArrayRef<Value> all) {
        Value first = expr.scaleIndex(all[pureCount + 1], lanes);
        store(expr, all.take_front(pureCount),
              expr.addIndex(first, all[pureCount]));
      });
  if (keys % lanes == 0)
    return;
  kernel.addStore(weights, kernel.defineRDom("last_vector", {"jr"}, {lanes}),
                  [&](PipelineExprBuilder &expr, ArrayRef<Value> all) {
                    Value last = expr.index(keys - lanes);
                    store(expr, all.take_front(pureCount),
                          expr.addIndex(last, all[pureCount]));
                  });
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

/// Blocks of queries, in chunks that have a copy of keys and values each.
RowPlace AttentionOnTiles::scheduleOutput() {
  Stage out = kernel.outputStage();
  int64_t lanes = std::min(width & -width, kernel.machine().lanes);
  out.split("d", "dv", "dl", lanes, TailStrategy::RoundUp).vectorize("dl");
  SmallVector<Dimension> places = outer;
  std::string row = "m";
  if (chunkRows < queries) {
    out.split("m", "mc", "mt", chunkRows, exactTail(queries, chunkRows));
    places.push_back({"mc", int64_t(llvm::divideCeil(queries, chunkRows))});
    row = "mt";
  }
  out.split(row, "mo", "mi", rows, exactTail(queries, rows));
  return schedulePlaces(out, {"dl", "dv", "mi", "mo"}, places,
                        std::min(chunkRows, queries) * keys *
                            (features + width));
}

/// A pair of a key's features lies in memory as in the panel; those of values
/// come of two rows.
void AttentionOnTiles::schedulePanels(const RowPlace &place) {
  Stage keyPanels = kernel.stage("key_panels");
  place.compute(keyPanels);
  keyPanels.boundExtent("g", bf16Group)
      .boundExtent("j", paddedKeys())
      .boundExtent("c", divideIntoPairs(features))
      .vectorize("g")
      .reorder({"g", "c", "j"});
  Stage valuePanels = kernel.stage("value_panels");
  place.compute(valuePanels);
  valuePanels.boundExtent("g", bf16Group)
      .boundExtent("d", paddedWidth())
      .boundExtent("j", paddedKeys() / bf16Group)
      .split("d", "dv", "dl", matrixUnitColumns, TailStrategy::RoundUp)
      .vectorize("dl")
      .unroll("g")
      .reorder({"dl", "g", "dv", "j"});
}

void AttentionOnTiles::scheduleProduct(StringRef name, StringRef column,
                                       int64_t columns) {
  Stage initial = kernel.stage(name);
  compute(initial);
  initial.boundExtent(column, columns).storeOnStack(rows * columns);
  kernel.stage(name, 0).multiplyOnTiles();
}

void AttentionOnTiles::scheduleWeights() {
  int64_t lanes = kernel.machine().lanes;
  Stage zeros = kernel.stage("e");
  compute(zeros);
  zeros.boundExtent("j", paddedKeys())
      .split("j", "jo", "ji", lanes, TailStrategy::RoundUp)
      .vectorize("ji");
  kernel.stage("e", 0).allowRaceConditions().vectorize("jl");
  if (keys % chooseLanes(keys, kernel.machine()) != 0)
    kernel.stage("e", 1).allowRaceConditions().vectorize("jr");
}

void AttentionOnTiles::schedule() {
  schedulePanels(scheduleOutput());
  Stage q = kernel.stage("q");
  compute(q);
  int64_t columns = bf16Group * divideIntoPairs(features);
  int64_t lanes = chooseLanes(columns, kernel.machine());
  q.boundExtent("c", columns)
      .split("c", "cv", "cl", lanes, exactTail(columns, lanes))
      .vectorize("cl");
  scheduleProduct("dot", "j", paddedKeys());
  max.schedule(kernel, block);
  scheduleWeights();
  sum.schedule(kernel, block);
  Stage inverse = kernel.stage("inverse");
  compute(inverse);
  scheduleProduct("mix", "d", paddedWidth());
}

void lowerAttentionOnTiles(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionOnTiles(kernel, attention).run();
}

} // namespace vitrail
