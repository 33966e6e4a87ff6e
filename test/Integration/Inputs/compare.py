# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what a model's library computes with what the model means.

    compare.py MODEL.vit FOLDER [--preset NAME] [-D NAME=VALUE]...
               [--batch N]... [--seed N]

Compiles the model with synthetic weights, draws inputs that no run has seen
before (--seed repeats one), and holds every output of the library, at every
batch, against the float64 evaluator. Files go to FOLDER. What is tolerated is
five times the rounding error of a float32 evaluation.
"""

import argparse
import json
import math
import os
import secrets
import subprocess
import sys

import numpy

TOLERANCE = 2e-6


def run(*command):
    """The command's standard output; ends this program if the command fails."""
    print("$", *command, flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(result.stdout + f"{command[0]} failed: {result.returncode}")
    return result.stdout


def draw(generator, tensor, batch, path):
    """Stores random values for an input of the library: floats are normally
    distributed, integers small, some of them negative."""
    # An extent is a number, "batch" or "7 * batch".
    factors = [str(extent).split(" * ") for extent in tensor["shape"]]
    shape = [
        math.prod(batch if word == "batch" else int(word) for word in words)
        for words in factors
    ]
    kind = tensor["type"]
    if kind.startswith("i"):
        values = generator.integers(-3, 20, shape).astype(f"int{kind[1:]}")
    else:
        values = generator.standard_normal(shape, numpy.float32)
    numpy.save(path, values)


def compare(library, module, entry, batch, generator, folder):
    inputs = []
    for tensor in entry["inputs"]:
        path = os.path.join(folder, f"{tensor['name']}.{batch}.npy")
        draw(generator, tensor, batch, path)
        inputs += ["--input", f"{tensor['name']}={path}"]
    expected, comparisons = [], []
    for tensor in entry["outputs"]:
        path = os.path.join(folder, f"{tensor['name']}.{batch}.expected.npy")
        expected += ["--output", f"{tensor['name']}={path}"]
        comparisons += ["--compare", f"{tensor['name']}={path}"]
    run(
        "vitrail-reference",
        module,
        "--weights=synthetic",
        f"--batch={batch}",
        *inputs,
        *expected,
    )
    tolerance = ["--tolerance", str(TOLERANCE)]
    report = run("vitrail-run", library, *inputs, *comparisons, *tolerance)
    print(report, end="", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--preset")
    parser.add_argument("-D", dest="define", action="append", default=[])
    parser.add_argument("--batch", type=int, action="append")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    batches = arguments.batch or [1, 3]
    model = [arguments.model]
    if arguments.preset:
        model += ["--preset", arguments.preset]
    for define in arguments.define:
        model += ["-D", define]

    os.makedirs(arguments.folder, exist_ok=True)
    module = os.path.join(arguments.folder, "module.mlir")
    library = os.path.join(arguments.folder, "library.so")
    run("vitrailc", *model, "--emit=nn", "-o", module)
    limit = f"--max-batch={max(batches)}"
    run("vitrailc", *model, "--weights=synthetic", limit, "-o", library)
    entry = json.loads(run("vitrail-run", library, "--info", "--json"))
    entry = entry["entries"][0]
    generator = numpy.random.default_rng(arguments.seed)
    for batch in batches:
        compare(library, module, entry, batch, generator, arguments.folder)


if __name__ == "__main__":
    main()
