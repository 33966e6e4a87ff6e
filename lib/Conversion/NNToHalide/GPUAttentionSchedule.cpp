//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The schedule of attention on GPUs.
//
//===----------------------------------------------------------------------===//

#include "GPUAttention.h"

namespace vitrail {

using namespace mlir;
using halide::MemoryType;
using halide::TailStrategy;

void AttentionOnGPU::spread(Stage stage, const std::string &x,
                            const Names &inner) {
  Names order = {"ii"};
  llvm::append_range(order, inner);
  llvm::append_range(order, Names{x, "io"});
  stage.split("i", "io", "ii", tile.ofThread, TailStrategy::RoundUp)
      .reorder(order)
      .unroll("ii")
      .threads(x)
      .threads("io");
}

void AttentionOnGPU::scheduleOutput() {
  Stage out = kernel.outputStage();
  out.split("d", "do", "di", widthOfThread, exactTail(width, widthOfThread))
      .split("di", "dw", "dv", vectorOfWidth, TailStrategy::RoundUp)
      .unroll("dw")
      .vectorize("dv");
  Names blocks;
  std::string rows = "m";
  if (queries > tile.all) {
    out.split("m", "mt", "mm", tile.all, exactTail(queries, tile.all));
    blocks.push_back("mt");
    rows = "mm";
  }
  out.split(rows, "mo", "mi", tile.ofThread,
            exactTail(std::min(queries, tile.all), tile.ofThread))
      .unroll("mi");
  llvm::append_range(blocks, outerVars);
  if (blocks.empty()) {
    out.split("mo", "only", "mo", tile.countThreads(),
              TailStrategy::GuardWithIf);
    blocks.push_back("only");
  }
  Names order = {"dv", "dw", "mi", "do", "mo"};
  llvm::append_range(order, blocks);
  out.reorder(order).threads("do").threads("mo");
  place.loop = out.blocks(blocks);
  place.rows = tile.all;
  place.rowThreads = tile.countThreads();
}

/// Gives all threads of the block some vectors of a func's `columns` each,
/// neighbours to neighbours.
void AttentionOnGPU::spreadVectors(Stage &stage, const std::string &column,
                                   int64_t columns, const std::string &row,
                                   int64_t rows) {
  int64_t vector = columns % gpuVectorSize == 0 ? gpuVectorSize : 1;
  stage.boundExtent(column, columns)
      .boundExtent(row, rows)
      .split(column, "vector", "element", vector, TailStrategy::RoundUp);
  std::string all = stage.fuse({"vector", row});
  int64_t threads = columnThreads * tile.countThreads();
  stage.split(all, "turn", "thread", threads, TailStrategy::GuardWithIf)
      .split("thread", "ty", "tx", columnThreads, TailStrategy::RoundUp)
      .reorder({"element", "turn", "tx", "ty"})
      .vectorize("element")
      .threads("tx")
      .threads("ty");
}

void AttentionOnGPU::scheduleCopies() {
  for (const Copy &copy : copies) {
    Stage stage = kernel.stage(copy.name);
    computeInBlock(stage, place, keys * copy.columns);
    spreadVectors(stage, "c", copy.columns, "r", keys);
    padRows(copy.func, "c", copy.columns);
  }
}

void AttentionOnGPU::scheduleDot() {
  int64_t queriesOfDot = hasKeysAlone() ? tile.all : tile.ofThread;
  kernel.stage("dot")
      .computeAt("s", "jo")
      .boundExtent("j", keysOfThread)
      .boundExtent("i", queriesOfDot)
      .unroll("j")
      .unroll("i");
  kernel.stage("dot", 0)
      .split("rc", "co", "ci", vectorOfFeatures, TailStrategy::Auto)
      .reorder({"ci", "j", "i", "co"})
      .unroll("ci")
      .unroll("j")
      .unroll("i");
  kernel.stage("key")
      .computeAt("dot", "co")
      .boundExtent("c", vectorOfFeatures)
      .boundExtent("j", keysOfThread)
      .vectorize("c")
      .unroll("j");
  kernel.stage("query")
      .computeAt("dot", "i")
      .boundExtent("c", vectorOfFeatures)
      .vectorize("c");
}

void AttentionOnGPU::scheduleScores() {
  Stage q = kernel.stage("q");
  computeInBlock(q, place, tile.all * features);
  spreadVectors(q, "c", features, "i", tile.all);
  padRows(qFunc, "c", features);

  Stage s = kernel.stage("s");
  computeInBlock(s, place, tile.all * keys);
  s.boundExtent("i", tile.all).boundExtent("j", keys);
  if (hasKeysAlone()) {
    int64_t turn = columnThreads * tile.countThreads();
    s.split("j", "jo", "jt", turn, exactTail(keys, turn))
        .split("jt", "jy", "jl", columnThreads, TailStrategy::RoundUp)
        .reorder({"i", "jo", "jl", "jy"})
        .unroll("i")
        .threads("jl")
        .threads("jy");
  } else {
    int64_t turn = columnThreads * keysOfThread;
    s.split("j", "jo", "jt", turn, exactTail(keys, turn))
        .split("jt", "jl", "ji", keysOfThread, TailStrategy::RoundUp)
        .unroll("ji");
    spread(s, "jl", {"ji", "jo"});
  }
  scheduleDot();
}

/// The reduction of a row that reduceRow defines: of the block, and of each
/// thread in the loop `loop` of `at`.
void AttentionOnGPU::scheduleRow(StringRef name, StringRef at, StringRef loop) {
  std::string lanesName = (name + "_lanes").str();
  Stage lanes = kernel.stage(lanesName);
  computeInBlock(lanes, place, columnThreads * tile.all);
  lanes.boundExtent("l", columnThreads).boundExtent("i", tile.all);
  spread(lanes, "l", {});
  spread(kernel.stage(lanesName, 0), "l", {"x"});
  kernel.stage(name)
      .computeAt(at, loop)
      .boundExtent("i", tile.ofThread)
      .unroll("i");
  kernel.stage(name, 0).reorder({"i", "l"}).unroll("i");
}

void AttentionOnGPU::scheduleSoftmax() {
  Stage e = kernel.stage("e");
  computeInBlock(e, place, tile.all * paddedKeys);
  e.boundExtent("i", tile.all)
      .boundExtent("j", paddedKeys)
      .split("j", "jo", "jl", columnThreads, TailStrategy::RoundUp);
  spread(e, "jl", {"jo"});
  scheduleRow("max", "e", "jl");
  scheduleRow("sum", KernelLowering::outputName, "do");
  kernel.stage("inverse")
      .computeAt(KernelLowering::outputName, "do")
      .boundExtent("i", tile.ofThread)
      .unroll("i");
}

void AttentionOnGPU::scheduleMix() {
  kernel.stage("mix")
      .computeAt(KernelLowering::outputName, "do")
      .boundExtent("d", widthOfThread)
      .boundExtent("i", tile.ofThread)
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
      .boundExtent("i", tile.ofThread)
      .vectorize("j")
      .unroll("i");
  kernel.stage("value")
      .computeAt("mix", "jo")
      .boundExtent("dv", vectorOfWidth)
      .boundExtent("dw", widthOfThread / vectorOfWidth)
      .boundExtent("j", keysOfStep)
      .vectorize("dv")
      .unroll("dw")
      .unroll("j");
}

} // namespace vitrail
