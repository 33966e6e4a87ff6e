//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the processor at hand can do. The tables of `__builtin_cpu_supports`
// would need a compiler's own support library.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_CPUFEATURES_H
#define VITRAIL_LIB_RUNTIME_CPUFEATURES_H

namespace vitrail::runtime {

enum class FeatureState {
  Usable,
  Absent,  ///< The processor lacks it, or the system does not know of it.
  Refused, ///< The system does not let this process use it.
};

/// Whether the processor has `feature` and the system lets this process use it,
/// which it is asked for where that is necessary. Features that CpuFeatures.def
/// does not list for the architecture are absent.
FeatureState getCpuFeature(const char *feature);

/// The first of the null-terminated `features` that cannot be used, and why, or
/// null.
const char *findMissingCpuFeature(const char *const *features,
                                  FeatureState &state);

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_CPUFEATURES_H
