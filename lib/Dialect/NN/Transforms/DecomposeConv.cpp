//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-decompose-conv: a convolution is the product of its unfolded input and its
// weight, so that one family of kernels serves both.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_DECOMPOSECONV
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

struct ConvToLinear : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvOp conv,
                                PatternRewriter &rewriter) const override {
    Location loc = conv.getLoc();
    ArrayRef<int64_t> weight = conv.getWeight().getType().getShape();
    auto patches =
        UnfoldOp::create(rewriter, loc, conv.getInput(), weight.take_back(2),
                         conv.getStrides(), conv.getPadding());
    // [b, oh, ow, c, kh, kw] x [n, c, kh, kw] -> [b, oh, ow, n]
    auto product = LinearOp::create(rewriter, loc, patches, conv.getWeight(),
                                    conv.getBias());
    rewriter.replaceOpWithNewOp<TransposeOp>(conv, product,
                                             ArrayRef<int64_t>{0, 3, 1, 2});
    return success();
  }
};

struct DecomposeConv : impl::DecomposeConvBase<DecomposeConv> {
  void runOnOperation() override {
    getOperation()->walk([&](ConvOp) { ++decomposed; });
    RewritePatternSet patterns(&getContext());
    patterns.add<ConvToLinear>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace
} // namespace vitrail::nn
