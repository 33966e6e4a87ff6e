//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which kernels are attention of short heads between two products.
//
//===----------------------------------------------------------------------===//

#include "ShortProduct.h"

#include "Fragments.h"

namespace vitrail {

using namespace mlir;

// Registers have fragments of queries, keys and values of so many groups.
static constexpr int64_t mostGroups = 2, mostDepth = 128, mostColumns = 96;

/// Of a group of 32 columns or k, a thread of four has 8 neighbours: two of
/// each fragment.
int64_t ShortAttention::getPlace(int64_t head, int64_t feature) const {
  int64_t fragment = head * fragmentsOfHead() + feature / chunkSize;
  int64_t thread = feature % chunkSize / 2;
  return fragment / 4 * ShortWeight::groupSize + thread * chunkSize +
         fragment % 4 * 2 + feature % 2;
}

namespace {

/// An element's place in a tensor.
using Place = SmallVector<int64_t>;

} // namespace

/// The place in its input of an element of a reshape. Of an extent that is not
/// known nothing but multiples of 0 are.
static std::optional<Place> reshapePlace(nn::ReshapeOp reshape,
                                         ArrayRef<int64_t> place) {
  int64_t position = 0;
  for (auto [i, extent] : llvm::enumerate(shapeOf(reshape.getResult()))) {
    if (i > 0 && ShapedType::isDynamic(extent) && position != 0)
      return std::nullopt;
    position =
        (ShapedType::isDynamic(extent) ? 0 : position * extent) + place[i];
  }
  ArrayRef<int64_t> extents = shapeOf(reshape.getInput());
  Place mapped(extents.size(), 0);
  for (size_t dim = extents.size(); dim-- > 0;) {
    bool isRest = dim == 0 || ShapedType::isDynamic(extents[dim]);
    mapped[dim] = isRest ? position : position % extents[dim];
    position = isRest ? 0 : position / extents[dim];
  }
  return mapped;
}

/// The element of `source` that the one of `value` is, through index maps and
/// casts.
static std::optional<Place> findPlace(Value value, Place place, Value source) {
  while (value != source) {
    Operation *op = value.getDefiningOp();
    if (auto transpose = dyn_cast_or_null<nn::TransposeOp>(op)) {
      Place mapped(place.size());
      for (auto [i, dim] : llvm::enumerate(transpose.getPermutation()))
        mapped[dim] = place[i];
      place = std::move(mapped);
    } else if (auto slice = dyn_cast_or_null<nn::SliceOp>(op)) {
      for (auto [index, offset, stride] :
           llvm::zip(place, slice.getOffsets(), slice.getStrides()))
        index = index * stride + offset;
    } else if (auto reshape = dyn_cast_or_null<nn::ReshapeOp>(op)) {
      std::optional<Place> mapped = reshapePlace(reshape, place);
      if (!mapped)
        return std::nullopt;
      place = std::move(*mapped);
    } else if (!isa_and_nonnull<nn::CastOp>(op)) {
      return std::nullopt;
    }
    value = op->getOperand(0);
  }
  return place;
}

/// Places of rows that say how all lie, since index maps take each dimension by
/// itself: the first row, and for each dimension but that of tokens its second.
static SmallVector<Place> getSampleRows(const ShortAttention &attention) {
  ArrayRef<nn::Extent> rows = attention.product.rows;
  SmallVector<Place> samples(1, Place(rows.size() - 1, 0));
  for (size_t dim = 0; dim + 1 < rows.size(); ++dim)
    if (rows[dim].timesBatch || rows[dim].size > 1) {
      samples.push_back(samples.front());
      samples.back()[dim] = 1;
    }
  return samples;
}

/// The columns of queries, keys and values, side by side.
static std::string findColumns(ShortAttention &attention) {
  Value source = attention.product.anchors.front().getResult();
  nn::AttentionOp anchor = attention.anchor;
  std::array<Value, 3> operands = {anchor.getQuery(), anchor.getKey(),
                                   anchor.getValue()};
  int64_t size = attention.groups() * ShortWeight::groupSize;
  attention.columns.assign(3 * size, -1);
  for (const Place &row : getSampleRows(attention))
    for (auto [i, operand] : llvm::enumerate(operands))
      for (int64_t head = 0; head < attention.heads; ++head)
        for (int64_t token = 0; token < attention.tokens; ++token)
          for (int64_t j = 0; j < shapeOf(operand).back(); ++j) {
            Place at(row), expected(row);
            at.append({head, token, j});
            expected.push_back(token);
            std::optional<Place> found = findPlace(operand, at, source);
            int32_t &column =
                attention.columns[i * size + attention.getPlace(head, j)];
            if (!found || ArrayRef(*found).drop_back() != ArrayRef(expected) ||
                (column >= 0 && column != found->back()))
              return "its heads are not made of columns of the first product";
            column = found->back();
          }
  return "";
}

/// Where what is attended to is among the k of the second product.
static std::string findDepth(ShortAttention &attention) {
  nn::PackedLinearOp second = attention.product.anchors.back();
  Value lhs = second->getOperand(0);
  if (shapeOf(lhs).back() != attention.heads * attention.width)
    return "its second product is not of all heads";
  attention.depth.assign(attention.groups() * ShortWeight::groupSize, -1);
  for (const Place &row : getSampleRows(attention))
    for (int64_t token = 0; token < attention.tokens; ++token)
      for (int64_t k = 0; k < shapeOf(lhs).back(); ++k) {
        Place at(row);
        at.append({token, k});
        std::optional<Place> found =
            findPlace(lhs, at, attention.anchor.getResult());
        size_t rank = row.size();
        if (!found || found->size() != rank + 3 ||
            ArrayRef(*found).take_front(rank) != ArrayRef(row) ||
            (*found)[rank + 1] != token)
          return "its second product is not of what is attended to";
        int32_t &place =
            attention.depth[attention.getPlace((*found)[rank], found->back())];
        if (place >= 0 && place != k)
          return "its second product reads a feature twice";
        place = k;
      }
  return "";
}

/// Sets the anchors and the norm.
static std::string findOperations(func::FuncOp kernel,
                                  ShortAttention &attention) {
  ShortProduct &product = attention.product;
  product.anchors =
      llvm::to_vector<2>(kernel.front().getOps<nn::PackedLinearOp>());
  auto found = llvm::to_vector(kernel.front().getOps<nn::AttentionOp>());
  if (product.anchors.size() != 2 || found.size() != 1)
    return "it is no attention between two products";
  attention.anchor = found.front();
  product.norm = findNorm(product.lhs());
  for (Operation &op : kernel.front().without_terminator())
    if (!isa<nn::PackedLinearOp>(op) && &op != product.norm &&
        &op != attention.anchor && !isElementComputable(&op))
      return ("'" + op.getName().getStringRef() + "' is no part of it").str();
  nn::AttentionOp anchor = attention.anchor;
  if (!anchor.getAddends().empty() || anchor.getKeep() ||
      anchor.getScale().convertToDouble() <= 0)
    return "something is added to its scores";
  if (!isFollowedByElements(product.anchors.back().getResult()))
    return "its sums are stored elsewhere than they are computed";
  return "";
}

/// Sets the extents of rows and heads.
static std::string findExtents(ShortAttention &attention) {
  ShortProduct &product = attention.product;
  nn::AttentionOp anchor = attention.anchor;
  product.rows =
      nn::getExtents(cast<RankedTensorType>(product.anchors.front().getType()));
  product.rows.pop_back();
  ArrayRef<int64_t> query = shapeOf(anchor.getQuery());
  ArrayRef<int64_t> value = shapeOf(anchor.getValue());
  if (query.size() != product.rows.size() + 2 || query.size() < 4 ||
      llvm::any_of(ArrayRef(product.rows).drop_front(), nn::dependsOnBatch))
    return "its heads are no parts of rows";
  attention.heads = query[query.size() - 3];
  attention.tokens = query[query.size() - 2];
  attention.features = query.back();
  attention.width = value.back();
  if (value[value.size() - 2] != attention.tokens ||
      product.rows.back().size != attention.tokens ||
      mmaRows % attention.tokens != 0)
    return "a warp does not have all tokens";
  if (attention.fragmentsOfHead() > 2 || attention.groups() > mostGroups)
    return "its heads are too wide for registers";
  return "";
}

/// Sets weights, as they are laid out, and what is read.
static std::string findWeights(func::FuncOp kernel, ShortAttention &attention) {
  ShortProduct &product = attention.product;
  for (nn::PackedLinearOp anchor : product.anchors)
    if (std::string reason = addWeight(anchor, product); !reason.empty())
      return reason;
  if (product.weights.front().k > mostDepth ||
      product.weights.back().n > mostColumns)
    return "its rows are too long for registers";
  if (std::string reason = findCalls(kernel, product); !reason.empty())
    return reason;
  if (Value bias = product.anchors.front().getBias()) {
    attention.bias = dyn_cast<BlockArgument>(bias);
    if (!attention.bias || !attention.bias.hasOneUse() ||
        !llvm::all_of(product.calls, [&](func::CallOp call) {
          return nn::isConstantExpression(
              call.getOperand(attention.bias.getArgNumber()));
        }))
      return "a caller does not know its bias";
  }
  product.stored = findStoredType(product.input());
  if (!product.stored ||
      !hasChunks(product.input(), {product.weights.front().k}, product.stored))
    return "its rows have to be computed";
  return "";
}

static std::string describe(func::FuncOp kernel, ShortAttention &attention) {
  if (std::string reason = describeKernel(kernel); !reason.empty())
    return reason;
  if (std::string reason = findOperations(kernel, attention); !reason.empty())
    return reason;
  if (std::string reason = findExtents(attention); !reason.empty())
    return reason;
  if (std::string reason = findWeights(kernel, attention); !reason.empty())
    return reason;
  if (std::string reason = findColumns(attention); !reason.empty())
    return reason;
  if (std::string reason = findDepth(attention); !reason.empty())
    return reason;
  attention.product.weights.front().n = attention.columns.size();
  attention.product.weights.back().k = attention.depth.size();
  return "";
}

FailureOr<ShortAttention> matchShortAttention(func::FuncOp kernel,
                                              std::string &reason) {
  ShortAttention attention;
  reason = describe(kernel, attention);
  if (!reason.empty())
    return failure();
  return attention;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

Value gatherPlaces(OpBuilder &builder, Location loc, Value value, int64_t axis,
                   ArrayRef<int32_t> places) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> none(type.getRank(), 0), one(none);
  one[axis] = 1;
  // What is not there is one behind the last.
  auto last = int32_t(type.getDimSize(axis));
  Value padded = nn::PadOp::create(builder, loc, value, /*fill=*/nullptr, none,
                                   one, llvm::APFloat(0.0));
  auto known = llvm::map_to_vector(
      places, [last](int32_t place) { return place < 0 ? last : place; });
  auto indexType =
      RankedTensorType::get({int64_t(known.size())}, builder.getI32Type());
  Value indices = nn::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(indexType, ArrayRef<int32_t>(known)));
  return nn::GatherOp::create(builder, loc, padded, indices, axis);
}

} // namespace vitrail
