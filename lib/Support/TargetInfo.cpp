//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table of processor levels, each an extension of the one before it.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/TargetInfo.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace vitrail;

namespace {
/// A level, described by what it adds to the level before it.
struct Level {
  llvm::StringLiteral name;
  llvm::StringLiteral halideFeatures;
  int vectorLanes;
  int vectorRegisters;
  int64_t l2Bytes;
  /// Separated by spaces. Besides the instruction sets that Halide is told of,
  /// those that come with the processor that it then asks LLVM for: "avx2"
  /// makes it generate code for a Haswell, with its bit manipulation.
  llvm::StringLiteral cpuFeatures;
};
} // namespace

// 4, 8 and 16 lanes: SSE, AVX and AVX-512 registers of 128, 256 and 512 bits;
// AVX-512 also doubles their number. The second-level cache is that of the
// common processors of a level.
static constexpr Level levels[] = {
    {"x86-64-v2", "-sse41", 4, 16, 256 << 10, "ssse3 sse4.1 sse4.2 popcnt"},
    {"x86-64-v3", "-avx-avx2-fma-f16c", 8, 16, 512 << 10,
     "avx avx2 fma f16c bmi bmi2 lzcnt movbe"},
    {"x86-64-v4", "-avx512-avx512_skylake", 16, 32, 1 << 20,
     "avx512f avx512cd avx512vl avx512bw avx512dq"},
    {"zen4", "-avx512_cannonlake-avx512_zen4", 16, 32, 1 << 20,
     "avx512ifma avx512vbmi avx512vbmi2 avx512vnni avx512bitalg "
     "avx512vpopcntdq avx512bf16"},
    {"sapphirerapids", "-avx512_sapphirerapids", 16, 32, 2 << 20,
     "avx512fp16 avxvnni amx-tile amx-int8 amx-bf16"},
};

/// The level at `index` with all that it inherits.
static TargetInfo getTarget(size_t index) {
  TargetInfo info;
  info.name = levels[index].name;
  info.halideTarget = "x86-64-linux";
  info.vectorLanes = levels[index].vectorLanes;
  info.vectorRegisters = levels[index].vectorRegisters;
  info.l2Bytes = levels[index].l2Bytes;
  for (const Level &level : llvm::ArrayRef(levels).take_front(index + 1)) {
    info.halideTarget += level.halideFeatures;
    for (llvm::StringRef feature : llvm::split(level.cpuFeatures, ' '))
      info.cpuFeatures.push_back(feature.str());
  }
  return info;
}

llvm::SmallVector<llvm::StringRef> vitrail::getTargetNames() {
  llvm::SmallVector<llvm::StringRef> names = {"native"};
  for (const Level &level : levels)
    names.push_back(level.name);
  return names;
}

/// The best level whose features this machine has.
static llvm::Expected<TargetInfo> getNativeTarget() {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (size_t index = std::size(levels); index-- > 0;) {
    TargetInfo info = getTarget(index);
    if (llvm::all_of(info.cpuFeatures, [&](const std::string &feature) {
          return host.lookup(feature);
        }))
      return info;
  }
  return llvm::createStringError(
      "this machine runs none of the targets (" +
      llvm::join(llvm::drop_begin(getTargetNames()), ", ") + ")");
}

llvm::Expected<TargetInfo> vitrail::parseTarget(llvm::StringRef name) {
  if (name == "native")
    return getNativeTarget();
  for (size_t index = 0; index < std::size(levels); ++index)
    if (name == levels[index].name)
      return getTarget(index);
  return llvm::createStringError("unknown target '" + name + "'; targets are " +
                                 llvm::join(getTargetNames(), ", "));
}
