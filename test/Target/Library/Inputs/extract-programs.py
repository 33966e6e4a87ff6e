# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes each C program of a document to a file of its own.

    extract-programs.py DOCUMENT FOLDER

A program is a fenced block of `c`; its first line includes the header whose name
the file gets: vit.c for #include "vit.h".
"""

import os
import re
import sys

PROGRAM = re.compile(r'^```c\n(#include "(\w+)\.h"\n.*?)^```$', re.M | re.S)

document, folder = sys.argv[1:]
with open(document, encoding="utf-8") as file:
    text = file.read()
programs = PROGRAM.findall(text)
if len(programs) != text.count("```c\n"):
    sys.exit(f"{document}: a program does not begin with its header")
os.makedirs(folder, exist_ok=True)
for program, name in programs:
    with open(os.path.join(folder, f"{name}.c"), "w", encoding="utf-8") as file:
        file.write(program)
