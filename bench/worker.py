# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One engine with one model, in a process of its own.

    worker.py build JOB
    worker.py serve JOB

JOB is the dictionary that engines/__init__.py describes, as JSON. `build` says
where the file to deploy is. `serve` loads that file, computes the first output
and says how long both took; then each line that comes in is a turn of so many
seconds, answered by the times of the calls in it. All answers are lines of JSON
on standard output.
"""

import json
import os
import pathlib
import sys
import time

import numpy

import engines


def memory_peak():
    """Bytes: the most that this process ever had in memory."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    (peak,) = (n for n in lines if n.startswith("VmHWM:"))
    return 1024 * int(peak.split()[1])


def take_turn(engine, values, seconds):
    """Milliseconds of each call during one turn, after one that warms up."""
    engine(values)
    samples, end = [], time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        engine(values)
        samples.append(1e3 * (time.perf_counter() - start))
    return samples


def serve(job, reply):
    kind = engines.find(job["engine"])
    values = numpy.load(job["input"])
    kind.prepare()
    start = time.perf_counter()
    engine = kind(job)
    output = engine(values)
    first = time.perf_counter() - start
    numpy.save(job["output"], output)
    reply({"version": engine.version, "first_ms": 1e3 * first})
    for line in sys.stdin:
        samples = take_turn(engine, values, float(line))
        reply({"samples": samples, "memory": memory_peak()})


def main():
    # Engines print to standard output; answers have a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(answer):
        print(json.dumps(answer), file=answers, flush=True)

    action, job = sys.argv[1], json.loads(sys.argv[2])
    if action == "build":
        artifact = engines.find(job["engine"]).build(job)
        reply({"artifact": str(artifact)})
    else:
        serve(job, reply)


if __name__ == "__main__":
    main()
