# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints how libraries of a run stand: print_goals.py BENCH RUN.json."""

import json
import sys

sys.path.insert(0, sys.argv[1])
import goals  # noqa: E402

rows = json.load(open(sys.argv[2]))["rows"]
vitrail, peer = ({**row, "model": "large"} for row in rows[:2])
vitrail |= {"first_ms": 40.0, "size": vitrail["weights"] + (1 << 20) + 1}
peer["memory"] = vitrail["memory"]
print(goals.format_table([*rows, vitrail, peer]))
