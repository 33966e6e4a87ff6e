# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the table of a run: print_table.py BENCH RUN.json."""

import json
import sys

sys.path.insert(0, sys.argv[1])
import report  # noqa: E402

print(report.format_table(json.load(open(sys.argv[2]))))
