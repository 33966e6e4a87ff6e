//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Products on GPUs. A block has a tile of the result; its threads load what a
// step of k needs into memory that they share, an iteration ahead:
//
//   left(k, r, step, mb, ...)      = row r of the tile
//   right(ni, nt, k, step, nb ...) = column nt * 4 + ni of the tile
//   sums(...)                     += left * right, some rows and columns of a
//                                    thread, in its registers
//   slices(...)                    = sums, in shared memory, where several
//                                    threads have the same rows and columns,
//                                    and each a part of k
//   out(n, m, ...)                 = epilogue(sum of slices)
//
// Thread (tx, ty, tz) has the vectors nv * columnThreads + tx and the rows mi *
// rowThreads + ty of the tile, and the tz-th part of k in each step: what
// neighbours read lies side by side.
//
// Tiles are dimensions of the funcs, so that whole ones are computed where the
// matrix ends, of its last row and column again, and only the store has to be
// guarded: guards in the loop would cost more than the work that they save. k
// ends with zeros.
//
// Rows that are normalised or quantised are computed by kernels of their own
// before the product, a norm of the result by one after it. Rows of which there
// are as many as samples are outer dimensions, and tiles have one.
//
//===----------------------------------------------------------------------===//

#include "GPUContraction.h"

#include "llvm/ADT/Sequence.h"

