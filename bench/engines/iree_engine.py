# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE: compiled for this processor, run by its task system."""

import importlib.metadata
import pathlib
import subprocess
import sys


class Engine:
    title = "IREE"
    packages = ("iree-base-runtime",)

    @staticmethod
    def build(job):
        import iree.compiler.tools

        artifact = job["artifact"] + ".vmfb"
        module = job["artifact"] + ".mlir"
        importer = pathlib.Path(sys.executable).parent / "iree-import-onnx"
        subprocess.run([importer, job["onnx"], "-o", module], check=True)
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
        return artifact

    @staticmethod
    def prepare():
        import iree.runtime  # noqa: F401

    def __init__(self, job):
        import iree.runtime

        iree.runtime.flags.parse_flags(
            f"--task_topology_group_count={job['threads']}"
        )
        config = iree.runtime.Config("local-task")
        module = iree.runtime.load_vm_module(
            iree.runtime.VmModule.mmap(config.vm_instance, job["artifact"]),
            config,
        )
        # Beside the model there are its asynchronous variant, `...$async`, and
        # functions of the module's own, `__init` for example.
        (name,) = (
            name
            for name in module.vm_module.function_names
            if "$" not in name and not name.startswith("__")
        )
        self._run = module[name]
        self.version = importlib.metadata.version(self.packages[0])

    def __call__(self, values):
        return self._run(values).to_host()
