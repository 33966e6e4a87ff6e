# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dates as people write them, turned into ISO 8601 by a trained Transformer.

    dates.py LIBRARY.so MODELS FOLDER

Every date of MODELS/dates.json must come out of cached steps as it should, and
scoring the whole answer at once must choose the same characters. The scores of the
first dates must be those of MODELS/dates.logits.npy. Files go to FOLDER.
"""

import json
import os
import subprocess
import sys

import numpy

CHARACTERS = " abcdefghijklmnopqrstuvwxyz0123456789,./-'"
PAD, START, END = 0, 1, 2
SOURCE_LENGTH = 28


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def encode(text):
    return [3 + CHARACTERS.index(character) for character in text]


def main():
    library, models, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(models, "dates.json"), encoding="utf-8") as file:
        dates = json.load(file)
    texts = [part for text, _ in dates for part in ("--text", text)]
    expected = [iso for _, iso in dates]

    answers = run("vitrail-run", library, *texts).splitlines()
    assert len(answers) == len(expected), len(answers)
    right = sum(a == e for a, e in zip(answers, expected))
    print(f"{right} of {len(dates)} dates by cached steps")

    source = numpy.full((len(dates), SOURCE_LENGTH), PAD, numpy.int32)
    for row, (text, _) in zip(source, dates):
        row[: len(text)] = encode(text)
    whole = numpy.array([[START, *encode(iso), END] for iso in expected], numpy.int32)
    paths = {name: os.path.join(folder, f"{name}.npy") for name in ("src", "tgt", "logits")}
    numpy.save(paths["src"], source)
    numpy.save(paths["tgt"], whole[:, :-1])
    inputs = ["--input", f"src={paths['src']}", "--input", f"tgt={paths['tgt']}"]
    output = ["--output", f"logits={paths['logits']}"]
    run("vitrail-run", library, "--entry", "score", *inputs, *output)
    logits = numpy.load(paths["logits"])
    chosen = (logits.argmax(-1) == whole[:, 1:]).all(1)
    print(f"{chosen.sum()} of {len(dates)} dates by scores of whole sequences")

    reference = numpy.load(os.path.join(models, "dates.logits.npy"))
    error = numpy.linalg.norm(logits[: len(reference)] - reference)
    error /= numpy.linalg.norm(reference)
    print(f"scores: relative L2 error {error:.3g}")
    sys.exit(not error <= 2e-6)


main()
