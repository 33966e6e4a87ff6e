# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds what becomes of an `nn` module against what it means.

    compare.py MODULE.mlir FOLDER --pass NAME
    compare.py MODULE.mlir FOLDER --library RUNTIME.a [--target NAME]... [--panels NAME]
        [--schedules NAME] [--precision NAME] [--batches 1,3,7]
        [--capabilities 80,90]

Evaluates every function without states whose results have names, on inputs
drawn anew, in float64. With --pass, does so before and after the pass, or pipeline of passes,
and asks for differences of rounding only. With --library, compiles the module
for each target that this machine runs and asks for differences of float32
rounding only; with --schedules its schedules are those for another target.
With --capabilities, runs each on an emulated device of each compute capability.
With --precision, these are differences from the module with
rounded operands; from the module itself, differences of that rounding.
"""

import argparse
import itertools
import os
import re
import secrets
import subprocess
import sys

import numpy

# Of the largest element: rounding of float64, and eight times that of float32
# sums of some hundred terms.
PASS_TOLERANCE = 1e-12
LIBRARY_TOLERANCE = 5e-6
# Relative L2, of the module itself and of the rounded one. An operand of which
# float32 computes a digit less may be rounded to another number than in float64,
# if rarely. The first depends on what is drawn: in bf16, of attention, it is 4e-3 for
# the most part, and rarely more than 1e-2.
NARROW_TOLERANCES = {
    "tf32": (2e-3, 5e-4),
    "f16": (2e-3, 5e-4),
    "bf16": (2e-2, 2e-3),
    "int8": (5e-2, 5e-3),
    "int8-weights": (3e-2, 5e-6),
}

TENSOR = re.compile(
    r"tensor<([0-9x?]*?)x?(f32|i32)(?:, #nn\.batch<(\d+)>)?>"
    r"\s*\{nn\.name = \"(\w+)\""
)
FUNCTION = re.compile(r"func\.func @(\w+)\((.*?)\)\s*->\s*\((.*?)\)\s*\{\n", re.S)


def run(*command):
    """The command's standard output; ends this program if the command fails."""
    print("$", *command, flush=True)
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}{command[0]} failed: {result.returncode}")
    return result.stdout


def parse_tensors(text):
    """(name, type of element, extents, factor of the batch) of each named
    argument or result."""
    return [
        (name, element, shape.split("x") if shape else [], int(factor or 1))
        for shape, element, factor, name in TENSOR.findall(text)
    ]


def draw_inputs(tensors, batch, generator, folder):
    options = []
    for name, element, extents, factor in tensors:
        shape = [batch * factor if e == "?" else int(e) for e in extents]
        path = os.path.join(folder, f"{name}.npy")
        if element == "i32":
            values = generator.integers(0, 100, shape, numpy.int32)
        else:
            values = generator.standard_normal(shape, numpy.float32)
        numpy.save(path, values)
        options += ["--input", f"{name}={path}"]
    return options


def evaluate(module, entry, batch, inputs, outputs, folder):
    """The outputs' values, by name, and the files that hold them."""
    os.makedirs(folder, exist_ok=True)
    paths = {name: os.path.join(folder, f"{name}.npy") for name, *_ in outputs}
    options = [f"--output={name}={path}" for name, path in paths.items()]
    run(
        "vitrail-reference",
        module,
        "--weights=synthetic",
        f"--entry={entry}",
        f"--batch={batch}",
        *inputs,
        *options,
    )
    return paths


def check(entry, batch, expected_path, actual_path, tolerance):
    expected, actual = numpy.load(expected_path), numpy.load(actual_path)
    if expected.shape != actual.shape:
        sys.exit(f"{entry}: shape {actual.shape} instead of {expected.shape}")
    scale = max(numpy.abs(expected).max(), 1)
    difference = numpy.abs(expected - actual).max() / scale
    print(f"{entry}, batch {batch}, {actual_path}: {difference:.3g}")
    if not difference <= tolerance:
        sys.exit(f"{entry}: difference {difference:.3g}, above {tolerance}")


def check_norm(entry, batch, expected_path, actual_path, tolerance):
    expected, actual = numpy.load(expected_path), numpy.load(actual_path)
    if expected.shape != actual.shape:
        sys.exit(f"{entry}: shape {actual.shape} instead of {expected.shape}")
    difference = numpy.linalg.norm(expected - actual) / numpy.linalg.norm(expected)
    print(f"{entry}, batch {batch}, {actual_path}: {difference:.3g} (L2)")
    if not difference <= tolerance:
        sys.exit(f"{entry}: L2 difference {difference:.3g}, above {tolerance}")


