//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention on GPUs. A block has a tile of queries, for one head of one sample
// or window; what its threads share is kept in shared memory:
//
//   key_rows(c, j), value_rows(d, j)     copies, where rows lie scattered
//   q(c, i)   = scale * query(i, c)
//   s(j, i)   = sum over c of q(c, i) * key(j, c) + addends(i, j), masked
//   max(i)    = max over j of s(j, i)
//   e(j, i)   = exp(s(j, i) - max(i))
//   sum(i)    = sum over j of e(j, i)
//   mix(d, i) = sum over j of e(j, i) * value(j, d)
//   out       = mix(d, i) / sum(i)
//
// Threads lie along keys or features (x) and along some queries each (y).
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "GPU.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

/// Threads of a block along keys or features: a warp.
constexpr int64_t rowThreads = 32;
/// Queries of a thread at most, whose sums stay in registers.
constexpr int64_t mostQueriesOfThread = 4;
constexpr int64_t mostThreads = 512;
/// Keys whose weights and values are loaded at a time.
constexpr int64_t keysOfStep = 4;

class AttentionOnGPU : AttentionShape {
public:
  AttentionOnGPU(KernelLowering &kernel, nn::AttentionOp attention)
      : AttentionShape(attention), kernel(kernel), attention(attention),
        rowVars(withOuter({"i"})), tile(chooseTile()),
        queriesOfThread(std::min(tile, mostQueriesOfThread)),
        featuresOfStep(features % 4 == 0 ? 4 : 1),
        paddedKeys(llvm::alignTo(keys, keysOfStep)),
        widthOfThread(llvm::divideCeil(width, rowThreads)),
        max{"max", RowReduction::Kind::Max, rowVars, keys, {}},
        sum{"sum", RowReduction::Kind::Sum, rowVars, keys, {}} {}

  void run() {
    copyRows("key_rows", attention.getKey());
    copyRows("value_rows", attention.getValue());
    defineScores();
    defineSoftmax();
    defineResult();
    scheduleOutput();
    scheduleCopies();
    scheduleScores();
    scheduleSoftmax();
    scheduleMix();
  }

private:
  int64_t countSharedBytes(int64_t size) const;
  int64_t chooseTile() const;
  bool isCopied(Value operand) const;
  void copyRows(StringRef name, Value operand);
  void defineScores();
  void defineSoftmax();
  void defineResult();
  void scheduleOutput();
  void scheduleCopies();
  void scheduleScores();
  void scheduleSoftmax();
  void scheduleMix();

  /// A query of the tile; those beyond the last count as the last.
  Value clampQuery(ExprBuilder &expr, Value i) const {
    return queries % tile == 0 ? i : expr.clampIndex(i, 0, queries - 1);
  }
  static Value callOfRow(ExprBuilder &expr, StringRef name, Value x,
                         ArrayRef<Value> rows) {
    Indices indices = {x};
    llvm::append_range(indices, rows);
    return expr.call(name, indices);
  }
  /// Threads along `x` and along the queries of a tile, of which a thread has
  /// some in a loop "ii".
  void spread(Stage stage, const std::string &x, const Names &inner);

  KernelLowering &kernel;
  mutable nn::AttentionOp attention; // a handle: accessors are not const
  Names rowVars;
  int64_t tile; ///< queries of a block
  int64_t queriesOfThread;
  int64_t featuresOfStep; ///< of a product with keys: a vector, if they divide
  int64_t paddedKeys;     ///< whole steps; those beyond the last weigh nothing
  int64_t widthOfThread;
  RowReduction max, sum;
  RowPlace place;
  SmallVector<std::pair<std::string, int64_t>> copies; ///< name, columns
};

} // namespace

/// Rows that take more than a multiplication to find are found once for a
/// block, if there is room for them.
bool AttentionOnGPU::isCopied(Value operand) const {
  constexpr int64_t mostBytes = 8 << 10;
  return hasScatteredRows(operand) &&
         keys * shapeOf(operand).back() * int64_t(sizeof(float)) <= mostBytes;
}

