//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of the translation and what they share: the Halide objects that the
// symbols of a pipeline stand for. Everything here may throw: Halide reports
// errors by exceptions, so the translation does too, and one place catches
// both.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_HALIDE_TRANSLATOR_H
#define VITRAIL_LIB_TARGET_HALIDE_TRANSLATOR_H

#include "Translation.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

#include <Halide.h>

#include <map>
#include <set>

namespace vitrail {

/// Thrown for what Halide cannot express. It concerns the current operation.
struct Untranslatable {
  std::string reason;
};

/// The state of one pipeline's translation.
struct Translator {
  /// The name of a func and the number of its update.
  using Stage = std::pair<std::string, int64_t>;

  Translator(halide::PipelineOp pipeline, const TargetInfo &target)
      : pipeline(pipeline), isGPU(target.isGPU()),
        hasF16Bits(target.accelerator == Accelerator::OpenCL),
        current(pipeline) {}

  /// Whether numbers of `type` are read and stored as their bits.
  bool isBits(mlir::Type type) const {
    return type.isF16() ? hasF16Bits : type.isBF16() && isGPU;
  }

  halide::PipelineOp pipeline;
  bool isGPU;      ///< whether a GPU runs it
  bool hasF16Bits; ///< whether f16 is read and stored as its bits

  /// The operation being translated, for an error's location.
  mlir::Operation *current;

  llvm::StringMap<Halide::ImageParam> inputs;
  llvm::StringMap<Halide::Func> funcs;
  llvm::StringMap<Halide::RDom> domains;

  /// The names of the loops over reduction domains, by func and stage. Halide's
  /// calls take a name as a Var or an RVar, and want to be told which.
  std::map<Stage, llvm::StringSet<>> reductionLoops;

  /// The funcs whose update is carried out on a matrix unit.
  llvm::StringMap<halide::MultiplyOnTilesOp> tileProducts;

  /// The stages that some operation schedules.
  std::set<Stage> scheduledStages;
};

/// The stage of the pure definition among the keys of a translator's maps.
inline constexpr int64_t pureStage = -1;

/// `value` as Halide takes extents, strides and factors; those that do not fit
/// into 32 bits are `Untranslatable`.
int toInt(int64_t value);

/// Halide's type of a scalar of the dialect.
Halide::Type translateType(mlir::Type type);

/// Translates conversions to and from types that are their bits, and constants
/// of these; undefined for other operations.
Halide::Expr translateHalfBits(const Translator &translator,
                               mlir::Operation *op,
                               llvm::ArrayRef<Halide::Expr> operands);

/// Translates the body of a func or update whose block arguments stand for
/// `arguments`. Returns the operands of its yield: value, then coordinates.
std::vector<Halide::Expr> translateBody(Translator &translator,
                                        mlir::Block &body,
                                        llvm::ArrayRef<Halide::Expr> arguments);

/// Makes the Halide calls that the schedule operations of the pipeline mirror.
/// All funcs are defined.
void translateSchedules(Translator &translator);

/// Makes `pipeline` lower the updates that `halide.multiply_on_tiles` names to
/// calls of the runtime.
void addTileProducts(Translator &translator, Halide::Pipeline &pipeline);

/// Makes `pipeline` keep funcs in the registers of a block's threads that are
/// stored there around the loops over threads.
void addThreadRegisters(Translator &translator, Halide::Pipeline &pipeline);

/// Makes the blocks of `pipeline` load tiles into shared memory an iteration
/// ahead.
void addLoadAhead(Translator &translator, Halide::Pipeline &pipeline);

/// Makes `pipeline` read results that lie in the caller's memory as unaligned.
void addResultLoads(Translator &translator, Halide::Pipeline &pipeline);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_HALIDE_TRANSLATOR_H
