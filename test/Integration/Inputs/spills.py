# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Says which kernels keep registers in memory, by what ptxas says in reports.

    spills.py BYTES REPORT.json...

Fails if a thread of one keeps more than so many bytes, or a report has no kernels for
one of the architectures that libraries are made for.
"""

import json
import sys

most = int(sys.argv[1])
failed = False
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        kernels = json.load(file)["device"]
    architectures = {kernel["architecture"] for kernel in kernels}
    if not {"sm_90", "sm_90a"} <= architectures:
        print(f"{path}: of architectures, only {sorted(architectures)}")
        failed = True
    for kernel in kernels:
        if kernel["spilled"]:
            print(path, kernel["function"], kernel["architecture"], kernel["spilled"])
            failed |= kernel["spilled"] > most
sys.exit(failed)
