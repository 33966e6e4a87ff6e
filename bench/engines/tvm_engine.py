# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TVM with the schedules that its default pipeline gives: nothing is tuned."""

import sys


class Engine:
    title = "TVM, untuned"
    packages = ("apache-tvm", "apache-tvm-ffi")

    @staticmethod
    def build(job):
        import onnx
        import tvm
        from tvm.relax.frontend.onnx import from_onnx

        artifact = job["artifact"] + ".tvm.so"
        module = from_onnx(onnx.load(job["onnx"]))
        cpu = tvm.target.codegen.llvm_get_system_cpu()
        target = tvm.target.Target({"kind": "llvm", "mcpu": cpu})
        tvm.compile(module, target).export_library(artifact)
        return artifact

    @staticmethod
    def prepare():
        # TVM imports PyTorch where it finds it, and does not need it here.
        sys.modules["torch"] = None
        import tvm.relax  # noqa: F401

    def __init__(self, job):
        import tvm
        from tvm import relax

        # Threads are those of TVM_NUM_THREADS, which is in the environment.
        library = tvm.runtime.load_module(job["artifact"])
        self._run = relax.VirtualMachine(library, tvm.cpu())["main"]
        self._tensor = tvm.runtime.tensor
        self.version = tvm.__version__

    def __call__(self, values):
        return self._run(self._tensor(values)).numpy()
