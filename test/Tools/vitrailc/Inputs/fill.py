# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""fill.py CACHE MEBIBYTES: adds so much to a cache, an hour old, and makes what is
there already older still."""

import os
import sys
import time

cache, size = sys.argv[1], int(sys.argv[2])
hour = time.time() - 3600
for entry in os.scandir(cache):
    os.utime(entry.path, (hour - 1, hour - 1))
for number in range(size):
    path = os.path.join(cache, f"vitrail-{number:064}")
    with open(path, "wb") as file:
        file.truncate(1 << 20)
    os.utime(path, (hour, hour))
