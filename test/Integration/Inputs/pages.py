# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which pages a context has in memory once it is made.

    pages.py LIBRARY.so [WEIGHTS]

All of the weights, which are in WEIGHTS or in the library, so that the first run
has no faults for them; and next to nothing of the states, which may not be used.
"""

import json
import os
import subprocess
import sys

from generating import Library


def read_resident(path):
    """Bytes of the file's read-only mappings that are in memory."""
    total, counts = 0, False
    with open("/proc/self/smaps", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words[0].count("-") == 1 and not words[0].endswith(":"):
                counts = words[1] == "r--p" and line.rstrip().endswith(path)
            elif words[0] == "Rss:" and counts:
                total += 1024 * int(words[1])
    return total


def read_anonymous():
    """Bytes of memory that belongs to no file."""
    with open("/proc/self/status", encoding="utf-8") as file:
        (line,) = (n for n in file if n.startswith("RssAnon:"))
    return 1024 * int(line.split()[1])


def main(path, weights=None):
    command = ["vitrail-run", path, "--info", "--json"]
    info = json.loads(subprocess.check_output(command))
    before = read_anonymous()
    library = Library(path, 0, 0)
    states = info["state_size"] * info["max_batch"]
    grown = read_anonymous() - before
    print(f"states of {states} bytes, {grown} more in memory")
    if not grown < states / 2:
        sys.exit("states take memory")

    # Linux can map many pages at once since 5.14.
    release = tuple(int(n) for n in os.uname().release.split(".")[:2])
    resident = read_resident(os.path.abspath(weights or path))
    print(f"weights of {info['weights_size']} bytes, {resident} in memory")
    if release >= (5, 14) and resident < info["weights_size"]:
        sys.exit("weights are not in memory")
    library.function("destroy")(library.context)


main(*sys.argv[1:])