namespace vitrail {

using namespace mlir;

BlockProduct describeBlockProduct(const Product &product) {
  BlockProduct shape;
  bool hasRows = product.m && !ShapedType::isDynamic(*product.m);
  shape.m = hasRows ? *product.m : 1;
  shape.n = product.n;
  shape.k = 1;
  for (int64_t extent : product.k)
    shape.k *= extent;
  for (int64_t extent : product.outer)
    if (!ShapedType::isDynamic(extent))
      shape.matrices *= extent;
  return shape;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Before the product, where rows are normalised or quantised.
void ContractionOnGPU::computeLhs() {
  lhsRows->define();
  lhsRows->schedule(/*task=*/"", /*taskRows=*/0);
  kernel.elements.setComputed(
      product.lhs, [this](ExprBuilder &expr, ArrayRef<Value> indices) {
        return lhsRows->getCopy(expr, Indices(llvm::reverse(indices)));
      });
}

/// The dimensions of a flat index of k.
Indices ContractionOnGPU::splitK(ExprBuilder &expr, Value k) const {
  Indices indices;
  for (int64_t extent : llvm::reverse(ArrayRef(product.k).drop_front())) {
    indices.push_back(expr.moduloIndex(k, extent));
    k = expr.divideIndex(k, extent);
  }
  indices.push_back(k);
  std::reverse(indices.begin(), indices.end());
  return indices;
}

/// Of ki, kq, r, step, mb and the outer dimensions: the last row is repeated,
/// and there are zeros after the last k.
Value ContractionOnGPU::getLeft(ExprBuilder &expr, ArrayRef<Value> vars) const {
  Value isInside;
  Value vector = expr.addIndex(
      expr.scaleIndex(vars[3], tile.depth() / vectorSize), vars[1]);
  Value k = expr.addIndex(expr.scaleIndex(vector, vectorSize), vars[0]);
  if (hasTail()) {
    isInside = expr.below(k, shape.k);
    k = expr.clampIndex(k, 0, shape.k - 1);
  }
  Indices indices(llvm::reverse(vars.drop_front(5)));
  if (hasRows) {
    Value row =
        expr.addIndex(expr.scaleIndex(vars[4], tile.countRows()), vars[2]);
    if (shape.m % tile.countRows() != 0)
      row = expr.clampIndex(row, 0, shape.m - 1);
    indices.push_back(row);
  }
  llvm::append_range(indices, splitK(expr, k));
  Value element = expr.cast(kernel.elements.get(expr, product.lhs, indices),
                            expr.number(0).getType());
  return isInside ? expr.select(isInside, element, expr.number(0)) : element;
}

/// Of ni, nt, k, step, nb and the outer dimensions: the last vector is
/// repeated, and so is the last k, which is multiplied with zeros.
Value ContractionOnGPU::getRight(ExprBuilder &expr,
                                 ArrayRef<Value> vars) const {
  Value k = expr.addIndex(expr.scaleIndex(vars[3], tile.depth()), vars[2]);
  if (hasTail())
    k = expr.clampIndex(k, 0, shape.k - 1);
  Value vector =
      expr.addIndex(expr.scaleIndex(vars[4], vectorsOfTile()), vars[1]);
  if (countVectors() % vectorsOfTile() != 0)
    vector = expr.clampIndex(vector, 0, countVectors() - 1);
  Indices indices = getRightIndices(expr, vector, vars[0], splitK(expr, k),
                                    vars.drop_front(5));
  return expr.cast(kernel.elements.get(expr, product.rhs, indices),
                   expr.number(0).getType());
}

/// Panels have a multiple of a vector's columns; of an activation, the last
/// column is repeated.
Indices ContractionOnGPU::getRightIndices(ExprBuilder &expr, Value vector,
                                          Value inVector, ArrayRef<Value> k,
                                          ArrayRef<Value> outer) const {
  Indices indices;
  if (product.isPacked) {
    int64_t vectors = product.panelColumns() / vectorSize;
    Value column = expr.addIndex(
        expr.scaleIndex(expr.moduloIndex(vector, vectors), vectorSize),
        inVector);
    indices.push_back(expr.divideIndex(vector, vectors));
    llvm::append_range(indices, k);
    if (product.group != 1)
      indices.back() = expr.divideIndex(k.back(), product.group);
    indices.push_back(column);
    if (product.group != 1)
      indices.push_back(expr.moduloIndex(k.back(), product.group));
    return indices;
  }
  Value column = expr.addIndex(expr.scaleIndex(vector, vectorSize), inVector);
  if (product.n % vectorSize != 0)
    column = expr.clampIndex(column, 0, product.n - 1);
  if (product.isWeight) {
    indices.push_back(column);
    llvm::append_range(indices, k);
    return indices;
  }
  indices.append(outer.rbegin(), outer.rend());
  indices.push_back(k.front());
  indices.push_back(column);
  return indices;
}

void ContractionOnGPU::defineOperands() {
  leftFunc =
      kernel.defineFunc("left", withOuter({"ki", "kq", "r", "step", "mb"}),
                        [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                          return getLeft(expr, vars);
                        });
  Names vars = {"ni", "nt", "k", "step", "nb"};
  kernel.defineFunc("right", product.isShared ? vars : withOuter(vars),
                    [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return getRight(expr, vars);
                    });
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// What a thread multiplies at a time: of a vector kq of k, the rows' vectors,
/// and the columns of one k.
void ContractionOnGPU::defineParts() {
  int64_t vectorsOfThread = tile.depthOfThread / vectorSize;
  kernel.defineFunc(
      "rows", withOuter({"ki", "kq", "mi", "ty", "tz", "step", "mb"}),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Indices indices = {
            vars[0],
            expr.addIndex(expr.scaleIndex(vars[4], vectorsOfThread), vars[1]),
            expr.addIndex(expr.scaleIndex(vars[2], tile.rowThreads), vars[3])};
        llvm::append_range(indices, vars.drop_front(5));
        return expr.call("left", indices);
      });
  Names vars = {"ni", "nv", "ki", "kq", "tx", "tz", "step", "nb"};
  kernel.defineFunc(
      "columns", product.isShared ? vars : withOuter(vars),
      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
        Value vector =
            expr.addIndex(expr.scaleIndex(vars[5], vectorsOfThread), vars[3]);
        Indices indices = {
            vars[0],
            expr.addIndex(expr.scaleIndex(vars[1], tile.columnThreads),
                          vars[4]),
            expr.addIndex(expr.scaleIndex(vector, vectorSize), vars[2])};
        llvm::append_range(indices, vars.drop_front(6));
        return expr.call("right", indices);
      });
}

void ContractionOnGPU::defineSums() {
  Names vars = sumVariables();
  halide::FuncOp sums =
      kernel.defineFunc("sums", vars, [](ExprBuilder &expr, ArrayRef<Value>) {
        return expr.number(0);
      });
  halide::RDomOp domain =
      kernel.defineRDom("k", {"ki", "kq", "step"},
                        {vectorSize, tile.depthOfThread / vectorSize, steps});
  kernel.addUpdate(sums, domain, [&](ExprBuilder &expr, ArrayRef<Value> all) {
    ArrayRef<Value> pure = all.take_front(vars.size());
    ArrayRef<Value> k = all.drop_front(vars.size());
    ArrayRef<Value> outer = pure.drop_front(8);
    Indices row = {k[0], k[1], pure[2], pure[4], pure[5], k[2], pure[7]};
    llvm::append_range(row, outer);
    Indices column = {pure[0], pure[1], k[0], k[1],
                      pure[3], pure[5], k[2], pure[6]};
    if (!product.isShared)
      llvm::append_range(column, outer);
    return expr.add(
        expr.call("sums", pure),
        expr.mul(expr.call("rows", row), expr.call("columns", column)));
  });
}

void ContractionOnGPU::defineSlices() {
  kernel.defineFunc("slices", sumVariables(),
                    [](ExprBuilder &expr, ArrayRef<Value> vars) {
                      return expr.call("sums", vars);
                    });
}

/// The element at `indices` of the result without its bias.
Value ContractionOnGPU::getSum(ExprBuilder &expr,
                               ArrayRef<Value> indices) const {
  auto split = [&](Value index, int64_t factor) {
    return std::pair(expr.divideIndex(index, factor),
                     expr.moduloIndex(index, factor));
  };
  auto [vector, ni] = split(indices.back(), vectorSize);
  auto [nb, inTile] = split(vector, vectorsOfTile());
  auto [nv, tx] = split(inTile, tile.columnThreads);
  Value mi = expr.index(0), ty = mi, mb = mi;
  ArrayRef<Value> outer = indices.drop_back();
  if (hasRows) {
    Value row;
    std::tie(mb, row) = split(outer.back(), tile.countRows());
    std::tie(mi, ty) = split(row, tile.rowThreads);
    outer = outer.drop_back();
  }
  Value sum;
  for (int64_t slice : llvm::seq(tile.slices)) {
    Indices call = {ni, nv, mi, tx, ty, expr.index(slice), nb, mb};
    llvm::append_range(call, llvm::reverse(outer));
    Value part = expr.call(hasSlices() ? "slices" : "sums", call);
    sum = sum ? expr.add(sum, part) : part;
  }
  return sum;
}

void ContractionOnGPU::defineResult() {
  kernel.elements.setComputed(product.result, [this](ExprBuilder &expr,
                                                     ArrayRef<Value> indices) {
    Value sum =
        expr.cast(getSum(expr, indices), getElementTypeOrSelf(product.result));
    if (!product.bias)
      return sum;
    return expr.add(sum,
                    kernel.elements.get(expr, product.bias, {indices.back()}));
  });
  Value anchor = product.result;
  SmallVector<Dimension> dims = resultDimensions();
  if (resultRows) {
    Value input = product.resultNorm.getInput();
    kernel.defineFunc("raw", namesInnermostFirst(dims),
                      [&](ExprBuilder &expr, ArrayRef<Value> vars) {
                        return kernel.elements.get(
                            expr, input, Indices(llvm::reverse(vars)));
                      });
    kernel.elements.setSource(input, "raw");
    resultRows->define();
    anchor = product.resultNorm.getResult();
  }
  kernel.defineOutput(resultNames(kernel, anchor, dims));
}

void lowerContractionOnGPU(KernelLowering &kernel, Operation *anchor) {
  ContractionOnGPU(kernel, describeProduct(anchor)).run();
}

} // namespace vitrail
