# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes each example of model text in a document to a file of its own.

    extract-models.py DOCUMENT FOLDER

An example is a fenced block of `vit`; its first line names the file.
"""

import os
import re
import sys

EXAMPLE = re.compile(r"^```vit\n(// ([\w-]+\.vit): .*?)^```$", re.M | re.S)


def main():
    document, folder = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        text = file.read()
    examples = EXAMPLE.findall(text)
    if len(examples) != text.count("```vit\n"):
        sys.exit(f"{document}: an example does not name its file")
    os.makedirs(folder, exist_ok=True)
    for example, name in examples:
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(example)


main()
