//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the passes that round share: names of precisions, and the parameters
// that keep f32 whatever the precision of the others is.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_DIALECT_NN_TRANSFORMS_PRECISIONS_H
#define VITRAIL_LIB_DIALECT_NN_TRANSFORMS_PRECISIONS_H

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/Support/GlobPattern.h"

namespace vitrail::nn {

/// Reports a name that is none of `getPrecisionNames` at `module`.
llvm::LogicalResult checkPrecision(llvm::StringRef name, mlir::ModuleOp module);

/// The names of the parameters that a constant expression depends on.
llvm::SmallVector<llvm::StringRef> findParameters(mlir::Value value);

class KeptParameters {
public:
  /// Takes the patterns `texts` and those of `module`'s `nn.precision`. Each of
  /// `texts` must match a parameter; those of the module did when its text was
  /// read. `texts` must outlive this.
  llvm::LogicalResult read(llvm::ArrayRef<std::string> texts,
                           mlir::ModuleOp module);

  /// The first of the parameters in `value` that is to be kept; empty if none
  /// is.
  llvm::StringRef findIn(mlir::Value value) const;

private:
  llvm::LogicalResult add(llvm::StringRef text, mlir::ModuleOp module);

  std::vector<llvm::GlobPattern> patterns;
};

} // namespace vitrail::nn

#endif // VITRAIL_LIB_DIALECT_NN_TRANSFORMS_PRECISIONS_H
