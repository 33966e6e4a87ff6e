//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choice of schedules by measuring them.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_COMPILER_TUNE_H
#define VITRAIL_COMPILER_TUNE_H

#include "vitrail/Conversion/NNToHalide/TuningTable.h"
#include "vitrail/Support/DiskCache.h"
#include "vitrail/Support/TargetInfo.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace vitrail {

class PTXAssembler;

/// How schedules are measured.
struct TuneOptions {
  int64_t batch = 1;
  /// Of kernels while they are measured; 0: as many as the process may run on.
  int threads = 0;
  /// Chooses the values of what kernels read.
  uint64_t seed = 0;
  /// Kernels compiled at a time.
  unsigned processes = 1;
  /// Where results of processors are kept for other compilations, and compiled
  /// kernels; null: nowhere.
  const DiskCache *cache = nullptr;
  /// Makes machine code of PTX, as in CompilerOptions; null: the driver does.
  const PTXAssembler *assembler = nullptr;
  std::string runtimeArchive;
  /// A folder for intermediate files.
  std::string folder;
  /// Passes to leave out.
  llvm::ArrayRef<std::string> disabledPasses;
  /// Told what came of each kernel, a line at a time.
  llvm::function_ref<void(const llvm::Twine &line)> log = nullptr;
};

/// Measures schedules of all kernels of `module` that `table` does not have,
/// and adds the best of each. `module` has its kernels, before layouts are
/// chosen (addGroupingPasses), and stays as it is. The target must run here, a
/// GPU's on the first device. A kernel that crashes, fails, or computes
/// something else by another schedule is reported.
mlir::LogicalResult tuneKernels(mlir::ModuleOp module, const TargetInfo &target,
                                const TuneOptions &options, TuningTable &table);

/// The time of each schedule in each round; those of a round were measured one
/// right after the other.
using Rounds = std::vector<std::vector<double>>;

/// The schedule to prefer to the first: 0 unless another one is faster by more
/// than measurements vary.
size_t pickSchedule(const Rounds &rounds);

/// Reports the first schedule with which `kernel` computes something else than
/// with the first. `differences` are those of its output, relative to the
/// output's L2 norm.
mlir::LogicalResult checkAgreement(mlir::func::FuncOp kernel,
                                   llvm::ArrayRef<nn::ScheduleAttr> schedules,
                                   llvm::ArrayRef<double> differences);

} // namespace vitrail

#endif // VITRAIL_COMPILER_TUNE_H
