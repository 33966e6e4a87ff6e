//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The element of an `nn` value at an index: elementwise operations become
// scalar ones, and layout operations become arithmetic on the index.
//
//===----------------------------------------------------------------------===//

#include "ReshapeIndices.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

namespace vitrail {

using namespace mlir;
using namespace nn;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

Indices alignIndices(ExprBuilder &expr, Value operand,
                     ArrayRef<Value> indices) {
  ArrayRef<int64_t> shape = typeOf(operand).getShape();
  Indices aligned(indices.take_back(shape.size()));
  for (auto [index, extent] : llvm::zip(aligned, shape))
    if (extent == 1)
      index = expr.index(0);
  return aligned;
}

/// In each group of dimensions, the row-major position within the extents of
/// `from` is taken apart by those of `to`.
Indices reshapeIndices(ExprBuilder &expr, ArrayRef<Extent> from,
                       ArrayRef<Extent> to, ArrayRef<Value> indices) {
  Indices mapped(to.size());
  for (const ReshapeGroup &group : groupReshapedDimensions(from, to)) {
    Value position = indices[group.result.front()];
    for (unsigned dim : ArrayRef(group.result).drop_front())
      position = expr.addIndex(expr.scaleIndex(position, from[dim].size),
                               indices[dim]);
    for (unsigned dim : llvm::reverse(ArrayRef(group.input).drop_front())) {
      mapped[dim] = expr.moduloIndex(position, to[dim].size);
      position = expr.divideIndex(position, to[dim].size);
    }
    mapped[group.input.front()] = position;
  }
  // Extents of 1 are in no group.
  for (Value &index : mapped)
    if (!index)
      index = expr.index(0);
  return mapped;
}

/// The one element of a constant.
static Value getSplat(ExprBuilder &expr, ConstantOp constant) {
  auto splat = cast<SplatElementsAttr>(constant.getValue());
  Type type = splat.getElementType();
  if (isa<FloatType>(type))
    return expr.number(splat.getSplatValue<APFloat>().convertToDouble(), type);
  return expr.number(splat.getSplatValue<APInt>().getSExtValue(), type);
}

Value Elements::get(ExprBuilder &expr, Value value,
                    ArrayRef<Value> indices) const {
  if (auto it = computed.find(value); it != computed.end())
    return it->second(expr, indices);
  if (auto it = sources.find(value); it != sources.end())
    return expr.call(it->second, llvm::to_vector(llvm::reverse(indices)),
                     typeOf(value).getElementType());

  Operation *op = value.getDefiningOp();
  assert(op && isElementComputable(op) && "a kernel's value without a source");
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](ConstantOp constant) { return getSplat(expr, constant); })
      .Case([&](ReshapeOp reshape) {
        assert(isIndexArithmetic(reshape) && "the batch is not known");
        return get(expr, reshape.getInput(),
                   reshapeIndices(expr, getExtents(reshape.getType()),
                                  getExtents(reshape.getInput().getType()),
                                  indices));
      })
      .Case([&](TransposeOp transpose) {
        Indices mapped(indices.size());
        for (auto [i, dim] : llvm::enumerate(transpose.getPermutation()))
          mapped[dim] = indices[i];
        return get(expr, transpose.getInput(), mapped);
      })
      .Case([&](SliceOp slice) {
        Indices mapped;
        for (auto [index, offset, stride] :
             llvm::zip(indices, slice.getOffsets(), slice.getStrides()))
          mapped.push_back(expr.addIndex(expr.scaleIndex(index, stride),
                                         expr.index(offset)));
        return get(expr, slice.getInput(), mapped);
      })
      .Case([&](BroadcastOp broadcast) {
        return get(expr, broadcast.getInput(),
                   alignIndices(expr, broadcast.getInput(), indices));
      })
      .Case([&](UnfoldOp unfold) { return getUnfold(expr, unfold, indices); })
      .Case([&](ConcatOp concat) { return getConcat(expr, concat, indices); })
      .Case([&](PadOp pad) { return getPad(expr, pad, indices); })
      .Case([&](RollOp roll) {
        int64_t axis = roll.getAxis();
        int64_t extent = typeOf(roll.getInput()).getDimSize(axis);
        Indices mapped(indices);
        // Not below 0, so that the quotient need not be rounded downwards.
        mapped[axis] = expr.moduloIndex(
            expr.addIndex(indices[axis], expr.index(extent - roll.getShift())),
            extent);
        return get(expr, roll.getInput(), mapped);
      })
      .Case([&](GatherOp gather) { return getGather(expr, gather, indices); })
      .Default(
          [&](Operation *op) { return getElementwise(expr, op, indices); });
}

