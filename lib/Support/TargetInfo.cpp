//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table of x86-64 levels, each an extension of the one before it, that of
// AArch64's extensions, which come in any combination, and the GPUs.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/TargetInfo.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace vitrail;

//===----------------------------------------------------------------------===//
// x86-64
//===----------------------------------------------------------------------===//

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
static TargetInfo getLevel(size_t index) {
  TargetInfo info;
  info.name = levels[index].name;
  info.architecture = Architecture::X86_64;
  info.halideTarget = "x86-64-linux";
  info.vectorLanes = levels[index].vectorLanes;
  info.vectorRegisters = levels[index].vectorRegisters;
  info.l2Bytes = levels[index].l2Bytes;
  for (const Level &level : llvm::ArrayRef(levels).take_front(index + 1)) {
    info.halideTarget += level.halideFeatures;
    for (llvm::StringRef feature : llvm::split(level.cpuFeatures, ' '))
      info.cpuFeatures.push_back(feature.str());
  }
  // Beside AMX, the instruction of AVX-512 is slower than f32: ViT-B took 1.5
  // times as long on Sapphire Rapids. All that have either kind of tiles have
  // both.
  info.multipliesTiles = llvm::is_contained(info.cpuFeatures, "amx-bf16");
  info.multipliesBF16 = llvm::is_contained(info.cpuFeatures, "avx512bf16") &&
                        !info.multipliesTiles;
  info.multipliesInt8 = llvm::is_contained(info.cpuFeatures, "avx512vnni");
  info.wantsUnsigned = info.multipliesInt8 && !info.multipliesTiles;
  return info;
}

/// The names of a table's entries.
template <typename Table>
static llvm::SmallVector<llvm::StringRef> getNames(const Table &table) {
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &entry : table)
    names.push_back(entry.name);
  return names;
}

/// The best level whose features this machine has.
static llvm::Expected<TargetInfo> getNativeTarget() {
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (size_t index = std::size(levels); index-- > 0;) {
    TargetInfo info = getLevel(index);
    if (llvm::all_of(info.cpuFeatures, [&](const std::string &feature) {
          return host.lookup(feature);
        }))
      return info;
  }
  return llvm::createStringError("this machine runs none of the targets (" +
                                 llvm::join(getNames(levels), ", ") + ")");
}

//===----------------------------------------------------------------------===//
// AArch64
//===----------------------------------------------------------------------===//

namespace {
/// What a processor may have beyond Armv8-A.
struct Extension {
  llvm::StringLiteral name; ///< as compilers take it: -march=armv8-a+<name>
  llvm::StringLiteral halideFeature;
  llvm::StringLiteral cpuFeature;
};
} // namespace

static constexpr llvm::StringLiteral aarch64 = "aarch64";

// Scalable vectors are not among them: schedules count lanes.
static constexpr Extension extensions[] = {
    {"dotprod", "-arm_dot_prod", "dotprod"},
    {"fp16", "-arm_fp16", "fullfp16"},
};

/// Armv8-A with the extensions called `names`.
static llvm::Expected<TargetInfo>
getAArch64Target(llvm::ArrayRef<llvm::StringRef> names) {
  for (llvm::StringRef name : names)
    if (!llvm::is_contained(getNames(extensions), name))
      return llvm::createStringError(
          "target '" + aarch64 + "' has no extension '" + name +
          "'; extensions are " + llvm::join(getNames(extensions), ", "));

  // NEON: 32 registers of 128 bits. The second-level cache is that of
  // common cores, from the Cortex-A76 to the Neoverse N1 and N2.
  TargetInfo info;
  info.name = aarch64;
  info.architecture = Architecture::AArch64;
  info.halideTarget = "arm-64-linux";
  info.vectorLanes = 4;
  info.vectorRegisters = 32;
  info.l2Bytes = 512 << 10;
  info.cpuFeatures = {"neon"};
  // In the order of the table, each once.
  for (const Extension &extension : extensions) {
    if (!llvm::is_contained(names, extension.name))
      continue;
    info.name += ("+" + extension.name).str();
    info.halideTarget += extension.halideFeature;
    info.cpuFeatures.push_back(extension.cpuFeature.str());
  }
  info.multipliesInt8 = llvm::is_contained(info.cpuFeatures, "dotprod");
  return info;
}

