//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NumPy's rules: operands broadcast, negative indices count from the end, an
// index drops its dimension, slices are cut to what there is.
//
//===----------------------------------------------------------------------===//

#include "TensorOperators.h"
#include "llvm/ADT/STLExtras.h"

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

/// A tensor of booleans.
static Value compareTensors(nn::ComparePredicate predicate, const Value &lhs,
                            const Value &rhs, llvm::SMLoc loc,
                            TensorBuilder &builder) {
  nn::CompareOp::Properties properties;
  properties.predicate = nn::ComparePredicateAttr::get(
      builder.getBuilder().getContext(), predicate);
  return combineTensors<nn::CompareOp>(builder, lhs, rhs, loc, properties);
}

Value vitrail::frontend::applyTensorBinary(BinaryOperator op, const Value &lhs,
                                           const Value &rhs, llvm::SMLoc loc,
                                           TensorBuilder &builder) {
  switch (op) {
  case BinaryOperator::Add:
    return combineTensors<nn::AddOp>(builder, lhs, rhs, loc);
  case BinaryOperator::Subtract:
    return combineTensors<nn::SubOp>(builder, lhs, rhs, loc);
  case BinaryOperator::Multiply:
    return combineTensors<nn::MulOp>(builder, lhs, rhs, loc);
  case BinaryOperator::Divide:
    return combineTensors<nn::DivOp>(builder, lhs, rhs, loc);
  case BinaryOperator::Equal:
    return compareTensors(nn::ComparePredicate::Equal, lhs, rhs, loc, builder);
  case BinaryOperator::NotEqual:
    return compareTensors(nn::ComparePredicate::NotEqual, lhs, rhs, loc,
                          builder);
  case BinaryOperator::Less:
    return compareTensors(nn::ComparePredicate::Less, lhs, rhs, loc, builder);
  case BinaryOperator::LessEqual:
    return compareTensors(nn::ComparePredicate::LessEqual, lhs, rhs, loc,
                          builder);
  case BinaryOperator::Greater:
    return compareTensors(nn::ComparePredicate::Greater, lhs, rhs, loc,
                          builder);
  case BinaryOperator::GreaterEqual:
    return compareTensors(nn::ComparePredicate::GreaterEqual, lhs, rhs, loc,
                          builder);
  default:
    builder.getReporter().error(loc)
        << "operator '" << getSpelling(op)
        << "' does not apply to tensors: " << describe(lhs) << " and "
        << describe(rhs);
    return Value();
  }
}

namespace {

/// A subscript of a dimension with a known extent.
struct Range {
  int64_t start = 0;
  int64_t size = 0;
  int64_t step = 1;
};

} // namespace

/// A part of a subscript as an integer, `fallback` where it is left out.
static std::optional<int64_t> getPart(const Value &value, int64_t fallback,
                                      llvm::SMLoc loc, Reporter &reporter) {
  if (value.isAbsent())
    return fallback;
  if (value.isKnownInteger())
    return value.getInteger();
  reporter.error(loc) << "a subscript must be an integer known while "
                         "compiling, not "
                      << describeKind(value) << ": " << describe(value);
  return std::nullopt;
}

/// What `subscript` selects of `extent` elements.
static std::optional<Range> resolve(const Subscript &subscript, int64_t extent,
                                    Reporter &reporter) {
  std::optional<int64_t> start =
      getPart(subscript.start, 0, subscript.loc, reporter);
  std::optional<int64_t> stop =
      getPart(subscript.stop, extent, subscript.loc, reporter);
  std::optional<int64_t> step =
      getPart(subscript.step, 1, subscript.loc, reporter);
  if (!start || !stop || !step)
    return std::nullopt;
  if (!subscript.isSlice) {
    if (*start >= -extent && *start < extent)
      return Range{*start < 0 ? *start + extent : *start, 1, 1};
    reporter.error(subscript.loc)
        << "index " << *start << " is out of range: there are " << extent
        << " elements";
    return std::nullopt;
  }
  if (*step < 1) {
    reporter.error(subscript.loc)
        << "the step of a slice must be positive, not " << *step;
    return std::nullopt;
  }
  auto clamp = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + extent : bound, 0, extent);
  };
  Range range{clamp(*start), 0, *step};
  if (clamp(*stop) > range.start)
    range.size = (clamp(*stop) - range.start - 1) / range.step + 1;
  return range;
}

