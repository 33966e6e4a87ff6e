//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-split-norms: a product on tensor cores and a norm before or after it
// become two kernels.
//
//===----------------------------------------------------------------------===//

#include "DivideKernel.h"
#include "ShortProduct.h"
#include "TensorProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"

namespace vitrail {
#define GEN_PASS_DEF_SPLITNORMS
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

struct SplitNorms : impl::SplitNormsBase<SplitNorms> {
  using SplitNormsBase::SplitNormsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("nn.kernel"))
        if (std::optional<Division> division = findDivision(kernel)) {
          divideKernel(kernel, *division, "_norm", symbols);
          ++divided;
        }
  }

private:
  static std::optional<Division> findDivision(func::FuncOp kernel);
};

} // namespace

/// Whether ranges of the norm's own rows, in which these become integers, are
/// found where it is computed (nn-split-ranges).
static bool hasRanges(nn::LayerNormOp norm) {
  return llvm::any_of(norm->getUsers(), [](Operation *user) {
    auto range = dyn_cast<nn::ReduceOp>(user);
    return range && range.getAxes().size() == 1;
  });
}

/// The first part has one result.
std::optional<Division> SplitNorms::findDivision(func::FuncOp kernel) {
  Block &body = kernel.front();
  auto products = llvm::to_vector(body.getOps<nn::PackedLinearOp>());
  if (products.size() != 1)
    return std::nullopt;
  nn::PackedLinearOp product = products.front();
  if (!isForTensorCores(product))
    return std::nullopt;
  // A warp normalises rows that are short enough for its registers.
  std::string reason;
  if (succeeded(matchShortProduct(kernel, reason)))
    return std::nullopt;
  for (auto norm : body.getOps<nn::LayerNormOp>()) {
    if (product->isBeforeInBlock(norm)) {
      if (body.getTerminator()->getNumOperands() != 1)
        return std::nullopt;
      return Division{{norm.getInput()}, /*isProductFirst=*/true};
    }
    if (hasRanges(norm))
      continue;
    // As it is multiplied, so that it is rounded once.
    Value stored = norm.getResult();
    Operation *reader = stored.hasOneUse() ? *stored.user_begin() : nullptr;
    if (isa_and_nonnull<nn::CastOp, nn::RoundTF32Op, nn::QuantizeOp>(reader))
      stored = reader->getResult(0);
    return Division{{stored}, /*isProductFirst=*/false};
  }
  return std::nullopt;
}

} // namespace vitrail
