//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention for one query at a time, as in a step of a decoder. Lanes are
// features in the product with the keys, keys in the softmax, and features in
// the product with the values; all are read in place.
//
//   dot(j, i) = sum over c of query(i, c) * key(j, c)
//   s(j, i)   = scale * dot(j, i) + addends(i, j), masked
//   max(i)    = max over j of s(j, i)
//   e(j, i)   = exp(s(j, i) - max(i))
//   sum(i)    = sum over j of e(j, i)
//   mix(d, i) = sum over j of e(j, i) * value(j, d)
//   out       = mix(d, i) / sum(i)
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

namespace vitrail {

using namespace mlir;
using halide::TailStrategy;

namespace {

class AttentionOfRows : AttentionShape {
public:
  AttentionOfRows(KernelLowering &kernel, nn::AttentionOp attention)
      : AttentionShape(attention), kernel(kernel), attention(attention),
        rowVars(withOuter({"i"})), scoreVars(withOuter({"j", "i"})),
        dot{"dot", RowReduction::Kind::Sum, scoreVars, features, {}},
        max{"max", RowReduction::Kind::Max, rowVars, keys, {}},
        sum{"sum", RowReduction::Kind::Sum, rowVars, keys, {}},
        valueLanes(std::min(width & -width, kernel.machine().lanes)) {}

  void run() {
    defineScores();
    defineSoftmax();
    defineResult();
    schedule();
  }

private:
  void defineScores();
  void defineSoftmax();
  void defineResult();
  void schedule();
  RowPlace scheduleOutput();
  void scheduleMix(const RowPlace &place);

  /// name(x, rows...)
  static Value callOfRow(ExprBuilder &expr, StringRef name, Value x,
                         ArrayRef<Value> rows) {
    Indices indices = {x};
    llvm::append_range(indices, rows);
    return expr.call(name, indices);
  }

  KernelLowering &kernel;
  nn::AttentionOp attention;
  Names rowVars, scoreVars; ///< innermost first
  RowReduction dot, max, sum;
  /// Guards within vectors would cost more than narrow ones.
  int64_t valueLanes;
};

} // namespace

void AttentionOfRows::defineScores() {
  dot.define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> score, Value c,
                         ArrayRef<Value>) {
    ArrayRef<Value> outer = score.drop_front(2);
    Value query =
        getFactor(kernel, expr, attention.getQuery(), outer, score[1], c);
    Value key = getFactor(kernel, expr, attention.getKey(), outer, score[0], c);
    return expr.mul(query, key);
  });
  double scale = attention.getScale().convertToDouble();
  kernel.defineFunc("s", scoreVars,
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      Value score = expr.call("dot", vars);
                      if (scale != 1)
                        score = expr.mul(score, expr.number(scale));
                      return getScore(kernel, expr, attention, score,
                                      vars.drop_front(2), vars[1], vars[0]);
                    });
}

void AttentionOfRows::defineSoftmax() {
  max.define(kernel,
             [](ExprBuilder &expr, ArrayRef<Value> rows, Value j,
                ArrayRef<Value>) { return callOfRow(expr, "s", j, rows); });
  kernel.defineFunc(
      "e", scoreVars, [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value weight = expr.exp(expr.sub(expr.call("s", vars),
                                         expr.call("max", vars.drop_front())));
        return roundWeight(expr, weight, element);
      });
  sum.define(kernel,
             [](ExprBuilder &expr, ArrayRef<Value> rows, Value j,
                ArrayRef<Value>) { return callOfRow(expr, "e", j, rows); });
  kernel.defineFunc("inverse", rowVars,
                    [](ExprBuilder &expr, ArrayRef<Value> rows) {
                      return expr.div(expr.number(1), expr.call("sum", rows));
                    });
}

void AttentionOfRows::defineResult() {
  Names vars = {"d"};
  llvm::append_range(vars, rowVars);
  halide::FuncOp mix =
      kernel.defineFunc("mix", vars, [](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(0);
      });
  kernel.addUpdate(mix, kernel.defineRDom("keys", {"r"}, {keys}),
                   [&](ExprBuilder &expr, ArrayRef<Value> all) {
                     ArrayRef<Value> rows = all.slice(1, rowVars.size());
                     Value j = all.back();
                     Value value = getFactor(kernel, expr, attention.getValue(),
                                             rows.drop_front(), j, all[0]);
                     return expr.add(
                         expr.call("mix", all.drop_back()),
                         expr.mul(callOfRow(expr, "e", j, rows), value));
                   });
  defineAttentionOutput(kernel, attention);
}

/// A row is all that one query needs; rows share a task where they are short.
RowPlace AttentionOfRows::scheduleOutput() {
  kernel.outputStage()
      .split("d", "dv", "dl", valueLanes, TailStrategy::RoundUp)
      .vectorize("dl");
  Names inner = {"dl", "dv"};
  SmallVector<Dimension> rows = outer;
  if (queries == 1 && !outer.empty())
    inner.push_back("m");
  else
    rows.push_back({"m", queries});
  return scheduleRows(kernel, inner, rows, keys * (features + width));
}

void AttentionOfRows::scheduleMix(const RowPlace &place) {
  auto tile = [&](Stage stage) {
    stage.split("d", "dv", "dl", valueLanes, TailStrategy::RoundUp)
        .vectorize("dl");
    if (width / valueLanes <= kernel.machine().registers / 2)
      stage.unroll("dv");
    return stage;
  };
  Stage initial = tile(kernel.stage("mix"));
  place.compute(initial);
  tile(kernel.stage("mix", 0)).reorder({"dl", "dv", "r"});
}

void AttentionOfRows::schedule() {
  RowPlace place = scheduleOutput();
  dot.schedule(kernel, {"j", "s"});
  Stage scores = kernel.stage("s");
  place.compute(scores);
  max.schedule(kernel, place);
  Stage exponentials = kernel.stage("e");
  place.compute(exponentials);
  exponentials
      .split("j", "jo", "jl", chooseLanes(keys, kernel.machine()),
             TailStrategy::ShiftInwards)
      .vectorize("jl");
  sum.schedule(kernel, place);
  Stage inverse = kernel.stage("inverse");
  place.compute(inverse);
  scheduleMix(place);
}

void lowerAttentionOfRows(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionOfRows(kernel, attention).run();
}

} // namespace vitrail
