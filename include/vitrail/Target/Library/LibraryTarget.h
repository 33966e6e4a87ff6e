//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a lowered model and the objects of its kernels to a shared library and
// its C header.
//
// A lowered model is a module whose public functions, the entries, contain only
//
//   halide.launch     a kernel, compiled elsewhere into an object file,
//   nn.reshape        another view of the same elements; costs nothing,
//   nn operations on parameters and constants alone, which are evaluated now,
//   func.return.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TARGET_LIBRARY_LIBRARYTARGET_H
#define VITRAIL_TARGET_LIBRARY_LIBRARYTARGET_H

#include "vitrail/Support/TargetInfo.h"
#include "vitrail/Weights/ParameterSource.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>
#include <vector>

namespace vitrail {

/// How a library is made.
struct LibraryOptions {
  /// What the entry points begin with: a C identifier.
  std::string modelName;

  /// The library to write.
  std::string output;

  /// What the library says that it is for: the target's name, or several,
  /// separated by commas.
  std::string targetName;

  /// Below it, the folders of the C library that the library is linked with;
  /// empty: the system's own, and where cross compilers have theirs.
  std::string sysroot;

  /// The largest batch that a call may have, at least 1.
  int64_t maxBatch = 1;

  /// Where the weights go: with an empty path into the library's read-only
  /// pages, else into this file, which the library looks for in its own folder.
  std::string weightsFile;

  /// The runtime for the target's architecture: see `getRuntimeName`.
  std::string runtimeArchive;

  /// Called now and then while weights are computed, in bytes.
  llvm::function_ref<void(uint64_t done, uint64_t total)> progress = nullptr;
};

/// A lowered model for one kind of processor.
struct LibraryVariant {
  mlir::ModuleOp module;
  TargetInfo target;
};

/// The file name of the runtime for an architecture.
llvm::StringRef getRuntimeName(Architecture architecture);

/// The name of the model in the library `output`: its file's name up to the
/// first dot, whatever C does not allow replaced by underscores.
std::string getModelName(llvm::StringRef output);

/// Writes the library `options.output`, and `options.weightsFile` if wanted,
/// from one or more variants of a model and the objects of their kernels:
/// `k_argv` for each pipeline of link name `k` (see HalideTarget.h). The
/// variants are for processors of one architecture; the first that a processor
/// runs is what it does run. What they read of the weights is stored once where
/// they read the same expressions. Whatever is wrong is reported at the
/// operation or at the module; files are replaced only on success.
mlir::LogicalResult emitLibrary(llvm::ArrayRef<LibraryVariant> variants,
                                const weights::ParameterSource &parameters,
                                llvm::ArrayRef<std::string> kernelObjects,
                                const LibraryOptions &options);

/// Prints the C header of the library of `module`. Entries need a signature
/// only, so any stage of compilation will do.
mlir::LogicalResult emitHeader(mlir::ModuleOp module,
                               const LibraryOptions &options,
                               llvm::raw_ostream &output);

/// Prints where each entry's tensors are: every step with the places of its
/// tensors, the arena's size for one sample, and the least size possible; then
/// a drawing of each arena over time.
mlir::LogicalResult emitMemoryPlan(mlir::ModuleOp module,
                                   llvm::raw_ostream &output);

} // namespace vitrail

#endif // VITRAIL_TARGET_LIBRARY_LIBRARYTARGET_H
