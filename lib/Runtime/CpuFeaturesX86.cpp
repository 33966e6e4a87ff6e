//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading processor features from CPUID and XCR0, and asking Linux for those
// registers that it saves only for processes that want them.
//
//===----------------------------------------------------------------------===//

#include "CpuFeatures.h"

#include <cpuid.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace vitrail::runtime;

namespace {
struct Feature {
  const char *name;
  uint32_t leaf;
  uint32_t subleaf;
  uint32_t registerIndex;
  uint32_t bit;
  uint64_t xcr0;
};
} // namespace

static constexpr Feature knownFeatures[] = {
#define VITRAIL_X86_FEATURE(name, leaf, subleaf, registerIndex, bit, xcr0)     \
  {name, leaf, subleaf, registerIndex, bit, xcr0},
#include "vitrail/Runtime/CpuFeatures.def"
};

/// XCR0's bits of the tile registers.
static constexpr uint64_t tileState = 0x60000;

/// The register states that the system saves; 0 where it does not tell.
static uint64_t readXcr0() {
  uint32_t eax, ebx, ecx, edx;
  constexpr uint32_t osxsave = 1u << 27;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & osxsave))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t(high) << 32) | low;
}

static bool isPresent(const Feature &feature) {
  uint32_t registers[4];
  if (!__get_cpuid_count(feature.leaf, feature.subleaf, &registers[0],
                         &registers[1], &registers[2], &registers[3]))
    return false;
  if (!(registers[feature.registerIndex] >> feature.bit & 1))
    return false;
  return feature.xcr0 == 0 || (readXcr0() & feature.xcr0) == feature.xcr0;
}

/// Asks for the tile registers of AMX, which are large: Linux makes room for
/// them in a process, all its threads included, once it has asked. Asking again
/// does nothing.
static bool requestTiles() {
  // From Linux's <asm/prctl.h>, and XCR0's bit of the registers' contents.
  constexpr long requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

FeatureState vitrail::runtime::getCpuFeature(const char *name) {
  for (const Feature &feature : knownFeatures) {
    if (strcmp(feature.name, name) != 0)
      continue;
    if (!isPresent(feature))
      return FeatureState::Absent;
    bool isFree = !(feature.xcr0 & tileState) || requestTiles();
    return isFree ? FeatureState::Usable : FeatureState::Refused;
  }
  return FeatureState::Absent;
}
