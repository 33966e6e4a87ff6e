//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A translation check on demand: what a module means, in float64, before and
// after each pass.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_VERIFYPASSES_H
#define VITRAIL_COMPILER_VERIFYPASSES_H

#include "vitrail/Weights/ParameterSource.h"
#include "vitrail/Weights/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <utility>
#include <vector>

namespace vitrail {

/// What passes are verified with.
struct PassVerification {
  /// Chooses the values of inputs and states that are not given.
  uint64_t seed = 0;

  /// The relative L2 difference of an output from which on it is another.
  double tolerance = 1e-9;

  /// Values of inputs and states, by name, for all entries that have them. They
  /// decide the batch, which is 2 otherwise.
  std::vector<std::pair<std::string, weights::Tensor>> inputs;

  /// Told how much outputs differ after each pass, a line at a time.
  llvm::function_ref<void(const llvm::Twine &line)> log = nullptr;
};

/// Evaluates all entries of `module`, and has `passes` evaluate them again
/// after each pass that changes something, as long as the module holds nothing
/// but `nn` operations. The first pass after which an output differs fails; it
/// is named in an error at the first value that is another. Passes must run in
/// one thread, on `module`. Fails if inputs do not agree with the entries or
/// the module cannot be evaluated. `parameters` and `verification` must outlive
/// `passes`.
mlir::LogicalResult verifyPasses(mlir::PassManager &passes,
                                 mlir::ModuleOp module,
                                 const weights::ParameterSource &parameters,
                                 const PassVerification &verification);

} // namespace vitrail

#endif // VITRAIL_COMPILER_VERIFYPASSES_H
