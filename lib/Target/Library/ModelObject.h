//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The part of a library that only its compiler can write: an object with the
// tables of Program.h and vitrail.h, and the entry points that pass them on to
// the runtime.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_TARGET_LIBRARY_MODELOBJECT_H
#define VITRAIL_LIB_TARGET_LIBRARY_MODELOBJECT_H

#include "ConstantPool.h"
#include "Interface.h"
#include "MemoryPlan.h"

#include "vitrail/Target/Library/LibraryTarget.h"
#include "llvm/Support/raw_ostream.h"

namespace vitrail {

/// What is a matter of the processor.
struct ModelVariant {
  const TargetInfo &target;
  std::vector<std::string> cpuFeatures; ///< What its kernels use.
  std::vector<MemoryPlan> plans = {};   ///< One for each interface.
};

/// A model ready to be written down.
struct LibraryModel {
  mlir::Location location; ///< Of the module.
  const LibraryOptions &options;
  Architecture architecture;
  std::vector<Interface> interfaces = {};
  std::vector<State> states = {};
  std::optional<Generate> generate = {};
  std::vector<ModelVariant> variants = {};
  ConstantPool constants = {};
  uint64_t weightsHash = 0; ///< Only where the weights are in a file.
};

/// The section that holds the place of weights inside of a library, and nothing
/// else.
llvm::StringRef getWeightsSection(Architecture architecture);

/// The symbols that the library of a model exports.
llvm::SmallVector<std::string> getExportedSymbols(const LibraryModel &model);

/// The name of the function that runs `interface`: `<model>_run` for the only
/// entry of a model, else `<model>_<entry>`.
std::string getRunFunction(llvm::StringRef modelName,
                           llvm::ArrayRef<Interface> interfaces,
                           const Interface &interface);

/// Writes the object to `output`. Weights inside of the library are only given
/// a place: the section for them has their size and no contents. Reported: an
/// extent that kernels cannot index with at the largest batch.
mlir::LogicalResult emitModelObject(const LibraryModel &model,
                                    llvm::raw_pwrite_stream &output);

} // namespace vitrail

#endif // VITRAIL_LIB_TARGET_LIBRARY_MODELOBJECT_H
