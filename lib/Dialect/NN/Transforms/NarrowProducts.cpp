//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-narrow-products: linear layers multiply tf32, bf16 or integers, and
// attention tf32 or bf16. First all of an entry that can are found, since what
// computes their input stores it rounded only if all that read it are among
// them.
//
//===----------------------------------------------------------------------===//

#include "LayerRanges.h"
#include "NarrowAttention.h"
#include "NarrowReaders.h"
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

/// Makes a layer multiply bf16 or tf32: its weight is rounded while compiling,
/// its input where the layer reads it, if it is not stored so.
void roundLayer(LinearOp linear, const NarrowReaders &readers,
                RewriterBase &rewriter) {
  // An entry's constants are outside its fusions.
  bool isFused = isa<FusionOp>(linear->getParentOp());
  rewriter.setInsertionPointAfterValue(linear.getWeight());
  Value weight = readers.round(rewriter, linear.getWeight());
  rewriter.setInsertionPoint(linear);
  Value input = linear.getInput();
  bool isWide = !readers.isRounded(linear.getInputMutable());
  if (isWide)
    input = readers.round(rewriter, input);
  auto rounded = LinearOp::create(rewriter, linear.getLoc(), input, weight,
                                  linear.getBias(), readers.isTF32());
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
  /// Whether layers multiply floats of fewer digits.
  bool rounds() const { return precision == "bf16" || precision == "tf32"; }

  /// Tensor cores are not asked for: others have tf32 for f32.
  bool narrowsAttention() const {
    return precision == "tf32" || (attention && precision != "int8-weights");
  }

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

  /// The attention of `function` that multiplies narrow numbers if `layers` do.
  llvm::SetVector<Operation *>
  findAttentions(func::FuncOp function,
                 const llvm::SetVector<Operation *> &layers,
                 PassRemarks &remarks) {
    llvm::SetVector<Operation *> attentions;
    function.walk([&](AttentionOp op) {
      if (succeeded(canNarrowAttention(op, layers, remarks)))
        attentions.insert(op);
    });
    return attentions;
  }

  LogicalResult narrow(func::FuncOp function, RewriterBase &rewriter,
                       PassRemarks &remarks) {
    llvm::SetVector<Operation *> layers = findLayers(function, remarks);
    if (record)
      return recordRanges(function, layers.getArrayRef(), rewriter);
    DenseMap<Operation *, Value> inputRanges =
        known.materialize(function, layers.getArrayRef(), rewriter);
    NarrowReaders readers;
    if (rounds())
      readers.layers = layers;
    if (precision == "tf32")
      readers.round = roundToTF32;
    if (narrowsAttention())
      readers.attentions = findAttentions(function, layers, remarks);
    readers.storeOperands(rewriter);
    for (Operation *op : readers.attentions) {
      remarks.passed(op,
                     readers.isTF32() ? "multiplies tf32" : "multiplies bf16");
      roundAttention(cast<AttentionOp>(op), readers, rewriter);
    }
    for (Operation *op : layers)
      narrow(cast<LinearOp>(op), readers, inputRanges.lookup(op), rewriter,
             remarks);
    narrowedAttention += readers.attentions.size();
    narrowed += layers.size();
    return success();
  }

  /// `range` is that of the layer's input, if it is known.
  void narrow(LinearOp linear, const NarrowReaders &readers, Value range,
              RewriterBase &rewriter, PassRemarks &remarks) {
    if (rounds()) {
      remarks.passed(linear, "multiplies " + precision);
      roundLayer(linear, readers, rewriter);
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

} // namespace vitrail::nn
