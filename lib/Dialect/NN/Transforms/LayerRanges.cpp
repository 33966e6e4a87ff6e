//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file of ranges, and the module that measures them.
//
//===----------------------------------------------------------------------===//

#include "LayerRanges.h"
#include "Precisions.h"

#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>

namespace vitrail::nn {

using namespace mlir;

std::string getLayerName(LinearOp linear) {
  return llvm::join(findParameters(linear.getWeight()), " ");
}

//===----------------------------------------------------------------------===//
// Known ranges
//===----------------------------------------------------------------------===//

LogicalResult LayerRanges::read(StringRef path, ModuleOp module) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return module.emitError("cannot read '")
           << path << "': " << buffer.getError().message();
  ranges.clear();
  for (llvm::line_iterator line(**buffer, /*SkipBlanks=*/true, '#');
       !line.is_at_end(); ++line) {
    auto [number, name] = line->trim().split(' ');
    double range;
    if (number.getAsDouble(range) || !std::isfinite(range) || range < 0 ||
        name.trim().empty())
      return module.emitError("'")
             << path << "', line " << line.line_number()
             << ": expected a range and the names of a layer's parameters";
    ranges[name.trim()] = static_cast<float>(range);
  }
  return success();
}

DenseMap<Operation *, Value>
LayerRanges::materialize(func::FuncOp function, ArrayRef<Operation *> layers,
                         RewriterBase &rewriter) const {
  SmallVector<float> numbers;
  SmallVector<Operation *> known;
  for (Operation *layer : layers)
    if (auto it = ranges.find(getLayerName(cast<LinearOp>(layer)));
        it != ranges.end()) {
      numbers.push_back(it->second);
      known.push_back(layer);
    }
  DenseMap<Operation *, Value> values;
  if (known.empty())
    return values;
  // Slices of a constant are arguments of kernels, where scalar constants would
  // be part of them: layers that differ in their ranges share a kernel.
  rewriter.setInsertionPointToStart(&function.getBody().front());
  auto type = RankedTensorType::get({static_cast<int64_t>(numbers.size())},
                                    rewriter.getF32Type());
  Value table =
      ConstantOp::create(rewriter, function.getLoc(),
                         DenseElementsAttr::get(type, ArrayRef(numbers)));
  for (auto [i, layer] : llvm::enumerate(known)) {
    int64_t offset = i;
    values[layer] = SliceOp::create(rewriter, layer->getLoc(), table,
                                    ArrayRef<int64_t>(offset),
                                    ArrayRef<int64_t>{1}, ArrayRef<int64_t>{1});
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Ranges to be measured
//===----------------------------------------------------------------------===//

/// `value`, of a fusion, outside of it: what computes it is repeated before the
/// fusion.
static Value repeatOutside(Value value, IRMapping &mapping,
                           RewriterBase &rewriter) {
  Operation *op = value.getDefiningOp();
  if (!op || !isa<FusionOp>(op->getParentOp()))
    return value;
  if (Value repeated = mapping.lookupOrNull(value))
    return repeated;
  for (Value operand : op->getOperands())
    mapping.map(operand, repeatOutside(operand, mapping, rewriter));
  rewriter.setInsertionPoint(op->getParentOp());
  rewriter.clone(*op, mapping);
  return mapping.lookup(value);
}

/// The largest magnitude of each sample.
static Value reduceToRange(Value value, RewriterBase &rewriter) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> axes;
  for (auto [axis, extent] : llvm::enumerate(getExtents(type)))
    if (!dependsOnBatch(extent))
      axes.push_back(axis);
  return ReduceOp::create(rewriter, value.getLoc(), value, ReduceKind::MaxAbs,
                          axes, /*keep_dims=*/false);
}

LogicalResult recordRanges(func::FuncOp function, ArrayRef<Operation *> layers,
                           RewriterBase &rewriter) {
  Operation *terminator = function.getBody().front().getTerminator();
  for (auto [i, layer] : llvm::enumerate(layers)) {
    auto linear = cast<LinearOp>(layer);
    IRMapping mapping;
    Value input = repeatOutside(linear.getInput(), mapping, rewriter);
    rewriter.setInsertionPoint(terminator);
    Value range = reduceToRange(input, rewriter);
    std::string name = std::to_string(i) + " " + getLayerName(linear);
    auto attributes = rewriter.getDictionaryAttr(
        rewriter.getNamedAttr("nn.name", rewriter.getStringAttr(name)));
    if (failed(function.insertResult(function.getNumResults(), range.getType(),
                                     attributes)))
      return failure();
    terminator->insertOperands(terminator->getNumOperands(), range);
  }
  return success();
}

} // namespace vitrail::nn
