# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Time, and share of the peak, of each kernel of compiled models.

    bench/run kernels MODEL...

The thread that calls the library is sampled: a kernel's time is its part of the
samples of the median run. See bench/README.md.
"""

import argparse
import collections
import ctypes
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy

import attribution
import models
import native
import synthetic
from compare import BUILD, ROOT, processor
from engines import vitrail_engine

# Not a divisor of a millisecond, so that samples do not follow any rhythm.
INTERVAL = 1.37e-4
# The clock drifts, so what is compared takes turns.
ROUNDS = 5


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run kernels", description=__doc__
    )
    add = parser.add_argument
    add("models", nargs="+", help="presets of model texts")
    add("--sources", type=pathlib.Path, default=ROOT / "models")
    add("--vitrailc", type=pathlib.Path, default=BUILD / "bin/vitrailc")
    add(
        "--calls",
        type=attribution.list_calls,
        default=[""],
        help="entries in order, e.g. encode,step*12; default: the first one",
    )
    add("--batch", type=int, default=1)
    add("--threads", type=int, default=1)
    add("--seconds", type=float, default=10.0)
    add("--json", type=pathlib.Path)
    return parser.parse_args()


def compile_model(name, arguments, folder):
    """A job for the engine; what symbols and kernels are, and their calls."""
    job = {
        "graphs": dict.fromkeys(arguments.calls),
        "calls": arguments.calls,
        "threads": arguments.threads,
        "batch": arguments.batch,
        "preset": name,
        "weights": "synthetic",
        "source": models.find_preset(name, arguments.sources),
        "vitrailc": arguments.vitrailc,
        "artifact": str(folder / name),
    }
    job["artifacts"] = vitrail_engine.Engine.build(job)
    report = folder / f"{name}.json"
    command = [job["vitrailc"], job["source"], "--preset", name, "--weights"]
    command += ["synthetic", "--emit=asm", "--report", report]
    assembly = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout
    described = json.loads(report.read_text())
    kernels = {kernel["name"]: kernel for kernel in described["kernels"]}
    entries = {entry["name"]: entry for entry in described["entries"]}
    entries[""] = described["entries"][0]
    calls = collections.Counter()
    for entry in arguments.calls:
        calls += attribution.count_calls(entries[entry]["after"])
    names = attribution.read_names(assembly.splitlines())
    return job, names, kernels, calls


def make_inputs(engine):
    """Synthetic numbers; tokens and the like are 1."""
    return [
        {
            name: synthetic.tensor("input", shape)
            if dtype == numpy.float32
            else numpy.ones(shape, dtype)
            for name, (shape, dtype) in call.items()
        }
        for call in engine.describe_inputs()
    ]


class Sampler:
    """sampler.c; each use as a context adds to `addresses`."""

    def __init__(self, folder, seconds):
        library = folder / "sampler.so"
        native.compile_c("sampler", library, "-shared", "-fPIC")
        self._library = ctypes.CDLL(str(library))
        # Twice as many as there should be.
        self._array = (ctypes.c_size_t * int(2 * seconds / INTERVAL))()
        self.addresses = []

    def __enter__(self):
        interval = ctypes.c_long(int(1e9 * INTERVAL))
        size = ctypes.c_size_t(len(self._array))
        if self._library.sampler_start(self._array, size, interval):
            raise RuntimeError("the system gives no timer")

    def __exit__(self, *_):
        self.addresses += self._array[: self._library.sampler_stop()]


def run_for(seconds, engine):
    """Milliseconds of each run."""
    samples, end = [], time.perf_counter() + seconds
    while len(samples) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        engine()
        samples.append(1e3 * (time.perf_counter() - start))
    return samples


def list_symbols(library):
    """The library's symbols, and the address at which it is loaded."""
    command = ["nm", "--defined-only", library]
    listing = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    (known,) = (n for n in listing if n.endswith(" vitrail_model"))
    loaded = ctypes.addressof(
        ctypes.c_char.in_dll(ctypes.CDLL(library), "vitrail_model")
    )
    return attribution.Symbols(listing), loaded - int(known.split()[0], 16)


def measure(name, arguments, folder):
    """What is known of each kernel, as dictionaries, and the median run."""
    job, names, kernels, calls = compile_model(name, arguments, folder)
    engine = vitrail_engine.Engine(job)
    engine.bind(make_inputs(engine))
    sampler = Sampler(folder, arguments.seconds)
    peak = native.Peak(folder)
    run_for(0, engine)
    peaks, times = [], []
    for _ in range(ROUNDS):
        peaks.append(peak.measure(arguments.threads, 0.5))
        times += run_for(arguments.seconds / ROUNDS, engine)
        with sampler:
            run_for(arguments.seconds / ROUNDS, engine)
    median = statistics.median(times)
    symbols, base = list_symbols(job["artifacts"][arguments.calls[0]])
    addresses = [address - base for address in sampler.addresses]
    counts = attribution.attribute(addresses, symbols, names)
    rows = attribution.make_rows(
        counts, kernels, calls, median, arguments.batch
    )
    return {"model": name, "median": median, "peak": max(peaks), "rows": rows}


def main():
    arguments = parse_arguments()
    print(
        f"{processor()}, float32, batch {arguments.batch}, "
        f"threads: {arguments.threads}\n"
    )
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.models:
            results.append(measure(name, arguments, pathlib.Path(folder)))
            print(attribution.format_table(results[-1]), flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
