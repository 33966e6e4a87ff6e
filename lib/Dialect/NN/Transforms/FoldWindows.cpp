//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fold-windows: movements of rows pass the layers that work row by row,
// towards attention, which reads through them.
//
// A row is what has all but the last index in common. Which operations move
// rows and which work on them is said first (RowMovement, RowWork), then where
// attention is, then the patterns.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/TypeSwitch.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_FOLDWINDOWS
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The type of `rows` with `features` as its last extent.
RankedTensorType withFeatures(RankedTensorType rows,
                              RankedTensorType features) {
  SmallVector<Extent> extents = getExtents(rows);
  extents.back() = getExtents(features).back();
  return getTensorType(extents, features.getElementType());
}

//===----------------------------------------------------------------------===//
// Movements of rows
//===----------------------------------------------------------------------===//

/// Whether each row of the reshape's result is one of its input.
bool keepsRows(ReshapeOp reshape) {
  SmallVector<Extent> input = getExtents(reshape.getInput().getType());
  SmallVector<Extent> result = getExtents(reshape.getType());
  return !input.empty() && !result.empty() && input.back() == result.back() &&
         !input.back().timesBatch && isIndexArithmetic(reshape);
}

/// Whether each row of the result is one of the first operand, or of what a
/// padding adds.
bool movesRows(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([](ReshapeOp reshape) { return keepsRows(reshape); })
      .Case([](TransposeOp transpose) {
        ArrayRef<int64_t> permutation = transpose.getPermutation();
        return !permutation.empty() &&
               permutation.back() + 1 == int64_t(permutation.size());
      })
      .Case([](SliceOp slice) {
        RankedTensorType input = slice.getInput().getType();
        return input.getRank() > 0 &&
               slice.getType().getShape().back() == input.getShape().back();
      })
      .Case([](RollOp roll) {
        return int64_t(roll.getAxis()) + 1 != roll.getType().getRank();
      })
      .Case([](PadOp pad) {
        return !pad.getLow().empty() && pad.getLow().back() == 0 &&
               pad.getHigh().back() == 0;
      })
      .Default(false);
}

/// `op`, which moves rows, on rows of other features; `fill` is what a padding
/// adds, null for zeros.
Value moveRows(RewriterBase &rewriter, Operation *op, Value rows, Value fill) {
  Location loc = op->getLoc();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ReshapeOp reshape) {
        return ReshapeOp::create(
            rewriter, loc, withFeatures(reshape.getType(), typeOf(rows)), rows);
      })
      .Case([&](TransposeOp transpose) {
        return TransposeOp::create(rewriter, loc, rows,
                                   transpose.getPermutation());
      })
      .Case([&](SliceOp slice) {
        SmallVector<int64_t> sizes(slice.getSizes());
        sizes.back() = typeOf(rows).getShape().back();
        return SliceOp::create(rewriter, loc, rows, slice.getOffsets(), sizes,
                               slice.getStrides());
      })
      .Case([&](RollOp roll) {
        return RollOp::create(rewriter, loc, rows, roll.getShift(),
                              roll.getAxis());
      })
      .Case([&](PadOp pad) {
        APFloat value = fill ? APFloat(0.0) : pad.getValue();
        return PadOp::create(rewriter, loc, rows, fill, pad.getLow(),
                             pad.getHigh(), value);
      });
}

//===----------------------------------------------------------------------===//
// Work on rows
//===----------------------------------------------------------------------===//

/// The operand whose rows become those of the result of `op`, each by itself;
/// null if there is no such.
OpOperand *findRows(Operation *op) {
  if (auto linear = dyn_cast<LinearOp>(op))
    return linear.getWeight().getType().getRank() == 2
               ? &linear.getInputMutable()
               : nullptr;
  if (auto norm = dyn_cast<LayerNormOp>(op))
    return &norm.getInputMutable();
  if (!op->hasTrait<Elementwise>())
    return nullptr;
  RankedTensorType result = typeOf(op->getResult(0));
  OpOperand *rows = nullptr;
  for (OpOperand &operand : op->getOpOperands()) {
    RankedTensorType type = typeOf(operand.get());
    if (type.getRank() <= 1 && type.hasStaticShape())
      continue;
    if (rows || type.getRank() != result.getRank())
      return nullptr;
    rows = &operand;
  }
  if (!rows)
    return nullptr;
  SmallVector<Extent> extents = getExtents(typeOf(rows->get()));
  bool sameRows =
      ArrayRef(extents).drop_back() == ArrayRef(getExtents(result)).drop_back();
  return sameRows && !extents.back().timesBatch ? rows : nullptr;
}

