# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Uses workers: work.py BENCH VITRAILC MODEL.vit FOLDER."""

import pathlib
import sys

import numpy

bench, vitrailc, source, folder = sys.argv[1:]
sys.path.insert(0, bench)
import synthetic  # noqa: E402
import workers  # noqa: E402

folder = pathlib.Path(folder)
job = {
    "engine": "vitrail",
    "vitrailc": vitrailc,
    "source": source,
    "preset": "vit_micro",
    "batch": 2,
    "threads": 1,
    "artifact": str(folder / "model"),
    "input": str(folder / "input.npy"),
    "output": str(folder / "output.npy"),
}
values = synthetic.tensor("input", (1, 3, 32, 32))
numpy.save(job["input"], numpy.repeat(values, 2, axis=0))

artifact = workers.build(job, limit=200)
print("compiled", pathlib.Path(artifact).name)
worker = workers.Worker("serve", {**job, "artifact": artifact}, limit=60)
first = worker.answer()
inputs = pathlib.Path(bench).parent / "test/Integration/Inputs"
expected = numpy.load(inputs / "vit_micro.logits.npy")
for output in numpy.load(job["output"]):
    error = numpy.linalg.norm(output - expected) / numpy.linalg.norm(expected)
    assert error < 2e-6, error
assert first["first_ms"] > 0
print("as expected")
turn = worker.take_turn(0.02)
worker.stop()
assert turn["samples"] and all(0 < n < 1000 for n in turn["samples"])
print("some samples, all of them times")
assert 1 << 20 < turn["memory"] < 1 << 28, turn["memory"]
print("no more memory than a small model needs")


def show_failure(what, action, job, limit=60):
    worker = workers.Worker(action, job, limit)
    try:
        worker.answer()
    except workers.Failure as failure:
        print(f"cannot {what}: {failure}")
    worker.stop()


missing = str(folder / "missing.so")
show_failure("load", "serve", {**job, "artifact": missing})
show_failure("compile", "build", {**job, "engine": "other"})
show_failure("wait", "build", job, limit=0)
