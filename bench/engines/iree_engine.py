# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE: compiled for this processor, run by its task system."""

import importlib.metadata
import pathlib
import subprocess
import sys

from engines.sequence import Sequence


class Engine(Sequence):
    title = "IREE"
    packages = ("iree-base-runtime",)

    @staticmethod
    def build(job):
        artifacts = {}
        for name, graph in job["graphs"].items():
            artifacts[name] = f"{job['artifact']}.{name}.vmfb"
            _compile(graph["onnx"], artifacts[name])
        return artifacts

    @staticmethod
    def prepare():
        import iree.runtime  # noqa: F401

    def __init__(self, job):
        import iree.runtime

        iree.runtime.flags.parse_flags(
            f"--task_topology_group_count={job['threads']}"
        )
        self._runtime = iree.runtime
        self._config = iree.runtime.Config("local-task")
        self.version = importlib.metadata.version(self.packages[0])
        super().__init__(job)

    def load(self, path):
        config = self._config
        module = self._runtime.load_vm_module(
            self._runtime.VmModule.mmap(config.vm_instance, path), config
        )
        # Beside the model there are its asynchronous variant, `...$async`, and
        # functions of the module's own, `__init` for example.
        (name,) = (
            name
            for name in module.vm_module.function_names
            if "$" not in name and not name.startswith("__")
        )
        run = module[name]

        def call(*operands):
            result = run(*operands)
            return result if isinstance(result, (list, tuple)) else [result]

        return call

    def to_tensor(self, array):
        return self._runtime.asdevicearray(self._config.device, array)

    def to_array(self, tensor):
        return tensor.to_host()


def _compile(source, artifact):
    import iree.compiler.tools

    module = artifact + ".mlir"
    importer = pathlib.Path(sys.executable).parent / "iree-import-onnx"
    subprocess.run([importer, source, "-o", module], check=True)
    iree.compiler.tools.compile_file(
        module,
        input_type="onnx",
        output_file=artifact,
        extra_args=[
            "--iree-hal-target-device=local",
            "--iree-hal-local-target-device-backends=llvm-cpu",
            "--iree-llvmcpu-target-cpu=host",
            "--iree-opt-level=O3",
        ],
    )
    pathlib.Path(module).unlink()
