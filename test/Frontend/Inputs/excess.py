# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes model files that ask for too much of something.

    excess.py FOLDER
"""

import os
import sys

MODEL = "model m(x: f32[batch, 4]) -> (y: f32[batch, 4]) {\n%s\n  return x\n}\n"

BODIES = {
    "parentheses": "a = " + "(" * 100_000,
    "lists": "a = " + "[" * 1000 + "]" * 1000,
    "minus": "a = " + "-" * 100_000 + "1",
    "not": "a = " + "not " * 100_000 + "true",
    "bodies": "if true {" * 1000 + "}" * 1000,
    "chain": "a = 1" + " + 1" * 100_000,
    "subscripts": "a = x" + "[:]" * 100_000,
    "recursion": "x = f(x)",
    "tree": "x = f(x) + f(x)",
    "depth": "x = g(x, 40)",
    "range": "for i in 0..1000000000000 { a = i }",
    "whole-range": "a = -9223372036854775807 .. 9223372036854775807",
    "loops": "for i in 0..60000 { for j in 0..60000 { a = i } }",
    "empty-loops": "a = 0..60000  for i in a { for j in a { } }",
    "slices": "a = 0..60000  for i in a { b = a[1:] }",
    "comparisons": "a = 0..60000  b = 0..60000  for i in a { c = a == b }",
    "operations": "for i in 0..60000 { x = -(-x) }",
    "long-list": "a = 0..60000  a = a + a",
    "deep-list": "a = []  for i in 0..60000 { a = [a] }",
    "wide-list": "a = 0..60000  a = [a, a]",
    "string": 'a = "ab"  for i in 0..60000 { a = "{a}{a}" }',
}
BLOCKS = {
    "recursion": "block f(x) { return f(x) }\n",
    "tree": "block f(x) { return f(x) + f(x) }\n",
    "depth": "block g(x, n) { return if n == 0 then x else %s }\n"
    % ("g(x, n - 1)" + " + 1" * 60),
}
FILES = {
    "null": b"// \0\n",
    "bytes": b"//\n// \xff\n",
    "empty": b"",
}


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    files = dict(FILES)
    for name, body in BODIES.items():
        files[name] = (BLOCKS.get(name, "") + MODEL % body).encode()
    for i in range(40):
        files[f"import{i}"] = f'import "import{i + 1}.vit"\n'.encode()
    files["import40"] = b""
    files["imports"] = b'import "import0.vit"\n' + (MODEL % "").encode()
    for name, text in files.items():
        with open(os.path.join(folder, name + ".vit"), "wb") as file:
            file.write(text)


main()
