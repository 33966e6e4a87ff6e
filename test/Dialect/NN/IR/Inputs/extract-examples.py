# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the example of every operation that .td files define.

    extract-examples.py DIALECT FILE.td...

Fails unless each `def PREFIX_NameOp` has a summary without a full stop and a
description of four parts or more, the last of which is an mlir example that
contains the operation.

If the dialect's own description ends in an operation of the dialect with a
body, then an example that is neither such an operation nor a function stands at
the end of that body.
"""

import re
import sys

DEFINITION = re.compile(r'^def (\w+Op) : \w+<"([\w.]+)"(.*?)^}', re.M | re.S)
SUMMARY = re.compile(r'let summary = "([^"]+)";')
DESCRIPTION = re.compile(r"let description = \[\{\n(.*?)\n  \}\];", re.S)
DIALECT = re.compile(r"^def \w+_Dialect : Dialect (.*?)^}", re.M | re.S)
EXAMPLE = re.compile(r"    ```mlir\n(.*?)\n    ```$", re.S)


def example_of(dialect, name, mnemonic, body):
    """The example in the definition's body; raises ValueError if it has none."""
    summary = SUMMARY.search(body)
    if not summary or summary.group(1).endswith("."):
        raise ValueError(f"{name}: needs a summary without a full stop")
    description = DESCRIPTION.search(body)
    if not description:
        raise ValueError(f"{name}: has no description")
    text = description.group(1)
    example = EXAMPLE.search(text)
    if not example or f"{dialect}.{mnemonic} " not in example.group(1):
        raise ValueError(f"{name}: its description must end with an example")
    if len(text[: example.start()].rstrip().split("\n\n")) < 3:
        raise ValueError(f"{name}: its description needs three parts of prose")
    return example.group(1)


def frame_of(dialect, text):
    """What stands around examples of fragments: (head, tail), or None."""
    definition = DIALECT.search(text)
    description = definition and DESCRIPTION.search(definition.group(1))
    example = description and EXAMPLE.search(description.group(1))
    if not example or not example.group(1).lstrip().startswith(f"{dialect}."):
        return None
    head, brace, tail = example.group(1).rpartition("}")
    return head, brace + tail


def main():
    dialect, *files = sys.argv[1:]
    frame, examples = None, []
    for file in files:
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
        definitions = DEFINITION.findall(text)
        if len(definitions) != len(re.findall(r"^def \w+Op\b", text, re.M)):
            raise ValueError(f"{file}: an operation is defined without a body")
        for definition in definitions:
            examples.append(example_of(dialect, *definition))
        frame = frame or frame_of(dialect, text)
    if frame:
        whole = (frame[0].split()[0], "func.func")
        examples = [
            example
            if example.split()[0] in whole
            else "\n".join([frame[0], example, frame[1]])
            for example in examples
        ]
    print("\n// -----\n".join(examples))


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        sys.exit(str(error))