//===----------------------------------------------------------------------===//
// GPUs
//===----------------------------------------------------------------------===//

namespace {
struct GPU {
  llvm::StringLiteral name;
  Accelerator accelerator;
  llvm::StringLiteral halideFeatures;
};
} // namespace

// Capability 8.0 is that of the A100; later ones run its code, which the driver
// compiles.
static constexpr GPU gpus[] = {
    {"cuda", Accelerator::CUDA, "-cuda-cuda_capability_80"},
    {"opencl", Accelerator::OpenCL, "-opencl"},
};

/// Kernels are called by any x86-64 processor, whose panels of weights a GPU
/// reads, too.
static TargetInfo getGPU(const GPU &gpu) {
  TargetInfo info;
  info.name = gpu.name;
  info.accelerator = gpu.accelerator;
  info.halideTarget = ("x86-64-linux" + gpu.halideFeatures).str();
  info.vectorLanes = 16;
  info.vectorRegisters = 32;
  info.l2Bytes = 1 << 20;
  return info;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

llvm::StringRef vitrail::getTriple(Architecture architecture) {
  switch (architecture) {
  case Architecture::X86_64:
    return "x86_64-linux-gnu";
  case Architecture::AArch64:
    return "aarch64-linux-gnu";
  }
  llvm_unreachable("these are all architectures");
}

llvm::SmallVector<std::string> vitrail::getTargetNames() {
  llvm::SmallVector<std::string> names = {"native"};
  for (llvm::StringRef level : getNames(levels))
    names.push_back(level.str());
  names.push_back(aarch64.str());
  for (llvm::StringRef extension : getNames(extensions))
    names.back() += ("[+" + extension + "]").str();
  for (llvm::StringRef gpu : getNames(gpus))
    names.push_back(gpu.str());
  return names;
}

llvm::Expected<TargetInfo> vitrail::parseTarget(llvm::StringRef name) {
  if (name == "native")
    return getNativeTarget();
  for (size_t index = 0; index < std::size(levels); ++index)
    if (name == levels[index].name)
      return getLevel(index);
  for (const GPU &gpu : gpus)
    if (name == gpu.name)
      return getGPU(gpu);
  llvm::SmallVector<llvm::StringRef> parts;
  name.split(parts, '+');
  if (parts.front() == aarch64)
    return getAArch64Target(llvm::ArrayRef(parts).drop_front());
  return llvm::createStringError("unknown target '" + name + "'; targets are " +
                                 llvm::join(getTargetNames(), ", "));
}

llvm::Expected<std::vector<TargetInfo>>
vitrail::parseTargets(llvm::StringRef list) {
  std::vector<TargetInfo> targets;
  for (llvm::StringRef name : llvm::split(list, ',')) {
    llvm::Expected<TargetInfo> target = parseTarget(name);
    if (!target)
      return target.takeError();
    for (const TargetInfo &other : targets) {
      if (other.architecture != target->architecture)
        return llvm::createStringError("targets '" + other.name + "' and '" +
                                       target->name +
                                       "' are not of one architecture");
      if (other.name == target->name)
        return llvm::createStringError("target '" + target->name +
                                       "' is given twice");
    }
    // What runs all that another does has more features; GPUs need none.
    auto place = llvm::find_if(targets, [&](const TargetInfo &other) {
      return other.cpuFeatures.size() < target->cpuFeatures.size();
    });
    targets.insert(place, std::move(*target));
  }
  return targets;
}
