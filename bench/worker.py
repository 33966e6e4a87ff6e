# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One engine with one model, in a process of its own.

    worker.py build JOB
    worker.py serve JOB

JOB is the dictionary that engines/__init__.py describes, as JSON. `build` says
where the files to deploy are. `serve` loads them, runs the model once and says
how long both took; then each line that comes in is a turn of so many seconds,
answered by the times of the runs in it. What the last run came to is then in the
file job["output"]. All answers are lines of JSON on standard output.
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


def load_inputs(path, count):
    """The arrays that each of `count` calls is given, by their names."""
    given = [{} for _ in range(count)]
    for key, array in numpy.load(path).items():
        call, name = key.split(".", 1)
        given[int(call)][name] = array
    return given


def save_answers(path, answers):
    """One array, or those of several calls side by side in each sample."""
    if len(answers) > 1:
        answers = [numpy.reshape(a, (len(a), 1, -1)) for a in answers]
    numpy.save(path, numpy.concatenate(answers, axis=1))


def take_turn(engine, seconds):
    """Milliseconds of each run during one turn, after one that warms up."""
    engine()
    samples, end = [], time.perf_counter() + seconds
    while not samples or time.perf_counter() < end:
        start = time.perf_counter()
        engine()
        samples.append(1e3 * (time.perf_counter() - start))
    return samples


def serve(job, reply):
    kind = engines.find(job["engine"])
    inputs = load_inputs(job["inputs"], len(job["calls"]))
    kind.prepare()
    start = time.perf_counter()
    engine = kind(job)
    engine.bind(inputs)
    answers = engine()
    first = time.perf_counter() - start
    save_answers(job["output"], answers)
    reply({"version": engine.version, "first_ms": 1e3 * first})
    for line in sys.stdin:
        samples = take_turn(engine, float(line))
        memory = memory_peak()
        save_answers(job["output"], engine())
        reply({"samples": samples, "memory": memory})


def main():
    # Engines print to standard output; answers have a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(answer):
        print(json.dumps(answer), file=answers, flush=True)

    action, job = sys.argv[1], json.loads(sys.argv[2])
    if action == "build":
        reply(engines.find(job["engine"]).build(job))
    else:
        serve(job, reply)


if __name__ == "__main__":
    main()
