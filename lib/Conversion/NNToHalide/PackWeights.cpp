//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-pack-weights: panels of weights, laid out while compiling.
//
//===----------------------------------------------------------------------===//

#include "KernelArguments.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Conversion/NNToHalide/Tiling.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

namespace {

using namespace mlir;

ProductShape describeProduct(nn::LinearOp linear) {
  ProductShape product;
  RankedTensorType type = linear.getResult().getType();
  RankedTensorType weight = linear.getWeight().getType();
  ArrayRef<int64_t> result = type.getShape();
  product.n = result.back();
  product.k = weight.getNumElements() / product.n;
  product.m = result.size() < 2 ? 1 : result[result.size() - 2];
  if (ShapedType::isDynamic(*product.m))
    product.m = std::nullopt;
  return product;
}

/// [n, k...] -> [panels, k..., width], zero beyond n.
Value packPanels(OpBuilder &builder, Location loc, Value weight,
                 int64_t width) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rank = type.getRank();
  int64_t features = type.getDimSize(0);
  int64_t padded = llvm::alignTo(features, width);
  if (padded != features) {
    SmallVector<int64_t> low(rank, 0), high(rank, 0);
    high[0] = padded - features;
    weight =
        nn::PadOp::create(builder, loc, weight, low, high, llvm::APFloat(0.0));
  }
  SmallVector<int64_t> split = {padded / width, width};
  llvm::append_range(split, type.getShape().drop_front());
  weight = nn::ReshapeOp::create(
      builder, loc, RankedTensorType::get(split, type.getElementType()),
      weight);
  SmallVector<int64_t> permutation = {0};
  llvm::append_range(permutation, llvm::seq<int64_t>(2, rank + 1));
  permutation.push_back(1);
  return nn::TransposeOp::create(builder, loc, weight, permutation);
}

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;

  void runOnOperation() override {
    SmallVector<nn::LinearOp> linears;
    getOperation().walk(
        [&](nn::LinearOp linear) { linears.push_back(linear); });
    for (nn::LinearOp linear : linears)
      pack(linear);
  }

  void pack(nn::LinearOp linear) {
    auto kernel = linear->getParentOfType<func::FuncOp>();
    auto argument = dyn_cast<BlockArgument>(linear.getWeight());
    if (!kernel->hasAttr("nn.kernel") || !argument || !argument.hasOneUse())
      return;
    unsigned position = argument.getArgNumber();
    SmallVector<func::CallOp> calls =
        findCallsWithConstant(kernel, position, getOperation());
    if (calls.empty())
      return;

    Machine machine{lanes, registers, l2Bytes};
    ProductShape product = describeProduct(linear);
    int64_t width = chooseTile(product, machine).columns;
    Type panelType;
    for (func::CallOp call : calls) {
      OpBuilder builder(call);
      Value panels =
          packPanels(builder, call.getLoc(), call.getOperand(position), width);
      call.setOperand(position, panels);
      panelType = panels.getType();
    }
    setArgumentType(argument, panelType);
    OpBuilder builder(linear);
    Value packedProduct =
        nn::PackedLinearOp::create(builder, linear.getLoc(), linear.getInput(),
                                   argument, linear.getBias(), product.n);
    linear.replaceAllUsesWith(packedProduct);
    linear.erase();
    ++packed;
  }
};

} // namespace
} // namespace vitrail
