# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Latency of compiled models beside other engines, on the same weights.

All engines live in one process and take turns: a turn is a pause in which the
threads of the one before fall asleep, one call that does not count, and calls
that do. Prints a Markdown table and, with --json, writes every sample.
"""

import argparse
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import numpy
import onnx

import engines
import synthetic

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOLERANCE = 2e-6
PAUSE = 0.2


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument("models", nargs="*", help="default: all in --onnx")
    parser.add_argument(
        "--onnx",
        type=pathlib.Path,
        required=True,
        help="folder of models without weights, NAME.onnx",
    )
    parser.add_argument(
        "--logits",
        type=pathlib.Path,
        default=ROOT / "test/Integration/Inputs",
        help="folder of expected outputs, NAME.logits.npy",
    )
    parser.add_argument(
        "--source",
        type=pathlib.Path,
        default=ROOT / "models/vit.vit",
        help="model text with a preset for each model",
    )
    parser.add_argument(
        "--vitrailc", type=pathlib.Path, default=ROOT / "build/bin/vitrailc"
    )
    parser.add_argument(
        "--engines",
        default="vitrail,onnxruntime",
        help="of vitrail, " + ", ".join(engines.PEERS),
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a turn")
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args()


def load(engine, name, path, arguments, folder):
    """The engine with the model, ready to be called."""
    if engine != "vitrail":
        return engines.PEERS[engine](path, arguments.threads)
    library = f"{folder}/{name}.so"
    subprocess.run(
        [
            arguments.vitrailc,
            arguments.source,
            "--preset",
            name,
            "--weights",
            "synthetic",
            "-o",
            library,
        ],
        check=True,
    )
    return engines.Vitrail(library, arguments.threads)


def take_turn(engine, values, seconds):
    """Milliseconds of each call during one turn."""
    time.sleep(PAUSE)
    engine(values)
    samples, end = [], time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        engine(values)
        samples.append(1e3 * (time.perf_counter() - start))
    return samples


def relative_error(output, expected):
    return float(
        numpy.linalg.norm(output - expected) / numpy.linalg.norm(expected)
    )


def measure(name, arguments):
    """One row for each engine: its samples in milliseconds, and its error."""
    model = synthetic.fill(onnx.load(arguments.onnx / f"{name}.onnx"))
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    values = synthetic.tensor("input", [d.dim_value for d in dimensions])
    expected = numpy.load(arguments.logits / f"{name}.logits.npy")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/{name}.onnx"
        onnx.save(model, path)
        names = arguments.engines.split(",")
        loaded = [load(n, name, path, arguments, folder) for n in names]
        rows = [
            {
                "model": name,
                "engine": engine.title,
                "version": engine.version,
                "error": relative_error(engine(values), expected),
                "samples": [],
            }
            for engine in loaded
        ]
        for _ in range(arguments.turns):
            for engine, row in zip(loaded, rows):
                row["samples"] += take_turn(engine, values, arguments.seconds)
    return rows


def print_rows(rows):
    """A Markdown table; the ratio is to the fastest of the other engines."""
    medians = [float(numpy.median(row["samples"])) for row in rows]
    for row, median in zip(rows, medians):
        others = [m for m, r in zip(medians, rows) if r is not row]
        ratio = f"{median / min(others):.2f}" if others else "-"
        p95 = numpy.percentile(row["samples"], 95)
        print(
            f"| {row['model']} | {row['engine']} {row['version']} "
            f"| {median:.2f} | {p95:.2f} | {ratio} | {row['error']:.1e} |",
            flush=True,
        )


def processor():
    try:
        facts = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        facts = []
    names = [f.split(": ")[1] for f in facts if f.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    arguments = parse_arguments()
    names = arguments.models or sorted(
        p.stem for p in arguments.onnx.glob("*.onnx")
    )
    print(f"{processor()}, {arguments.threads} threads, float32, batch 1\n")
    print(
        "| model | engine | median, ms | p95, ms | to the best other | error |"
    )
    print("|---|---|--:|--:|--:|--:|")
    rows = []
    for name in names:
        rows += measure(name, arguments)
        print_rows([row for row in rows if row["model"] == name])
    if arguments.json:
        report = {
            "processor": processor(),
            "threads": arguments.threads,
            "rows": rows,
        }
        arguments.json.write_text(json.dumps(report, indent=1) + "\n")
    wrong = [row for row in rows if not row["error"] <= TOLERANCE]
    for row in wrong:
        print(f"{row['engine']} is wrong on {row['model']}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
