# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a library should be beside fast, and which models miss it.

The rows are those that report.py describes; Vitrail's also have `weights`, the
bytes of the model's parameters.
"""

import report

# From loading the library to its first output, beyond what a run takes.
START_MS = 20.0
# What a library has beside the weights.
BESIDE_WEIGHTS = report.MIB

HEADER = (
    "| model | batch | threads | start beyond a run, ms (below "
    f"{START_MS:.0f}) | library beside weights, MiB (at most "
    f"{BESIDE_WEIGHTS / report.MIB:.0f}) | memory, MiB | least of the others "
    "| misses |\n"
    "|---|--:|--:|--:|--:|--:|--:|---|"
)


def measure(row, rows):
    """Start in milliseconds, then bytes beside the weights, of memory, and of
    memory that the most frugal of the other engines had, or None."""
    others = [
        other["memory"]
        for other in rows
        if report.case_of(other) == report.case_of(row)
        and other is not row
        and "failure" not in other
    ]
    return (
        row["first_ms"] - report.median(row),
        row["size"] - row["weights"],
        row["memory"],
        min(others, default=None),
    )


def format_row(row, rows):
    start, beside, memory, others = measure(row, rows)
    misses = {
        "start": start >= START_MS,
        "size": beside > BESIDE_WEIGHTS,
        "memory": others is not None and memory >= others,
    }
    cells = [
        row["model"],
        str(row["batch"]),
        str(row["threads"]),
        f"{start:.1f}",
        f"{beside / report.MIB:.2f}",
        f"{memory / report.MIB:.0f}",
        "-" if others is None else f"{others / report.MIB:.0f}",
        ", ".join(name for name, missed in misses.items() if missed) or "-",
    ]
    return "| " + " | ".join(cells) + " |"


def format_table(rows):
    """Of the libraries that ran."""
    lines = [
        format_row(row, rows)
        for row in rows
        if "weights" in row and "failure" not in row
    ]
    return "\n".join([HEADER, *lines])
