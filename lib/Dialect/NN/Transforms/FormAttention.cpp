//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the product with the values back to the product with the keys: what lies
// between them is taken apart, one operation at a time. Reshapes of leading
// dimensions there are moved out first, to the operands and the result.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/Sequence.h"

#include <cmath>

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
  /// A mask, if not null: where it holds, or does not if `isNegated`, a score
  /// is kept. `masked` takes the place of the others.
  Value mask;
  bool isNegated = false;
  double masked = 0;
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

//===----------------------------------------------------------------------===//
// Reshapes between the products
//===----------------------------------------------------------------------===//

/// The extents of a reshape's operand and result that lead up to the last
/// `kept` ones, which are equal; nothing where those are not.
bool keepsLast(ReshapeOp reshape, size_t kept) {
  SmallVector<Extent> from = getExtents(reshape.getInput().getType());
  SmallVector<Extent> to = getExtents(reshape.getType());
  return from.size() >= kept && to.size() >= kept &&
         ArrayRef(from).take_back(kept) == ArrayRef(to).take_back(kept);
}

/// `value` with the leading dimensions of `like` before its own last two.
Value reshapeLeading(PatternRewriter &rewriter, Value value,
                     RankedTensorType like) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<Extent> extents = getExtents(like);
  extents.pop_back_n(2);
  llvm::append_range(extents, ArrayRef(getExtents(type)).take_back(2));
  RankedTensorType result = getTensorType(extents, type.getElementType());
  return result == type
             ? value
             : ReshapeOp::create(rewriter, value.getLoc(), result, value);
}

/// Whether `value` alone becomes scores: it gets to a softmax by operations on
/// elements and reshapes.
bool leadsToSoftmax(Value value) {
  while (value.hasOneUse()) {
    Operation *user = *value.user_begin();
    if (isa<SoftmaxOp>(user))
      return true;
    if (!user->hasTrait<Elementwise>() && !isa<ReshapeOp>(user))
      return false;
    value = user->getResult(0);
  }
  return false;
}

/// reshape(matmul(q, k)) -> matmul(reshape(q), reshape(k)), on the way to a
/// softmax.
struct ReshapeBeforeScores : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto product = op.getInput().getDefiningOp<MatmulOp>();
    if (!product || !product->hasOneUse() || !keepsLast(op, 2) ||
        !leadsToSoftmax(op.getResult()))
      return failure();
    if (product.getLhs().getType().getRank() !=
        product.getRhs().getType().getRank())
      return failure();
    rewriter.replaceOpWithNewOp<MatmulOp>(
        op, reshapeLeading(rewriter, product.getLhs(), op.getType()),
        reshapeLeading(rewriter, product.getRhs(), op.getType()));
    return success();
  }
};

/// softmax(reshape(s)) -> reshape(softmax(s)).
struct ReshapeAfterSoftmax : OpRewritePattern<SoftmaxOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SoftmaxOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getInput().getDefiningOp<ReshapeOp>();
    if (!reshape || !reshape->hasOneUse() || !keepsLast(reshape, 2) ||
        static_cast<int64_t>(op.getAxis()) + 1 != op.getType().getRank())
      return failure();
    RankedTensorType type = reshape.getInput().getType();
    auto softmax = SoftmaxOp::create(rewriter, op.getLoc(), reshape.getInput(),
                                     static_cast<uint64_t>(type.getRank() - 1));
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), softmax);
    return success();
  }
};

/// matmul(reshape(p), v) -> reshape(matmul(p, reshape(v))), of a softmax p.
struct ReshapeAfterValues : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getLhs().getDefiningOp<ReshapeOp>();
    if (!reshape || !reshape->hasOneUse() || !keepsLast(reshape, 2) ||
        !reshape.getInput().getDefiningOp<SoftmaxOp>())
      return failure();
    if (op.getLhs().getType().getRank() != op.getRhs().getType().getRank())
      return failure();
    Value softmax = reshape.getInput();
    Value values = reshapeLeading(rewriter, op.getRhs(),
                                  cast<RankedTensorType>(softmax.getType()));
    auto product = MatmulOp::create(rewriter, op.getLoc(), softmax, values);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), product);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Products to attention
//===----------------------------------------------------------------------===//

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
    Value keep = scores->mask && scores->isNegated
                     ? negate(rewriter, scores->mask)
                     : scores->mask;
    auto attention = AttentionOp::create(
        rewriter, loc, scores->product.getLhs(), keys, op.getRhs(),
        llvm::to_vector(llvm::reverse(scores->addends)), keep,
        rewriter.getF64FloatAttr(scores->scale),
        keep ? rewriter.getF64FloatAttr(scores->masked) : FloatAttr());
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
      if (auto select = dyn_cast<SelectOp>(step)) {
        if (scores.mask)
          return fail("masked twice");
        Value kept = takeMask(select, scores);
        if (!kept)
          return fail("a choice between scores is no mask: one of its sides "
                      "must be a number");
        bool isLast = scores.addends.empty() && scores.scale == 1;
        if (!isLast && !(std::isinf(scores.masked) && scores.scale > 0))
          return fail("something is added, or scaled, after a mask");
        value = kept;
        continue;
      }
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

  /// Takes a choice between scores and a number for a mask; returns the scores,
  /// or null.
  static Value takeMask(SelectOp select, Scores &scores) {
    for (bool isNegated : {false, true}) {
      Value kept = isNegated ? select.getIfFalse() : select.getIfTrue();
      Value other = isNegated ? select.getIfTrue() : select.getIfFalse();
      std::optional<double> masked = getSplat(other);
      if (!masked || kept.getType() != select.getType())
        continue;
      scores.mask = select.getCondition();
      scores.isNegated = isNegated;
      scores.masked = *masked;
      return kept;
    }
    return nullptr;
  }

  /// Where `condition` does not hold.
  static Value negate(PatternRewriter &rewriter, Value condition) {
    auto type = RankedTensorType::get({}, rewriter.getI1Type());
    auto makeConstant = [&](bool value) -> Value {
      return ConstantOp::create(
          rewriter, condition.getLoc(), type,
          cast<ElementsAttr>(DenseElementsAttr::get(type, value)));
    };
    return SelectOp::create(rewriter, condition.getLoc(), condition,
                            makeConstant(false), makeConstant(true));
  }

  /// Whether `value` is scores, on the way from a product.
  static bool leadsToProduct(Value value, Type type) {
    while (value.getType() == type) {
      Operation *step = value.getDefiningOp();
      if (!step || isa<MatmulOp>(step))
        return step;
      Scores scores;
      if (auto add = dyn_cast<AddOp>(step))
        value =
            leadsToProduct(add.getLhs(), type) ? add.getLhs() : add.getRhs();
      else if (auto select = dyn_cast<SelectOp>(step)) {
        value = takeMask(select, scores);
        if (!value)
          return false;
      } else if (getFactor(step))
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
    RewritePatternSet reshapes(&getContext());
    reshapes.add<ReshapeBeforeScores, ReshapeAfterSoftmax, ReshapeAfterValues>(
        &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(reshapes))))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<ProductsToAttention>(&getContext());
    PassRemarks remarks(*this, &getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns), remarks);
    getOperation()->walk([&](AttentionOp) { ++formed; });
  }
};

} // namespace
} // namespace vitrail::nn
