//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-split-gathers: a product on tensor cores and what gathers its left-hand
// side become two kernels, where several tiles would gather the same.
//
//===----------------------------------------------------------------------===//

#include "DeviceRows.h"
#include "DivideKernel.h"
#include "ShortProduct.h"
#include "TensorProduct.h"
#include "vitrail/Conversion/NNToGPU/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {
#define GEN_PASS_DEF_SPLITGATHERS
#include "vitrail/Conversion/NNToGPU/Passes.h.inc"

namespace {

using namespace mlir;

struct SplitGathers : impl::SplitGathersBase<SplitGathers> {
  using SplitGathersBase::SplitGathersBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (kernel->hasAttr("nn.kernel"))
        if (Value rows = gatherRows(kernel)) {
          divideKernel(kernel, {{rows}, /*isProductFirst=*/false}, "_gather",
                       symbols);
          ++divided;
        }
  }

private:
  static Value gatherRows(func::FuncOp kernel);
};

} // namespace

/// Of the operands that an element of `value` is computed from, one of each.
static int64_t countBytesRead(Value value) {
  BackwardSliceOptions options;
  options.inclusive = true;
  llvm::SetVector<Operation *> slice;
  (void)getBackwardSlice(value, &slice, options);
  llvm::SmallSetVector<Value, 4> operands;
  for (Operation *op : slice)
    for (Value operand : op->getOperands())
      if (isa<BlockArgument>(operand))
        operands.insert(operand);
  int64_t bytes = 0;
  for (Value operand : operands)
    bytes += getElementTypeOrSelf(operand).getIntOrFloatBitWidth() / 8;
  return bytes;
}

/// Whether it takes less time to gather the left-hand side once and copy it for
/// each tile than to gather it for each: in bytes for each of its elements.
static bool isFasterStored(const TensorProduct &product) {
  constexpr int64_t columns = 128; // of a tile
  // Memory delivers as many while an element is computed: patches of f32 pixels
  // for 768 columns took 112 us on an H200, 8 bytes for each element and tile.
  constexpr int64_t computing = 4;
  constexpr int64_t stored = 2;
  int64_t tiles = llvm::divideCeil(product.n, columns);
  int64_t gathering = countBytesRead(product.lhs()) + computing;
  return gathering + stored + tiles * stored < tiles * gathering;
}

/// Whether the product's left-hand side is to be stored, and a kernel of rows
/// can do so.
static bool wantsRows(const TensorProduct &product) {
  bool isCopied = product.findStoredLeft() ||
                  hasChunks(product.lhs(), product.contracted, product.element);
  bool hasBatchFirst =
      llvm::none_of(ArrayRef(product.rows).drop_front(!product.rows.empty()),
                    nn::dependsOnBatch);
  return !isCopied && hasBatchFirst && product.k % chunkSize == 0 &&
         isFasterStored(product);
}

/// The longest rows that a kernel stores, of which `k` elements are some.
static int64_t chooseWidth(int64_t k) {
  int64_t width = std::min(k, longestRow);
  while (k % width != 0)
    width -= chunkSize;
  return width;
}

/// The left-hand side of the product of `kernel` as rows, which the product
/// reads from then on; null if it stays as it is.
Value SplitGathers::gatherRows(func::FuncOp kernel) {
  std::string reason;
  if (succeeded(matchShortProduct(kernel, reason)))
    return nullptr;
  FailureOr<TensorProduct> product = matchTensorProduct(kernel, reason);
  if (failed(product) || !wantsRows(*product))
    return nullptr;
  nn::PackedLinearOp anchor = product->anchor;
  OpBuilder builder(anchor);
  SmallVector<nn::Extent> extents = product->rows;
  int64_t width = chooseWidth(product->k);
  if (width < product->k)
    extents.push_back({product->k / width, false});
  extents.push_back({width, false});
  auto type = nn::getTensorType(extents, product->element);
  Value lhs = product->lhs();
  Value rows = nn::ReshapeOp::create(builder, anchor.getLoc(), type, lhs);
  anchor->setOperand(
      0, nn::ReshapeOp::create(builder, anchor.getLoc(), lhs.getType(), rows));
  return rows;
}

} // namespace vitrail
