//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-narrow-products: linear layers multiply bf16 or integers. First all layers
// of an entry that can are found, since what computes a layer's input stores it
// in bf16 only if all that read it are among them.
//
//===----------------------------------------------------------------------===//

#include "LayerRanges.h"
#include "Precisions.h"
#include "QuantizeLayer.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"

namespace vitrail::nn {
#define GEN_PASS_DEF_NARROWPRODUCTS
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

using namespace mlir;

namespace {

Value castToBF16(OpBuilder &builder, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return CastOp::create(builder, value.getLoc(),
                        type.clone(builder.getBF16Type()), value);
}

/// Makes a layer multiply bf16: its weight is rounded while compiling, its
/// input where the layer reads it, if it is not stored so.
void roundLayer(LinearOp linear, RewriterBase &rewriter) {
  // An entry's constants are outside its fusions.
  bool isFused = isa<FusionOp>(linear->getParentOp());
  rewriter.setInsertionPointAfterValue(linear.getWeight());
  Value weight = castToBF16(rewriter, linear.getWeight());
  rewriter.setInsertionPoint(linear);
  Value input = linear.getInput();
  bool isWide = getElementTypeOrSelf(input).isF32();
  if (isWide)
    input = castToBF16(rewriter, input);
  auto rounded = LinearOp::create(rewriter, linear.getLoc(), input, weight,
                                  linear.getBias());
  rewriter.replaceOp(linear, rounded);
  if (isWide && !isFused)
    fuse(rewriter, {input.getDefiningOp(), rounded});
}

struct NarrowProducts : impl::NarrowProductsBase<NarrowProducts> {
  using NarrowProductsBase::NarrowProductsBase;

  void runOnOperation() override {
    if (failed(checkPrecision(precision, getOperation())))
      return signalPassFailure();
    // As f16 numbers are stored, not multiplied.
    if (precision == "f32" || precision == "f16")
      return;
    if (failed(kept.read(*keep, getOperation())) ||
        (!ranges.empty() && failed(readRanges())))
      return signalPassFailure();
    PassRemarks remarks(*this, &getContext());
    IRRewriter rewriter(&getContext());
    // A search wants entries with one result.
    if (record)
      getOperation()->removeAttr("nn.generate");
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isEntry(function) && failed(narrow(function, rewriter, remarks)))
        return signalPassFailure();
  }

private:
  /// A file of another model's ranges is of no use.
  LogicalResult readRanges() {
    if (failed(known.read(ranges, getOperation())))
      return failure();
    WalkResult found = getOperation().walk([&](LinearOp linear) {
      bool isKnown =
          isConstantExpression(linear.getWeight()) && known.contains(linear);
      return isKnown ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (!found.wasInterrupted())
      return getOperation().emitError("'")
             << ranges << "' has ranges of none of the model's layers";
    return success();
  }

  /// The layers of `function` that become narrow.
  llvm::SetVector<Operation *> findLayers(func::FuncOp function,
                                          PassRemarks &remarks) {
    llvm::SetVector<Operation *> layers;
    function.walk([&](LinearOp linear) {
      if (succeeded(canNarrow(linear, function, remarks)))
        layers.insert(linear);
    });
    return layers;
  }

  LogicalResult canNarrow(LinearOp linear, func::FuncOp function,
                          PassRemarks &remarks) {
    Value weight = linear.getWeight();
    if (isConstantExpression(linear.getResult()) ||
        !getElementTypeOrSelf(linear.getInput()).isF32())
      return failure();
    if (!isConstantExpression(weight) ||
        weight.getParentBlock() != &function.getBody().front())
      return remarks.missed(linear,
                            "its weight is computed when the model runs");
    if (StringRef name = kept.findIn(weight); !name.empty())
      return remarks.missed(linear, "'" + name + "' is to be kept in f32");
    return success();
  }

  LogicalResult narrow(func::FuncOp function, RewriterBase &rewriter,
                       PassRemarks &remarks) {
    llvm::SetVector<Operation *> layers = findLayers(function, remarks);
    if (record)
      return recordRanges(function, layers.getArrayRef(), rewriter);
    DenseMap<Operation *, Value> inputRanges =
        known.materialize(function, layers.getArrayRef(), rewriter);
    if (precision == "bf16")
      for (Operation *op : layers)
        storeNarrow(cast<LinearOp>(op), layers, rewriter);
    for (Operation *op : layers)
      narrow(cast<LinearOp>(op), inputRanges.lookup(op), rewriter, remarks);
    narrowed += layers.size();
    return success();
  }

  void storeNarrow(LinearOp linear, const llvm::SetVector<Operation *> &layers,
                   RewriterBase &rewriter);
  /// `range` is that of the layer's input, if it is known.
  void narrow(LinearOp linear, Value range, RewriterBase &rewriter,
              PassRemarks &remarks) {
    if (precision == "bf16") {
      remarks.passed(linear, "multiplies bf16");
      roundLayer(linear, rewriter);
    } else if (precision == "int8") {
      remarks.passed(linear, range ? "multiplies 8-bit integers, in a range "
                                     "that is known"
                                   : "multiplies 8-bit integers");
      quantizeLayer(linear, range, rewriter);
    } else {
      remarks.passed(linear, "stores its weight as 8-bit integers");
      quantizeWeight(linear, rewriter);
    }
  }

  KeptParameters kept;
  LayerRanges known; ///< if there is a file of them
};

} // namespace

/// Whether all that reads `value`, if through `reshapes`, are the inputs of
/// `layers`.
static bool isReadByLayers(Value value,
                           const llvm::SetVector<Operation *> &layers,
                           SmallVectorImpl<ReshapeOp> &reshapes) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner())) {
      reshapes.push_back(reshape);
      return isReadByLayers(reshape.getResult(), layers, reshapes);
    }
    return layers.contains(use.getOwner()) && use.getOperandNumber() == 0;
  });
}

/// If only layers read what the input of `linear` is a view of, the kernel that
/// computes it rounds it where it stores it: half the memory is written and
/// read, and no layer has to round.
void NarrowProducts::storeNarrow(LinearOp linear,
                                 const llvm::SetVector<Operation *> &layers,
                                 RewriterBase &rewriter) {
  Value source = linear.getInput();
  while (auto reshape = source.getDefiningOp<ReshapeOp>())
    source = reshape.getInput();
  Operation *producer = source.getDefiningOp();
  // What is in the layer's own fusion is rounded in there.
  if (!producer || !isa<func::FuncOp>(producer->getParentOp()) ||
      !isComputed(producer) || producer->getNumResults() != 1 ||
      !getElementTypeOrSelf(source).isF32() ||
      llvm::any_of(findAnchors(producer), llvm::IsaPred<UpdateOp>))
    return;
  SmallVector<ReshapeOp> reshapes;
  if (!isReadByLayers(source, layers, reshapes))
    return;
  rewriter.setInsertionPointAfter(producer);
  Value narrow = castToBF16(rewriter, source);
  rewriter.replaceAllUsesExcept(source, narrow, narrow.getDefiningOp());
  for (ReshapeOp reshape : reshapes)
    reshape.getResult().setType(
        reshape.getType().clone(rewriter.getBF16Type()));
  fuse(rewriter, {producer, narrow.getDefiningOp()});
}

} // namespace vitrail::nn
