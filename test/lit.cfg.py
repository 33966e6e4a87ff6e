# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How lit finds, runs and judges Vitrail's tests.

The folders mirror lib/; Integration/ holds tests of whole models. Every tool is
found through PATH, the build's own first. Tests run in lit's own shell: pipes,
redirections and `&&`, but no variables and no `$(...)`.

A test that takes longer than about ten seconds says `REQUIRES: slow`; with
`--param quick=1` neither those nor Integration/ run.
"""

import atexit
import os
import shutil
import sys
import sysconfig
import tempfile

import lit.formats
import lit.util

config.name = "vitrail"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".vit", ".test", ".c"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.vitrail_build, "test")

quick = lit_config.params.get("quick", "0") not in ("0", "", "no", "false")
if quick:
    config.excludes.append("Integration")
else:
    config.available_features.add("slow")

source = config.vitrail_source
config.substitutions += [
    ("%python", f"'{sys.executable}'"),
    ("%cc", config.c_compiler),
    ("%cxx", config.cxx_compiler),
    ("%halide_include", config.halide_include),
    ("%include", os.path.join(source, "include")),
    ("%models", os.path.join(source, "models")),
    ("%build", config.vitrail_build),
    ("%src", source),
]

# A matrix unit.
with open("/proc/cpuinfo", encoding="utf-8") as file:
    processor_flags = set(file.read().split())
if "amx_bf16" in processor_flags:
    config.available_features.add("amx")

# What pages are tested in.
if shutil.which("chromium-headless-shell"):
    config.available_features.add("browser")

# Libraries for AArch64 can be made, and programs run that load them.
runtime = os.path.join(config.vitrail_build, "lib", "libvitrail_runtime_aarch64.a")
if os.path.exists(runtime) and shutil.which("qemu-aarch64"):
    config.available_features.add("aarch64")
config.substitutions += [
    ("%aarch64_cc", f"{config.c_compiler} --target=aarch64-linux-gnu -fuse-ld=lld"),
    ("%aarch64_run", "qemu-aarch64 -L /usr/aarch64-linux-gnu"),
]

# An implementation of OpenCL on the processor, and what loads it.
if os.path.exists("/etc/OpenCL/vendors/pocl.icd"):
    config.available_features.add("opencl")

# NVIDIA's assembler.
ptxas = os.path.join(
    sysconfig.get_path("purelib"), "nvidia", "cuda_nvcc", "bin", "ptxas"
)
if os.path.exists(ptxas):
    config.available_features.add("ptxas")
    config.substitutions.append(("%ptxas", ptxas))

# A driver that executes PTX on the processor, which programs find instead of
# NVIDIA's; it needs the vectors that it is compiled for.
emulator = os.path.join(config.vitrail_build, "test", "cuda-emulator")
if {"avx2", "bmi2", "f16c", "fma"} <= processor_flags and os.path.exists(
    os.path.join(emulator, "libcuda.so.1")
):
    config.available_features.add("cuda-emulator")
config.substitutions.append(("%emulated", f"env LD_LIBRARY_PATH={emulator}"))

# The same bytes on every machine: no locale, no colour, a plain terminal.
config.environment["LC_ALL"] = "C"
config.environment["TERM"] = "dumb"
config.environment["PYTHONDONTWRITEBYTECODE"] = "1"
config.environment["PATH"] = os.path.pathsep.join(
    [
        os.path.join(config.vitrail_build, "bin"),
        config.llvm_tools,
        os.path.dirname(sys.executable),
        config.environment["PATH"],
    ]
)

# Compiled kernels are kept for this run alone, not in the user's folder.
cache = tempfile.mkdtemp(prefix="cache-", dir=config.test_exec_root)
config.environment["XDG_CACHE_HOME"] = cache
atexit.register(shutil.rmtree, cache, ignore_errors=True)

# A test that hangs fails after five minutes; lit needs psutil to stop it.
if lit.util.killProcessAndChildrenIsSupported()[0]:
    config.maxIndividualTestTime = 300