/// `op`, whose operand `rows` it is, on other rows.
Value workOn(RewriterBase &rewriter, Operation *op, OpOperand *rows,
             Value others) {
  Operation *clone = rewriter.clone(*op);
  clone->setOperand(rows->getOperandNumber(), others);
  clone->getResult(0).setType(
      withFeatures(typeOf(others), typeOf(op->getResult(0))));
  return clone->getResult(0);
}

//===----------------------------------------------------------------------===//
// Where attention is
//===----------------------------------------------------------------------===//

/// Attention, or a product that it is made of.
bool isAttention(Operation *op) { return isa<AttentionOp, MatmulOp>(op); }

/// Operations that kernels read through.
bool isLayout(Operation *op) {
  return isa<ReshapeOp, TransposeOp, SliceOp, RollOp, PadOp>(op);
}

/// Whether all that reads `value` is on the way to attention.
bool leadsToAttention(Value value) {
  auto leads = [](OpOperand &use) {
    Operation *user = use.getOwner();
    if (isAttention(user))
      return use.getOperandNumber() < 3; // no addend
    if (isLayout(user) || findRows(user) == &use)
      return leadsToAttention(user->getResult(0));
    return false;
  };
  return !value.use_empty() && llvm::all_of(value.getUses(), leads);
}

/// Whether `value` is attention's result, moved and worked on row by row.
bool comesFromAttention(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (isAttention(op))
      return true;
    if (isLayout(op))
      value = op->getOperand(0);
    else if (OpOperand *rows = findRows(op))
      value = rows->get();
    else
      return false;
  }
  return false;
}

/// The extents that rows have around their features.
SmallVector<Extent> getRowExtents(Value value) {
  SmallVector<Extent> extents = getExtents(typeOf(value));
  extents.pop_back();
  return extents;
}

