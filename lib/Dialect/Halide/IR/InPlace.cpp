//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decided on the pipeline itself, expressions and loops, so that it holds
// whatever was fused into a kernel: an input that a norm, a product or an index
// map reads as well has a call elsewhere or at other indices.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/Halide/IR/InPlace.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace vitrail::halide;

/// Whether the loops of `func`, whose variables have these extents, compute
/// each of its elements once. One that was computed again would see its own
/// result in the place of the input.
static bool computesOnce(PipelineOp pipeline, FuncOp func,
                         ArrayRef<int64_t> extents) {
  llvm::StringMap<int64_t> loops;
  for (auto [name, extent] : llvm::zip_equal(func.getVarNames(), extents))
    loops[name] = extent;
  auto isOfFunc = [&](auto op) { return op.getFunc() == func.getSymName(); };
  for (Operation &op : *pipeline.getBodyBlock()) {
    if (auto split = dyn_cast<SplitOp>(op); split && isOfFunc(split)) {
      int64_t extent = loops.lookup(split.getVar());
      int64_t factor = split.getFactor();
      bool isKnown = !ShapedType::isDynamic(extent);
      bool isExact = isKnown && extent % factor == 0;
      if (split.getTail() != TailStrategy::GuardWithIf &&
          !(split.getTail() == TailStrategy::RoundUp && isExact))
        return false;
      loops[split.getOuter()] =
          isKnown ? llvm::divideCeil(extent, factor) : extent;
      loops[split.getInner()] = factor;
    } else if (auto fuse = dyn_cast<FuseOp>(op); fuse && isOfFunc(fuse)) {
      // No schedule splits it again in a way that would need its extent.
      loops[fuse.getFused()] = ShapedType::kDynamic;
    }
  }
  return true;
}

/// Whether `call` reads the element of the place that `func` computes.
static bool isAtSamePlace(CallOp call, FuncOp func, ArrayRef<int64_t> extents) {
  auto isSame = [](Value index, BlockArgument variable, int64_t extent) {
    return index == variable || (extent == 1 && matchPattern(index, m_Zero()));
  };
  auto variables = func.getBodyBlock()->getArguments();
  if (call->getParentOp() != func ||
      call.getIndices().size() != variables.size())
    return false;
  for (auto [index, variable, extent] :
       llvm::zip_equal(call.getIndices(), variables, extents))
    if (!isSame(index, variable, extent))
      return false;
  return true;
}

bool vitrail::halide::canBeOverwritten(InputOp input, OutputOp output) {
  auto pipeline = input->getParentOfType<PipelineOp>();
  FuncOp func = pipeline.lookupFunc(output.getFunc());
  if (input.getElementType() != func.getElementType() ||
      input.getExtents() != output.getExtents() || input.getStrides() ||
      output.getStrides() || !pipeline.getUpdateOps(output.getFunc()).empty() ||
      !computesOnce(pipeline, func, input.getExtents()))
    return false;
  // An input that nobody reads does not belong to this output.
  bool isRead = false, isReadElsewhere = false;
  pipeline.walk([&](CallOp call) {
    if (call.getCallee() != input.getSymName())
      return;
    isRead = true;
    isReadElsewhere |= !isAtSamePlace(call, func, input.getExtents());
  });
  return isRead && !isReadElsewhere;
}
