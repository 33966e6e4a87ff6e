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

/// Whether the processor has `feature` and the system lets programs use it.
/// Features that CpuFeatures.def does not list for the architecture are absent.
bool hasCpuFeature(const char *feature);

/// The first of the null-terminated `features` that the processor lacks, or
/// null.
const char *findMissingCpuFeature(const char *const *features);

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_CPUFEATURES_H
