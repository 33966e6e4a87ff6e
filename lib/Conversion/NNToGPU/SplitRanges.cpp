//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-split-ranges: a product of integers on tensor cores, and what makes rows
// integers in ranges of their own, become two kernels.
//
//===----------------------------------------------------------------------===//

#include "DeviceRows.h"
#include "DivideKernel.h"
#include "TensorProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"

namespace vitrail {
#define GEN_PASS_DEF_SPLITRANGES
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

struct SplitRanges : impl::SplitRangesBase<SplitRanges> {
  using SplitRangesBase::SplitRangesBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("nn.kernel"))
        if (nn::QuantizeOp integers = findRows(kernel)) {
          integers = flatten(integers);
          divideKernel(kernel,
                       {{integers.getResult(), integers.getRange()},
                        /*isProductFirst=*/false},
                       "_range", symbols);
          ++divided;
        }
  }

private:
  static nn::QuantizeOp findRows(func::FuncOp kernel);
  static nn::QuantizeOp flatten(nn::QuantizeOp integers);
};

} // namespace

/// The rows that a kernel of their own can store; or null.
nn::QuantizeOp SplitRanges::findRows(func::FuncOp kernel) {
  auto products = llvm::to_vector(kernel.front().getOps<nn::PackedLinearOp>());
  if (products.size() != 1 || !isForTensorCores(products.front()) ||
      !describeKernel(kernel).empty())
    return nullptr;
  nn::QuantizeOp integers = findQuantizedRows(products.front());
  bool canStore = integers && describeRanges(integers).empty();
  return canStore ? integers : nullptr;
}

/// Makes one dimension of those that a row has.
nn::QuantizeOp SplitRanges::flatten(nn::QuantizeOp integers) {
  auto range = integers.getRange().getDefiningOp<nn::ReduceOp>();
  int64_t count = int64_t(range.getAxes().size());
  if (count == 1)
    return integers;
  OpBuilder builder(integers);
  Location loc = integers.getLoc();
  Value input = integers.getInput();
  SmallVector<nn::Extent> extents =
      nn::getExtents(cast<RankedTensorType>(input.getType()));
  int64_t width = 1;
  for (int64_t i = 0; i < count; ++i)
    width *= extents.pop_back_val().size;
  int64_t axis = int64_t(extents.size());
  extents.push_back({width, false});
  auto reshape = [&](Value value, RankedTensorType type) -> Value {
    return nn::ReshapeOp::create(builder, loc, type, value);
  };
  input = reshape(input, nn::getTensorType(extents, builder.getF32Type()));
  Value flatRange =
      nn::ReduceOp::create(builder, loc, input, range.getKind(),
                           ArrayRef<int64_t>{axis}, /*keep_dims=*/true);
  auto flat = nn::QuantizeOp::create(builder, loc, input, flatRange);
  range.replaceAllUsesWith(reshape(flatRange, range.getType()));
  integers.replaceAllUsesWith(reshape(flat, integers.getType()));
  integers.erase();
  range.erase();
  return flat;
}

} // namespace vitrail
