# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command on a library and fails if the peak of its resident memory is
more than so many MB (of 10^6 bytes) above the size of the library, which is that
of its weights and little more.

    peak.py MEGABYTES COMMAND LIBRARY.so [ARGUMENT...]
"""

import os
import resource
import subprocess
import sys


def main(limit, *command):
    subprocess.run(command, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    library = os.path.getsize(command[1])
    above = (peak - library) / 1e6
    print(f"peak {peak / 1e6:.1f} MB, library {library / 1e6:.1f} MB: {above:.1f} MB")
    sys.exit(0 if above <= float(limit) else f"more than {limit} MB above it")


main(*sys.argv[1:])
