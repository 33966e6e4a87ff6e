//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes of the compiler in their order.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_PIPELINE_H
#define VITRAIL_COMPILER_PIPELINE_H

#include "vitrail/Support/TargetInfo.h"

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace vitrail {

/// Adds passes to a manager, except those that are to be left out. Passes go by
/// their command-line argument, such as "cse".
class PassList {
public:
  explicit PassList(mlir::OpPassManager &manager,
                    llvm::ArrayRef<std::string> disabled = {})
      : manager(manager), disabled(disabled) {}

  void addPass(std::unique_ptr<mlir::Pass> pass) {
    addTo(manager, std::move(pass));
  }

  /// Adds a pass on the operations `OpT` inside.
  template <typename OpT> void addNestedPass(std::unique_ptr<mlir::Pass> pass) {
    addTo(manager.nest<OpT>(), std::move(pass));
  }

  /// What was to be added, each pass once, left out or not.
  llvm::ArrayRef<llvm::StringRef> getNames() const {
    return names.getArrayRef();
  }

private:
  void addTo(mlir::OpPassManager &nested, std::unique_ptr<mlir::Pass> pass);

  mlir::OpPassManager &manager;
  llvm::ArrayRef<std::string> disabled;
  llvm::SetVector<llvm::StringRef> names;
};

class TuningTable;

/// What linear layers multiply, or how tensors are stored.
struct Precision {
  /// One of `getPrecisionNames`.
  std::string name = "f32";
  /// Patterns of parameters whose layers stay in f32 all the same.
  std::vector<std::string> keepF32;
  /// A file of ranges of what layers read, for int8; empty: each row has its
  /// own.
  std::string ranges;
  /// Whether attention multiplies bf16, too, with bf16 and int8. The compiler
  /// decides that for its targets.
  bool narrowsAttention = false;
  /// Makes these ranges results of the entries, in f32, instead.
  bool recordsRanges = false;
};

/// Returns the names of precisions, "f32" first.
llvm::ArrayRef<llvm::StringRef> getPrecisionNames();

/// Measured schedules.
struct Tuning {
  /// Null where there is none, or it is a file's.
  const TuningTable *table = nullptr;
  std::string file;
  /// The name of the target whose schedules kernels get; empty: that for which
  /// weights are packed.
  std::string target;
};

/// Adds the passes that turn the front-end's module into kernels: functions of
/// `nn` operations, one for each distinct computation.
void addGroupingPasses(PassList &passes, const Precision &precision);

/// Adds the passes that choose how what kernels read is laid out; weights are
/// packed for `target`.
void addLayoutPasses(PassList &passes, const TargetInfo &target,
                     const Tuning &tuning = {});

/// Adds both.
void addKernelPasses(PassList &passes, const TargetInfo &target,
                     const Precision &precision = {},
                     const Tuning &tuning = {});

/// Adds the passes that divide and join kernels as tensor cores want them, if
/// `target` has any.
void addDevicePasses(PassList &passes, const TargetInfo &target);

/// Adds the passes that turn kernels into scheduled pipelines for `target`,
/// those above first.
void addHalidePasses(PassList &passes, const TargetInfo &target);

/// Fails if one of these is no pass of the above, or one that the stages after
/// it cannot do without.
llvm::Error checkDisabledPasses(llvm::ArrayRef<std::string> names);

/// Registers both as `vitrail-kernels` and `vitrail-to-halide`, with the
/// options `target`, `panels`, `precision`, `keep-f32`, `ranges`, `tuning` and
/// `disable-pass`.
void registerPipelines();

} // namespace vitrail

#endif // VITRAIL_COMPILER_PIPELINE_H
