//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ranges of what linear layers read, known from samples: one part of
// nn-narrow-products. A layer goes by the names of the parameters in its
// weight, which stay the same however its fusion is formed.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_LAYERRANGES_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_LAYERRANGES_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/StringMap.h"

namespace vitrail::nn {

/// What a layer is called: those of its weight.
std::string getLayerName(LinearOp linear);

class LayerRanges {
public:
  /// Reads lines of a number and a layer's name; `#` begins a comment. Reports
  /// a file that cannot be read, or says something else, at `module`.
  llvm::LogicalResult read(llvm::StringRef path, mlir::ModuleOp module);

  bool isEmpty() const { return ranges.empty(); }
  bool contains(LinearOp linear) const {
    return ranges.contains(getLayerName(linear));
  }

  /// The ranges of those of `layers` that have one, each a number that
  /// `function`, which holds them, takes from one constant.
  llvm::DenseMap<mlir::Operation *, mlir::Value>
  materialize(mlir::func::FuncOp function,
              llvm::ArrayRef<mlir::Operation *> layers,
              mlir::RewriterBase &rewriter) const;

private:
  llvm::StringMap<float> ranges;
};

/// Makes the ranges of what `layers` of `function` read results of it, each
/// called by a number and the layer's name.
llvm::LogicalResult recordRanges(mlir::func::FuncOp function,
                                 llvm::ArrayRef<mlir::Operation *> layers,
                                 mlir::RewriterBase &rewriter);

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_LAYERRANGES_H
