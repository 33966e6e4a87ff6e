//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of the left-hand side of a product, each element computed once.
//
//===----------------------------------------------------------------------===//

#include "LeftOperand.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

static constexpr StringLiteral normalized = "normalized", ranges = "ranges";

LeftOperand::LeftOperand(KernelLowering &kernel, const Product &product)
    : kernel(kernel), product(product), dims(nameDimensions("d", product.lhs)) {
  if (product.lhsNorm)
    norm.emplace(kernel, product.lhsNorm, "lhs_");
  if (!product.lhsRange)
    return;
  range.emplace(RowReduction{"range",
                             RowReduction::Kind::Max,
                             namesInnermostFirst(multipliedRows()),
                             product.k.back(),
                             {}});
  llvm::append_range(range->others, ArrayRef(product.k).drop_back());
}

StringRef LeftOperand::copyName() const {
  if (product.hasInt8())
    return "quantized";
  return norm ? StringRef(normalized) : "converted";
}

Type LeftOperand::copyType() const {
  Type type = getElementTypeOrSelf(product.lhs);
  bool keepsType =
      product.readsGroups(kernel.machine()) || kernel.machine().isGPU;
  return keepsType ? type : Float32Type::get(type.getContext());
}

//===----------------------------------------------------------------------===//
// Definitions
//===----------------------------------------------------------------------===//

void LeftOperand::define() {
  if (norm)
    norm->define();
  if (norm && range)
    defineNormalized();
  if (range)
    defineRanges();
  if (isCopied())
    defineCopy();
}

/// normalized(k, rows...) = what the norm gives: read twice, for the ranges and
/// in them.
void LeftOperand::defineNormalized() {
  Value result = product.lhsNorm->getResult(0);
  kernel.defineFunc(normalized, namesInnermostFirst(dims),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return kernel.elements.get(expr, result,
                                                 Indices(llvm::reverse(vars)));
                    });
  kernel.elements.setSource(result, normalized);
}

/// ranges(rows...) = max over k of |x|
void LeftOperand::defineRanges() {
  nn::ReduceOp reduce = product.lhsRange;
  range->define(kernel, [&](ExprBuilder &expr, ArrayRef<Value> rows, Value x,
                            ArrayRef<Value> others) {
    Indices indices(llvm::reverse(rows));
    llvm::append_range(indices, others);
    indices.push_back(x);
    return expr.abs(kernel.elements.get(expr, reduce.getInput(), indices));
  });
  kernel.defineFunc(ranges, range->rows,
                    [&](ExprBuilder &expr, ArrayRef<Value> rows) {
                      return expr.call(range->name, rows);
                    });
  size_t rowCount = multipliedRows().size();
  kernel.elements.setComputed(
      reduce.getResult(),
      [rowCount](ExprBuilder &expr, ArrayRef<Value> indices) {
        return expr.call(ranges,
                         Indices(llvm::reverse(indices.take_front(rowCount))));
      });
}

/// copy(k..., rows...) = the left-hand side, and zero beyond the last k.
void LeftOperand::defineCopy() {
  Type type = copyType();
  auto element = [&](ExprBuilder &expr, ArrayRef<Value> indices) {
    Value value = kernel.elements.get(expr, product.lhs, indices);
    if (isUnsigned())
      value = expr.add(value, expr.number(-unsignedOffset, type));
    return expr.cast(value, type);
  };
  auto body = [&](ExprBuilder &expr, ArrayRef<Value> vars) {
    Indices indices(llvm::reverse(vars));
    int64_t extent = product.k.back();
    if (extent % product.group == 0)
      return element(expr, indices);
    Value isInside = expr.below(indices.back(), extent);
    indices.back() = expr.clampIndex(indices.back(), 0, extent - 1);
    return expr.select(isInside, element(expr, indices), expr.number(0, type));
  };
  kernel.defineFunc(copyName(), namesInnermostFirst(dims), body, type);
}

Value LeftOperand::get(ExprBuilder &expr, ArrayRef<Value> rows,
                       ArrayRef<Value> k) const {
  Indices indices(llvm::reverse(rows));
  llvm::append_range(indices, llvm::reverse(k));
  if (product.group != 1) {
    Value inGroup = indices.pop_back_val();
    indices.back() =
        expr.addIndex(expr.scaleIndex(indices.back(), product.group), inGroup);
  }
  Value factor = isCopied()
                     ? getCopy(expr, llvm::to_vector(llvm::reverse(indices)))
                     : kernel.elements.get(expr, product.lhs, indices);
  if (isUnsigned())
    return expr.extendUnsigned(factor);
  return expr.cast(factor, product.sumType(kernel.machine()));
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

void LeftOperand::schedule(StringRef task, int64_t taskRows) {
  if (norm && range)
    norm->schedule(scheduleRowsOf(normalized, dims, dims.size() - 1, task,
                                  taskRows * dims.back().extent));
  if (range) {
    ArrayRef<Dimension> rows = multipliedRows();
    range->schedule(kernel,
                    scheduleRowsOf(ranges, rows, rows.size(), task, taskRows));
  }
  if (!isCopied())
    return;
  SmallVector<Dimension> padded(dims);
  padded.back().extent = llvm::alignTo(padded.back().extent, product.group);
  // Statistics belong to each row of a norm, whatever the product sums over.
  bool isNorm = norm && !range;
  size_t rowCount = isNorm ? dims.size() - 1 : multipliedRows().size();
  // A group is as large as an f32.
  RowPlace place = scheduleRowsOf(copyName(), padded, rowCount, task,
                                  taskRows * product.kSize() *
                                      (copyType().isF32() ? product.group : 1));
  if (isNorm)
    norm->schedule(place);
}

RowPlace LeftOperand::scheduleRowsOf(StringRef name, ArrayRef<Dimension> dims,
                                     size_t rowCount, StringRef task,
                                     int64_t taskElements) {
  ArrayRef<Dimension> rows = dims.take_front(rowCount);
  ArrayRef<Dimension> inner = dims.drop_front(rowCount);
  Names order;
  if (!inner.empty())
    order = vectorizeRows(kernel, inner.back(), name);
  llvm::append_range(order,
                     namesInnermostFirst(inner.drop_back(!order.empty())));
  if (task.empty()) {
    int64_t rowSize = product.kSize() * product.group;
    RowPlace place = scheduleRows(kernel, order, rows, rowSize, name);
    kernel.stage(name).computeRoot();
    return place;
  }
  llvm::append_range(order, namesInnermostFirst(rows));
  kernel.stage(name)
      .reorder(order)
      .computeAt(KernelLowering::outputName, task)
      .storeOnStack(taskElements);
  return {rows.back().name, name.str()};
}

} // namespace vitrail
