//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The processors that models are compiled for. Schedules read the shape of the
// vector unit here, the Halide target its features, and the library what it
// must find in a processor before it runs a kernel on it.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_SUPPORT_TARGETINFO_H
#define VITRAIL_SUPPORT_TARGETINFO_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace vitrail {

enum class Architecture { X86_64, AArch64 };

/// What runs the loops of kernels: the processor itself, or a GPU by the
/// driver's interface of this name.
enum class Accelerator { None, CUDA, OpenCL };

/// The architecture as GNU toolchains name it, with system and C library:
/// "aarch64-linux-gnu". What they install for it is in folders of that name.
llvm::StringRef getTriple(Architecture architecture);

/// One processor level, or a GPU in a machine of any, on Linux.
struct TargetInfo {
  /// The name that `parseTarget` knows; "native" is resolved to the level that
  /// it stands for.
  std::string name;

  /// Of the processor, also where it only calls a GPU.
  Architecture architecture = Architecture::X86_64;

  Accelerator accelerator = Accelerator::None;

  /// Halide's name of architecture, system and instruction sets, without the
  /// features that concern the form of the object ("x86-64-linux-avx-avx2").
  std::string halideTarget;

  /// The f32 lanes of the widest vector.
  int vectorLanes = 0;

  /// The number of vector registers of that width.
  int vectorRegisters = 0;

  /// The size of a core's second-level cache.
  int64_t l2Bytes = 0;

  /// Whether a fast instruction multiplies pairs of bf16 and adds
  /// them to f32, for vectors.
  bool multipliesBF16 = false;

  /// Whether a matrix unit multiplies tiles of bf16 and of 8-bit integers
  /// (AMX).
  bool multipliesTiles = false;

  /// Whether an instruction multiplies groups of four 8-bit integers and adds
  /// them to an i32, for vectors, and whether what multiplies them takes those
  /// of the left-hand side to be unsigned.
  bool multipliesInt8 = false;
  bool wantsUnsigned = false;

  /// What a processor must have to run code for this target, in LLVM's names.
  std::vector<std::string> cpuFeatures;

  bool isGPU() const { return accelerator != Accelerator::None; }
};

/// Returns the names that `parseTarget` accepts, "native" first, then from the
/// least to the most capable, "aarch64" with what can follow it, and the GPUs.
llvm::SmallVector<std::string> getTargetNames();

/// Returns the target called `name`. "native" is the most capable x86-64 level
/// that this machine runs. "aarch64" is Armv8-A; what has come to it since is
/// named after it, in any order: "aarch64+dotprod". "cuda" is an NVIDIA GPU of
/// compute capability 8.0 or later, "opencl" any device of OpenCL 2.0 with
/// shared virtual memory; either is in an x86-64 machine. An unknown name, and
/// a machine that runs none of the levels, are errors; the message lists the
/// names.
llvm::Expected<TargetInfo> parseTarget(llvm::StringRef name);

/// Returns the targets of `list`, separated by commas, so that one that runs
/// all that another does comes before it, and GPUs after processors. They must
/// be different ones of one architecture.
llvm::Expected<std::vector<TargetInfo>> parseTargets(llvm::StringRef list);

} // namespace vitrail

#endif // VITRAIL_SUPPORT_TARGETINFO_H
