# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the checks of a folder that scripts/check-gpu packed.

    python3 run.py [DEVICE]

DEVICE is the target's first, if none is given. Errors are relative L2 errors; of models
they may be 2e-6, in tf32 and f16 2e-3, in bf16 1.2e-2 (9.4e-3 on processors in the smallest Swin)
and in int8 5e-2, as of kernels for tensor cores; of other kernels of one family 5e-6 of
the largest element. In bf16 and int8 one answer in 360 may be another one.
On CUDA, a program that uses the driver itself runs a model, too, on all devices.
"""

import datetime
import json
import os
import subprocess
import sys

import numpy

import cuda_driver

MODEL_TOLERANCES = {"f32": 2e-6, "tf32": 2e-3, "f16": 2e-3, "bf16": 1.2e-2, "int8": 5e-2}
OTHER_ANSWERS = {"f32": 0, "tf32": 0, "f16": 0, "bf16": 1, "int8": 1}
KERNEL_TOLERANCE = 5e-6

os.chdir(os.path.dirname(os.path.abspath(__file__)))
os.environ["LD_LIBRARY_PATH"] = os.getcwd()
with open("checks.json", encoding="utf-8") as file:
    packed = json.load(file)
device = sys.argv[1] if len(sys.argv) > 1 else f"{packed['target']}:0"


def run(library, *options):
    command = ["./vitrail-run", library, "--device", device, *options]
    result = subprocess.run(command, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def measure(expected, actual, precision):
    """The error and whether it is too large; kernels of f32 have no precision."""
    if expected.shape != actual.shape or not numpy.isfinite(actual).all():
        return numpy.inf, True
    difference = numpy.abs(expected - actual.astype(numpy.float64))
    if precision is None:
        error = difference.max() / max(numpy.abs(expected).max(), 1)
        return error, error > KERNEL_TOLERANCE
    error = numpy.linalg.norm(difference) / numpy.linalg.norm(expected)
    return error, error > MODEL_TOLERANCES[precision]


def check_texts(library, path):
    """Whether each text of a file becomes what it should; prints how many do."""
    with open(path, encoding="utf-8") as file:
        texts, expected = zip(*json.load(file))
    given = [part for text in texts for part in ("--text", text)]
    code, said = run(library, *given, "--beams", "4")
    if code != 0:
        print(f"{library:40} {said.strip()}")
        return False
    right = sum(map(str.__eq__, said.splitlines(), expected))
    print(f"{library:40} {right} of {len(texts)} texts")
    return right == len(texts)


def check(job):
    """Prints a line; returns whether all is well."""
    if "texts" in job:
        return check_texts(job["library"], job["texts"])
    options = ["--entry", job["entry"]] if job["entry"] else []
    for name, path in job["inputs"].items():
        options += ["--input", f"{name}={path}"]
    for name in job["outputs"]:
        options += ["--output", f"{name}=out_{name}.npy"]
    code, said = run(job["library"], *options)
    title = f"{job['library']} {job['entry']}"
    if code != 0:
        print(f"{title:40} {said.strip()}")
        return False
    worst, is_right, answers = 0, True, ""
    for name, path in job["outputs"].items():
        expected, actual = numpy.load(path), numpy.load(f"out_{name}.npy")
        error, is_wrong = measure(expected, actual, job["precision"])
        worst, is_right = max(worst, error), is_right and not is_wrong
        if job["is_trained"]:
            same = expected.argmax(-1) == actual.argmax(-1)
            answers += f", {same.sum()} of {same.size} answers the same"
            different = same.size - same.sum()
            is_right = is_right and different <= OTHER_ANSWERS[job["precision"]]
    print(f"{title:40} error {worst:.2g}{answers}{'' if is_right else '  FAILED'}")
    return is_right


def check_driver():
    """What a program does that uses CUDA itself: lines, and whether all is well."""
    model = ("vit_micro", (3, 32, 32), 10)
    count = cuda_driver.count_devices()
    differences = {"caller's memory and stream": cuda_driver.check_memory(*model)}
    title = f"{count} devices in one process"
    differences[title] = cuda_driver.check_devices(*model, count)
    for title, difference in differences.items():
        print(f"{title:40} difference {difference:.2g}")
    # Schedules may differ with the batch; sums do not.
    return [difference < 1e-5 for difference in differences.values()]


def check_division():
    """A batch divided among all devices gives what one device does."""
    given = ["--input", "image=digits_test.images.npy", "--output"]
    library = "digits_vit.so"
    code, said = run(library, *given, "logits=out_one.npy")
    every = [library, "--device", f"{packed['target']}:all", *given]
    result = subprocess.run(
        ["./vitrail-run", *every, "logits=out_all.npy"], capture_output=True, text=True
    )
    title = "batch divided among all devices"
    if code != 0 or result.returncode != 0:
        print(f"{title:40} {said}{result.stderr}")
        return False
    one, every = numpy.load("out_one.npy"), numpy.load("out_all.npy")
    difference = numpy.abs(one - every).max()
    print(f"{title:40} difference {difference:.2g}")
    return difference < 1e-5


_, about = run("vit_micro.so", "--input=image=synthetic", "--bench", "--repeats=1")
name = next((l.split(", on ")[1] for l in about.splitlines() if ", on " in l), about)
print(f"{name}, {datetime.date.today()}")
results = [check(job) for job in packed["checks"]]
results.append(check_division())
if packed["target"] == "cuda":
    results += check_driver()
print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
sys.exit(0 if all(results) else 1)
