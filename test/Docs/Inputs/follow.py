# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Does what a document says, in its order, and compares what comes out.

    follow.py DOCUMENT FOLDER

A fenced block of `vit`, `c` or `mlir` is a file, which its first line names. One
of `cpp` or `cmake` quotes a file of the sources, which its first line names; "..."
on a line of its own leaves something out. In a block
of `console` each line that begins with "$ " is a command; all of them share one
shell, which starts in FOLDER. What follows is what the command prints: "..." is
any text, and on a line of its own any lines. A command fails if and only if
there is an error in what the document shows.
"""

import os
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"(?://|/\*) ([\w-]+\.\w+): ")
QUOTED = re.compile(r"(?://|#) ([\w./-]+)\n")
END = "--- end of command: "


def write(text, folder):
    name = FILE.match(text)
    if not name:
        sys.exit(f"a block names no file: {text.splitlines()[0]}")
    with open(os.path.join(folder, name[1]), "w", encoding="utf-8") as file:
        file.write(text)


def check_quote(text, root):
    name = QUOTED.match(text)
    if not name:
        sys.exit(f"a quote names no file: {text.splitlines()[0]}")
    with open(os.path.join(root, name[1]), encoding="utf-8") as file:
        rest = file.read()
    for part in text[name.end() :].split("...\n"):
        before, found, rest = rest.partition(part)
        if not found:
            sys.exit(f"{name[1]} does not say, or not there:\n{part}")


class Shell:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command):
        """The command's status and what it printed."""
        self.process.stdin.write(
            f"{{ {command}\n}} </dev/null\necho \"{END}$? $PWD\"\n"
        )
        self.process.stdin.flush()
        output = ""
        for line in self.process.stdout:
            before, end, status = line.partition(END)
            output += before
            if end:
                code, self.folder = status.rstrip("\n").split(" ", 1)
                return int(code), output
        sys.exit(f"the shell ended in: {command}")


def matches(expected, output):
    pattern = re.escape(expected).replace(re.escape("...\n"), r"(?:.*\n)*?")
    return re.fullmatch(pattern.replace(re.escape("..."), ".*"), output)


def check(shell, command, expected):
    print(f"$ {command}", flush=True)
    status, output = shell.run(command)
    print(output, end="")
    if (status != 0) != (" error: " in expected):
        sys.exit(f"the command exits with {status}")
    if not matches(expected, output):
        sys.exit(f"the document shows:\n{expected}")


def main():
    document, start = sys.argv[1:]
    with open(document, encoding="utf-8") as file:
        blocks = BLOCK.findall(file.read())
    shell = Shell(start)
    shell.run("true")
    for kind, text in blocks:
        if kind in ("vit", "c", "mlir"):
            write(text, shell.folder)
        elif kind in ("cpp", "cmake"):
            check_quote(text, os.path.dirname(os.path.dirname(document)))
        elif kind == "console":
            for step in re.split(r"^\$ ", text, flags=re.M)[1:]:
                command, expected = step.split("\n", 1)
                check(shell, command, expected)
        else:
            sys.exit(f"a block of '{kind}' says nothing to do")
    print(f"{len(blocks)} blocks")


main()
