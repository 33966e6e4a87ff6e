# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TVM with the schedules that its default pipeline gives: nothing is tuned."""

import sys

from engines.sequence import Sequence


class Engine(Sequence):
    title = "TVM, untuned"
    packages = ("apache-tvm", "apache-tvm-ffi")

    @staticmethod
    def build(job):
        import onnx
        import tvm
        from tvm.relax.frontend.onnx import from_onnx

        cpu = tvm.target.codegen.llvm_get_system_cpu()
        target = tvm.target.Target({"kind": "llvm", "mcpu": cpu})
        artifacts = {}
        for name, graph in job["graphs"].items():
            artifacts[name] = f"{job['artifact']}.{name}.tvm.so"
            module = from_onnx(onnx.load(graph["onnx"]))
            tvm.compile(module, target).export_library(artifacts[name])
        return artifacts

    @staticmethod
    def prepare():
        # TVM imports PyTorch where it finds it, and does not need it here.
        sys.modules["torch"] = None
        import tvm.relax  # noqa: F401

    def __init__(self, job):
        import tvm
        from tvm import relax

        self._tvm, self._relax = tvm, relax
        self.version = tvm.__version__
        super().__init__(job)

    def load(self, path):
        # Threads are those of TVM_NUM_THREADS, which is in the environment.
        library = self._tvm.runtime.load_module(path)
        run = self._relax.VirtualMachine(library, self._tvm.cpu())["main"]
        tensor = self._tvm.runtime.Tensor

        def call(*operands):
            result = run(*operands)
            return [result] if isinstance(result, tensor) else result

        return call

    def to_tensor(self, array):
        return self._tvm.runtime.tensor(array)

    def to_array(self, tensor):
        return tensor.numpy()
