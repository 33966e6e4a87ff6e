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

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

// A thread has k / 4 elements of up to four rows, results of 8 columns, and all
// sums of a second product.
static constexpr int64_t mostDepth = 128, mostColumns = 512,
                         mostSecondColumns = 96;
// Of patches, and of what is normalised afterwards, a thread has fewer rows.
static constexpr int64_t mostDepthOfPatches = 192, mostNormedColumns = 128;

nn::LayerNormOp findNorm(Value lhs) {
  if (auto cast = lhs.getDefiningOp<nn::CastOp>())
    lhs = cast.getInput();
  auto norm = lhs.getDefiningOp<nn::LayerNormOp>();
  return norm && norm->hasOneUse() ? norm : nullptr;
}

/// Sets the anchors and the norms, or patches.
static std::string findOperations(func::FuncOp kernel, ShortProduct &product) {
  product.anchors =
      llvm::to_vector<2>(kernel.front().getOps<nn::PackedLinearOp>());
  if (product.anchors.empty() || product.anchors.size() > 2)
    return "it has no product of packed weights, or more than two";
  product.norm = findNorm(product.lhs());
  product.patches = matchPatches(product.lhs());
  for (Operation &op : kernel.front().without_terminator()) {
    auto norm = dyn_cast<nn::LayerNormOp>(op);
    if (norm && !product.isChain() && !product.resultNorm &&
        product.anchors.front()->isBeforeInBlock(norm))
      product.resultNorm = norm;
    else if (!isa<nn::PackedLinearOp>(op) && &op != product.norm &&
             !isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no part of it").str();
  }
  return "";
}

/// Whether all that is computed of `from` is elements of `to` at the same
/// places.
static bool leadsTo(Value from, Value to) {
  if (from == to)
    return true;
  return !from.use_empty() && llvm::all_of(from.getUsers(), [&](Operation *op) {
    return op->hasTrait<nn::Elementwise>() &&
           shapeOf(op->getResult(0)) == shapeOf(from) &&
           leadsTo(op->getResult(0), to);
  });
}

/// Sets the extents of rows.
static std::string findRows(ShortProduct &product) {
  Value result = product.anchors.front().getResult();
  product.rows = nn::getExtents(cast<RankedTensorType>(result.getType()));
  product.rows.pop_back();
  if (llvm::any_of(ArrayRef(product.rows).drop_front(!product.rows.empty()),
                   nn::dependsOnBatch))
    return "the batch is not the first dimension of its rows";
  if (product.isChain() &&
      !leadsTo(result, product.anchors.back()->getOperand(0)))
    return "its second product is not of the rows of the first";
  Value last = product.anchors.back().getResult();
  if (nn::LayerNormOp norm = product.resultNorm) {
    if (!leadsTo(last, norm.getInput()))
      return "its norm is not of its rows alone";
    last = norm.getResult();
  }
  if (!isFollowedByElements(last))
    return "its sums are stored elsewhere than they are computed";
  return "";
}

/// Adds the weight of `anchor`.
std::string addWeight(nn::PackedLinearOp anchor, ShortProduct &product) {
  ShortWeight weight;
  weight.panels = dyn_cast<BlockArgument>(anchor.getPanels());
  if (!weight.panels || !weight.panels.hasOneUse() || anchor.getGroup() != 1)
    return "its panels are for another processor";
  Type element = getElementTypeOrSelf(weight.panels.getType());
  if (!(element.isF16() || element.isBF16()) ||
      (product.element && product.element != element))
    return "its operands are not of f16 or bf16";
  product.element = element;
  weight.n = anchor.getFeatures();
  weight.k = shapeOf(anchor->getOperand(0)).back();
  bool isOfPatches = product.patches && product.weights.empty();
  if (isOfPatches) {
    weight.k = product.patches->k();
    weight.before = product.patches->before;
    weight.after = product.patches->after();
  }
  if (anchor.countContracted() != (isOfPatches ? 3 : 1))
    return "it contracts more than one dimension, or a part of patches";
  if (weight.k % chunkSize != 0 || weight.n % chunkSize != 0)
    return "its rows are no multiple of 8 elements";
  product.weights.push_back(weight);
  return "";
}

/// Sets the calls, whose weights can be laid out anew.
std::string findCalls(func::FuncOp kernel, ShortProduct &product) {
  SmallVector<BlockArgument> panels = llvm::map_to_vector(
      product.weights, [](const ShortWeight &weight) { return weight.panels; });
  auto calls = findCallsWithConstants(kernel, panels);
  if (failed(calls))
    return "a caller does not know its weight";
  product.calls = std::move(*calls);
  return "";
}

/// Whether a thread has more of its rows than registers hold.
static bool areTooLong(const ShortProduct &product) {
  const ShortWeight &first = product.weights.front();
  return first.k > (product.patches ? mostDepthOfPatches : mostDepth) ||
         first.n > (product.resultNorm ? mostNormedColumns : mostColumns) ||
         (product.isChain() && product.weights.back().n > mostSecondColumns);
}

static std::string describe(func::FuncOp kernel, ShortProduct &product) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, product); !reason.empty())
    return reason;
  for (nn::PackedLinearOp anchor : product.anchors)
    if (std::string reason = addWeight(anchor, product); !reason.empty())
      return reason;
  if (areTooLong(product))
    return "its rows are too long for registers";
  if (std::string reason = findCalls(kernel, product); !reason.empty())
    return reason;
  if (std::string reason = findRows(product); !reason.empty())
    return reason;
  if (product.patches)
    return "";
  product.stored = findStoredType(product.input());
  if (!product.stored ||
      !hasChunks(product.input(), {product.weights.front().k}, product.stored))
    return "its rows have to be computed";
  return "";
}

