//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Canonical forms that need new operations. Reshapes cost nothing, since they
// only rename the elements of a buffer, whereas a transpose moves them: a
// transpose becomes a reshape where it can, and reshapes that merge dimensions
// go below it, where they meet other reshapes.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/ADT/Sequence.h"

using namespace mlir;

namespace vitrail::nn {
namespace {

/// x / c -> x * (1 / c), where all elements of c are a power of two, so that
/// the reciprocal is exact.
struct DivideByPowerOfTwo : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DivOp op,
                                PatternRewriter &rewriter) const override {
    auto divisor = op.getRhs().getDefiningOp<ConstantOp>();
    auto value = divisor ? dyn_cast<DenseFPElementsAttr>(divisor.getValue())
                         : DenseFPElementsAttr();
    if (!value || !value.isSplat())
      return rewriter.notifyMatchFailure(op, "divisor is not one constant");
    APFloat reciprocal = value.getSplatValue<APFloat>();
    if (!reciprocal.getExactInverse(&reciprocal))
      return rewriter.notifyMatchFailure(op, "reciprocal is not exact");
    auto factor =
        ConstantOp::create(rewriter, divisor.getLoc(), divisor.getType(),
                           cast<ElementsAttr>(DenseElementsAttr::get(
                               divisor.getType(), reciprocal)));
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getLhs(), factor);
    return success();
  }
};

/// A transpose that moves only extents of 1 is a reshape:
/// [b, 1, n, d] by [0, 2, 1, 3] -> [b, n, 1, d].
struct ReshapeForTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Extent> extents = getExtents(op.getInput().getType());
    SmallVector<int64_t> moved(
        llvm::make_filter_range(op.getPermutation(), [&](int64_t axis) {
          return extents[axis] != Extent{1, false};
        }));
    if (!llvm::is_sorted(moved))
      return rewriter.notifyMatchFailure(op, "it moves elements");
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput());
    return success();
  }
};

/// The dimensions of `source` that a reshape merges to each one of `merged`;
/// nothing if it does not merge neighbours only.
static std::optional<SmallVector<SmallVector<int64_t>>>
getMergedDims(ArrayRef<Extent> source, ArrayRef<Extent> merged) {
  SmallVector<SmallVector<int64_t>> groups;
  size_t next = 0;
  for (Extent extent : merged) {
    SmallVector<int64_t> &group = groups.emplace_back();
    Extent product;
    while (next < source.size() && (group.empty() || product != extent)) {
      product.size *= source[next].size;
      product.timesBatch |= source[next].timesBatch;
      group.push_back(next++);
    }
    if (group.empty() || product != extent)
      return std::nullopt;
  }
  // Trailing extents of 1 belong to the last group.
  if (groups.empty())
    return std::nullopt;
  while (next < source.size())
    groups.back().push_back(next++);
  return groups;
}

/// transpose(merge(x)) -> merge(transpose'(x)), which moves the merged
/// dimensions together:
/// [b, d, h, w] -> [b, d, h * w] -> [b, h * w, d] becomes
/// [b, d, h, w] -> [b, h, w, d] -> [b, h * w, d].
struct SinkMergeBelowTranspose : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto merge = op.getInput().getDefiningOp<ReshapeOp>();
    if (!merge ||
        merge.getInput().getType().getRank() <= merge.getType().getRank())
      return rewriter.notifyMatchFailure(op, "no dimensions are merged");
    auto groups = getMergedDims(getExtents(merge.getInput().getType()),
                                getExtents(merge.getType()));
    if (!groups)
      return rewriter.notifyMatchFailure(op, "not only neighbours are merged");
    SmallVector<int64_t> permutation;
    for (int64_t axis : op.getPermutation())
      permutation.append((*groups)[axis]);
    auto transpose = TransposeOp::create(rewriter, op.getLoc(),
                                         merge.getInput(), permutation);
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), transpose);
    return success();
  }
};

/// A b -> (b^T A^T)^T where the columns of b depend on the batch: kernels have
/// a known number of columns, and any number of rows.
struct BatchToRows : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (!getExtents(op.getType()).back().timesBatch)
      return rewriter.notifyMatchFailure(op, "the columns are known");
    auto permutation = llvm::to_vector(llvm::seq(op.getType().getRank()));
    std::swap(permutation.back(), permutation[permutation.size() - 2]);
    auto lhs =
        TransposeOp::create(rewriter, op.getLoc(), op.getRhs(), permutation);
    auto rhs =
        TransposeOp::create(rewriter, op.getLoc(), op.getLhs(), permutation);
    auto product = MatmulOp::create(rewriter, op.getLoc(), lhs, rhs);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, product, permutation);
    return success();
  }
};

/// The slice that begins with the elements of `first` and ends with those of
/// `second`, which follow them along `axis` in one tensor; null if they do not.
static Value joinSlices(SliceOp first, SliceOp second, int64_t axis,
                        PatternRewriter &rewriter) {
  if (!first || !second || first.getInput() != second.getInput() ||
      first.getStrides() != second.getStrides() ||
      first.getStrides()[axis] != 1)
    return {};
  SmallVector<int64_t> next(first.getOffsets());
  SmallVector<int64_t> sizes(first.getSizes());
  next[axis] += sizes[axis];
  if (second.getOffsets() != ArrayRef(next))
    return {};
  sizes[axis] += second.getSizes()[axis];
  return rewriter.createOrFold<SliceOp>(
      rewriter.getFusedLoc({first.getLoc(), second.getLoc()}), first.getInput(),
      first.getOffsets(), sizes, first.getStrides());
}

/// concat(x[:n], x[n:m], y) -> concat(x[:m], y).
struct JoinNeighbouringSlices : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> inputs = {op.getInputs().front()};
    for (Value input : op.getInputs().drop_front()) {
      Value joined =
          joinSlices(inputs.back().getDefiningOp<SliceOp>(),
                     input.getDefiningOp<SliceOp>(), op.getAxis(), rewriter);
      if (joined)
        inputs.back() = joined;
      else
        inputs.push_back(input);
    }
    if (inputs.size() == op.getInputs().size())
      return rewriter.notifyMatchFailure(op, "no slices follow each other");
    rewriter.replaceOpWithNewOp<ConcatOp>(op, inputs, op.getAxis());
    return success();
  }
};

/// concat(x[n:m], x[:n]) -> roll(x[:m]), which moves elements by their number
/// in the first part.
struct RollForConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getInputs().size() != 2)
      return rewriter.notifyMatchFailure(op, "not of two parts");
    auto last = op.getInputs()[0].getDefiningOp<SliceOp>();
    auto first = op.getInputs()[1].getDefiningOp<SliceOp>();
    int64_t axis = op.getAxis();
    Value joined = joinSlices(first, last, axis, rewriter);
    if (!joined)
      return rewriter.notifyMatchFailure(op, "parts are not exchanged");
    rewriter.replaceOpWithNewOp<RollOp>(op, joined, last.getSizes()[axis],
                                        axis);
    return success();
  }
};

} // namespace

void DivOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<DivideByPowerOfTwo>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<ReshapeForTranspose, SinkMergeBelowTranspose>(context);
}

void ConcatOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<JoinNeighbouringSlices, RollForConcat>(context);
}

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<BatchToRows>(context);
}

} // namespace vitrail::nn
