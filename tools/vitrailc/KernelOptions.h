//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Options about how kernels are compiled and kept.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_VITRAILC_KERNELOPTIONS_H
#define VITRAIL_VITRAILC_KERNELOPTIONS_H

#include "vitrail/Compiler/Compiler.h"

#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"

namespace vitrail {

class KernelOptions {
public:
  explicit KernelOptions(llvm::cl::OptionCategory &category);

  /// Fills in what the command line says.
  llvm::Error read(CompilerOptions &options) const;

private:
  llvm::Error readCache(CompilerOptions &options) const;
  llvm::Error readAssembler(CompilerOptions &options) const;

  llvm::cl::opt<std::string> cacheFolder;
  llvm::cl::opt<uint64_t> cacheSize;
  llvm::cl::opt<bool> noCache;
  llvm::cl::opt<std::string> ptxas;
};

} // namespace vitrail

#endif // VITRAIL_VITRAILC_KERNELOPTIONS_H
