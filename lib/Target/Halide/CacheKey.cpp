//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of a key, one after another in a hash.
//
//===----------------------------------------------------------------------===//

#include "CacheKey.h"
#include "vitrail/Support/BinaryIdentity.h"
#include "vitrail/Support/ObjectJobs.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <Halide.h>

#include <unistd.h>

using namespace vitrail;

/// What Halide is told through the environment (HL_LLVM_ARGS and others).
static std::string getEnvironment() {
  std::vector<std::string> settings;
  for (char **variable = environ; *variable; ++variable)
    if (llvm::StringRef(*variable).starts_with("HL_"))
      settings.push_back(*variable);
  llvm::sort(settings);
  return llvm::join(settings, "\n");
}

std::string vitrail::getCacheKey(halide::PipelineOp pipeline,
                                 const TargetInfo &target,
                                 const PTXAssembler *assembler) {
  // The same for every kernel of a process.
  static const std::string compiler =
      getBinaryIdentity(reinterpret_cast<const void *>(&getCacheKey));
  static const std::string halide =
      getBinaryIdentity(reinterpret_cast<const void *>(&Halide::load_plugin));
  static const std::string environment = getEnvironment();

  std::string text = pipeline.getText(pipeline.getFunctionName());
  bool isAssembled = target.accelerator == Accelerator::CUDA && assembler;
  std::string identity = isAssembled ? assembler->getIdentity() : "";
  return hashKey(
      {compiler, halide, environment, target.halideTarget, text, identity});
}