int64_t AttentionOnGPU::countSharedBytes(int64_t size) const {
  int64_t elements = size * (keys + llvm::alignTo(keys, keysOfStep) + features +
                             2 * (rowThreads + 1) + 1);
  for (Value operand : {attention.getKey(), attention.getValue()})
    if (isCopied(operand))
      elements += keys * shapeOf(operand).back();
  return elements * int64_t(sizeof(float));
}

/// As many queries as fit, of which the last tile lacks the fewest.
int64_t AttentionOnGPU::chooseTile() const {
  constexpr int64_t fullTile = mostThreads / rowThreads * mostQueriesOfThread;
  int64_t most =
      std::min<int64_t>(llvm::alignTo(queries, mostQueriesOfThread), fullTile);
  int64_t best = 1, bestCost = std::numeric_limits<int64_t>::max();
  for (int64_t size = 1; size <= most; ++size) {
    bool isWhole =
        size % mostQueriesOfThread == 0 || size < mostQueriesOfThread;
    if (!isWhole || (size > 1 && countSharedBytes(size) > sharedBytes))
      continue;
    // Keys are read once for each tile.
    int64_t tiles = llvm::divideCeil(queries, size);
    int64_t cost = tiles * size + 2 * tiles;
    if (cost > bestCost)
      continue;
    best = size;
    bestCost = cost;
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Algorithm
//===----------------------------------------------------------------------===//

/// Makes name(column, row, outer...) what is read as `operand`.
void AttentionOnGPU::copyRows(StringRef name, Value operand) {
  if (!isCopied(operand) || kernel.elements.hasSource(operand))
    return;
  kernel.defineFunc(name, withOuter({"c", "r"}),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return kernel.elements.get(
                          expr, operand,
                          indexOperand(vars.drop_front(2), vars[1], vars[0]));
                    });
  kernel.elements.setSource(operand, name);
  copies.push_back({name.str(), shapeOf(operand).back()});
}

void AttentionOnGPU::defineScores() {
  double scale = attention.getScale().convertToDouble();
  kernel.defineFunc(
      "q", withOuter({"c", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value row = clampQuery(expr, vars[1]);
        Value element =
            kernel.elements.get(expr, attention.getQuery(),
                                indexOperand(vars.drop_front(2), row, vars[0]));
        return scale == 1 ? element : expr.mul(element, expr.number(scale));
      });
  kernel.defineFunc("query", withOuter({"c", "i"}),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.call("q", vars);
                    });
  kernel.defineFunc("key", withOuter({"c", "j"}),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return kernel.elements.get(
                          expr, attention.getKey(),
                          indexOperand(vars.drop_front(2), vars[1], vars[0]));
                    });
  halide::FuncOp dot = kernel.defineFunc(
      "dot", withOuter({"j", "i"}),
      [](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0); });
  size_t pureCount = 2 + outerVars.size();
  kernel.addUpdate(
      dot, kernel.defineRDom("features", {"rc"}, {features}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> outer = all.slice(2, outerVars.size());
        Value c = all[pureCount];
        Indices query = {c, all[1]}, key = {c, all[0]};
        llvm::append_range(query, outer);
        llvm::append_range(key, outer);
        return expr.add(
            expr.call("dot", all.take_front(pureCount)),
            expr.mul(expr.call("query", query), expr.call("key", key)));
      });
  kernel.defineFunc(
      "s", withOuter({"j", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        return getScore(kernel, expr, attention, expr.call("dot", vars),
                        vars.drop_front(2), clampQuery(expr, vars[1]), vars[0]);
      });
}

