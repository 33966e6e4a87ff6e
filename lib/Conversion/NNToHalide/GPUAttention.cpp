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
// A thread has some queries and, of these, the scores of some keys and then the
// sums of some features; where keys are not copied, it has the scores of a key
// and all queries. Threads lie along keys or features (x) and along
// queries (y). Maxima and sums of each thread's queries are in its registers.
//
//===----------------------------------------------------------------------===//

#include "GPUAttention.h"

#include "llvm/ADT/Sequence.h"

namespace vitrail {

using namespace mlir;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// A vector of the output each, so that what is loaded of a weight and of a
/// value serves as many sums as there can be.
int64_t AttentionOnGPU::chooseColumnThreads() const {
  constexpr uint64_t least = 8, most = 32;
  return std::clamp(
      llvm::bit_ceil(uint64_t(llvm::divideCeil(width, vectorOfWidth))), least,
      most);
}

/// All threads have as many, as far as they fit into registers. Rows that lie
/// in the device's memory are read once for a block: a thread has all queries
/// with one key.
int64_t AttentionOnGPU::chooseKeysOfThread() const {
  if (hasKeysAlone())
    return 1;
  int64_t turns = llvm::divideCeil(keys, columnThreads * mostKeysOfThread);
  return llvm::divideCeil(keys, columnThreads * turns);
}

/// Rows that take more than a multiplication to find are found once for a
/// block, if there is room for them.
bool AttentionOnGPU::isCopied(Value operand) const {
  constexpr int64_t mostBytes = 8 << 10;
  return hasScatteredRows(operand) &&
         keys * shapeOf(operand).back() * int64_t(sizeof(float)) <= mostBytes;
}

int64_t AttentionOnGPU::countSharedBytes(int64_t size) const {
  int64_t elements =
      size * (keys + paddedKeys + features + gpuVectorSize + 2 * columnThreads);
  for (Value operand : {attention.getKey(), attention.getValue()})
    if (isCopied(operand))
      elements += keys * (shapeOf(operand).back() + gpuVectorSize);
  return elements * int64_t(sizeof(float));
}

/// As many queries as fit, of which the last tile lacks the fewest.
QueriesOfBlock AttentionOnGPU::chooseTile() const {
  QueriesOfBlock best;
  double bestCost = std::numeric_limits<double>::infinity();
  for (int64_t ofThread : llvm::seq_inclusive<int64_t>(1, mostQueriesOfThread))
    for (int64_t threads :
         llvm::seq_inclusive<int64_t>(1, mostThreads / columnThreads)) {
      int64_t size = ofThread * threads;
      bool isFirst = size == 1;
      if (!isFirst && countSharedBytes(size) > mostSharedBytes)
        break;
      int64_t tiles = llvm::divideCeil(queries, size);
      // Keys are read once for each tile; a thread of few queries loads more
      // for each multiply-add, and few threads wait more.
      double cost = (tiles * size + 2 * tiles) * (1 + 2.0 / ofThread) *
                    (1 + 64.0 / (threads * columnThreads));
      if (hasKeysAlone())
        cost *= llvm::alignTo(keys, threads * columnThreads);
      if (cost >= bestCost)
        continue;
      best = {size, ofThread};
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
  halide::FuncOp func = kernel.defineFunc(
      name, withOuter({"c", "r"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        return getFactor(kernel, expr, operand, vars.drop_front(2), vars[1],
                         vars[0]);
      });
  kernel.elements.setSource(operand, name);
  copies.push_back({name.str(), func, shapeOf(operand).back()});
}

/// dot(j, i) = the product of a query and a key, or the last one.
void AttentionOnGPU::defineDot() {
  kernel.defineFunc("query", withOuter({"c", "i"}),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.call("q", vars);
                    });
  kernel.defineFunc("key", withOuter({"c", "j"}),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return getFactor(kernel, expr, attention.getKey(),
                                       vars.drop_front(2),
                                       clampKey(expr, vars[1]), vars[0]);
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
}

void AttentionOnGPU::defineScores() {
  double scale = attention.getScale().convertToDouble();
  qFunc = kernel.defineFunc(
      "q", withOuter({"c", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value row = clampQuery(expr, vars[1]);
        Value element = getFactor(kernel, expr, attention.getQuery(),
                                  vars.drop_front(2), row, vars[0]);
        return scale == 1 ? element : expr.mul(element, expr.number(scale));
      });
  defineDot();
  kernel.defineFunc(
      "s", withOuter({"j", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        return getScore(kernel, expr, attention, expr.call("dot", vars),
                        vars.drop_front(2), clampQuery(expr, vars[1]), vars[0]);
      });
}

/// name_lanes(l, i) reduces every columnThreads-th element of a row of `func`,
/// name(i) all of them.
void AttentionOnGPU::reduceRow(StringRef name, StringRef func, bool isMax) {
  std::string lanesName = (name + "_lanes").str();
  auto start = [&](ExprBuilder &expr, ArrayRef<Value>) {
    return expr.number(isMax ? -std::numeric_limits<float>::infinity() : 0);
  };
  auto combine = [&](ExprBuilder &expr, Value lhs, Value rhs) {
    return isMax ? expr.max(lhs, rhs) : expr.add(lhs, rhs);
  };
  halide::FuncOp lanes =
      kernel.defineFunc(lanesName, withOuter({"l", "i"}), start);
  kernel.addUpdate(
      lanes,
      kernel.defineRDom(lanesName + "_domain", {"x"},
                        {paddedKeys / columnThreads}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> pure = all.drop_back();
        Value j = expr.addIndex(expr.scaleIndex(all.back(), columnThreads),
                                pure.front());
        // A maximum does not mind the last element again; weights beyond the
        // last are zero.
        if (isMax && keys != paddedKeys)
          j = clampKey(expr, j);
        return combine(expr, expr.call(lanesName, pure),
                       callOfRow(expr, func, j, pure.drop_front()));
      });
  halide::FuncOp total = kernel.defineFunc(name, rowVars, start);
  kernel.addUpdate(
      total,
      kernel.defineRDom((name + "_domain").str(), {"l"}, {columnThreads}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        return combine(expr, expr.call(name, all.drop_back()),
                       callOfRow(expr, lanesName, all.back(), all.drop_back()));
      });
}

void AttentionOnGPU::defineSoftmax() {
  reduceRow("max", "s", /*isMax=*/true);
  kernel.defineFunc(
      "e", withOuter({"j", "i"}), [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        ArrayRef<Value> row = vars.drop_front();
        bool isExact = keys == paddedKeys;
        Value j = isExact ? vars[0] : clampKey(expr, vars[0]);
        Value exponent =
            expr.sub(callOfRow(expr, "s", j, row), expr.call("max", row));
        Value weight = roundWeight(expr, expr.exp(exponent), element);
        return isExact ? weight
                       : expr.select(expr.below(vars[0], keys), weight,
                                     expr.number(0));
      });
  reduceRow("sum", "e", /*isMax=*/false);
  kernel.defineFunc("inverse", rowVars,
                    [](ExprBuilder &expr, ArrayRef<Value> rows) {
                      return expr.div(expr.number(1), expr.call("sum", rows));
                    });
}

/// A thread's features, and the keys of a step, may go beyond the last.
void AttentionOnGPU::defineValues() {
  kernel.defineFunc("weight", withOuter({"j", "i"}),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.call("e", vars);
                    });
  kernel.defineFunc(
      "value", withOuter({"dv", "dw", "j"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value vector = vars[1], j = vars[2];
        if (width % (vectorOfWidth * columnThreads) != 0)
          vector = expr.clampIndex(vector, 0, width / vectorOfWidth - 1);
        if (keys != paddedKeys)
          j = clampKey(expr, j);
        Value d =
            expr.addIndex(expr.scaleIndex(vector, vectorOfWidth), vars[0]);
        return getFactor(kernel, expr, attention.getValue(), vars.drop_front(3),
                         j, d);
      });
}

void AttentionOnGPU::defineResult() {
  defineValues();
  halide::FuncOp mix = kernel.defineFunc(
      "mix", withOuter({"d", "i"}),
      [](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0); });
  kernel.addUpdate(
      mix, kernel.defineRDom("keys_mix", {"r_mix"}, {paddedKeys}),
      [&](ExprBuilder &expr, ArrayRef<Value> all) {
        ArrayRef<Value> row = all.slice(1, 1 + outerVars.size());
        Indices value = {expr.moduloIndex(all[0], vectorOfWidth),
                         expr.divideIndex(all[0], vectorOfWidth), all.back()};
        llvm::append_range(value, row.drop_front());
        Value weight = callOfRow(expr, "weight", all.back(), row);
        return expr.add(expr.call("mix", all.drop_back()),
                        expr.mul(weight, expr.call("value", value)));
      });
  defineAttentionOutput(kernel, attention);
}

void lowerAttentionOnGPU(KernelLowering &kernel, nn::AttentionOp attention) {
  AttentionOnGPU(kernel, attention).run();
}

} // namespace vitrail
