# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that a model refuses senseless values of its config.

    refuse.py VITRAILC MODEL.vit PRESET TABLE PREFIX

Lines "PREFIX: definition; definition | message" of TABLE say what is defined and
what the error must say; it must also lead to the value on the command line.
"""

import subprocess
import sys


def refuse(command, defines, message):
    """What is wrong with the compiler's answer, or nothing."""
    options = [part for define in defines for part in ("-D", define)]
    result = subprocess.run(
        command + options + ["--emit=nn"], capture_output=True, text=True, timeout=60
    )
    if result.returncode != 1:
        return f"exits with {result.returncode}"
    if f"error: {message}\n" not in result.stderr:
        return f"does not say '{message}'"
    if "comes from the command line\n" not in result.stderr:
        return "does not point to the command line"
    return ""


def main():
    vitrailc, model, preset, table, prefix = sys.argv[1:]
    count = failures = 0
    with open(table, encoding="utf-8") as file:
        lines = [line.strip() for line in file if line.startswith(prefix + ": ")]
    for line in lines:
        defines, message = line.removeprefix(prefix + ": ").split(" | ")
        command = [vitrailc, model, "--preset", preset]
        wrong = refuse(command, defines.split("; "), message)
        if wrong:
            print(f"{line}: vitrailc {wrong}")
        count += 1
        failures += bool(wrong)
    print(f"{failures} of {count} fail")
    sys.exit(not count or failures != 0)


main()
