//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-apply-tuning: kernels get the schedules that were measured for them.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToHalide/Passes.h"
#include "vitrail/Conversion/NNToHalide/TuningTable.h"

namespace vitrail {
#define GEN_PASS_DEF_APPLYTUNING
#include "vitrail/Conversion/NNToHalide/Passes.h.inc"

namespace {

using namespace mlir;

struct ApplyTuning : impl::ApplyTuningBase<ApplyTuning> {
  using ApplyTuningBase::ApplyTuningBase;
  ApplyTuning(const ApplyTuningOptions &options, const TuningTable &table)
      : ApplyTuningBase(options), given(&table) {}

  void runOnOperation() override {
    std::optional<TuningTable> read;
    if (!given && !file.empty()) {
      FailureOr<TuningTable> table = TuningTable::read(file, &getContext());
      if (failed(table))
        return signalPassFailure();
      read = std::move(*table);
    }
    const TuningTable *table = given ? given : read ? &*read : nullptr;
    if (!table)
      return;
    bool isApplied = false;
    for (auto kernel : getOperation().getOps<func::FuncOp>())
      if (kernel->hasAttr("nn.kernel"))
        isApplied |= apply(kernel, *table);
    if (!isApplied && !file.empty() && table->hasTarget(target))
      getOperation().emitWarning()
          << "'" << file << "' has schedules for target '" << target
          << "', but for none of these kernels";
  }

  /// Returns whether the table has the kernel.
  bool apply(func::FuncOp kernel, const TuningTable &table) {
    std::string key = getKernelKey(kernel);
    nn::ScheduleAttr other = panels.empty() || panels == target
                                 ? nullptr
                                 : table.lookup(panels, key);
    if (other && other.getColumns())
      kernel->setAttr("nn.panel_columns",
                      OpBuilder(kernel).getI64IntegerAttr(*other.getColumns()));
    nn::ScheduleAttr schedule = table.lookup(target, key);
    if (!schedule)
      return false;
    kernel->setAttr("nn.schedule", schedule);
    ++applied;
    return true;
  }

  const TuningTable *given = nullptr;
};

} // namespace

std::unique_ptr<Pass> createApplyTuning(const ApplyTuningOptions &options,
                                        const TuningTable &table) {
  return std::make_unique<ApplyTuning>(options, table);
}

} // namespace vitrail
