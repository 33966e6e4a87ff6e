//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a thread does between two looks at something that another changes.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_RELAX_H
#define VITRAIL_LIB_RUNTIME_RELAX_H

namespace vitrail::runtime {

/// Waits for some cycles, in which the core's other thread has it to itself.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  // On most AArch64 cores `yield` does nothing.
  __asm__ volatile("isb" ::: "memory");
#endif
}

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_RELAX_H