void AttentionOnGPU::defineSoftmax() {
  max.define(kernel,
             [](ExprBuilder &expr, ArrayRef<Value> rows, Value j,
                ArrayRef<Value>) { return callOfRow(expr, "s", j, rows); });
  kernel.defineFunc(
      "e", withOuter({"j", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        ArrayRef<Value> row = vars.drop_front();
        bool isExact = keys == paddedKeys;
        Value j = isExact ? vars[0] : expr.clampIndex(vars[0], 0, keys - 1);
        Value weight = expr.exp(
            expr.sub(callOfRow(expr, "s", j, row), expr.call("max", row)));
        return isExact ? weight
                       : expr.select(expr.below(vars[0], keys), weight,
                                     expr.number(0));
      });
  sum.define(kernel,
             [](ExprBuilder &expr, ArrayRef<Value> rows, Value j,
                ArrayRef<Value>) { return callOfRow(expr, "e", j, rows); });
  kernel.defineFunc("inverse", rowVars,
                    [](ExprBuilder &expr, ArrayRef<Value> rows) {
                      return expr.div(expr.number(1), expr.call("sum", rows));
                    });
}

/// A thread's features, and the keys of a step, may go beyond the last.
void AttentionOnGPU::defineResult() {
  kernel.defineFunc("weight", withOuter({"j", "i"}),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.call("e", vars);
                    });
  kernel.defineFunc("value", withOuter({"d", "j"}),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      Value d = vars[0], j = vars[1];
                      if (width % widthOfThread != 0)
                        d = expr.clampIndex(d, 0, width - 1);
                      if (keys != paddedKeys)
                        j = expr.clampIndex(j, 0, keys - 1);
                      return kernel.elements.get(
                          expr, attention.getValue(),
                          indexOperand(vars.drop_front(2), j, d));
                    });
  halide::FuncOp mix = kernel.defineFunc(
      "mix", withOuter({"d", "i"}),
      [](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0); });
  kernel.addUpdate(mix, kernel.defineRDom("keys_mix", {"r_mix"}, {paddedKeys}),
                   [&](ExprBuilder &expr, ArrayRef<Value> all) {
                     ArrayRef<Value> row = all.slice(1, 1 + outerVars.size());
                     Indices value = {all[0], all.back()};
                     llvm::append_range(value, row.drop_front());
                     Value weight = callOfRow(expr, "weight", all.back(), row);
                     return expr.add(
                         expr.call("mix", all.drop_back()),
                         expr.mul(weight, expr.call("value", value)));
                   });
  defineAttentionOutput(kernel, attention);
}

//===----------------------------------------------------------------------===//
// Schedule
//===----------------------------------------------------------------------===//

void AttentionOnGPU::spread(Stage stage, const std::string &x,
                            const Names &inner) {
  Names order = {"ii"};
  llvm::append_range(order, inner);
  llvm::append_range(order, Names{x, "io"});
  stage.split("i", "io", "ii", queriesOfThread, TailStrategy::RoundUp)
      .reorder(order)
      .unroll("ii")
      .threads(x)
      .threads("io");
}

void AttentionOnGPU::scheduleOutput() {
  Stage out = kernel.outputStage();
  out.split("d", "do", "di", widthOfThread, exactTail(width, widthOfThread));
  Names blocks;
  std::string rows = "m";
  if (queries > tile) {
    out.split("m", "mt", "mm", tile, exactTail(queries, tile));
    blocks.push_back("mt");
    rows = "mm";
  }
  out.split(rows, "mo", "mi", queriesOfThread,
            exactTail(std::min(queries, tile), queriesOfThread))
      .unroll("mi");
  llvm::append_range(blocks, outerVars);
  if (blocks.empty()) {
    out.split("mo", "only", "mo", tile / queriesOfThread,
              TailStrategy::GuardWithIf);
    blocks.push_back("only");
  }
  Names order = {"di", "mi", "do", "mo"};
  llvm::append_range(order, blocks);
  out.reorder(order).threads("do").threads("mo");
  place.loop = out.blocks(blocks);
  place.rows = tile;
  place.rowThreads = tile / queriesOfThread;
}

