//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel of a norm, or of elements alone, which takes the time that its
// bytes take.
//
//===----------------------------------------------------------------------===//

#include "RowParts.h"

namespace vitrail {

using namespace mlir;

namespace {

/// The work of one kernel.
class RowsKernel {
public:
  RowsKernel(DeviceKernel &kernel, const DeviceRows &rows,
             const RowGroups &groups)
      : kernel(kernel), rows(rows), groups(groups),
        rowParts(kernel, rows.rows, groups, kernel.getBlock(),
                 kernel.getThread()),
        parts(rowParts.place()) {}

  void run(Value result);

private:
  void setHeld();
  void read();
  void normalize();
  void findRanges();
  void finish(const RowPart &part, Value result);

  DeviceKernel &kernel;
  const DeviceRows &rows;
  const RowGroups &groups;
  RowParts rowParts;
  SmallVector<RowPart> parts;
  SmallVector<Value> ranges; ///< of the parts, if they have any
  SmallVector<RowParts::Finished> finished;
};

} // namespace

/// Elements of the anchor are what threads hold.
void RowsKernel::setHeld() {
  rowParts.setAnchor(rows.anchor,
                     [](ExprBuilder &, Value held, Value) { return held; });
}

/// Elements that are computed are so where they are asked for, except those
/// that are asked for twice.
void RowsKernel::read() {
  DeviceExprBuilder expr = kernel.getExpr();
  for (RowPart &part : parts)
    for (int64_t i = 0; i < groups.chunksOfLane; ++i)
      part.chunks.push_back(rowParts.placeChunk(expr.index(i), rows.chunks()));
  if (!rows.norm && !rows.range && !rows.element)
    return;
  Type type = rows.norm ? kernel.getBuilder().getF32Type()
                        : getElementTypeOrSelf(rows.anchor);
  for (RowPart &part : parts)
    for (RowChunk &chunk : part.chunks)
      rowParts.read(part, chunk, rows.input(), rows.element, type);
  setHeld();
}

void RowsKernel::normalize() {
  nn::LayerNormOp norm = rows.norm;
  for (RowPart &part : parts)
    rowParts.normalize(part, norm, rows.width);
  rowParts.setAnchor(rows.anchor,
                     [this, norm](ExprBuilder &at, Value value, Value column) {
                       return scaleNormalized(kernel, norm, at, value, column);
                     });
}

/// Of what is held, after a norm: its results.
void RowsKernel::findRanges() {
  for (RowPart &part : parts) {
    for (RowChunk &chunk : part.chunks)
      chunk.values =
          rowParts.finish(part, chunk, rows.anchor, rows.anchor).values;
    ranges.push_back(rowParts.findRange(part));
  }
  setHeld();
}

void RowsKernel::finish(const RowPart &part, Value result) {
  // Integers have the places of what they are made of.
  Value anchor = rows.range ? result : rows.anchor;
  for (const RowChunk &chunk : part.chunks)
    finished.push_back(rowParts.finish(part, chunk, anchor, result));
}

/// All rows are read before the first is used, and all is computed before
/// anything is stored, so that what is read is on its way together.
void RowsKernel::run(Value result) {
  read();
  if (rows.norm)
    normalize();
  if (rows.range)
    findRanges();
  for (auto [i, part] : llvm::enumerate(parts)) {
    if (nn::ReduceOp range = rows.range)
      kernel.elements.setComputed(
          range.getResult(),
          [largest = ranges[i]](ExprBuilder &, ArrayRef<Value>) {
            return largest;
          });
    finish(part, result);
  }
  for (const RowParts::Finished &chunk : finished)
    rowParts.store(chunk);
  for (auto [part, range] : llvm::zip(parts, ranges))
    rowParts.store(part, range, kernel.getResult(1));
}

LogicalResult convertRows(func::FuncOp function, std::string &reason) {
  FailureOr<DeviceRows> rows = matchDeviceRows(function, reason);
  if (failed(rows))
    return failure();
  Value result = function.front().getTerminator()->getOperand(0);
  gpu::GPUModuleOp module = createDeviceModule(function);
  SmallVector<DeviceLaunch> launches;
  for (const RowGroups &groups : chooseRowGroups(*rows)) {
    std::string name =
        (function.getSymName() + "_" + Twine(groups.rowsOfBlock()) + "rows")
            .str();
    DeviceKernel kernel(function, module, name, groups.threads);
    RowsKernel(kernel, *rows, groups).run(result);
    launches.push_back({kernel.finish(), groups.threads, groups.rowsOfBlock(),
                        /*blocksPerRows=*/1, /*sharedBytes=*/0});
  }
  replaceKernel(function, countRows(rows->rows), launches);
  return success();
}

} // namespace vitrail
