//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Elements over threads, rows over blocks.
//
//===----------------------------------------------------------------------===//

#include "GPU.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;
using halide::MemoryType;
using halide::TailStrategy;

std::string spreadOnGPU(Stage stage, const Names &inner, const Names &dims) {
  // Four warps: enough to fill a multiprocessor with few blocks.
  constexpr int64_t threads = 128;
  if (dims.empty()) {
    stage.singleThread();
    return "";
  }
  Names order = inner;
  llvm::append_range(order, dims);
  stage.reorder(order);
  std::string all = stage.fuse(dims);
  stage.split(all, "block", "thread", threads, TailStrategy::GuardWithIf)
      .threads("thread")
      .blocks({"block"});
  return "thread";
}

/// Rows of a block: so many that its warps hide each other's latency, so few
/// that what is kept of each fits into shared memory, and that there are blocks
/// for the multiprocessors of a large GPU, unless rows are short.
static int64_t chooseRowsOfBlock(ArrayRef<Dimension> dims, int64_t rowSize) {
  constexpr int64_t most = 8, multiprocessors = 132, leastElements = 1024;
  int64_t extent = dims.back().extent;
  if (ShapedType::isDynamic(extent))
    return 1;
  int64_t rows =
      sharedBytes / 2 / int64_t(sizeof(float)) / std::max<int64_t>(rowSize, 1);
  int64_t all = 1;
  for (const Dimension &dim : dims)
    if (!ShapedType::isDynamic(dim.extent))
      all *= dim.extent;
  int64_t wanted = std::max(all / multiprocessors,
                            leastElements / std::max<int64_t>(rowSize, 1));
  rows = std::min({rows, most, extent, wanted});
  rows = std::max<int64_t>(rows, 1);
  // Guards cost little, but rows that are missing leave threads idle.
  for (int64_t divisor = rows; 2 * divisor > rows; --divisor)
    if (extent % divisor == 0)
      return divisor;
  return rows;
}

RowPlace scheduleRowsOnGPU(KernelLowering &kernel, const Names &inner,
                           ArrayRef<Dimension> rows, int64_t rowSize,
                           StringRef func) {
  Stage out = kernel.stage(func);
  if (rows.empty() && inner.empty()) {
    out.singleThread();
    return {"", func.str()};
  }
  RowPlace place;
  place.func = func.str();
  Names order = inner, blocks;
  if (rows.empty()) {
    // One block, whose loop has to be made.
    int64_t lanes = chooseLanes(rowSize, kernel.machine());
    out.split(inner.front(), "only", inner.front(),
              llvm::divideCeil(rowSize, lanes), TailStrategy::GuardWithIf);
    blocks.push_back("only");
  } else {
    const Dimension &last = rows.back();
    place.rows = chooseRowsOfBlock(rows, rowSize);
    place.rowThreads = place.rows;
    blocks.push_back(last.name);
    if (place.rows > 1) {
      out.split(last.name, "group", "row", place.rows,
                exactTail(last.extent, place.rows))
          .threads("row");
      order.push_back("row");
      blocks.back() = "group";
    } else if (inner.empty()) {
      // A block has a loop of threads.
      out.split(last.name, last.name, "lane", 1, TailStrategy::RoundUp)
          .threads("lane");
      order.push_back("lane");
    }
    for (const Dimension &row : llvm::reverse(rows.drop_back()))
      blocks.push_back(row.name);
  }
  llvm::append_range(order, blocks);
  out.reorder(order);
  place.loop = out.blocks(blocks);
  return place;
}

void computeInBlock(Stage &stage, const RowPlace &place, int64_t elements) {
  place.compute(stage);
  bool isSmall = elements * int64_t(sizeof(float)) <= sharedBytes;
  stage.storeIn(isSmall ? MemoryType::GPUShared : MemoryType::Heap);
}

void padRows(halide::FuncOp func, StringRef var, int64_t extent,
             int64_t vectorSize) {
  if (extent % vectorSize != 0)
    return;
  OpBuilder builder = OpBuilder::atBlockEnd(func->getBlock());
  int64_t vectors = extent / vectorSize;
  halide::AlignStorageOp::create(builder, func.getLoc(), func.getSymName(), var,
                                 (vectors | 1) * vectorSize);
}

/// Threads along the rows of a block, each with some of them.
static void spreadRows(Stage stage, std::string row, const RowPlace &place) {
  if (place.rows == 1)
    return;
  if (place.rowThreads != place.rows) {
    stage.split(row, row + "_thread", row, place.rows / place.rowThreads,
                TailStrategy::GuardWithIf);
    row += "_thread";
  }
  stage.threads(row);
}

void computeForRowsOnGPU(KernelLowering &kernel, StringRef name,
                         const Names &rows, const RowPlace &place) {
  Stage stage = kernel.stage(name);
  if (place.loop.empty()) {
    stage.computeRoot().singleThread();
    return;
  }
  computeInBlock(stage, place, place.rows);
  if (!rows.empty())
    spreadRows(stage, rows.front(), place);
}

void RowReduction::scheduleOnGPU(KernelLowering &kernel,
                                 const RowPlace &place) const {
  std::string lanesName = name + "_lanes";
  int64_t width = lanes(kernel);
  int64_t updates = extent % width == 0 ? 1 : 2;
  Stage laneStage = kernel.stage(lanesName);
  if (place.loop.empty()) {
    laneStage.computeRoot().singleThread();
    for (int64_t update : llvm::seq<int64_t>(0, updates))
      kernel.stage(lanesName, update).singleThread();
    kernel.stage(name).computeRoot().singleThread();
    kernel.stage(name, 0).singleThread();
    return;
  }
  auto spread = [&](Stage stage) {
    stage.threads("l");
    if (!rows.empty())
      spreadRows(stage, rows.front(), place);
  };
  computeInBlock(laneStage, place, width * place.rows);
  laneStage.boundExtent("l", width);
  spread(laneStage);
  for (int64_t update : llvm::seq<int64_t>(0, updates))
    spread(kernel.stage(lanesName, update));
  computeForRowsOnGPU(kernel, name, rows, place);
  if (!rows.empty())
    spreadRows(kernel.stage(name, 0), rows.front(), place);
}

} // namespace vitrail
