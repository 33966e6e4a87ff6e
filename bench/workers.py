# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Processes that run worker.py, seen from outside."""

import json
import os
import pathlib
import selectors
import subprocess
import sys
import tempfile

_WORKER = pathlib.Path(__file__).with_name("worker.py")


class Failure(Exception):
    """An engine cannot do what it was asked for; the text says why."""


class Worker:
    """A process with one engine; `limit` is how many seconds it may think."""

    def __init__(self, action, job, limit):
        self._limit = limit
        self._errors = tempfile.TemporaryFile("w+")
        threads = str(job.get("threads") or os.cpu_count())
        variables = ("OMP_NUM_THREADS", "TVM_NUM_THREADS")
        self._process = subprocess.Popen(
            [sys.executable, _WORKER, action, json.dumps(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | dict.fromkeys(variables, threads),
        )

    def answer(self):
        """The next answer."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            ready = selector.select(self._limit)
        if not ready:
            self.stop()
            raise Failure(f"no answer in {self._limit:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise Failure(self._last_words())
        return json.loads(line)

    def take_turn(self, seconds):
        print(seconds, file=self._process.stdin, flush=True)
        return self.answer()

    def stop(self):
        self._process.kill()
        self._process.communicate()

    def _last_words(self):
        code = self._process.wait()
        self._errors.seek(0)
        lines = [n.strip() for n in self._errors if n.strip()]
        # The error itself, not the hints that some libraries print after it.
        raised = [n for n in lines if "Error: " in n or "error: " in n]
        last = (raised or lines or [""])[-1]
        return last[:160] or f"ended with code {code}"


def build(job, limit):
    """The files that the engine deploys for a model, by names of graphs."""
    worker = Worker("build", job, limit)
    try:
        return worker.answer()
    finally:
        worker.stop()