Value Elements::getElementwise(ExprBuilder &expr, Operation *op,
                               ArrayRef<Value> indices) const {
  SmallVector<Value, 2> x;
  for (Value operand : op->getOperands())
    x.push_back(get(expr, operand, alignIndices(expr, operand, indices)));
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](NegOp) { return expr.neg(x[0]); })
      .Case([&](ExpOp) { return expr.exp(x[0]); })
      .Case([&](SqrtOp) { return expr.sqrt(x[0]); })
      .Case([&](LogOp) { return expr.log(x[0]); })
      .Case([&](SinOp) { return expr.sin(x[0]); })
      .Case([&](CosOp) { return expr.cos(x[0]); })
      .Case([&](TanhOp) { return expr.tanh(x[0]); })
      .Case([&](SigmoidOp) { return expr.sigmoid(x[0]); })
      .Case([&](ReluOp) { return expr.max(x[0], expr.number(0)); })
      .Case([&](GeluOp) { return expr.gelu(x[0]); })
      .Case([&](RoundTF32Op) { return expr.roundToTF32(x[0]); })
      .Case([&](AddOp) { return expr.add(x[0], x[1]); })
      .Case([&](SubOp) { return expr.sub(x[0], x[1]); })
      .Case([&](MulOp) { return expr.mul(x[0], x[1]); })
      .Case([&](DivOp) { return expr.div(x[0], x[1]); })
      .Case([&](MaxOp) { return expr.max(x[0], x[1]); })
      .Case([&](MinOp) { return expr.min(x[0], x[1]); })
      .Case([&](CompareOp op) {
        return expr.compare(op.getPredicate(), x[0], x[1]);
      })
      .Case([&](SelectOp) { return expr.select(x[0], x[1], x[2]); })
      .Case([&](CastOp op) {
        return expr.cast(x[0], op.getType().getElementType());
      })
      .Case([&](QuantizeOp) { return expr.quantize(x[0], x[1]); });
}

/// Each part is read within its own bounds, also where another is chosen: the
/// schedule evaluates both sides of a select.
Value Elements::getConcat(ExprBuilder &expr, ConcatOp concat,
                          ArrayRef<Value> indices) const {
  int64_t axis = concat.getAxis();
  int64_t end = typeOf(concat.getResult()).getDimSize(axis);
  Value result;
  for (Value part : llvm::reverse(concat.getInputs())) {
    int64_t extent = typeOf(part).getDimSize(axis);
    int64_t begin = end - extent;
    Indices mapped(indices);
    mapped[axis] = expr.clampIndex(
        expr.subIndex(indices[axis], expr.index(begin)), 0, extent - 1);
    Value element = get(expr, part, mapped);
    result = result
                 ? expr.select(expr.below(indices[axis], end), element, result)
                 : element;
    end = begin;
  }
  return result;
}

Value Elements::getPad(ExprBuilder &expr, PadOp pad,
                       ArrayRef<Value> indices) const {
  Indices mapped(indices);
  Value inside;
  for (auto [dim, low] : llvm::enumerate(pad.getLow())) {
    int64_t high = pad.getHigh()[dim];
    if (low == 0 && high == 0)
      continue;
    int64_t extent = typeOf(pad.getInput()).getDimSize(dim);
    mapped[dim] = expr.subIndex(indices[dim], expr.index(low));
    Value within = expr.both(expr.atLeast(mapped[dim], 0),
                             expr.below(mapped[dim], extent));
    inside = inside ? expr.both(inside, within) : within;
    mapped[dim] = expr.clampIndex(mapped[dim], 0, extent - 1);
  }
  Value element = get(expr, pad.getInput(), mapped);
  if (!inside)
    return element;
  Value fill = pad.getFill();
  Value outside = fill ? get(expr, fill, alignIndices(expr, fill, indices))
                       : expr.number(pad.getValue().convertToDouble(),
                                     typeOf(pad.getInput()).getElementType());
  return expr.select(inside, element, outside);
}

/// The index is read where the result's index says, and takes the place of the
/// dimensions that it was read with.
Value Elements::getGather(ExprBuilder &expr, GatherOp gather,
                          ArrayRef<Value> indices) const {
  int64_t axis = gather.getAxis();
  size_t rank = typeOf(gather.getIndices()).getRank();
  Value position = get(expr, gather.getIndices(), indices.slice(axis, rank));
  Indices mapped(indices.take_front(axis));
  mapped.push_back(
      expr.toIndex(position, typeOf(gather.getTable()).getDimSize(axis) - 1));
  llvm::append_range(mapped, indices.drop_front(axis + rank));
  return get(expr, gather.getTable(), mapped);
}

/// [b, oh, ow, c, kh, kw] -> input[b, c, oh * stride + kh - padding, ...]
Value Elements::getUnfold(ExprBuilder &expr, UnfoldOp unfold,
                          ArrayRef<Value> indices) const {
  RankedTensorType input = typeOf(unfold.getInput());
  Indices mapped = {indices[0], indices[3]};
  Value inside;
  for (unsigned dim : {0u, 1u}) {
    int64_t padding = unfold.getPadding()[dim];
    int64_t extent = input.getDimSize(dim + 2);
    Value position = expr.addIndex(
        expr.scaleIndex(indices[1 + dim], unfold.getStrides()[dim]),
        indices[4 + dim]);
    if (padding != 0) {
      position = expr.subIndex(position, expr.index(padding));
      Value within =
          expr.both(expr.atLeast(position, 0), expr.below(position, extent));
      inside = inside ? expr.both(inside, within) : within;
      position = expr.clampIndex(position, 0, extent - 1);
    }
    mapped.push_back(position);
  }
  Value element = get(expr, unfold.getInput(), mapped);
  if (!inside)
    return element;
  Value zero = expr.number(0, input.getElementType());
  return expr.select(inside, element, zero);
}

