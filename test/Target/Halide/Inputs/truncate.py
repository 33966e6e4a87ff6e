# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""truncate.py FOLDER: leaves half of each file in the folder."""

import os
import sys

for entry in os.scandir(sys.argv[1]):
    os.truncate(entry.path, entry.stat().st_size // 2)
