//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The schedule of products on GPUs.
//
//===----------------------------------------------------------------------===//

#include "GPUContraction.h"

namespace vitrail {

using namespace mlir;
using halide::MemoryType;
using halide::TailStrategy;

/// Returns the loop of blocks. Blocks of the same rows are neighbours. Threads
/// that had slices of the same sums store some of these each.
std::string ContractionOnGPU::scheduleStore() {
  Stage store = kernel.stage(storeName());
  if (resultRows)
    store.computeRoot();
  store.split("n", "no", "ni", vectorSize, exactTail(product.n, vectorSize))
      .split("no", "nb", "nt", vectorsOfTile(),
             exactTail(countVectors(), vectorsOfTile()))
      .split("nt", "nv", "tx", tile.columnThreads, TailStrategy::RoundUp);
  if (product.n % vectorSize == 0)
    store.vectorize("ni");
  else
    store.unroll("ni");
  Names inner = {"nv"}, blocks = {"nb"};
  if (hasRows) {
    store
        .split("m", "mb", "r", tile.countRows(),
               exactTail(shape.m, tile.countRows()))
        .split("r", "mi", "ty", tile.rowThreads, TailStrategy::RoundUp);
    inner.push_back("mi");
    blocks.push_back("mb");
  } else {
    store.split("nb", "nb", "ty", 1, TailStrategy::RoundUp);
  }
  Names threads = {"tx", "ty"};
  if (hasSlices()) {
    int64_t count = tile.vectors * tile.rows;
    int64_t share = llvm::divideCeil(count, tile.slices);
    std::string whole = inner.front();
    if (hasRows)
      whole = store.fuse({"nv", "mi"});
    store.split(whole, "tz", "vi", share, exactTail(count, share));
    inner = {"vi"};
    threads.push_back("tz");
  }
  Names order = {"ni"};
  llvm::append_range(order, inner);
  llvm::append_range(order, threads);
  llvm::append_range(blocks, llvm::reverse(outerNames));
  llvm::append_range(order, blocks);
  store.reorder(order);
  for (const std::string &loop : inner)
    store.unroll(loop);
  for (const std::string &loop : threads)
    store.threads(loop);
  return store.blocks(blocks);
}

/// One tile, whose extents Halide cannot tell where the matrix ends.
void ContractionOnGPU::bindTile(Stage &stage) const {
  stage.boundExtent("ni", vectorSize)
      .boundExtent("nv", tile.vectors)
      .boundExtent("mi", tile.rows)
      .boundExtent("tx", tile.columnThreads)
      .boundExtent("ty", tile.rowThreads)
      .boundExtent("tz", tile.slices)
      .boundExtent("nb", 1)
      .boundExtent("mb", 1);
}

/// The loops of a stage of sums: what a thread has, `k`, the threads, the rest.
static void spreadSums(Stage stage, const Names &k, const Names &rest) {
  Names order = {"ni", "nv", "mi"};
  llvm::append_range(order, k);
  llvm::append_range(order, Names{"tx", "ty", "tz"});
  llvm::append_range(order, rest);
  stage.reorder(order).vectorize("ni").unroll("nv").unroll("mi");
  for (const std::string &loop : k)
    stage.unroll(loop);
  stage.threads("tx").threads("ty").threads("tz");
}

void ContractionOnGPU::scheduleSums(StringRef block) {
  Stage initial = kernel.stage("sums");
  initial.computeAt(storeName(), block).storeIn(MemoryType::Register);
  bindTile(initial);
  spreadSums(initial, {}, {});
  spreadSums(kernel.stage("sums", 0), {"ki", "kq"}, {"step"});
}

void ContractionOnGPU::scheduleSlices(StringRef block) {
  Stage slices = kernel.stage("slices");
  slices.computeAt(storeName(), block).storeIn(MemoryType::GPUShared);
  bindTile(slices);
  spreadSums(slices, {}, {});
}

void ContractionOnGPU::scheduleParts() {
  kernel.stage("rows")
      .computeAt("sums", "kq")
      .boundExtent("ki", vectorSize)
      .boundExtent("mi", tile.rows)
      .vectorize("ki")
      .unroll("mi");
  kernel.stage("columns")
      .computeAt("sums", "ki")
      .boundExtent("ni", vectorSize)
      .boundExtent("nv", tile.vectors)
      .vectorize("ni")
      .unroll("nv");
}

/// Gives all threads some of the `count` vectors of the loops `inner` and
/// `outer` each, neighbours to neighbours.
void ContractionOnGPU::spreadLoads(Stage &stage, const std::string &vector,
                                   bool isVector, const std::string &inner,
                                   const std::string &outer,
                                   int64_t count) const {
  int64_t threads = tile.countThreads();
  std::string all = stage.fuse({inner, outer});
  stage.split(all, "turn", "thread", threads, exactTail(count, threads))
      .split("thread", "others", "tx", tile.columnThreads,
             TailStrategy::RoundUp)
      .split("others", "tz", "ty", tile.rowThreads, TailStrategy::RoundUp)
      .reorder({vector, "turn", "tx", "ty", "tz"})
      .unroll("turn")
      .threads("tx")
      .threads("ty")
      .threads("tz");
  if (isVector)
    stage.vectorize(vector);
  else
    stage.unroll(vector);
}

void ContractionOnGPU::scheduleOperands() {
  int64_t vectors = tile.depth() / vectorSize;
  Stage left = kernel.stage("left");
  left.computeAt("sums", "step")
      .storeIn(MemoryType::GPUShared)
      .boundExtent("ki", vectorSize)
      .boundExtent("kq", vectors)
      .boundExtent("r", tile.countRows())
      .boundExtent("step", 1);
  padRows(leftFunc, "kq", vectors, /*vectorSize=*/1);
  // OpenCL has no vectors of conditions.
  spreadLoads(left, "ki", /*isVector=*/!hasTail(), "kq", "r",
              vectors * tile.countRows());

  Stage right = kernel.stage("right");
  right.computeAt("sums", "step")
      .storeIn(MemoryType::GPUShared)
      .boundExtent("ni", vectorSize)
      .boundExtent("nt", vectorsOfTile())
      .boundExtent("k", tile.depth())
      .boundExtent("step", 1);
  spreadLoads(right, "ni", /*isVector=*/true, "nt", "k",
              vectorsOfTile() * tile.depth());
}

void ContractionOnGPU::scheduleResultNorm() {
  SmallVector<Dimension> dims = resultDimensions();
  Names inner = vectorizeRows(kernel, dims.back());
  resultRows->schedule(scheduleRows(kernel, inner, ArrayRef(dims).drop_back(),
                                    dims.back().extent));
}

} // namespace vitrail
