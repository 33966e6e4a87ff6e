# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""states.py MODEL.vit FOLDER [SEED]: what a library keeps between calls, against
the reference, which is given the states of the call before.

Runs the entries in an order drawn anew, samples changing places and all states
cleared in between, and compares every output.
"""

import ctypes
import os
import subprocess
import sys

import numpy as np

model, folder = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
random = np.random.default_rng(seed)
print("seed", seed)
os.makedirs(folder, exist_ok=True)

BATCH, N = 3, 5
SHAPES = {
    "count": [],
    "total": [BATCH, N],
    "trail": [BATCH, 4, N],
    "pair.0": [2 * BATCH, N],
    "pair.1": [2 * BATCH, N],
    "table": [3, N],
}
# Outputs, states that are read, and states that are replaced.
ENTRIES = {
    "add": (
        {"before": [BATCH, N], "mean": [BATCH, N], "past": [BATCH, 4, N], "row": [N]},
        ["count", "total", "trail", "table"],
        ["count", "total", "trail", "table"],
    ),
    "append": ({"first": [BATCH, N]}, ["trail"], ["trail"]),
    "exchange": ({"sum": [2 * BATCH, N]}, ["pair.0", "pair.1"], ["pair.0", "pair.1"]),
    "set": ({}, [], ["pair.1", "total"]),
}


def path(name):
    return os.path.join(folder, name)


def run(*command):
    subprocess.run(command, check=True)


def zeros():
    return {name: np.zeros(shape) for name, shape in SHAPES.items()}


def reference(entry, x, states):
    outputs, read, replaced = ENTRIES[entry]
    command = ["vitrail-reference", path("model.mlir"), f"--entry={entry}"]
    command += ["--weights=synthetic", f"--batch={BATCH}"]
    for name, value in {"x": x, **{name: states[name] for name in read}}.items():
        np.save(path(f"{name}.npy"), value)
        command.append(f"--input={name}={path(name)}.npy")
    wanted = [*outputs, *replaced]
    command += [f"--output={name}={path(name)}.out.npy" for name in wanted]
    run(*command)
    values = {name: np.load(path(f"{name}.out.npy")) for name in wanted}
    states.update({name: values.pop(name) for name in replaced})
    return values


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


library = None
context = ctypes.c_void_p()


def call(name, *arguments):
    if getattr(library, f"kept_{name}")(context, *arguments) != 0:
        sys.exit(f"{name}: {library.kept_message(context).decode()}")


def check(entry, states):
    x = random.standard_normal([BATCH, N], np.float32)
    outputs = {
        name: np.full(shape, np.nan, np.float32)
        for name, shape in ENTRIES[entry][0].items()
    }
    call(entry, ctypes.c_int64(BATCH), pointer(x), *map(pointer, outputs.values()))
    for name, expected in reference(entry, x, states).items():
        error = np.abs(outputs[name] - expected).max() / max(1, np.abs(expected).max())
        if not error <= 1e-5:
            sys.exit(f"{entry}: {name} differs by {error}")
    return len(outputs)


def main():
    global library
    run("vitrailc", model, "--emit=nn", "-o", path("model.mlir"))
    run("vitrailc", model, "--weights=synthetic", "--max-batch=4", "-o", path("kept.so"))
    library = ctypes.CDLL(os.path.abspath(path("kept.so")))
    library.kept_message.restype = ctypes.c_char_p
    if library.kept_create(ctypes.byref(context), None) != 0:
        sys.exit(library.kept_message(context).decode())
    states, compared = zeros(), 0
    # Every entry at least once, and again after each change.
    for change in ("", "reorder", "reset", "reorder"):
        if change == "reset":
            call("reset")
            states = zeros()
        elif change:
            parents = random.integers(0, BATCH, BATCH)
            call("reorder", ctypes.c_int64(BATCH), pointer(parents.astype(np.int64)))
            for name in ("total", "trail", "pair.0", "pair.1"):
                samples = states[name].reshape(BATCH, -1, *SHAPES[name][1:])
                states[name] = samples[parents].reshape(SHAPES[name])
        for entry in random.permutation(2 * list(ENTRIES) + ["add", "exchange"]):
            compared += check(entry, states)
    print(compared, "outputs agree")


main()
