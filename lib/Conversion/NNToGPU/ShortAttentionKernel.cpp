//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention of short heads between two products: a warp has 16 rows, which are
// whole sequences, and all of their heads as fragments. Nothing but the rows is
// read from memory or stored.
//
//===----------------------------------------------------------------------===//

#include "AttentionSoftmax.h"
#include "ShortProductKernel.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

namespace {

class ShortAttentionKernel final : public ShortProductKernel {
public:
  ShortAttentionKernel(DeviceKernel &kernel, const ShortAttention &attention,
                       const ShortTile &tile)
      : ShortProductKernel(kernel, attention.product, tile),
        attention(attention),
        softmax(
            kernel,
            nn::AttentionOp(attention.anchor).getScale().convertToDouble()) {}

protected:
  void multiplyAll(Value result) override;

private:
  /// Pairs of the thread's two rows.
  using Fragment = std::array<Value, 2>;

  Fragment getZeros();
  Value getBias(Value columnGroup, int64_t fragment, int64_t pair);
  void multiplyHeads();
  ArrayRef<Fragment> getHead(int64_t operand, int64_t head) const;
  SmallVector<Value> multiplyKeys(int64_t head);
  void maskOthers(SmallVectorImpl<Value> &scores);
  Value transposeMatrix(Value pair);
  void attend(int64_t head);

  const ShortAttention &attention;
  AttentionSoftmax softmax;
  SmallVector<Fragment> heads; ///< of queries, keys and values
  SmallVector<Fragment> mixed; ///< of what is attended to
};

} // namespace

ShortAttentionKernel::Fragment ShortAttentionKernel::getZeros() {
  auto type = VectorType::get({2}, product.element);
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type));
  return {zero, zero};
}

//===----------------------------------------------------------------------===//
// Queries, keys and values
//===----------------------------------------------------------------------===//

/// What is added to the thread's column `pair` of a fragment.
Value ShortAttentionKernel::getBias(Value columnGroup, int64_t fragment,
                                    int64_t pair) {
  DeviceExprBuilder expr = kernel.getExpr();
  Value thread = expr.moduloIndex(lane, 4);
  Value column =
      expr.addIndex(expr.scaleIndex(columnGroup, ShortWeight::groupSize),
                    expr.scaleIndex(thread, chunkSize));
  column = expr.addIndex(column, expr.index(2 * fragment + pair));
  return kernel.elements.get(expr, attention.bias, {column});
}

/// The first product, rounded as it would be stored.
void ShortAttentionKernel::multiplyHeads() {
  DeviceExprBuilder expr = kernel.getExpr();
  for (int64_t group = 0; group < product.weights.front().columnGroups();
       ++group)
    for (auto [i, sums] : llvm::enumerate(multiplyRows(expr.index(group)))) {
      SmallVector<Value> elements;
      for (int64_t row : {0, 1})
        for (int64_t pair : {0, 1}) {
          Value sum = getElement(kernel, sums, row, pair);
          if (attention.bias)
            sum = expr.add(sum, getBias(expr.index(group), i, pair));
          elements.push_back(sum);
        }
      SmallVector<Value> pairs = roundFragments(
          kernel, makeFragment(kernel, elements), product.element);
      heads.push_back({pairs[0], pairs[1]});
    }
}

