# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""at_once.py FOLDER COMMAND...: runs the command four times at once, with
FOLDER/0/vit.so as its last argument, FOLDER/1/vit.so and so on. All must do well and
say nothing."""

import os
import subprocess
import sys

folder, command = sys.argv[1], sys.argv[2:]
processes = []
for number in range(4):
    output = os.path.join(folder, str(number))
    os.makedirs(output)
    processes.append(
        subprocess.Popen(
            [*command, os.path.join(output, "vit.so")],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    )
for process in processes:
    printed, _ = process.communicate()
    assert process.returncode == 0 and not printed, printed.decode()
