# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A batch of three gives what three runs of one sample give.

    compare_batches.py LIBRARY.so FOLDER --entry NAME [--integers LIMIT] [--seed N]

Draws inputs that no run has seen before (--seed repeats some): normally distributed
floats, integers from 0 to LIMIT - 1. The outputs may differ by rounding, no more.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys

import numpy

TOLERANCE = 1e-6
BATCH = 3


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def draw(generator, tensor, limit):
    """One array of BATCH samples; the batch is the first extent."""
    kind, shape = tensor["type"], [BATCH, *tensor["shape"][1:]]
    if kind.startswith("i"):
        return generator.integers(0, limit, shape).astype(f"int{kind[1:]}")
    return generator.standard_normal(shape, numpy.float32)


def evaluate(library, entry, inputs, folder):
    options = []
    for name, values in inputs.items():
        path = os.path.join(folder, f"{name}.npy")
        numpy.save(path, values)
        options += ["--input", f"{name}={path}"]
    paths = {t["name"]: os.path.join(folder, f"{t['name']}.npy") for t in entry["outputs"]}
    for name, path in paths.items():
        options += ["--output", f"{name}={path}"]
    run("vitrail-run", library, "--entry", entry["name"], *options)
    return {name: numpy.load(path) for name, path in paths.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("folder")
    parser.add_argument("--entry", required=True)
    parser.add_argument("--integers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    os.makedirs(arguments.folder, exist_ok=True)
    entries = json.loads(run("vitrail-run", arguments.library, "--info", "--json"))["entries"]
    entry = next(e for e in entries if e["name"] == arguments.entry)
    generator = numpy.random.default_rng(arguments.seed)
    inputs = {t["name"]: draw(generator, t, arguments.integers) for t in entry["inputs"]}

    together = evaluate(arguments.library, entry, inputs, arguments.folder)
    for i in range(BATCH):
        sample = {name: values[i : i + 1] for name, values in inputs.items()}
        alone = evaluate(arguments.library, entry, sample, arguments.folder)
        for name, values in alone.items():
            part = together[name][i : i + 1]
            error = numpy.linalg.norm(part - values) / numpy.linalg.norm(values)
            print(f"{name} of sample {i}: relative L2 difference {error:.2g}")
            if not error <= TOLERANCE:
                sys.exit(1)


if __name__ == "__main__":
    main()