static Value subscriptList(const Value &base,
                           llvm::ArrayRef<Subscript> subscripts,
                           llvm::SMLoc loc, Reporter &reporter) {
  const std::vector<Value> &elements = base.getElements();
  if (subscripts.size() != 1) {
    reporter.error(loc) << "a list has one subscript, not "
                        << subscripts.size();
    return Value();
  }
  std::optional<Range> range =
      resolve(subscripts.front(), elements.size(), reporter);
  if (!range)
    return Value();
  if (!subscripts.front().isSlice)
    return elements[range->start];
  std::vector<Value> selected;
  for (int64_t i = 0; i < range->size; ++i)
    selected.push_back(elements[range->start + i * range->step]);
  // A part of a list is within the bounds of lists.
  return *makeList(std::move(selected));
}

/// Whether the dimension is taken whole, as `:` does.
static bool isWhole(const Subscript &subscript) {
  return subscript.isSlice && subscript.start.isAbsent() &&
         subscript.stop.isAbsent() && subscript.step.isAbsent();
}

static Value subscriptTensor(mlir::Value tensor,
                             llvm::ArrayRef<Subscript> subscripts,
                             llvm::SMLoc loc, TensorBuilder &builder) {
  Reporter &reporter = builder.getReporter();
  auto type = llvm::cast<mlir::RankedTensorType>(tensor.getType());
  llvm::SmallVector<Extent> extents = nn::getExtents(type);
  if (subscripts.size() > extents.size()) {
    reporter.error(loc) << "tensor " << nn::describeShape(type) << " has "
                        << extents.size() << " dimensions, but "
                        << subscripts.size() << " subscripts are given";
    return Value();
  }
  llvm::SmallVector<int64_t> offsets, sizes, strides;
  llvm::SmallVector<Extent> kept;
  for (auto [axis, extent] : llvm::enumerate(extents)) {
    bool takesAll = axis >= subscripts.size() || isWhole(subscripts[axis]);
    Range range{0, extent.size, 1};
    if (!takesAll && extent.timesBatch) {
      reporter.error(subscripts[axis].loc)
          << "dimension " << axis << " of tensor " << nn::describeShape(type)
          << " depends on the batch and can only be taken whole, with ':'";
      return Value();
    }
    if (!takesAll) {
      std::optional<Range> selected =
          resolve(subscripts[axis], extent.size, reporter);
      if (!selected)
        return Value();
      range = *selected;
    }
    if (range.size == 0) {
      reporter.error(subscripts[axis].loc)
          << "the slice selects nothing of dimension " << axis << " of tensor "
          << nn::describeShape(type);
      return Value();
    }
    offsets.push_back(range.start);
    sizes.push_back(extent.timesBatch ? mlir::ShapedType::kDynamic
                                      : range.size);
    strides.push_back(range.step);
    if (takesAll || subscripts[axis].isSlice)
      kept.push_back({range.size, extent.timesBatch});
  }
  mlir::OpBuilder &ops = builder.getBuilder();
  nn::SliceOp::Properties properties;
  properties.offsets = ops.getDenseI64ArrayAttr(offsets);
  properties.sizes = ops.getDenseI64ArrayAttr(sizes);
  properties.strides = ops.getDenseI64ArrayAttr(strides);
  Value slice = builder.create<nn::SliceOp>(loc, tensor, properties);
  if (slice.isPoison() || kept.size() == extents.size())
    return slice;
  return builder.createWithShape<nn::ReshapeOp>(loc, slice.getTensor(), kept);
}

Value vitrail::frontend::applySubscripts(const Value &base,
                                         llvm::ArrayRef<Subscript> subscripts,
                                         llvm::SMLoc loc,
                                         TensorBuilder &builder) {
  if (base.isTensor())
    return subscriptTensor(base.getTensor(), subscripts, loc, builder);
  if (base.is(Value::Kind::List))
    return subscriptList(base, subscripts, loc, builder.getReporter());
  builder.getReporter().error(loc)
      << describeKind(base) << " has no elements: " << describe(base);
  return Value();
}

Value vitrail::frontend::sliceAxis(TensorBuilder &builder, llvm::SMLoc loc,
                                   mlir::Value tensor, int64_t axis,
                                   int64_t offset, int64_t size) {
  llvm::SmallVector<Subscript> subscripts(axis + 1, {loc, /*isSlice=*/true});
  subscripts.back().start = offset;
  subscripts.back().stop = offset + size;
  return subscriptTensor(tensor, subscripts, loc, builder);
}
