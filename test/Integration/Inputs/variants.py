# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs each variant of a library that is made for several targets.

    variants.py LIBRARY.so ONE.so FOLDER INPUT=FILE.npy... OUTPUT=EXPECTED.npy

Every variant that this processor runs must give what is expected; without a choice
the best of them is taken. Variants must be variants: no two give the same bits.
Their library has the weights that ONE has, which is for one target, and is larger than
these by less than 1 MB. Files go to FOLDER.
"""

import json
import os
import subprocess
import sys

library, one, folder, *inputs, expected = sys.argv[1:]
name, expected = expected.split("=")
os.makedirs(folder, exist_ok=True)


def get_info(path):
    command = ["vitrail-run", path, "--info", "--json"]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return json.loads(result.stdout)


info = get_info(library)
entry = next(e["name"] for e in info["entries"] if name in str(e["outputs"]))


def run(target):
    """The bytes of the output of the variant for the target, or of the default, in
    double; None where the processor cannot run it."""
    path = os.path.join(folder, f"{target or 'default'}.npy")
    command = ["vitrail-run", library, "--entry", entry, "--tolerance", "2e-6"]
    for tensor in inputs:
        command += ["--input", tensor]
    command += ["--output", f"{name}={path}", "--compare", f"{name}={expected}"]
    environment = dict(os.environ)
    environment.pop("VITRAIL_TARGET", None)
    if target:
        environment["VITRAIL_TARGET"] = target
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    print(target or "default", result.stdout + result.stderr, end="")
    if target and f"which the library's target '{target}' needs" in result.stderr:
        return None
    if result.returncode != 0:
        sys.exit(f"exit status {result.returncode}")
    with open(path, "rb") as file:
        return file.read()


targets = info["target"].split(",")
results = [result for target in targets if (result := run(target))]
print(f"{len(results)} of {len(targets)} variants run here")
if len(set(results)) != len(results):
    sys.exit("two variants give the same bits")
if run(None) != results[0]:
    sys.exit("the best variant is not the default")
if info["weights_size"] != get_info(one)["weights_size"]:
    sys.exit("weights are not those of one target")
excess = os.path.getsize(library) - info["weights_size"]
print(f"{excess} bytes besides the weights")
if not 0 < excess < 1 << 20:
    sys.exit("too much")
