# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plans the memory of each preset of each model, and fails where an arena is
larger than 1.1 times the least size that the plan states.

    arenas.py MODELS
"""

import pathlib
import re
import subprocess
import sys

LIMIT = 1.1
PRESET = re.compile(r"^\s*preset (\w+)", re.M)
ENTRY = re.compile(
    r"^entry @(\w+): arena of (\d+) bytes for a sample, at least (\d+) needed", re.M
)


def main(models):
    worst = 0
    for path in sorted(pathlib.Path(models).glob("*.vit")):
        presets = PRESET.findall(path.read_text())
        assert presets, f"{path} has no presets"
        for preset in presets:
            plan = subprocess.run(
                ["vitrailc", path, "--preset", preset, "--emit=memory"],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            ).stdout
            entries = ENTRY.findall(plan)
            assert entries, f"{path.name} {preset}: no entry in\n{plan}"
            for entry, size, bound in entries:
                ratio = int(size) / max(int(bound), 1)
                worst = max(worst, ratio)
                print(f"{path.name} {preset} {entry}: {size} / {bound} = {ratio:.3f}")
    sys.exit(f"an arena is {worst:.3f} times the bound" if worst > LIMIT else 0)


main(*sys.argv[1:])
