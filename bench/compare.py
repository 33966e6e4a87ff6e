# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency of compiled models beside other engines, on the same weights.

Every engine has a process of its own; all are loaded at once and take turns: a
turn is a pause in which the threads of the one before fall asleep, one call that
does not count, and calls that do. Prints a Markdown table; see bench/README.md.
"""

import argparse
import json
import os
import pathlib
import platform
import sys
import tempfile
import time

import numpy

import engines
import goals
import models
import native
import plot
import report
import workers

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("VITRAIL_BUILD", ROOT / "build"))
INSTALLED = pathlib.Path(sys.prefix) / "installed"
TOLERANCE = 2e-6
PAUSE = 0.2
# What Python and an engine's packages may need, in seconds, before the clock of
# the first output starts.
IMPORTS = 60.0


def numbers(text):
    return [int(number) for number in text.split(",")]


def default_engines():
    """All but those that are too large to be installed unasked."""
    absent = not (INSTALLED / "torch.txt").exists()
    peers = [
        p for p in engines.PEERS if not (absent and p.startswith("torch"))
    ]
    return ",".join([engines.VITRAIL, *peers])


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    add = parser.add_argument
    add("models", nargs="*", help="default: all in --onnx")
    add(
        "--onnx",
        type=pathlib.Path,
        required=True,
        help="folder of models without weights, NAME.onnx",
    )
    add(
        "--logits",
        type=pathlib.Path,
        default=ROOT / "test/Integration/Inputs",
        help="folder of expected outputs, NAME.logits.npy",
    )
    add(
        "--sources",
        type=pathlib.Path,
        default=ROOT / "models",
        help="folder of model texts, one with a preset NAME",
    )
    add("--vitrailc", type=pathlib.Path, default=BUILD / "bin/vitrailc")
    add(
        "--engines",
        default=default_engines(),
        help="of vitrail, " + ", ".join(engines.PEERS),
    )
    add("--batch", type=numbers, default=[1], help="e.g. 1,8")
    add("--threads", type=numbers, default=[2], help="e.g. 1,2")
    add("--turns", type=int, default=8)
    add("--seconds", type=float, default=1.0, help="of a turn")
    add(
        "--slowest",
        type=float,
        default=10.0,
        help="seconds to the first output; an engine that needs more takes no "
        "turns, and is not waited for much longer",
    )
    add(
        "--limit",
        type=float,
        default=900.0,
        help="seconds to compile a model",
    )
    add("--json", type=pathlib.Path, help="every sample")
    add("--markdown", type=pathlib.Path, help="the table once more")
    add("--svg", type=pathlib.Path, help="a plot of speeds")
    return parser.parse_args()


class Engine:
    """One engine's share of a case: a row, and a process until it fails."""

    def __init__(self, name, case, arguments, folder):
        kind = engines.find(name)
        self.row = {
            "model": case.model,
            "batch": case.batch,
            "engine": name,
            "title": kind.title,
        }
        self._packages = kind.packages
        self._case, self._arguments = case, arguments
        self._worker = None
        self._job = {
            "engine": name,
            "model": case.model,
            "batch": case.batch,
            "graphs": case.graphs,
            "calls": case.calls,
            "source": str(case.source),
            "preset": case.preset,
            "weights": case.weights,
            "vitrailc": str(arguments.vitrailc),
            "inputs": str(case.inputs),
            "artifact": str(folder / f"{case.model}.batch{case.batch}"),
            "output": str(folder / f"{name}.output.npy"),
        }

    def build(self):
        """Makes the files that are deployed, for any number of threads."""
        try:
            name = self.row["engine"]
            reason = engines.why_missing(name, INSTALLED)
            if reason:
                raise workers.Failure(reason)
            if name == engines.VITRAIL and self._case.source is None:
                raise workers.Failure("no model text has such a preset")
            artifacts = workers.build(self._job, self._arguments.limit)
            self._job["artifacts"] = artifacts
            files = set(artifacts.values())
            self.row["size"] = sum(os.path.getsize(file) for file in files)
            self.row["runtime_size"] = engines.installed_size(self._packages)
            if name == engines.VITRAIL:
                kind = engines.find(name)
                self.row["weights"] = kind.count_weights(self._job)
        except workers.Failure as failure:
            self.row["failure"] = f"does not compile: {failure}"

    def start(self, threads):
        """Loads the model in a fresh process, and checks the first output."""
        row = self.row = {**self.row, "threads": threads}
        if "failure" in row:
            return
        job = {**self._job, "threads": threads}
        limit = self._arguments.slowest + IMPORTS
        self._worker = workers.Worker("serve", job, limit)
        row["samples"] = []
        try:
            row |= self._worker.answer()
        except workers.Failure as failure:
            self._fail(f"does not run: {failure}")
            return
        row["error"], row["flops"] = self._error(), self._case.flops
        if row["first_ms"] > 1e3 * self._arguments.slowest:
            self._fail(f"{row['first_ms'] / 1e3:.0f} s to the first output")

    def take_turn(self):
        if self._worker:
            time.sleep(PAUSE)
            try:
                answer = self._worker.take_turn(self._arguments.seconds)
            except workers.Failure as failure:
                self._fail(f"does not run: {failure}")
                return
            self.row["samples"] += answer["samples"]
            self.row["memory"] = answer["memory"]
            self.row["error"] = max(self.row["error"], self._error())

    def stop(self):
        if self._worker:
            self._worker.stop()
        self._worker = None

    def _error(self):
        """Of what the process ran last."""
        output = numpy.load(self._job["output"])
        return models.relative_error(output, self._case.expected)

    def _fail(self, reason):
        self.row["failure"] = reason
        self.stop()


