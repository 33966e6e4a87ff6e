# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lets compiled models name handwritten digits, each in a column of its own.

    demo-digits.py FOLDER MODEL...

FOLDER holds a library digits_MODEL.so for each of the models. Shown are the
images in models/digits and how much of the whole test set each names rightly.
"""

import glob
import os
import re
import subprocess
import sys

import numpy

ANSWER = re.compile(r".*: (\d) \((.*)\)")
WIDTH = len("7 (0.785) wrong")


def run(library, *options):
    result = subprocess.run(
        ["vitrail-run", library, *options],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return result.stdout


def name_images(library, images):
    """For each image the digit and its probability, as text."""
    inputs = [part for image in images for part in ("--input", f"image={image}")]
    lines = run(library, *inputs, "--top", "1").splitlines()
    return [ANSWER.fullmatch(line).groups() for line in lines]


def count_right(library, folder):
    logits = os.path.join(folder, "logits.npy")
    images = "models/digits_test.images.npy"
    run(library, "--input", f"image={images}", "--output", f"logits={logits}")
    labels = numpy.load("models/digits_test.labels.npy")
    right = numpy.load(logits).argmax(axis=1) == labels
    return f"{right.sum()} of {len(right)}"


def main():
    folder, *models = sys.argv[1:]
    libraries = [os.path.join(folder, f"digits_{model}.so") for model in models]
    images = sorted(glob.glob("models/digits/*.png"))
    answers = [name_images(library, images) for library in libraries]
    right = [count_right(library, folder) for library in libraries]

    def show(image, expected, cells):
        cells = "".join(f"  {cell:{WIDTH}}" for cell in cells)
        print(f"{image:16}  {expected:>8}{cells}".rstrip())

    show("image", "expected", models)
    for index, image in enumerate(images):
        name = os.path.basename(image)
        expected = re.search(r"_is_(\d)", name)[1]
        cells = []
        for digit, probability in (answer[index] for answer in answers):
            wrong = "" if digit == expected else " wrong"
            cells.append(f"{digit} ({probability}){wrong}")
        show(name, expected, cells)
    show("accuracy", "", right)


main()
