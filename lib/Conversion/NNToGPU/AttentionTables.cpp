//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is added to scores and known while compiling (biases by position, masks
// of windows), laid out in the order in which threads have scores.
//
//===----------------------------------------------------------------------===//

#include "TensorAttention.h"

#include "mlir/IR/SymbolTable.h"

namespace vitrail {

using namespace mlir;

namespace {

/// Of a table, its last two dimensions, queries and keys in either order.
struct Table {
  BlockArgument argument;
  bool isTransposed; ///< keys come first
};

} // namespace

/// Whether the dimensions before the last two stay where they are.
static bool permutesLastTwo(nn::TransposeOp transpose) {
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  for (auto [i, dim] : llvm::enumerate(permutation.drop_back(2)))
    if (dim != int64_t(i))
      return false;
  return true;
}

/// The table that `addend` reads: rows of which it may choose by an index.
static std::optional<Table> findTable(Value addend) {
  bool isTransposed = false;
  while (Operation *op = addend.getDefiningOp()) {
    int64_t rank = shapeOf(addend).size();
    if (auto transpose = dyn_cast<nn::TransposeOp>(op)) {
      if (rank < 2 || !permutesLastTwo(transpose))
        return std::nullopt;
      isTransposed ^= transpose.getPermutation().back() != rank - 1;
    } else if (auto gather = dyn_cast<nn::GatherOp>(op)) {
      int64_t behind = shapeOf(gather.getTable()).size() - gather.getAxis() - 1;
      if (behind < 2)
        return std::nullopt;
    } else if (!isa<nn::CastOp>(op)) {
      return std::nullopt;
    }
    addend = op->getOperand(0); // a table, not the index into it
  }
  auto argument = cast<BlockArgument>(addend);
  if (!argument.hasOneUse() || shapeOf(argument).size() < 2)
    return std::nullopt;
  return Table{argument, isTransposed};
}

/// Whether all callers know it.
static bool isKnown(BlockArgument argument, ArrayRef<func::CallOp> calls) {
  return llvm::all_of(calls, [&](func::CallOp call) {
    return nn::isConstantExpression(call.getOperand(argument.getArgNumber()));
  });
}

/// The shape of a table in the order of threads: tiles of 16 queries, of 16
/// keys, lanes, and what one has: fragments side by side, rows, columns.
static SmallVector<int64_t> getPackedShape(ArrayRef<int64_t> outer,
                                           int64_t queries, int64_t keys) {
  SmallVector<int64_t> shape(outer);
  shape.append({int64_t(llvm::divideCeil(queries, mmaRows)),
                int64_t(llvm::divideCeil(keys, mmaDepth)), warpSize,
                chunkSize});
  return shape;
}

namespace {

/// Builds the operations that lay tables out, or read them.
class TableBuilder {
public:
  TableBuilder(OpBuilder builder, Location loc, RankedTensorType type,
               bool isTransposed)
      : builder(builder), loc(loc), type(type), isTransposed(isTransposed),
        outer(type.getShape().drop_back(2)) {
    ArrayRef<int64_t> last = type.getShape().take_back(2);
    queries = last[isTransposed], keys = last[!isTransposed];
    packed = getPackedShape(outer, queries, keys);
  }

  RankedTensorType getPackedType() const { return type.clone(packed); }
  Value pack(Value table);
  Value unpack(Value table);

private:
  Value reshape(Value value, ArrayRef<int64_t> inner) {
    SmallVector<int64_t> shape(outer);
    llvm::append_range(shape, inner);
    return nn::ReshapeOp::create(builder, loc, type.clone(shape), value);
  }
  /// The same for the dimensions behind the outer ones.
  Value transpose(Value value, ArrayRef<int64_t> inner) {
    auto permutation = llvm::to_vector(llvm::seq<int64_t>(outer.size()));
    for (int64_t dim : inner)
      permutation.push_back(int64_t(outer.size()) + dim);
    return nn::TransposeOp::create(builder, loc, value, permutation);
  }
  int64_t queryTiles() const { return packed[outer.size()]; }
  int64_t keyTiles() const { return packed[outer.size() + 1]; }

  OpBuilder builder;
  Location loc;
  RankedTensorType type;
  bool isTransposed;
  ArrayRef<int64_t> outer;
  int64_t queries, keys;
  SmallVector<int64_t> packed;
};

} // namespace

/// Queries are tile, half, row; keys are tile, fragment, thread, column.
Value TableBuilder::pack(Value table) {
  if (isTransposed)
    table = transpose(table, {1, 0});
  SmallVector<int64_t> none(outer.size() + 2, 0), more(outer.size(), 0);
  more.append({queryTiles() * mmaRows - queries, keyTiles() * mmaDepth - keys});
  table = nn::PadOp::create(builder, loc, table, /*fill=*/nullptr, none, more,
                            llvm::APFloat(0.0));
  table = reshape(table, {queryTiles(), 2, 8, keyTiles(), 2, 4, 2});
  table = transpose(table, {0, 3, 2, 5, 4, 1, 6});
  return reshape(table, ArrayRef(packed).drop_front(outer.size()));
}

Value TableBuilder::unpack(Value table) {
  table = reshape(table, {queryTiles(), keyTiles(), 8, 4, 2, 2, 2});
  table = transpose(table, {0, 5, 2, 1, 4, 3, 6});
  table = reshape(table, {queryTiles() * mmaRows, keyTiles() * mmaDepth});
  if (isTransposed)
    table = transpose(table, {1, 0});
  SmallVector<int64_t> offsets(type.getRank(), 0), strides(type.getRank(), 1);
  return nn::SliceOp::create(builder, loc, type, table, offsets,
                             type.getShape(), strides);
}

static PackedTable packTable(Table table, ArrayRef<func::CallOp> calls) {
  BlockArgument argument = table.argument;
  auto type = cast<RankedTensorType>(argument.getType());
  for (func::CallOp call : calls) {
    TableBuilder builder(OpBuilder(call), call.getLoc(), type,
                         table.isTransposed);
    OpOperand &operand = call->getOpOperand(argument.getArgNumber());
    operand.set(builder.pack(operand.get()));
  }
  TableBuilder builder(OpBuilder::atBlockBegin(argument.getOwner()),
                       argument.getLoc(), type, table.isTransposed);
  OpOperand &use = *argument.use_begin();
  argument.setType(builder.getPackedType());
  use.set(builder.unpack(argument));
  return {use.get(), argument};
}

void packTables(func::FuncOp kernel, TensorAttention &shape) {
  auto uses =
      SymbolTable::getSymbolUses(kernel, kernel->getParentOfType<ModuleOp>());
  SmallVector<func::CallOp> calls;
  for (SymbolTable::SymbolUse use : *uses)
    calls.push_back(cast<func::CallOp>(use.getUser()));
  for (Value addend : shape.anchor.getAddends())
    if (std::optional<Table> table = findTable(addend))
      if (isKnown(table->argument, calls))
        shape.tables.push_back(packTable(*table, calls));
}

} // namespace vitrail