void AttentionOnGPU::scheduleCopies() {
  for (const auto &[name, columns] : copies) {
    Stage stage = kernel.stage(name);
    computeInBlock(stage, place, keys * columns);
    constexpr int64_t rowsAtATime = 4;
    stage.boundExtent("c", columns)
        .boundExtent("r", keys)
        .split("c", "cv", "cl", rowThreads, TailStrategy::GuardWithIf)
        .split("r", "ro", "rl", rowsAtATime, TailStrategy::GuardWithIf)
        .reorder({"cv", "ro", "cl", "rl"})
        .threads("cl")
        .threads("rl");
  }
}

void AttentionOnGPU::scheduleScores() {
  Stage q = kernel.stage("q");
  computeInBlock(q, place, tile * features);
  q.boundExtent("i", tile)
      .boundExtent("c", features)
      .split("c", "cv", "cl", rowThreads, TailStrategy::GuardWithIf);
  spread(q, "cl", {"cv"});

  // Rows of keys lie apart: each is read once, for all queries.
  Stage s = kernel.stage("s");
  computeInBlock(s, place, tile * keys);
  s.boundExtent("i", tile)
      .boundExtent("j", keys)
      .split("j", "jo", "jt", place.rowThreads * rowThreads,
             TailStrategy::GuardWithIf)
      .split("jt", "jy", "jl", rowThreads, TailStrategy::GuardWithIf)
      .reorder({"i", "jo", "jl", "jy"})
      .unroll("i")
      .threads("jl")
      .threads("jy");

  kernel.stage("dot").computeAt("s", "jo").boundExtent("i", tile).unroll("i");
  Stage update = kernel.stage("dot", 0);
  update.split("rc", "co", "ci", featuresOfStep, TailStrategy::Auto)
      .reorder({"ci", "i", "co", "j"})
      .unroll("i")
      .unroll("ci");
  for (StringRef name : {"key", "query"}) {
    Stage part = kernel.stage(name);
    part.computeAt("dot", name == "key" ? "co" : "i")
        .boundExtent("c", featuresOfStep)
        .vectorize("c");
  }
}

void AttentionOnGPU::scheduleSoftmax() {
  max.schedule(kernel, place);
  Stage e = kernel.stage("e");
  computeInBlock(e, place, tile * paddedKeys);
  e.boundExtent("i", tile)
      .boundExtent("j", paddedKeys)
      .split("j", "jo", "jl", rowThreads, TailStrategy::GuardWithIf);
  spread(e, "jl", {"jo"});
  sum.schedule(kernel, place);
  computeForRowsOnGPU(kernel, "inverse", rowVars, place);
  for (StringRef name : {"max_lanes", "sum_lanes", "max", "sum", "inverse"})
    kernel.stage(name).boundExtent("i", tile);
}

void AttentionOnGPU::scheduleMix() {
  Stage initial = kernel.stage("mix");
  initial.computeAt(KernelLowering::outputName, "do")
      .boundExtent("d", widthOfThread)
      .boundExtent("i", queriesOfThread)
      .unroll("d")
      .unroll("i");
  kernel.stage("mix", 0)
      .split("r_mix", "jo", "ji", keysOfStep, TailStrategy::Auto)
      .reorder({"d", "i", "ji", "jo"})
      .unroll("d")
      .unroll("i")
      .unroll("ji");
  kernel.stage("weight")
      .computeAt("mix", "jo")
      .boundExtent("j", keysOfStep)
      .boundExtent("i", queriesOfThread)
      .vectorize("j")
      .unroll("i");
  kernel.stage("value")
      .computeAt("mix", "jo")
      .boundExtent("j", keysOfStep)
      .boundExtent("d", widthOfThread)
      .unroll("d")
      .unroll("j");
}

void lowerAttentionOnGPU(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionOnGPU(kernel, attention).run();
}

} // namespace vitrail
