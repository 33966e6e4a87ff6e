//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-pack-weights: panels of weights, laid out while compiling. Kernels that
// share a weight, such as those of a decoder for one token and for many, have
// panels of one width.
//
//===----------------------------------------------------------------------===//

#include "KernelArguments.h"
#include "Product.h"
#include "vitrail/Conversion/NNToHalide/MatrixUnit.h"
#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

namespace {

using namespace mlir;

/// What another target's schedule says of a kernel's panels.
constexpr StringLiteral panelColumns = "nn.panel_columns";

/// A product's shape, for weights in groups of k.
ProductShape describeProduct(nn::LinearOp linear, int64_t group) {
  ProductShape product;
  RankedTensorType type = linear.getResult().getType();
  RankedTensorType weight = linear.getWeight().getType();
  ArrayRef<int64_t> result = type.getShape();
  product.n = result.back();
  int64_t last = weight.getShape().back();
  product.k = weight.getNumElements() / (product.n * last) *
              llvm::divideCeil(last, group);
  product.m = result.size() < 2 ? 1 : result[result.size() - 2];
  if (ShapedType::isDynamic(*product.m))
    product.m = std::nullopt;
  return product;
}

/// [n, k...] -> [panels, k..., width], zero beyond n; or in groups of the last
/// k, zero beyond it, [panels, ..., k / group, width, group].
Value packPanels(OpBuilder &builder, Location loc, Value weight, int64_t width,
                 int64_t group) {
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rank = type.getRank();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  SmallVector<int64_t> padded(type.getShape());
  padded.front() = llvm::alignTo(padded.front(), width);
  padded.back() = llvm::alignTo(padded.back(), group);
  for (int64_t i : llvm::seq(rank))
    high[i] = padded[i] - type.getDimSize(i);
  if (ArrayRef(padded) != type.getShape())
    weight = nn::PadOp::create(builder, loc, weight, /*fill=*/nullptr, low,
                               high, llvm::APFloat(0.0));
  SmallVector<int64_t> split = {padded.front() / width, width};
  llvm::append_range(split, ArrayRef(padded).drop_front());
  if (group != 1) {
    split.back() /= group;
    split.push_back(group);
  }
  weight = nn::ReshapeOp::create(
      builder, loc, RankedTensorType::get(split, type.getElementType()),
      weight);
  SmallVector<int64_t> permutation = {0};
  llvm::append_range(permutation, llvm::seq<int64_t>(2, rank + 1));
  permutation.push_back(1);
  if (group != 1)
    permutation.push_back(rank + 1);
  return nn::TransposeOp::create(builder, loc, weight, permutation);
}

/// The sum over k of each column of panels of integers: [panels, width] of i32.
Value sumPanels(OpBuilder &builder, Location loc, Value panels, int64_t group) {
  auto type = cast<RankedTensorType>(panels.getType());
  // Sums are of floats, which hold these.
  Value numbers = nn::CastOp::create(builder, loc,
                                     type.clone(builder.getF32Type()), panels);
  int64_t column = type.getRank() - (group == 1 ? 1 : 2);
  auto axes = llvm::to_vector(llvm::seq<int64_t>(1, column));
  if (group != 1)
    axes.push_back(column + 1);
  Value sums = nn::ReduceOp::create(builder, loc, numbers, nn::ReduceKind::Sum,
                                    axes, /*keep_dims=*/false);
  auto sumType = cast<RankedTensorType>(sums.getType());
  return nn::CastOp::create(builder, loc, sumType.clone(builder.getI32Type()),
                            sums);
}

/// A linear layer whose weight all callers of its kernel know.
struct Packing {
  nn::LinearOp linear;
  BlockArgument argument; ///< the weight
  SmallVector<func::CallOp> calls;
  ProductShape product;
  int64_t group = 1; ///< numbers that are multiplied in one step
  int64_t width = 0; ///< of a panel

  Value getWeight(func::CallOp call) const {
    return call.getOperand(argument.getArgNumber());
  }
  func::FuncOp getKernel() const {
    return cast<func::FuncOp>(argument.getOwner()->getParentOp());
  }
  /// Of the kernel; may be null.
  nn::ScheduleAttr getSchedule() const {
    return getKernel()->getAttrOfType<nn::ScheduleAttr>("nn.schedule");
  }
};

struct PackWeights : impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;

  void runOnOperation() override {
    SmallVector<Packing> packings;
    getOperation().walk([&](nn::LinearOp linear) {
      if (auto packing = describe(linear))
        packings.push_back(*packing);
    });
    chooseWidths(packings);
    for (const Packing &packing : packings) {
      dropMisfit(packing);
      pack(packing);
    }
  }

