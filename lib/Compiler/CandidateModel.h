//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A kernel as a model of its own, in several versions.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_COMPILER_CANDIDATEMODEL_H
#define VITRAIL_LIB_COMPILER_CANDIDATEMODEL_H

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/ParameterSource.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/BitVector.h"

namespace vitrail {

/// A model with an entry for each of `schedules`, in their order: the call of
/// `kernel` with that schedule, or none if it is null. Arguments in `constants`
/// are parameters, the others inputs. Parameters are shared by the entries
/// whose schedules have panels of one width.
mlir::OwningOpRef<mlir::ModuleOp>
buildCandidates(mlir::func::FuncOp kernel, const llvm::BitVector &constants,
                llvm::ArrayRef<nn::ScheduleAttr> schedules);

/// The parameters of such a model: functions of a seed and of the argument,
/// whatever the width of panels.
class CandidateParameters final : public weights::ParameterSource {
public:
  explicit CandidateParameters(uint64_t seed) : seed(seed) {}

  llvm::StringRef getName() const override { return "candidates"; }
  std::optional<weights::StoredTensor>
  lookup(llvm::StringRef name, mlir::RankedTensorType type) const override;
  llvm::SmallVector<llvm::StringRef> getNames() const override { return {}; }
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<float> out) const override;
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<double> out) const override;

private:
  std::string getArgument(llvm::StringRef name) const;

  uint64_t seed;
  weights::SyntheticSource source;
};

} // namespace vitrail

#endif // VITRAIL_LIB_COMPILER_CANDIDATEMODEL_H
