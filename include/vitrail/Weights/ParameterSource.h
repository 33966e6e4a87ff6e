//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where the values of parameters come from. The IR names parameters; a source
// knows their shapes and gives their elements, one tensor at a time.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_PARAMETERSOURCE_H
#define VITRAIL_WEIGHTS_PARAMETERSOURCE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Support/LLVM.h"

#include <memory>
#include <optional>

namespace vitrail::nn {
class ParameterOp;
} // namespace vitrail::nn

namespace vitrail::weights {

/// What a source holds under a name.
struct StoredTensor {
  /// The element type as safetensors spells it: "F32", "BF16" ...
  llvm::StringRef dtype;
  llvm::SmallVector<int64_t> shape;
};

/// Gives the values of parameters by name.
class ParameterSource {
public:
  virtual ~ParameterSource();

  /// What to call the source in diagnostics: a file's name, "synthetic".
  virtual llvm::StringRef getName() const = 0;

  /// What is held under `name`; nothing when it is missing. `type` is what the
  /// model expects, for sources that make values to measure.
  virtual std::optional<StoredTensor>
  lookup(llvm::StringRef name, mlir::RankedTensorType type) const = 0;

  /// The names of all tensors held; empty for sources that make any.
  virtual llvm::SmallVector<llvm::StringRef> getNames() const = 0;

  /// Writes all elements of `name` to `out` in row-major order. The name and
  /// `type` must have passed `checkParameter`. F16 and BF16 convert exactly.
  virtual void read(llvm::StringRef name, mlir::RankedTensorType type,
                    llvm::MutableArrayRef<float> out) const = 0;
  virtual void read(llvm::StringRef name, mlir::RankedTensorType type,
                    llvm::MutableArrayRef<double> out) const = 0;
};

/// Parameters whose elements are functions of their name and index; see
/// vitrail/Support/Synthetic.h.
class SyntheticSource final : public ParameterSource {
public:
  llvm::StringRef getName() const override { return "synthetic"; }
  std::optional<StoredTensor>
  lookup(llvm::StringRef name, mlir::RankedTensorType type) const override;
  llvm::SmallVector<llvm::StringRef> getNames() const override { return {}; }
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<float> out) const override;
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<double> out) const override;
};

/// The source that `weights` names, as on the command line: "synthetic", or a
/// safetensors file. Everything wrong with the file is reported at its name.
mlir::FailureOr<std::unique_ptr<ParameterSource>>
openParameterSource(llvm::StringRef weights, mlir::MLIRContext *context);

/// Succeeds if `source` has the values of `op`. A missing parameter, another
/// shape or an element type that does not convert is reported at `op`.
mlir::LogicalResult checkParameter(nn::ParameterOp op,
                                   const ParameterSource &source);

/// Checks every parameter of `module`, each name once, and reports all that is
/// wrong. Warns of the tensors in `source` that the module does not use.
mlir::LogicalResult checkParameters(mlir::ModuleOp module,
                                    const ParameterSource &source);

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_PARAMETERSOURCE_H