def build(module, target, arguments):
    library = os.path.join(arguments.folder, f"{target}.so")
    lowered = os.path.join(arguments.folder, f"{target}.mlir")
    scheduled = arguments.schedules or target
    options = (
        f"target={scheduled} panels={arguments.panels or scheduled} "
        f"precision={arguments.precision}"
    )
    run("vitrail-opt", f"--vitrail-to-halide={options}", module, "-o", lowered)
    run(
        "vitrail-translate",
        "--model-to-library",
        f"--library={library}",
        f"--runtime={arguments.library}",
        f"--target={target}",
        "--max-batch=7",
        lowered,
        "-o",
        os.path.join(arguments.folder, f"{target}.h"),
    )
    return library


def runs_here(library):
    """Whether the processor has what the library needs."""
    result = subprocess.run(
        ["vitrail-run", library, "--input", "x=synthetic"],
        capture_output=True,
        text=True,
    )
    return "processor" not in result.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("module")
    parser.add_argument("folder")
    parser.add_argument("--pass", dest="rewrite")
    parser.add_argument("--library", metavar="RUNTIME.a")
    parser.add_argument("--target", action="append")
    parser.add_argument("--panels", help="the target that weights are packed for")
    parser.add_argument("--schedules", help="the target that schedules are made for")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--batches", default="1,3,7")
    parser.add_argument("--capabilities", default="", help="of emulated devices")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    generator = numpy.random.default_rng(arguments.seed)
    folder = arguments.folder
    os.makedirs(folder, exist_ok=True)
    with open(arguments.module, encoding="utf-8") as file:
        functions = FUNCTION.findall(file.read())
    entries = [entry for entry in functions if "nn.state" not in "".join(entry)]
    if not entries:
        sys.exit("no function has named results")

    rewritten, rounded, libraries = None, None, []
    if arguments.rewrite:
        rewritten = os.path.join(folder, "rewritten.mlir")
        run("vitrail-opt", f"--{arguments.rewrite}", arguments.module, "-o", rewritten)
    if arguments.library:
        for target in arguments.target or ["native"]:
            library = build(arguments.module, target, arguments)
            if runs_here(library):
                libraries.append(library)
        if arguments.precision != "f32":
            rounded = os.path.join(folder, "rounded.mlir")
            options = f"precision={arguments.precision}"
            # What kernels round depends on the target.
            if arguments.schedules:
                options += f" target={arguments.schedules}"
            run(
                "vitrail-opt",
                f"--vitrail-kernels={options}",
                arguments.module,
                "-o",
                rounded,
            )
    for batch in map(int, arguments.batches.split(",")):
        for entry, inputs, outputs in entries:
            outputs = parse_tensors(outputs)
            given = draw_inputs(parse_tensors(inputs), batch, generator, folder)
            expected = evaluate(
                arguments.module,
                entry,
                batch,
                given,
                outputs,
                os.path.join(folder, "expected"),
            )
            if rewritten:
                actual = evaluate(
                    rewritten,
                    entry,
                    batch,
                    given,
                    outputs,
                    os.path.join(folder, "actual"),
                )
                for name in expected:
                    check(entry, batch, expected[name], actual[name], PASS_TOLERANCE)
            if rounded:
                precise = evaluate(
                    rounded,
                    entry,
                    batch,
                    given,
                    outputs,
                    os.path.join(folder, "rounded"),
                )
            for library, capability in itertools.product(
                libraries, arguments.capabilities.split(",")
            ):
                options = []
                for name in expected:
                    path = os.path.join(folder, f"{name}.f32.npy")
                    options += ["--output", f"{name}={path}"]
                if capability:
                    options += ["--device", "cuda:0"]
                    os.environ["VITRAIL_EMULATOR_CAPABILITY"] = capability
                run("vitrail-run", library, f"--entry={entry}", *given, *options)
                for name in expected:
                    path = os.path.join(folder, f"{name}.f32.npy")
                    if not rounded:
                        check(entry, batch, expected[name], path, LIBRARY_TOLERANCE)
                        continue
                    tolerances = NARROW_TOLERANCES[arguments.precision]
                    check_norm(entry, batch, expected[name], path, tolerances[0])
                    check_norm(entry, batch, precise[name], path, tolerances[1])


if __name__ == "__main__":
    main()