/// Of queries (0), keys (1) or values (2).
ArrayRef<ShortAttentionKernel::Fragment>
ShortAttentionKernel::getHead(int64_t operand, int64_t head) const {
  int64_t count = attention.fragmentsOfHead();
  return ArrayRef(heads).slice(4 * attention.groups() * operand + count * head,
                               count);
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Sums of queries are the left-hand side, and sums of keys the right-hand
/// side, as they are: threads that have a row of sums have a column of that.
SmallVector<Value> ShortAttentionKernel::multiplyKeys(int64_t head) {
  ArrayRef<Fragment> queries = getHead(0, head), keys = getHead(1, head);
  Fragment zeros = getZeros();
  Fragment more = queries.size() > 1 ? queries[1] : zeros;
  Value query =
      joinPairs(kernel, {queries[0][0], queries[0][1], more[0], more[1]});
  SmallVector<Value> scores;
  for (int64_t half : {0, 1}) {
    Value key = joinPairs(
        kernel, {keys[0][half], keys.size() > 1 ? keys[1][half] : zeros[half]});
    scores.push_back(
        multiplyFragments(kernel, query, key, getZeroSums(kernel)));
  }
  maskOthers(scores);
  return scores;
}

/// Keys of other sequences than the query's have no weight.
void ShortAttentionKernel::maskOthers(SmallVectorImpl<Value> &scores) {
  if (attention.tokens == mmaRows)
    return;
  DeviceExprBuilder expr = kernel.getExpr();
  double infinity = std::numeric_limits<double>::infinity();
  Value row = expr.divideIndex(lane, 4);
  Value column = expr.scaleIndex(expr.moduloIndex(lane, 4), 2);
  for (auto [i, fragment] : llvm::enumerate(scores)) {
    SmallVector<Value> elements;
    for (int64_t half : {0, 1})
      for (int64_t pair : {0, 1}) {
        Value query = expr.divideIndex(expr.addIndex(row, expr.index(8 * half)),
                                       attention.tokens);
        Value key = expr.divideIndex(
            expr.addIndex(column, expr.index(8 * i + pair)), attention.tokens);
        Value isSame = expr.both(expr.notAboveIndex(query, key),
                                 expr.notAboveIndex(key, query));
        elements.push_back(expr.select(isSame,
                                       getElement(kernel, fragment, half, pair),
                                       expr.number(-infinity)));
      }
    fragment = makeFragment(kernel, elements);
  }
}

/// Of 8 rows and 8 columns.
Value ShortAttentionKernel::transposeMatrix(Value pair) {
  Type bits = builder.getI32Type();
  Value moved =
      LLVM::InlineAsmOp::create(
          builder, loc, bits,
          ValueRange{LLVM::BitcastOp::create(builder, loc, bits, pair)},
          "movmatrix.sync.aligned.m8n8.trans.b16 $0, $1;", "=r,r",
          /*has_side_effects=*/true, /*is_align_stack=*/false,
          LLVM::tailcallkind::TailCallKind::None,
          LLVM::AsmDialectAttr::get(builder.getContext(),
                                    LLVM::AsmDialect::AD_ATT),
          ArrayAttr())
          .getRes();
  return LLVM::BitcastOp::create(builder, loc, pair.getType(), moved);
}

void ShortAttentionKernel::attend(int64_t head) {
  AttentionProgress progress = softmax.start(attention.fragmentsOfHead());
  SmallVector<Value> scores = multiplyKeys(head);
  softmax.weigh(scores, progress, /*isFirst=*/true);
  Value weights =
      joinPairs(kernel, roundFragments(kernel, scores, product.element));
  for (auto [mix, value] : llvm::zip(progress.mix, getHead(2, head))) {
    Value right = joinPairs(
        kernel, {transposeMatrix(value[0]), transposeMatrix(value[1])});
    mix = multiplyFragments(kernel, weights, right, mix);
  }
  softmax.finish(progress);
  for (Value mix : progress.mix) {
    SmallVector<Value> pairs = roundFragments(kernel, mix, product.element);
    mixed.push_back({pairs[0], pairs[1]});
  }
}

/// Two fragments of heads are the k of a step of the second product.
void ShortAttentionKernel::multiplyAll(Value result) {
  multiplyHeads();
  for (int64_t head = 0; head < attention.heads; ++head)
    attend(head);
  mixed.resize(4 * attention.groups(), getZeros());
  DeviceExprBuilder expr = kernel.getExpr();
  const ShortWeight &weight = product.weights.back();
  for (int64_t group = 0; group < weight.columnGroups(); ++group) {
    SmallVector<Value> sums(4, getZeroSums(kernel));
    for (int64_t step = 0; step < 2 * weight.depthGroups(); ++step) {
      const Fragment &first = mixed[2 * step], &next = mixed[2 * step + 1];
      Value left = joinPairs(kernel, {first[0], first[1], next[0], next[1]});
      multiply({left}, readRight(weight, expr.index(group), expr.index(step)),
               sums);
    }
    store(sums, expr.index(group), weight.n, result);
  }
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

/// Columns, or k, in the order of fragments, then as fragments.
static void packWeight(const ShortAttention &attention, bool isFirst) {
  const ShortProduct &product = attention.product;
  const ShortWeight &weight =
      isFirst ? product.weights.front() : product.weights.back();
  BlockArgument argument = weight.panels;
  ArrayRef<int64_t> panels = shapeOf(argument);
  int64_t depth = panels[1], columns = panels[0] * panels[2];
  auto type = cast<RankedTensorType>(argument.getType());
  for (func::CallOp call : product.calls) {
    OpBuilder builder(call);
    Location loc = call.getLoc();
    OpOperand &operand = call->getOpOperand(argument.getArgNumber());
    Value matrix = nn::TransposeOp::create(builder, loc, operand.get(),
                                           ArrayRef<int64_t>{1, 0, 2});
    matrix = nn::ReshapeOp::create(builder, loc, type.clone({depth, columns}),
                                   matrix);
    matrix = gatherPlaces(builder, loc, matrix, /*axis=*/isFirst ? 1 : 0,
                          isFirst ? attention.columns : attention.depth);
    ArrayRef<int64_t> shape = shapeOf(matrix);
    matrix = nn::ReshapeOp::create(builder, loc,
                                   type.clone({1, shape[0], shape[1]}), matrix);
    operand.set(packFragments(builder, loc, matrix, weight));
  }
  argument.setType(weight.getFragmentsType());
}

static void packBias(const ShortAttention &attention) {
  BlockArgument argument = attention.bias;
  if (!argument)
    return;
  for (func::CallOp call : attention.product.calls) {
    OpBuilder builder(call);
    OpOperand &operand = call->getOpOperand(argument.getArgNumber());
    operand.set(gatherPlaces(builder, call.getLoc(), operand.get(), /*axis=*/0,
                             attention.columns));
  }
  argument.setType(cast<RankedTensorType>(argument.getType())
                       .clone({int64_t(attention.columns.size())}));
}

LogicalResult convertShortAttention(func::FuncOp function,
                                    std::string &reason) {
  FailureOr<ShortAttention> attention = matchShortAttention(function, reason);
  if (failed(attention))
    return failure();
  for (bool isFirst : {true, false})
    packWeight(*attention, isFirst);
  packBias(*attention);
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  const ShortWeight &weight = attention->product.weights.front();
  // Warps have nothing in common; larger blocks are no faster.
  constexpr int64_t threads = 64;
  ShortTile tile{{threads, /*lanes=*/4, weight.depthGroups(), /*rowsOfGroup=*/2,
                  /*keepsWarps=*/true},
                 weight.columnGroups()};
  DeviceKernel kernel(function, module, function.getSymName(), threads);
  ShortAttentionKernel(kernel, *attention, tile).run(result);
  DeviceLaunch launch{kernel.finish(), threads, tile.groups.rowsOfBlock(),
                      /*blocksPerRows=*/1, /*sharedBytes=*/0};
  replaceKernel(function, countRows(attention->product.rows), launch);
  return success();
}

} // namespace vitrail