bool isElementComputable(Operation *op) {
  if (auto constant = dyn_cast<ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  return op->hasTrait<Elementwise>() ||
         isa<ReshapeOp, TransposeOp, SliceOp, BroadcastOp, UnfoldOp, ConcatOp,
             PadOp, RollOp, GatherOp>(op);
}

std::optional<unsigned> findContiguousDimension(Value value) {
  Operation *op = value.getDefiningOp();
  unsigned rank = typeOf(value).getRank();
  if (!op)
    return rank == 0 ? std::nullopt : std::optional(rank - 1);
  if (!isa<TransposeOp, SliceOp, ReshapeOp, PadOp, RollOp, CastOp>(op))
    return std::nullopt;
  std::optional<unsigned> dim = findContiguousDimension(op->getOperand(0));
  if (!dim || isa<CastOp>(op))
    return dim;
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    return llvm::find(permutation, *dim) - permutation.begin();
  }
  if (auto slice = dyn_cast<SliceOp>(op))
    return slice.getStrides()[*dim] == 1 ? dim : std::nullopt;
  if (auto pad = dyn_cast<PadOp>(op)) {
    bool isWhole = pad.getLow()[*dim] == 0 && pad.getHigh()[*dim] == 0;
    return isWhole ? dim : std::nullopt;
  }
  if (auto roll = dyn_cast<RollOp>(op))
    return static_cast<int64_t>(roll.getAxis()) != *dim ? dim : std::nullopt;
  bool isLast = *dim + 1 == typeOf(op->getOperand(0)).getRank();
  return isLast && rank > 0 ? std::optional(rank - 1) : std::nullopt;
}

/// Of a reshape: what is merged into, or split from, the last dimension.
static int64_t getRunOfReshape(ReshapeOp reshape, Type element) {
  SmallVector<Extent> result = getExtents(reshape.getResult().getType());
  SmallVector<Extent> input = getExtents(reshape.getInput().getType());
  if (!isIndexArithmetic(reshape) || result.empty() || result.back().timesBatch)
    return 1;
  int64_t run = getContiguousRun(reshape.getInput(), element);
  for (const ReshapeGroup &group : groupReshapedDimensions(result, input))
    if (group.result.back() + 1 == result.size() &&
        group.input.back() + 1 == input.size())
      return std::gcd(run, result.back().size);
  return 1;
}

int64_t getContiguousRun(Value value, Type element) {
  RankedTensorType type = typeOf(value);
  Operation *op = value.getDefiningOp();
  unsigned rank = type.getRank();
  if (rank == 0 || type.isDynamicDim(rank - 1))
    return 1;
  if (!op)
    return type.getElementType() == element ? type.getDimSize(rank - 1) : 1;
  return llvm::TypeSwitch<Operation *, int64_t>(op)
      .Case(
          [&](ReshapeOp reshape) { return getRunOfReshape(reshape, element); })
      .Case([&](CastOp cast) {
        return getContiguousRun(cast.getInput(), element);
      })
      .Case([&](TransposeOp transpose) {
        bool keepsLast = transpose.getPermutation().back() == rank - 1;
        return keepsLast ? getContiguousRun(transpose.getInput(), element) : 1;
      })
      .Case([&](SliceOp slice) {
        if (slice.getStrides().back() != 1)
          return int64_t(1);
        int64_t run = std::gcd(getContiguousRun(slice.getInput(), element),
                               slice.getOffsets().back());
        return std::gcd(run, type.getDimSize(rank - 1));
      })
      .Case([&](RollOp roll) {
        bool keepsLast = static_cast<int64_t>(roll.getAxis()) + 1 != rank;
        return keepsLast ? getContiguousRun(roll.getInput(), element) : 1;
      })
      .Case([&](UnfoldOp unfold) {
        // A row of a patch begins at a multiple of the stride.
        if (llvm::any_of(unfold.getPadding(),
                         [](int64_t padding) { return padding != 0; }))
          return int64_t(1);
        int64_t run = std::gcd(getContiguousRun(unfold.getInput(), element),
                               unfold.getStrides()[1]);
        return std::gcd(run, type.getDimSize(rank - 1));
      })
      .Default(int64_t(1));
}

SmallVector<unsigned> mapResultDimensions(Value anchor, Value result) {
  auto dims = llvm::to_vector(llvm::seq<unsigned>(typeOf(anchor).getRank()));
  while (anchor != result) {
    Operation *user = *anchor.user_begin();
    if (auto transpose = dyn_cast<TransposeOp>(user)) {
      SmallVector<unsigned> moved;
      for (int64_t dim : transpose.getPermutation())
        moved.push_back(dims[dim]);
      dims = std::move(moved);
    }
    anchor = user->getResult(0);
  }
  return dims;
}

} // namespace vitrail
