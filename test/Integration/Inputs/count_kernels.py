# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts the kernels that each part of a model takes.

    count_kernels.py MODEL.vit ENTRY PART... -- [OPTION]...

A part is NAME=EXPRESSION, a regular expression on the names of parameters. A call
belongs to the part that the first of the parameters it reads matches, whatever
becomes of these while compiling; one that reads none belongs to the call before
it whose result it reads. Prints a line for each name and what is in the
expression's group, with the number of calls and their kernels, in the order of
the calls. OPTIONs are vitrailc's.
"""

import re
import subprocess
import sys

RESULT = re.compile(r"^\s*(%\w+)(?::\d+)? = (.*)$")
VALUE = re.compile(r"%\w+")
PARAMETER = re.compile(r'nn\.parameter "([^"]*)"')
ELSEWHERE = "elsewhere"
CALL = re.compile(r"call @(\w+?)(?:_\d+)?\(")


def get_entry(text, entry):
    """The lines of the entry's body."""
    start = text.index(f"func.func @{entry}(")
    return text[start : text.index("\n  }", start)].split("\n")[1:]


def find_part(parts, names):
    for name in names:
        for part, expression in parts:
            if match := re.match(expression, name):
                return " ".join([part, *match.groups()])
    return ELSEWHERE


def find_last(owners, values):
    """The last of the calls that computed one of `values`."""
    known = [owners[value] for value in values if value in owners]
    return max(known, default=(-1, ELSEWHERE))


def count(lines, parts):
    """{part: its kernels}"""
    parameters = {}  # of each value that is computed while compiling
    owners = {}  # of each result of a call: (number of the call, its part)
    kernels = {}
    for line in lines:
        match = RESULT.match(line)
        if not match:
            continue
        result, operation = match.groups()
        read = VALUE.findall(operation)
        names = [name for value in read for name in parameters.get(value, [])]
        if parameter := PARAMETER.match(operation):
            names.append(parameter.group(1))
        if not (call := CALL.match(operation)):
            parameters[result] = names
            # A reshape of what a call computed.
            owners[result] = find_last(owners, read)
            continue
        owner = find_part(parts, names) if names else find_last(owners, read)[1]
        owners[result] = (len(owners), owner)
        kernels.setdefault(owner, []).append(call.group(1))
    return kernels


def main():
    separator = sys.argv.index("--")
    model, entry, *parts = sys.argv[1:separator]
    command = ["vitrailc", model, "--emit=kernels", *sys.argv[separator + 1 :]]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    parts = [part.split("=", 1) for part in parts]
    for part, kernels in count(get_entry(text.stdout, entry), parts).items():
        print(f"{part}: {len(kernels)}:", *kernels)


if __name__ == "__main__":
    main()
