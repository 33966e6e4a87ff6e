//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Storing what updates have of a kernel's first result.
//
//===----------------------------------------------------------------------===//

#include "UpdateStore.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace vitrail {

using namespace mlir;

unsigned countUpdates(func::FuncOp kernel) {
  return llvm::count_if(kernel.front().getTerminator()->getOperands(),
                        [](Value result) -> bool {
                          return result.getDefiningOp<nn::UpdateOp>();
                        });
}

std::string describeUpdates(func::FuncOp kernel) {
  ValueRange results = kernel.front().getTerminator()->getOperands();
  if (results.front().getDefiningOp<nn::UpdateOp>())
    return "it stores nothing but updates";
  for (Value result : results.drop_front()) {
    auto update = result.getDefiningOp<nn::UpdateOp>();
    if (!update)
      return "it has more results than one";
    if (!ElementPath::find(results.front(), update.getValue()) ||
        !isa<BlockArgument>(update.getIndex()))
      return "an update stores something else than its result, or where "
             "something computed says";
  }
  return "";
}

bool isOfUpdates(Operation *op) {
  return isa<nn::UpdateOp>(op) ||
         (!op->use_empty() && llvm::all_of(op->getUsers(), isOfUpdates));
}

UpdateStore::UpdateStore(DeviceKernel &kernel, unsigned number,
                         nn::UpdateOp update, Value first)
    : kernel(kernel), number(number), update(update),
      path(*ElementPath::find(first, update.getValue())) {}

PathElement UpdateStore::place(Value element, Indices indices) {
  DeviceExprBuilder expr = kernel.getExpr();
  PathElement placed = path.follow(expr, {element, std::move(indices), {}});
  int64_t axis = update.getAxis();
  Value position = kernel.elements.get(expr, update.getIndex(), {});
  placed.indices[axis] =
      expr.toIndex(position, shapeOf(update.getResult())[axis] - 1);
  return placed;
}

void UpdateStore::store(ArrayRef<Value> elements, ArrayRef<Indices> places) {
  OpBuilder &builder = kernel.getBuilder();
  Location loc = kernel.getLoc();
  int64_t count = elements.size(), axis = update.getAxis();
  bool alongAxis = axis + 1 == int64_t(shapeOf(update.getResult()).size());
  int64_t neighbours = alongAxis ? 1 : path.countNeighbours(count);
  for (int64_t first = 0; first < count; first += neighbours) {
    PathElement placed = place(elements[first], places[first]);
    SmallVector<Value> values = {placed.value};
    for (int64_t i = first + 1; i < first + neighbours; ++i)
      values.push_back(place(elements[i], places[i]).value);
    OpBuilder::InsertionGuard guard(builder);
    if (placed.isThere)
      builder.setInsertionPointToStart(
          scf::IfOp::create(builder, loc, placed.isThere).thenBlock());
    Type type = values.front().getType();
    SmallVector<Value> at = kernel.getExpr().toMemory(placed.indices);
    int64_t bytes = neighbours * type.getIntOrFloatBitWidth() / 8;
    vector::StoreOp::create(
        builder, loc,
        vector::FromElementsOp::create(
            builder, loc, VectorType::get({neighbours}, type), values),
        kernel.getResult(number), at, /*nontemporal=*/false,
        builder.getI64IntegerAttr(std::min<int64_t>(bytes, 16)));
  }
}

} // namespace vitrail
