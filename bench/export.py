# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models to measure, without their weights, and what they should answer.

    bench/run export [--hf] FOLDER MODEL...

MODEL is a preset of models/transformer.vit, or one of timm's models; with --hf
it is a preset of models/vit_hf.vit, and files are called hf_NAME. Answers are
computed in double precision. timm's and Hugging Face's models need
`--install torch`.
"""

import argparse
import pathlib

import export_transformer
import models
from compare import ROOT


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run export", description=__doc__
    )
    parser.add_argument("--hf", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("models", nargs="+")
    return parser.parse_args()


def write(name, hf, folder):
    text = models.find_preset(name, ROOT / "models")
    if not hf and text and text.stem == "transformer":
        return export_transformer.write(name, text, folder)
    import export_vision

    return export_vision.write(name, hf, folder)


def main():
    arguments = parse_arguments()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    for name in arguments.models:
        print(write(name, arguments.hf, arguments.folder))


if __name__ == "__main__":
    main()
