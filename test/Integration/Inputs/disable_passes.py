# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a model without each pass in turn, and without them all.

    disable_passes.py MODEL.vit LOGITS.npy FOLDER PRESET ENTRY INPUT=VALUE...

Each library must answer the inputs as LOGITS.npy says. The passes are
those that vitrailc lists, so that a new one is tested, too.
"""

import os
import re
import subprocess
import sys

TOLERANCE = 2e-6


def vitrailc(model, disabled, *options):
    names = ",".join(disabled)
    command = ["vitrailc", model, f"--disable-pass={names}", *options]
    return subprocess.run(command, capture_output=True, text=True)


def find_passes(model):
    """The passes that can be left out."""
    message = vitrailc(model, ["unknown"], "--emit=kernels").stderr
    passes = re.findall(r"'([\w-]+)'", message.partition("its passes are")[2])
    optional = []
    for name in passes:
        result = vitrailc(model, [name], "--emit=kernels", "-o", os.devnull)
        if result.returncode == 0:
            optional.append(name)
        elif "cannot be left out" not in result.stderr:
            sys.exit(f"without {name}: {result.stderr}")
    if not optional or optional == passes:
        sys.exit(f"of the passes {passes}, {optional} can be left out")
    return optional


def main():
    model, logits, folder, preset, entry, *inputs = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    library = os.path.join(folder, f"{preset}.so")
    options = ["--preset", preset, "--weights=synthetic", "-o", library]
    passes = find_passes(model)
    for disabled in [*([name] for name in passes), passes]:
        print("without", *disabled, flush=True)
        result = vitrailc(model, disabled, *options)
        if result.returncode != 0:
            sys.exit(result.stderr)
        command = ["vitrail-run", library, "--entry", entry]
        command += [f"--input={value}" for value in inputs]
        command.append(f"--compare=logits={logits}")
        subprocess.run([*command, f"--tolerance={TOLERANCE}"], check=True)


if __name__ == "__main__":
    main()
