//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is the same on all architectures.
//
//===----------------------------------------------------------------------===//

#include "CpuFeatures.h"

using namespace vitrail::runtime;

const char *vitrail::runtime::findMissingCpuFeature(const char *const *features,
                                                    FeatureState &state) {
  for (; *features; ++features) {
    state = getCpuFeature(*features);
    if (state != FeatureState::Usable)
      return *features;
  }
  return nullptr;
}