int64_t ShortProduct::countProducts() const {
  int64_t count = 0;
  for (const ShortWeight &weight : weights)
    count += weight.k * weight.n;
  return count;
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

RankedTensorType ShortWeight::getFragmentsType() const {
  return RankedTensorType::get(
      {columnGroups(), 2 * depthGroups(), 2, warpSize, chunkSize},
      getElementTypeOrSelf(panels.getType()));
}

/// Panels of a matrix [k, columns], from panels whose k are of several extents.
static Value joinDepth(OpBuilder &builder, Location loc, Value panels,
                       const ShortWeight &weight) {
  int64_t rank = shapeOf(panels).size();
  if (rank == 3)
    return panels;
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  low[rank - 2] = weight.before;
  high[rank - 2] = weight.after;
  if (weight.before + weight.after > 0)
    panels = nn::PadOp::create(builder, loc, panels, /*fill=*/nullptr, low,
                               high, llvm::APFloat(0.0));
  auto type = cast<RankedTensorType>(panels.getType());
  return nn::ReshapeOp::create(
      builder, loc,
      type.clone({type.getDimSize(0), weight.k, type.getDimSize(rank - 1)}),
      panels);
}

Value packFragments(OpBuilder &builder, Location loc, Value panels,
                    const ShortWeight &weight) {
  panels = joinDepth(builder, loc, panels, weight);
  RankedTensorType type = weight.getFragmentsType();
  auto reshape = [&](Value value, ArrayRef<int64_t> shape) -> Value {
    return nn::ReshapeOp::create(builder, loc, type.clone(shape), value);
  };
  int64_t depthGroups = weight.depthGroups();
  int64_t columnGroups = weight.columnGroups();
  ArrayRef<int64_t> shape = shapeOf(panels);
  int64_t columns = shape[0] * shape[2];
  Value matrix =
      nn::TransposeOp::create(builder, loc, panels, ArrayRef<int64_t>{1, 0, 2});
  matrix = reshape(matrix, {weight.k, columns});
  // Columns beyond the last panel's may be fewer than those of the last group,
  // or more.
  constexpr int64_t size = ShortWeight::groupSize;
  matrix = nn::PadOp::create(builder, loc, matrix, /*fill=*/nullptr,
                             ArrayRef<int64_t>{0, 0},
                             ArrayRef<int64_t>{depthGroups * size - weight.k,
                                               columnGroups * size - columns},
                             llvm::APFloat(0.0));
  // Of k: group, thread, step, half, pair. Of columns: group, thread, half of
  // the fragments, fragment, pair.
  matrix = reshape(matrix, {depthGroups, 4, 2, 2, 2, columnGroups, 4, 2, 2, 2});
  matrix = nn::TransposeOp::create(
      builder, loc, matrix, ArrayRef<int64_t>{5, 0, 2, 7, 6, 9, 1, 8, 3, 4});
  return reshape(matrix, type.getShape());
}

} // namespace vitrail
