//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading processor features from the auxiliary vector. Linux leaves out what
// it keeps programs from using.
//
//===----------------------------------------------------------------------===//

#include "CpuFeatures.h"

#include <string.h>
#include <sys/auxv.h>

using namespace vitrail::runtime;

namespace {
struct Feature {
  const char *name;
  unsigned bit;
};
} // namespace

static constexpr Feature knownFeatures[] = {
#define VITRAIL_AARCH64_FEATURE(name, bit) {name, bit},
#include "vitrail/Runtime/CpuFeatures.def"
};

FeatureState vitrail::runtime::getCpuFeature(const char *name) {
  for (const Feature &feature : knownFeatures)
    if (strcmp(feature.name, name) == 0)
      return getauxval(AT_HWCAP) >> feature.bit & 1 ? FeatureState::Usable
                                                    : FeatureState::Absent;
  return FeatureState::Absent;
}
