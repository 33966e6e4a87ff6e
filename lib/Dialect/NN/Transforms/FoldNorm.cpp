//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fold-norm: what a layer norm multiplies and adds becomes part of the
// linear layers that read it. First all norms of the module that allow it are
// found, then those are folded that leave each weight in one form.
//
//===----------------------------------------------------------------------===//

#include "Fusions.h"
#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/IRMapping.h"

#include <tuple>

namespace vitrail::nn {
#define GEN_PASS_DEF_FOLDNORM
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

/// Whether the rows of the result are rows of the operand, as they are.
bool keepsRows(Operation *op) {
  auto rowSize = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getShape().back();
  };
  auto rank = [](Value value) {
    return cast<RankedTensorType>(value.getType()).getRank();
  };
  if (!isa<SliceOp, TransposeOp, ReshapeOp>(op) || rank(op->getResult(0)) == 0)
    return false;
  if (auto transpose = dyn_cast<TransposeOp>(op))
    return transpose.getPermutation().back() + 1 ==
           static_cast<int64_t>(transpose.getPermutation().size());
  return rowSize(op->getResult(0)) == rowSize(op->getOperand(0));
}

/// What `norm` is of its own input, of `input`.
LayerNormOp normalize(LayerNormOp norm, Value input, RewriterBase &rewriter) {
  return LayerNormOp::create(rewriter, norm.getLoc(), input, norm.getScale(),
                             norm.getBias(), norm.getEpsilonAttr());
}

/// The linear layer that alone reads `norm` through index maps of whole rows,
/// which are returned in `maps`, and at last maybe a reshape; null if there is
/// no such.
LinearOp findReader(LayerNormOp norm, SmallVectorImpl<Operation *> &maps) {
  Operation *op = norm;
  while (op->hasOneUse() && keepsRows(*op->user_begin())) {
    op = *op->user_begin();
    maps.push_back(op);
  }
  if (!op->hasOneUse())
    return nullptr;
  Operation *user = *op->user_begin();
  if (isa<ReshapeOp>(user) && user->hasOneUse())
    op = user;
  auto linear = dyn_cast<LinearOp>(*op->user_begin());
  return linear && linear.getInput() == op->getResult(0) ? linear : LinearOp();
}

/// Moves index maps of whole rows between `norm` and a linear layer before the
/// norm: the layer then reads the norm, and a slice leaves fewer rows to
/// normalise.
LayerNormOp moveBehindIndexMaps(LayerNormOp norm, ArrayRef<Operation *> maps,
                                RewriterBase &rewriter) {
  for (Operation *map : maps) {
    IRMapping mapping;
    mapping.map(map->getOperand(0), norm.getInput());
    rewriter.setInsertionPoint(map);
    Operation *moved = rewriter.clone(*map, mapping);
    auto next = normalize(norm, moved->getResult(0), rewriter);
    rewriter.replaceOp(map, next);
    rewriter.eraseOp(norm);
    norm = next;
  }
  return norm;
}

/// Lets `linear` sum over several rows of `norm`, which a reshape between them
/// makes one: rather than its rows, the weight's are split.
void sumOverRows(LayerNormOp norm, LinearOp linear, RewriterBase &rewriter) {
  auto merge = linear.getInput().getDefiningOp<ReshapeOp>();
  RankedTensorType weight = linear.getWeight().getType();
  if (!merge || merge.getInput() != norm.getResult() || weight.getRank() != 2 ||
      !linear.getWeight().hasOneUse())
    return;
  ArrayRef<int64_t> shape = norm.getType().getShape();
  size_t kept = shape.size();
  int64_t size = 1;
  while (kept > 0 && !ShapedType::isDynamic(shape[kept - 1]) &&
         size < weight.getShape().back())
    size *= shape[--kept];
  if (size != weight.getShape().back())
    return;

  SmallVector<Extent> extents = getExtents(merge.getType());
  extents.pop_back();
  SmallVector<int64_t> weightShape = {weight.getDimSize(0)};
  for (int64_t extent : shape.drop_front(kept)) {
    extents.push_back({extent, false});
    weightShape.push_back(extent);
  }
  rewriter.setInsertionPoint(linear);
  Type element = weight.getElementType();
  Value input =
      ReshapeOp::create(rewriter, merge.getLoc(),
                        getTensorType(extents, element), norm.getInput());
  Value split = ReshapeOp::create(rewriter, linear.getLoc(),
                                  RankedTensorType::get(weightShape, element),
                                  linear.getWeight());
  rewriter.replaceOpWithNewOp<LinearOp>(
      linear, normalize(norm, input, rewriter), split, linear.getBias());
  rewriter.eraseOp(merge);
  rewriter.eraseOp(norm);
}

/// Makes the linear layer that reads `norm` through index maps read it as it
/// is.
void bringToReader(LayerNormOp norm, RewriterBase &rewriter) {
  SmallVector<Operation *> maps;
  if (LinearOp linear = findReader(norm, maps))
    sumOverRows(moveBehindIndexMaps(norm, maps, rewriter), linear, rewriter);
}

