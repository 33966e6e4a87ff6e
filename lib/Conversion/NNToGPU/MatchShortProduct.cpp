//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels are products of short rows.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"

#include "mlir/IR/SymbolTable.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

// A thread has k / 4 elements of up to four rows, and results of 8 columns.
static constexpr int64_t mostDepth = 128, mostColumns = 512;

/// The norm that `lhs` rounds, and nothing else reads; null if there is none.
static nn::LayerNormOp findNorm(Value lhs) {
  if (auto cast = lhs.getDefiningOp<nn::CastOp>())
    lhs = cast.getInput();
  auto norm = lhs.getDefiningOp<nn::LayerNormOp>();
  return norm && norm->hasOneUse() ? norm : nullptr;
}

/// Sets the anchor and the norm.
static std::string findOperations(func::FuncOp kernel, ShortProduct &product) {
  for (auto packed : kernel.front().getOps<nn::PackedLinearOp>()) {
    if (product.anchor)
      return "it has two products";
    product.anchor = packed;
  }
  if (!product.anchor)
    return "it has no product of packed weights";
  product.norm = findNorm(product.lhs());
  for (Operation &op : kernel.front().without_terminator())
    if (&op != product.anchor && &op != product.norm &&
        !isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no part of it").str();
  return "";
}

/// Sets the extents.
static std::string findExtents(ShortProduct &product) {
  Value result = product.anchor.getResult();
  product.rows = nn::getExtents(cast<RankedTensorType>(result.getType()));
  product.rows.pop_back();
  if (llvm::any_of(ArrayRef(product.rows).drop_front(!product.rows.empty()),
                   nn::dependsOnBatch))
    return "the batch is not the first dimension of its rows";
  product.n = product.anchor.getFeatures();
  product.k = shapeOf(product.lhs()).back();
  ArrayRef<int64_t> panels = shapeOf(product.panels);
  if (panels.size() != 3 || panels[1] != product.k)
    return "it contracts more than one dimension";
  if (product.k % chunkSize != 0 || product.n % chunkSize != 0)
    return "its rows are no multiple of 8 elements";
  if (product.k > mostDepth || product.n > mostColumns)
    return "its rows are too long for registers";
  return "";
}

/// Sets the panels and the calls, whose weights can be laid out anew.
static std::string findWeights(func::FuncOp kernel, ShortProduct &product) {
  auto panels = dyn_cast<BlockArgument>(product.anchor.getPanels());
  if (!panels || !panels.hasOneUse() || product.anchor.getGroup() != 1)
    return "its panels are for another processor";
  product.panels = panels;
  product.element = getElementTypeOrSelf(panels.getType());
  if (!product.element.isF16() && !product.element.isBF16())
    return "its operands are not of f16 or bf16";
  auto uses =
      SymbolTable::getSymbolUses(kernel, kernel->getParentOfType<ModuleOp>());
  for (SymbolTable::SymbolUse use : *uses) {
    auto call = dyn_cast<func::CallOp>(use.getUser());
    if (!call ||
        !nn::isConstantExpression(call.getOperand(panels.getArgNumber())))
      return "a caller does not know its weight";
    product.calls.push_back(call);
  }
  return "";
}

static std::string describe(func::FuncOp kernel, ShortProduct &product) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, product); !reason.empty())
    return reason;
  if (std::string reason = findWeights(kernel, product); !reason.empty())
    return reason;
  if (std::string reason = findExtents(product); !reason.empty())
    return reason;
  if (!isFollowedByElements(product.anchor.getResult()))
    return "its sums are stored elsewhere than they are computed";
  product.stored = findStoredType(product.input());
  if (!product.stored ||
      !hasChunks(product.input(), {product.k}, product.stored))
    return "its rows have to be computed";
  return "";
}

FailureOr<ShortProduct> matchShortProduct(func::FuncOp kernel,
                                          std::string &reason) {
  ShortProduct product;
  reason = describe(kernel, product);
  if (!reason.empty())
    return failure();
  return product;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

RankedTensorType getFragmentsType(const ShortProduct &product) {
  return RankedTensorType::get({product.columnGroups(),
                                2 * product.depthGroups(), 2, warpSize,
                                chunkSize},
                               product.element);
}

Value packFragments(OpBuilder &builder, Location loc, Value panels,
                    const ShortProduct &product) {
  auto reshape = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return nn::ReshapeOp::create(
        builder, loc, RankedTensorType::get(shape, product.element), value);
  };
  int64_t depthGroups = product.depthGroups();
  int64_t columnGroups = product.columnGroups();
  ArrayRef<int64_t> shape = shapeOf(panels);
  int64_t columns = shape[0] * shape[2];
  Value matrix =
      nn::TransposeOp::create(builder, loc, panels, ArrayRef<int64_t>{1, 0, 2});
  matrix = reshape(matrix, {product.k, columns});
  // Columns beyond the last panel's may be fewer than those of the last group,
  // or more.
  constexpr int64_t size = ShortProduct::groupSize;
  matrix = nn::PadOp::create(builder, loc, matrix, /*fill=*/nullptr,
                             ArrayRef<int64_t>{0, 0},
                             ArrayRef<int64_t>{depthGroups * size - product.k,
                                               columnGroups * size - columns},
                             llvm::APFloat(0.0));
  // Of k: group, thread, step, half, pair. Of columns: group, thread, half of
  // the fragments, fragment, pair.
  matrix = reshape(matrix, {depthGroups, 4, 2, 2, 2, columnGroups, 4, 2, 2, 2});
  matrix = nn::TransposeOp::create(
      builder, loc, matrix, ArrayRef<int64_t>{5, 0, 2, 7, 6, 9, 1, 8, 3, 4});
  return reshape(matrix, getFragmentsType(product).getShape());
}

} // namespace vitrail
