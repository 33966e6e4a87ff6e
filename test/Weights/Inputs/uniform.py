# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""uniform.py FILE NAME...: writes a checkpoint of F32 tensors of shape [4]."""

import json
import sys

path, *names = sys.argv[1:]
header = json.dumps(
    {
        name: {"dtype": "F32", "shape": [4], "data_offsets": [16 * i, 16 * i + 16]}
        for i, name in enumerate(names)
    }
).encode()
with open(path, "wb") as file:
    file.write(len(header).to_bytes(8, "little") + header + bytes(16 * len(names)))
