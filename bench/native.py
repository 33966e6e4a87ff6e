# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""C files of this folder, compiled for this processor."""

import pathlib
import subprocess

_HERE = pathlib.Path(__file__).parent


def compile_c(name, output, *options):
    """Compiles NAME.c with the system's compiler into the file `output`."""
    command = ["cc", "-O3", "-march=native", *options, _HERE / f"{name}.c"]
    subprocess.run([*command, "-o", output, "-pthread"], check=True)


class Peak:
    """The processor's rate of multiply-adds, measured by peak.c."""

    def __init__(self, folder):
        self._program = pathlib.Path(folder) / "peak"
        compile_c("peak", self._program)

    def measure(self, threads, seconds):
        """1e9 operations per second."""
        command = [self._program, str(threads), str(seconds)]
        result = subprocess.run(command, check=True, capture_output=True)
        return float(result.stdout)
