//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Masks of few queries.
//
//===----------------------------------------------------------------------===//

#include "ScoreMasks.h"
#include "CacheRows.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace vitrail {

using namespace mlir;

ScoreMasks::ScoreMasks(DeviceKernel &kernel, const TensorAttention &shape,
                       const FewQueries &form, const WarpPlace &place,
                       Indices outer, int64_t offset)
    : kernel(kernel), shape(shape), form(form), builder(kernel.getBuilder()),
      loc(kernel.getLoc()), place(place), outer(std::move(outer)),
      offset(offset) {}

int64_t ScoreMasks::countPieces() const {
  nn::AttentionOp anchor = shape.anchor;
  return (anchor.getAddends().empty() ? 0 : 1) + (anchor.getKeep() ? 1 : 0);
}

Value ScoreMasks::getElement(Value value, Value query, Value key) {
  DeviceExprBuilder expr = kernel.getExpr();
  Indices indices(outer);
  indices.append({query, key});
  return kernel.elements.get(expr, value, alignIndices(expr, value, indices));
}

/// The sum of what is added, if anything is, and whether the score is kept, if
/// that is asked.
SmallVector<Value> ScoreMasks::read(Value query, Value key) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  SmallVector<Value> mask;
  for (Value addend : anchor.getAddends()) {
    Value added =
        expr.cast(getElement(addend, query, key), builder.getF32Type());
    if (mask.empty())
      mask.push_back(added);
    else
      mask.front() = expr.add(mask.front(), added);
  }
  if (Value keep = anchor.getKeep())
    mask.push_back(getElement(keep, query, key));
  return mask;
}

Value ScoreMasks::apply(Value product, ArrayRef<Value> mask) {
  DeviceExprBuilder expr = kernel.getExpr();
  nn::AttentionOp anchor = shape.anchor;
  Value score = product;
  if (!anchor.getAddends().empty())
    score = expr.add(score, mask.front());
  if (anchor.getKeep())
    score = expr.select(mask.back(), score,
                        expr.number(anchor.getMasked()->convertToDouble()));
  return score;
}

/// The score of a product that is 0.
Value ScoreMasks::getLevel(ArrayRef<Value> mask) {
  return apply(kernel.getExpr().number(0), mask);
}

//===----------------------------------------------------------------------===//
// Hidden keys
//===----------------------------------------------------------------------===//

bool ScoreMasks::canHide() const {
  constexpr int64_t mostKeys = 1 << 14; // whose levels are 64 KiB
  return countPieces() > 0 && form.steps > form.warps && shape.keys <= mostKeys;
}

/// A level for each key, and the largest of each warp and query.
int64_t ScoreMasks::countBytes() const {
  return canHide() ? (shape.keys + form.warps * shape.queries) * 4 : 0;
}

/// Threads take keys in turns. Returns the largest level of each query among
/// those of the thread.
SmallVector<Value> ScoreMasks::findLevels() {
  DeviceExprBuilder expr = kernel.getExpr();
  Value least = expr.number(-std::numeric_limits<double>::infinity());
  auto loop = scf::ForOp::create(
      builder, loc, kernel.getThread(), expr.index(shape.keys),
      expr.index(form.threads()), SmallVector<Value>(shape.queries, least));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(loop.getBody());
  DeviceExprBuilder at = kernel.getExpr();
  Value key = loop.getInductionVar(), best;
  SmallVector<Value> largest;
  for (auto [q, value] : llvm::enumerate(loop.getRegionIterArgs())) {
    Value level = getLevel(read(at.index(q), key));
    largest.push_back(at.max(value, level));
    best = best ? at.max(best, level) : level;
  }
  memref::StoreOp::create(builder, loc, best, levels, at.toMemory(key));
  scf::YieldOp::create(builder, loc, largest);
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// A key's level is that of the query that sees it best. A key is hidden that
/// is so far below the largest level of the query that sees least, that its
/// weight is 0 whatever the products are, which are less than 2e29: masks of
/// -1e30 or -infinity hide keys. Where all keys have the same mask, none is
/// hidden.
void ScoreMasks::findHidden() {
  constexpr double distance = 5e29;
  if (!canHide())
    return;
  auto larger = [this](Value lhs, Value rhs) {
    return kernel.getExpr().max(lhs, rhs);
  };
  Type f32 = builder.getF32Type();
  levels = kernel.getShared({shape.keys}, f32, offset);
  Value memory = kernel.getShared({shape.queries, form.warps}, f32,
                                  offset + shape.keys * 4);
  DeviceExprBuilder expr = kernel.getExpr();
  for (auto [q, level] : llvm::enumerate(findLevels()))
    memref::StoreOp::create(builder, loc,
                            reduceOverLanes(kernel, level, 1, warpSize, larger),
                            memory, expr.toMemory({expr.index(q), place.warp}));
  gpu::BarrierOp::create(builder, loc);
  Value warp = expr.minIndex(place.lane, expr.index(form.warps - 1)), least;
  for (int64_t q = 0; q < shape.queries; ++q) {
    Value level = memref::LoadOp::create(builder, loc, memory,
                                         expr.toMemory({expr.index(q), warp}));
    level = reduceOverLanes(kernel, level, 1, warpSize, larger);
    least = least ? expr.min(least, level) : level;
  }
  bound = expr.sub(least, expr.number(distance));
}

/// Keys beyond the last are like that one.
Value ScoreMasks::isVisible(Value step,
                            llvm::function_ref<Value(int64_t)> getKey) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value isThere = expr.below(step, form.steps);
  if (!canHide())
    return isThere;
  Value level;
  for (int64_t turn = 0; turn < form.turns; ++turn) {
    Value key = expr.minIndex(getKey(turn), expr.index(shape.keys - 1));
    Value one =
        memref::LoadOp::create(builder, loc, levels, expr.toMemory(key));
    level = level ? expr.max(level, one) : one;
  }
  // What is no number hides nothing.
  Value isSeen = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UGE,
                                       level, bound);
  Value any = NVVM::VoteSyncOp::create(
      builder, loc, builder.getI1Type(),
      arith::ConstantIntOp::create(builder, loc, /*all threads*/ -1, 32),
      isSeen, NVVM::VoteSyncKind::any);
  return expr.both(isThere, any);
}

} // namespace vitrail
