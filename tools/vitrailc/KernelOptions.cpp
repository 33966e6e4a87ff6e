//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//

#include "KernelOptions.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <cstdlib>
#include <limits>

namespace vitrail {

namespace cl = llvm::cl;
using llvm::createStringError;

KernelOptions::KernelOptions(cl::OptionCategory &category)
    : cacheFolder(
          "cache-dir", cl::value_desc("folder"), cl::cat(category),
          cl::desc("where compiled kernels are kept for the next time "
                   "(default: $XDG_CACHE_HOME/vitrail, or ~/.cache/vitrail)")),
      cacheSize(
          "cache-size", cl::init(512), cl::value_desc("MiB"), cl::cat(category),
          cl::desc(
              "how much of that to keep, the last used first (default 512)")),
      noCache("no-cache", cl::cat(category),
              cl::desc("compile every kernel, and keep none")),
      ptxas("ptxas", cl::value_desc("program"), cl::cat(category),
            cl::desc("NVIDIA's assembler, so that the driver need not compile "
                     "kernels when they are first run (default: ptxas, if it "
                     "is installed; none: PTX alone)")) {}

/// The user's folder for what can be made again, by the XDG Base Directory
/// Specification: a relative path counts as none. Empty if the environment
/// names no home.
static std::string getDefaultCacheFolder() {
  llvm::SmallString<128> path;
  if (const char *cache = std::getenv("XDG_CACHE_HOME");
      cache && llvm::sys::path::is_absolute(cache))
    path = cache;
  else if (const char *home = std::getenv("HOME"); home && *home)
    llvm::sys::path::append(path, home, ".cache");
  else
    return "";
  llvm::sys::path::append(path, "vitrail");
  return path.str().str();
}

llvm::Error KernelOptions::readCache(CompilerOptions &options) const {
  constexpr uint64_t largest = std::numeric_limits<uint64_t>::max() >> 20;
  if (cacheSize < 1 || cacheSize > largest)
    return createStringError("--cache-size must be from 1 to " +
                             llvm::Twine(largest) +
                             "; --no-cache keeps nothing");
  options.cacheBytes = cacheSize << 20;
  if (!noCache)
    options.cacheFolder =
        cacheFolder.empty() ? getDefaultCacheFolder() : cacheFolder.getValue();
  return llvm::Error::success();
}

llvm::Error KernelOptions::readAssembler(CompilerOptions &options) const {
  if (ptxas == "none")
    return llvm::Error::success();
  if (ptxas.empty()) {
    options.assembler = PTXAssembler::find();
    return llvm::Error::success();
  }
  llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(ptxas);
  if (!path || !llvm::sys::fs::can_execute(*path))
    return createStringError("--ptxas: there is no program '" + ptxas + "'");
  options.assembler.emplace(*path);
  return llvm::Error::success();
}

llvm::Error KernelOptions::read(CompilerOptions &options) const {
  if (llvm::Error error = readCache(options))
    return error;
  return readAssembler(options);
}

} // namespace vitrail