/// Whether the rows of `value`, reshaped before, are given the extents `outer`
/// again after some work on them.
bool leadsToShape(Value value, ArrayRef<Extent> outer) {
  while (value.hasOneUse()) {
    OpOperand &use = *value.use_begin();
    Operation *user = use.getOwner();
    if (auto reshape = dyn_cast<ReshapeOp>(user))
      return keepsRows(reshape) &&
             ArrayRef(getRowExtents(reshape.getResult())) == outer;
    if (findRows(user) != &use)
      return false;
    value = user->getResult(0);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// The one row [features] that `pad` adds everywhere; null if there are
/// several.
Value getPaddedRow(RewriterBase &rewriter, PadOp pad) {
  RankedTensorType type = pad.getType();
  auto row =
      RankedTensorType::get({type.getShape().back()}, type.getElementType());
  Location loc = pad.getLoc();
  if (Value fill = pad.getFill()) {
    if (llvm::any_of(getRowExtents(fill),
                     [](Extent extent) { return extent != Extent{1, false}; }))
      return nullptr;
    if (typeOf(fill).getRank() > 1)
      fill = ReshapeOp::create(rewriter, loc, withFeatures(row, typeOf(fill)),
                               fill);
    return rewriter.createOrFold<BroadcastOp>(loc, row, fill);
  }
  auto floatType = dyn_cast<FloatType>(type.getElementType());
  if (!floatType)
    return nullptr;
  APFloat value = pad.getValue();
  bool losesInfo;
  value.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return ConstantOp::create(
      rewriter, loc, row,
      cast<ElementsAttr>(DenseElementsAttr::get(row, value)));
}

/// What `op` makes of the rows that `pad` adds: a tensor that is known while
/// compiling, or null for zeros.
FailureOr<Value> workOnPadding(PatternRewriter &rewriter, Operation *op,
                               OpOperand *rows, PadOp pad) {
  auto isKnown = [&](OpOperand &operand) {
    return &operand == rows || isConstantExpression(operand.get());
  };
  if (!llvm::all_of(op->getOpOperands(), isKnown))
    return rewriter.notifyMatchFailure(
        op, "what the layer makes of padding is not known while compiling");
  auto linear = dyn_cast<LinearOp>(op);
  if (linear && !pad.getFill() && pad.getValue().isZero())
    return linear.getBias();
  Value row = getPaddedRow(rewriter, pad);
  if (!row)
    return rewriter.notifyMatchFailure(pad, "adds rows of several kinds");
  return workOn(rewriter, op, rows, row);
}

/// work(move(x)) -> move(work(x)), on the way to attention.
struct MoveBehindWork : RewritePattern {
  MoveBehindWork(MLIRContext *context, unsigned &count)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context),
        count(count) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    OpOperand *rows = findRows(op);
    if (!rows || isConstantExpression(op->getResult(0)))
      return failure();
    Operation *movement = rows->get().getDefiningOp();
    if (!movement || !movesRows(movement) || isa<SliceOp>(movement))
      return failure();
    Value source = movement->getOperand(0);
    if (!isTakenBack(movement, op)) {
      if (comesFromAttention(source))
        return failure(); // Read through by this layer.
      if (!leadsToAttention(movement->getResult(0)))
        return isFree(movement)
                   ? failure()
                   : rewriter.notifyMatchFailure(
                         op,
                         "rows that have been moved are read elsewhere than "
                         "by attention");
    }
    Value fill;
    if (auto pad = dyn_cast<PadOp>(movement)) {
      FailureOr<Value> row = workOnPadding(rewriter, op, rows, pad);
      if (failed(row))
        return failure();
      fill = *row;
    }
    Value result = workOn(rewriter, op, rows, source);
    rewriter.replaceOp(op, moveRows(rewriter, movement, result, fill));
    ++count;
    return success();
  }

private:
  /// Whether `movement` is a reshape of what is stored.
  static bool isFree(Operation *movement) {
    Operation *before = movement->getOperand(0).getDefiningOp();
    return isa<ReshapeOp>(movement) && !(before && isLayout(before));
  }

  /// Whether `movement` merges dimensions that are split after the work.
  static bool isTakenBack(Operation *movement, Operation *work) {
    auto reshape = dyn_cast<ReshapeOp>(movement);
    return reshape &&
           leadsToShape(work->getResult(0), getRowExtents(reshape.getInput()));
  }

  unsigned &count;
};

/// move(work(x)) -> work(move(x)), where x comes from attention, or where it
/// leaves rows out.
struct MoveBeforeWork : RewritePattern {
  MoveBeforeWork(MLIRContext *context, unsigned &count)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context),
        count(count) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isLayout(op) || !movesRows(op) || isa<PadOp>(op))
      return failure();
    Operation *work = op->getOperand(0).getDefiningOp();
    OpOperand *rows = work ? findRows(work) : nullptr;
    if (!rows || isConstantExpression(work->getResult(0)))
      return failure();
    if (!isa<SliceOp>(op) && !comesFromAttention(rows->get()))
      return failure();
    if (!work->hasOneUse())
      return rewriter.notifyMatchFailure(
          op, "the result of the layer before is read where it lies, too");
    Value moved = moveRows(rewriter, op, rows->get(), /*fill=*/nullptr);
    rewriter.replaceOp(op, workOn(rewriter, work, rows, moved));
    ++count;
    return success();
  }

private:
  unsigned &count;
};

struct FoldWindows : impl::FoldWindowsBase<FoldWindows> {
  void runOnOperation() override {
    unsigned count = 0;
    RewritePatternSet patterns(&getContext());
    patterns.add<MoveBehindWork, MoveBeforeWork>(&getContext(), count);
    PassRemarks remarks(*this, &getContext());
    GreedyRewriteConfig config;
    config.setListener(&remarks);
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      return signalPassFailure();
    moved += count;
  }
};

} // namespace
} // namespace vitrail::nn