/// A norm that multiplies or adds, and the layers that read it.
struct Affine {
  LayerNormOp norm;
  SmallVector<LinearOp> readers;
};

LogicalResult checkReader(LayerNormOp norm, Operation *user,
                          PassRemarks &remarks) {
  auto linear = dyn_cast<LinearOp>(user);
  if (!linear || linear.getInput() != norm.getResult())
    return remarks.missed(norm, "not only linear layers read it");
  if (!isConstantExpression(linear.getWeight()) ||
      (linear.getBias() && !isConstantExpression(linear.getBias())))
    return remarks.missed(
        norm, "a weight or bias of what reads it is not known while compiling");
  return success();
}

FailureOr<Affine> matchAffine(LayerNormOp norm, PassRemarks &remarks) {
  if (!norm.getScale() && !norm.getBias())
    return failure();
  for (Value value : {norm.getScale(), norm.getBias()})
    if (value && !isConstantExpression(value))
      return remarks.missed(norm,
                            "its scale or bias is not known while compiling");
  Affine affine{norm, {}};
  for (Operation *user : norm->getUsers()) {
    if (failed(checkReader(norm, user, remarks)))
      return failure();
    affine.readers.push_back(cast<LinearOp>(user));
  }
  return affine;
}

struct FoldNorm : impl::FoldNormBase<FoldNorm> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    PassRemarks remarks(*this, &getContext());
    SmallVector<LayerNormOp> norms;
    getOperation().walk([&](LayerNormOp norm) { norms.push_back(norm); });
    for (LayerNormOp norm : norms)
      bringToReader(norm, rewriter);
    SmallVector<Affine> affines;
    getOperation().walk([&](LayerNormOp norm) {
      FailureOr<Affine> affine = matchAffine(norm, remarks);
      if (succeeded(affine))
        affines.push_back(*affine);
    });
    keepWeightsSingle(affines, remarks);
    for (const Affine &affine : affines) {
      fold(affine, rewriter);
      remarks.passed(affine.norm, "its scale and bias are part of a layer");
      ++folded;
    }
  }

  /// Drops norms until each weight that is changed is changed alike wherever it
  /// is read: none is stored twice.
  void keepWeightsSingle(SmallVectorImpl<Affine> &affines,
                         PassRemarks &remarks) {
    ConstantNumbering numbering;
    std::map<unsigned, unsigned> uses;
    getOperation().walk([&](Operation *op) {
      if (op->getNumResults() == 1 && isConstantExpression(op->getResult(0)))
        return;
      for (Value operand : op->getOperands())
        if (auto number = numbering.getNumber(operand))
          ++uses[*number];
    });
    auto getKey = [&](LayerNormOp norm, LinearOp reader) {
      auto getNumber = [&](Value value) {
        return value ? numbering.getNumber(value) : std::nullopt;
      };
      return std::tuple(*numbering.getNumber(reader.getWeight()),
                        getNumber(norm.getScale()), getNumber(norm.getBias()));
    };
    size_t before;
    do {
      before = affines.size();
      std::map<decltype(getKey({}, {})), unsigned> alike;
      for (const Affine &affine : affines)
        for (LinearOp reader : affine.readers)
          ++alike[getKey(affine.norm, reader)];
      llvm::erase_if(affines, [&](const Affine &affine) {
        if (llvm::all_of(affine.readers, [&](LinearOp reader) {
              auto key = getKey(affine.norm, reader);
              return alike[key] == uses[std::get<0>(key)];
            }))
          return false;
        (void)remarks.missed(affine.norm,
                             "a weight that reads it is read without it, too");
        return true;
      });
    } while (affines.size() != before);
  }

  /// W (g x + b) + a = (W g) x + (W b + a).
  static void fold(const Affine &affine, RewriterBase &rewriter) {
    LayerNormOp norm = affine.norm;
    Location loc = norm.getLoc();
    for (LinearOp reader : affine.readers) {
      rewriter.setInsertionPoint(reader);
      Value weight = reader.getWeight();
      Value bias = reader.getBias();
      if (norm.getBias()) {
        auto type = cast<RankedTensorType>(weight.getType());
        Value row = rewriter.createOrFold<BroadcastOp>(
            loc,
            RankedTensorType::get(type.getShape().drop_front(),
                                  type.getElementType()),
            norm.getBias());
        bias = LinearOp::create(rewriter, loc, row, weight, bias);
      }
      if (norm.getScale())
        weight = MulOp::create(rewriter, loc, weight, norm.getScale());
      rewriter.modifyOpInPlace(reader, [&] {
        reader.getWeightMutable().assign(weight);
        if (bias)
          reader.getBiasMutable().assign(bias);
      });
    }
    rewriter.modifyOpInPlace(norm, [&] {
      norm.getScaleMutable().clear();
      norm.getBiasMutable().clear();
    });
  }
};

} // namespace
} // namespace vitrail::nn