def measure(contestants, threads, peak, arguments):
    """The peaks during a case; the engines' rows have the rest."""
    peaks = []
    for engine in contestants:
        engine.start(threads)
    for _ in range(arguments.turns):
        time.sleep(PAUSE)
        peaks.append(peak.measure(threads, min(0.5, arguments.seconds)))
        for engine in contestants:
            engine.take_turn()
    for engine in contestants:
        engine.stop()
    return peaks


def processor():
    try:
        facts = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        facts = []
    names = [f.split(": ")[1] for f in facts if f.startswith("model name")]
    return names[0] if names else platform.machine()


def run(names, arguments, folder):
    """The report of all cases; prints the table as it grows."""
    peak = native.Peak(folder)
    result = {"processor": processor(), "peaks": {}, "rows": []}
    print(f"{result['processor']}, float32\n\n{report.HEADER}", flush=True)
    for name in names:
        for batch in arguments.batch:
            case = models.prepare(name, batch, arguments, folder)
            contestants = [
                Engine(engine, case, arguments, folder)
                for engine in arguments.engines.split(",")
            ]
            for engine in contestants:
                engine.build()
            for threads in arguments.threads:
                peaks = measure(contestants, threads, peak, arguments)
                result["peaks"].setdefault(str(threads), []).extend(peaks)
                rows = [engine.row for engine in contestants]
                result["rows"] += rows
                for row in rows:
                    line = report.format_row(row, rows, result["peaks"])
                    print(line, flush=True)
    return result


def describe_peaks(peaks):
    return "\n".join(
        f"Peak of multiply-adds, threads: {threads}: "
        f"{max(measured):.0f} GFLOP/s "
        f"(median of {len(measured)}: {numpy.median(measured):.0f})"
        for threads, measured in peaks.items()
    )


def write(result, arguments):
    peaks = describe_peaks(result["peaks"])
    libraries = goals.format_table(result["rows"])
    print(f"\n{peaks}\n\n{libraries}")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")
    if arguments.markdown:
        table = report.format_table(result)
        parts = f"{result['processor']}, float32", table, peaks, libraries
        arguments.markdown.write_text("\n\n".join(parts) + "\n")
    if arguments.svg:
        arguments.svg.write_text(plot.draw(result["rows"]))


def main():
    arguments = parse_arguments()
    names = arguments.models or models.list_names(arguments.onnx)
    with tempfile.TemporaryDirectory() as folder:
        result = run(names, arguments, pathlib.Path(folder))
    write(result, arguments)
    wrong = [r for r in result["rows"] if not r.get("error", 0) <= TOLERANCE]
    for row in wrong:
        print(f"{row['title']} is wrong on {row['model']}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
