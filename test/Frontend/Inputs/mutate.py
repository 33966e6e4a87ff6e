# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles randomly changed model text and watches the compiler.

    mutate.py COMPILER MODEL FOLDER [--preset P] [--count N] [--seed S] [--seconds T]

Every run must end within ten seconds, and with status 0 or 1; a refusal must
show an error with its file and line. Texts for which it does not are kept in
FOLDER. Stops after T seconds.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time

ERROR = re.compile(rb"mutant\.vit:\d+:\d+: error: |^-D \w+:\d+:\d+: error: ", re.M)
TOKEN = re.compile(r"\w+|\s+|//[^\n]*|\"[^\"\n]*\"|.")
EXTRA = """( ) [ ] { } , : = -> .. + - * / % == < and or not if then else for in return
    batch 0 1 2 -1 0.5 1e308 9223372036854775807 4611686018427387904 "" "a" "{x}" x shape(x)
    reshape split concat pad block model config preset require preprocess import true state generate precision update characters \0 é""".split()


def mutate(text, random):
    """`text` with one to four changes to its tokens or bytes."""
    tokens = TOKEN.findall(text)
    for _ in range(random.randint(1, 4)):
        where = random.randrange(len(tokens))
        kind = random.randrange(6)
        if kind == 0:
            del tokens[where]
        elif kind == 1:
            tokens.insert(where, " " + random.choice(EXTRA) + " ")
        elif kind == 2:
            tokens[where] = random.choice(EXTRA)
        elif kind == 3:
            tokens[where] = random.choice(tokens)
        elif kind == 4:
            end = min(len(tokens), where + random.randint(1, 40))
            tokens[where:end] = tokens[where:end] * 2
        else:
            other = random.randrange(len(tokens))
            tokens[where], tokens[other] = tokens[other], tokens[where]
        tokens = tokens or [" "]
    data = bytearray("".join(tokens).encode())
    if random.random() < 0.1:
        data[random.randrange(len(data))] = random.randrange(256)
    if random.random() < 0.1:
        del data[random.randrange(len(data)) :]
    return bytes(data)


def judge(command, path):
    """"accepted", "refused", or what went wrong."""
    try:
        run = subprocess.run(
            [*command, path, "--emit=nn"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=10,
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    if run.returncode == 0:
        return "accepted"
    if run.returncode == 1 and ERROR.search(run.stderr):
        return "refused"
    return f"status {run.returncode}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("compiler")
    parser.add_argument("model")
    parser.add_argument("folder")
    parser.add_argument("--preset")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1e9)
    args = parser.parse_args()
    os.makedirs(args.folder, exist_ok=True)
    command = [args.compiler]
    if args.preset:
        command += ["--preset", args.preset]
    path = os.path.join(args.folder, "mutant.vit")
    with open(args.model, encoding="utf-8") as file:
        text = file.read()
    counts = {"accepted": 0, "refused": 0, "bad": 0}
    start = time.monotonic()
    done = 0
    while done < args.count and time.monotonic() - start < args.seconds:
        data = mutate(text, random.Random(f"{args.seed}.{done}"))
        with open(path, "wb") as file:
            file.write(data)
        verdict = judge(command, path)
        if verdict not in counts:
            kept = os.path.join(args.folder, f"bad{done}.vit")
            os.replace(path, kept)
            print(f"{kept}: {verdict}", file=sys.stderr)
            verdict = "bad"
        counts[verdict] += 1
        done += 1
    print(f"{done} mutations: " + ", ".join(f"{n} {k}" for k, n in counts.items()))
    return counts["bad"] != 0


sys.exit(main())
