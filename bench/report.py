# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What samples come to: the table of a run, in Markdown.

A row is a dictionary: `model`, `batch`, `threads`, `engine`, `title`; then either
`failure`, why there are no numbers, or `version`, `samples` and `first_ms` in
milliseconds, `memory`, `size` and `runtime_size` in bytes, `flops` of a call and
`error`. The peaks of multiply-adds are lists of measurements in 1e9 operations
per second, by number of threads.
"""

import statistics

MIB = 1 << 20

HEADER = (
    "| model | batch | threads | engine | median, ms | p95, ms | speed "
    "| of peak | first output, ms | memory, MiB | model, MiB | runtime, MiB "
    "| error |\n"
    "|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)


def median(row):
    return statistics.median(row["samples"])


def percentile(samples, share):
    """Linear between the two nearest samples."""
    ordered = sorted(samples)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    part = position - below
    return ordered[below] * (1 - part) + ordered[above] * part


def case_of(row):
    return row["model"], row["batch"], row["threads"]


def speed(row, rows):
    """The best of the other engines' medians over the row's; None if alone."""
    others = [
        median(other)
        for other in rows
        if case_of(other) == case_of(row)
        and other is not row
        and "failure" not in other
    ]
    return min(others) / median(row) if others else None


def share_of_peak(row, peaks):
    """The model's products in its median time, of the best peak measured."""
    measured = peaks.get(str(row["threads"]))
    if not measured:
        return None
    return row["flops"] / (1e6 * median(row)) / max(measured)


def format_row(row, rows, peaks):
    """A line of the table; `rows` has what it is compared with."""
    start = [row["model"], str(row["batch"]), str(row["threads"])]
    if "failure" in row:
        reason = row["failure"].replace("|", "\\|")
        return "| " + " | ".join([*start, row["title"], reason]) + " |" * 9
    ratio, share = speed(row, rows), share_of_peak(row, peaks)
    cells = [
        *start,
        f"{row['title']} {row['version']}",
        f"{median(row):.2f}",
        f"{percentile(row['samples'], 0.95):.2f}",
        "-" if ratio is None else f"{ratio:.2f}",
        "-" if share is None else f"{100 * share:.0f} %",
        f"{row['first_ms']:.0f}",
        f"{row['memory'] / MIB:.0f}",
        f"{row['size'] / MIB:.1f}",
        f"{row['runtime_size'] / MIB:.0f}",
        f"{row['error']:.1e}",
    ]
    return "| " + " | ".join(cells) + " |"


def format_table(report):
    rows, peaks = report["rows"], report["peaks"]
    lines = [format_row(row, rows, peaks) for row in rows]
    return "\n".join([HEADER, *lines])