  Machine getMachine() const {
    return {lanes,           registers,      l2Bytes,       multipliesBF16,
            multipliesTiles, multipliesInt8, wantsUnsigned, !gpu.empty()};
  }

  std::optional<Packing> describe(nn::LinearOp linear) {
    auto kernel = linear->getParentOfType<func::FuncOp>();
    auto argument = dyn_cast<BlockArgument>(linear.getWeight());
    if (!kernel->hasAttr("nn.kernel") || !argument || !argument.hasOneUse())
      return std::nullopt;
    int64_t group =
        chooseGroup(linear.getInput().getType().getElementType(), getMachine());
    Packing packing{
        linear, argument,
        findCallsWithConstant(kernel, argument.getArgNumber(), getOperation()),
        describeProduct(linear, group), group};
    if (packing.calls.empty())
      return std::nullopt;
    return packing;
  }

  /// Each weight is stored once: of the kernels that share one, that with the
  /// most rows, where the shape of a tile matters most, chooses for all.
  void chooseWidths(MutableArrayRef<Packing> packings) {
    nn::ConstantNumbering numbering;
    llvm::EquivalenceClasses<const Packing *> sharing;
    llvm::DenseMap<unsigned, const Packing *> readers;
    for (const Packing &packing : packings) {
      sharing.insert(&packing);
      for (func::CallOp call : packing.calls) {
        unsigned weight = *numbering.getNumber(packing.getWeight(call));
        sharing.unionSets(&packing,
                          readers.try_emplace(weight, &packing).first->second);
      }
    }
    // Of equal ones the first, the same for all that share a weight.
    auto isBetter = [](const Packing &lhs, const Packing &rhs) {
      return std::pair(countRows(lhs.product), &rhs) >
             std::pair(countRows(rhs.product), &lhs);
    };
    for (Packing &packing : packings) {
      const Packing *chooser = nullptr;
      for (const Packing *other : sharing.members(&packing))
        if (!chooser || isBetter(*other, *chooser))
          chooser = other;
      packing.width = chooseWidth(*chooser, getMachine());
    }
  }

  /// As the schedule of the kernel says, if it has one.
  static int64_t chooseWidth(const Packing &packing, const Machine &machine) {
    if (auto columns =
            packing.getKernel()->getAttrOfType<IntegerAttr>(panelColumns))
      return columns.getInt();
    if (machine.isGPU)
      return choosePanelForGPU(packing.product);
    if (nn::ScheduleAttr schedule = packing.getSchedule())
      if (schedule.getColumns())
        return *schedule.getColumns();
    if (packing.group != 1 && machine.multipliesTiles)
      return choosePanelForMatrixUnit(packing.product);
    return chooseTile(packing.product, machine).columns;
  }

  /// What was chosen for panels of another width is of no use.
  static void dropMisfit(const Packing &packing) {
    packing.getKernel()->removeAttr(panelColumns);
    nn::ScheduleAttr schedule = packing.getSchedule();
    if (schedule && packing.width % schedule.getColumns().value_or(1) != 0)
      packing.getKernel()->removeAttr("nn.schedule");
  }

  void pack(const Packing &packing) {
    nn::LinearOp linear = packing.linear;
    BlockArgument argument = packing.argument;
    for (func::CallOp call : packing.calls) {
      OpBuilder builder(call);
      Value panels = packPanels(builder, call.getLoc(), packing.getWeight(call),
                                packing.width, packing.group);
      call.setOperand(argument.getArgNumber(), panels);
      setArgumentType(argument, panels.getType());
    }
    OpBuilder builder(linear);
    Value packedProduct = nn::PackedLinearOp::create(
        builder, linear.getLoc(), linear.getInput(), argument, linear.getBias(),
        addSums(packing), packing.product.n, packing.group, linear.getTf32());
    linear.replaceAllUsesWith(packedProduct);
    linear.erase();
    ++packed;
  }

  /// Gives the kernel the sums of its panels, after these, if it has to
  /// subtract them.
  Value addSums(const Packing &packing) {
    if (packing.group != int8Group || !wantsUnsigned)
      return nullptr;
    unsigned position = packing.argument.getArgNumber() + 1;
    Type type;
    for (func::CallOp call : packing.calls) {
      OpBuilder builder(call);
      Value sums = sumPanels(builder, call.getLoc(), packing.getWeight(call),
                             packing.group);
      call->insertOperands(position, sums);
      type = sums.getType();
    }
    auto kernel = packing.linear->getParentOfType<func::FuncOp>();
    [[maybe_unused]] LogicalResult inserted = kernel.insertArgument(
        position, type, /*argAttrs=*/{}, packing.linear->getLoc());
    assert(succeeded(inserted) && "an argument of a tensor is refused");
    return kernel.getArgument(position);
  }
};

} // namespace
} // namespace vitrail
