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
    "weights": "synthetic",
    "batch": 2,
    "threads": 1,
    "graphs": {"": None},
    "calls": [""],
    "artifact": str(folder / "model"),
    "inputs": str(folder / "inputs.npz"),
    "output": str(folder / "output.npy"),
}
values = synthetic.tensor("input", (1, 3, 32, 32))
numpy.savez(job["inputs"], **{"0.x": numpy.repeat(values, 2, axis=0)})
inputs = pathlib.Path(bench).parent / "test/Integration/Inputs"
expected = numpy.load(inputs / "vit_micro.logits.npy")


def check_output():
    outputs = numpy.load(job["output"])
    assert outputs.shape == (2, *expected.shape[1:]), outputs.shape
    for output in outputs:
        error = numpy.linalg.norm(output - expected)
        assert error < 2e-6 * numpy.linalg.norm(expected), error


artifacts = workers.build(job, limit=200)
print("compiled", pathlib.Path(artifacts[""]).name)
worker = workers.Worker("serve", {**job, "artifacts": artifacts}, limit=60)
first = worker.answer()
check_output()
assert first["first_ms"] > 0
print("as expected")
pathlib.Path(job["output"]).unlink()
turn = worker.take_turn(0.02)
worker.stop()
assert turn["samples"] and all(0 < n < 1000 for n in turn["samples"])
print("some samples, all of them times")
assert 1 << 20 < turn["memory"] < 1 << 28, turn["memory"]
print("no more memory than a small model needs")
check_output()
print("after a turn, as expected")


def show_failure(what, action, job, limit=60):
    worker = workers.Worker(action, job, limit)
    try:
        worker.answer()
    except workers.Failure as failure:
        print(f"cannot {what}: {failure}")
    worker.stop()


missing = {"": str(folder / "missing.so")}
show_failure("load", "serve", {**job, "artifacts": missing})
show_failure("compile", "build", {**job, "engine": "other"})
show_failure("wait", "build", job, limit=0)
