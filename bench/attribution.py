# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Samples of a thread, made times of kernels."""

import bisect
import collections
import re

RUNTIME, ELSEWHERE = "(runtime, waiting)", "(outside, asleep)"

HEADER = (
    "| kernel | calls | ms | of the time | GFLOP/s | of peak | FLOP/byte |\n"
    "|---|--:|--:|--:|--:|--:|--:|"
)


def list_calls(text):
    """Names of entries; `encode,step*12` is one, and another twelve times."""
    calls = []
    for part in text.split(","):
        name, _, times = part.partition("*")
        calls += [name] * int(times or 1)
    return calls


def count_calls(stretches):
    """Calls by kernel; a stretch of the report is steps that are repeated."""
    calls = collections.Counter()
    for stretch in stretches:
        for step in stretch["steps"]:
            calls[step["name"]] += stretch.get("times", 1)
    return calls


def read_names(assembly):
    """Names of kernels by what their symbols begin with."""
    names, name = {}, None
    for line in assembly:
        if line.startswith("# kernel "):
            name = line.removeprefix("# kernel ").strip()
        elif symbol := re.match(r"kernel_[0-9a-f]{32}", line):
            names.setdefault(symbol[0], name)
    return names


class Symbols:
    """The functions of a library, by address; `listing` is what nm prints."""

    def __init__(self, listing):
        functions, self._end = [], 0
        for line in listing:
            address, kind, name = line.split(maxsplit=2)
            self._end = max(self._end, int(address, 16))
            if kind in "tT":
                functions.append((int(address, 16), name))
        functions.sort()
        self._addresses = [address for address, _ in functions]
        self._names = [name for _, name in functions]

    def find(self, address):
        """The function's name, or None outside the library."""
        index = bisect.bisect(self._addresses, address) - 1
        inside = index >= 0 and address < self._end
        return self._names[index] if inside else None


def attribute(addresses, symbols, names):
    """How many of the addresses are in each kernel."""
    counts = collections.Counter()
    for address in addresses:
        function = symbols.find(address)
        if function is None:
            counts[ELSEWHERE] += 1
        else:
            counts[names.get(function[: len("kernel_") + 32], RUNTIME)] += 1
    return counts


def make_rows(counts, kernels, calls, median, batch):
    """Rows in the order of their times; the report is of one sample."""
    total = sum(counts.values())
    rows = []
    for name, count in counts.most_common():
        row = {"kernel": name, "ms": median * count / total}
        if name in kernels:
            kernel = kernels[name]
            row["calls"] = calls[name]
            row["flops"] = kernel["flops"] * calls[name] * batch
            row["intensity"] = kernel["intensity"]
        rows.append(row)
    return rows


def format_row(row, result):
    share = 100 * row["ms"] / result["median"]
    time = f"{row['ms']:.3f} | {share:.1f} %"
    if "flops" not in row:
        return f"| {row['kernel']} | | {time} | | | |"
    rate = row["flops"] / (1e6 * row["ms"])
    return (
        f"| {row['kernel']} | {row['calls']} | {time} | {rate:.1f} "
        f"| {100 * rate / result['peak']:.0f} % | {row['intensity']:.1f} |"
    )


def format_table(result):
    title = (
        f"{result['model']}: {result['median']:.2f} ms, peak "
        f"{result['peak']:.0f} GFLOP/s\n"
    )
    rows = [format_row(row, result) for row in result["rows"]]
    return "\n".join([title, HEADER, *rows]) + "\n"
