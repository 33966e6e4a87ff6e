//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the product with the values back to the product with the keys: what lies
// between them is taken apart, one operation at a time.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "llvm/ADT/Sequence.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FORMATTENTION
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// What is between the two products.
struct Scores {
  MatmulOp product;
  double scale = 1;
  /// The last one first.
  SmallVector<Value> addends;
};

/// The number that all elements of a constant are.
std::optional<double> getSplat(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto splat = constant ? dyn_cast<SplatElementsAttr>(constant.getValue())
                        : SplatElementsAttr();
  if (!splat || !isa<FloatType>(splat.getElementType()))
    return std::nullopt;
  return splat.getSplatValue<APFloat>().convertToDouble();
}

struct ProductsToAttention : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto softmax = op.getLhs().getDefiningOp<SoftmaxOp>();
    if (!softmax)
      return failure();
    RankedTensorType type = softmax.getType();
    if (static_cast<int64_t>(softmax.getAxis()) + 1 != type.getRank())
      return rewriter.notifyMatchFailure(softmax,
                                         "not over the last dimension");
    if (!softmax->hasOneUse())
      return rewriter.notifyMatchFailure(softmax, "has other users");
    SmallVector<Extent> extents = getExtents(op.getType());
    if (llvm::any_of(ArrayRef(extents).take_back(2), dependsOnBatch))
      return rewriter.notifyMatchFailure(op, "matrices depend on the batch");

    FailureOr<Scores> scores = takeApart(op, softmax, rewriter);
    if (failed(scores))
      return failure();
    auto permutation = llvm::to_vector(llvm::seq(type.getRank()));
    std::swap(permutation.back(), permutation[permutation.size() - 2]);
    Location loc = rewriter.getFusedLoc(
        {scores->product.getLoc(), softmax.getLoc(), op.getLoc()});
    Value keys = TransposeOp::create(
        rewriter, scores->product.getLoc(), scores->product.getRhs(),
        rewriter.getDenseI64ArrayAttr(permutation));
    auto attention = AttentionOp::create(
        rewriter, loc, scores->product.getLhs(), keys, op.getRhs(),
        llvm::to_vector(llvm::reverse(scores->addends)),
        rewriter.getF64FloatAttr(scores->scale));
    rewriter.replaceOp(op, attention);
    return success();
  }

  /// From the softmax's input to the product. Steps have one user, each the
  /// type of the scores.
  FailureOr<Scores> takeApart(MatmulOp op, SoftmaxOp softmax,
                              PatternRewriter &rewriter) const {
    Scores scores;
    Value value = softmax.getInput();
    auto fail = [&](StringRef reason) -> FailureOr<Scores> {
      return rewriter.notifyMatchFailure(op, reason);
    };
    while (true) {
      Operation *step = value.getDefiningOp();
      if (!step)
        return fail("scores come from elsewhere");
      if (!value.hasOneUse())
        return fail("scores have other users");
      if ((scores.product = dyn_cast<MatmulOp>(step)))
        return scores;
      if (auto add = dyn_cast<AddOp>(step)) {
        if (scores.scale != 1)
          return fail("scaled after something was added");
        bool isFirst = leadsToProduct(add.getLhs(), value.getType());
        if (!isFirst && !leadsToProduct(add.getRhs(), value.getType()))
          return fail("a sum without a product");
        scores.addends.push_back(isFirst ? add.getRhs() : add.getLhs());
        value = isFirst ? add.getLhs() : add.getRhs();
        continue;
      }
      std::optional<double> factor = getFactor(step);
      if (!factor)
        return fail("an operation between the products is none of attention");
      scores.scale *= *factor;
      value = isa<MulOp>(step) && getSplat(step->getOperand(0))
                  ? step->getOperand(1)
                  : step->getOperand(0);
      if (value.getType() != softmax.getType())
        return fail("a scale has more dimensions than the scores");
    }
  }

  /// Whether `value` is scores, on the way from a product.
  static bool leadsToProduct(Value value, Type type) {
    while (value.getType() == type) {
      Operation *step = value.getDefiningOp();
      if (!step || isa<MatmulOp>(step))
        return step;
      if (auto add = dyn_cast<AddOp>(step))
        value =
            leadsToProduct(add.getLhs(), type) ? add.getLhs() : add.getRhs();
      else if (getFactor(step))
        value = getSplat(step->getOperand(0)) ? step->getOperand(1)
                                              : step->getOperand(0);
      else
        return false;
    }
    return false;
  }

  /// The constant that an operation multiplies by.
  static std::optional<double> getFactor(Operation *op) {
    if (auto mul = dyn_cast<MulOp>(op)) {
      if (std::optional<double> factor = getSplat(mul.getRhs()))
        return factor;
      return getSplat(mul.getLhs());
    }
    if (auto div = dyn_cast<DivOp>(op))
      if (std::optional<double> divisor = getSplat(div.getRhs());
          divisor && *divisor != 0)
        return 1 / *divisor;
    return std::nullopt;
  }
};

struct FormAttention : impl::FormAttentionBase<FormAttention> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ProductsToAttention>(&getContext());
    PassRemarks remarks(*this, &getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns), remarks);
    getOperation()->walk([&](AttentionOp) { ++formed; });
  }
};

} // namespace
} // namespace vitrail::nn
