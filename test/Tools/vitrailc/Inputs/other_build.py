# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""other_build.py BUILD COMPILER HALIDE: copies vitrailc, with what it finds
beside itself, and libHalide into the last two folders, and gives the copies other
build IDs."""

import pathlib
import re
import subprocess
import sys

# An ELF note: sizes of name and content, type 3, name.
NOTE = re.compile(rb"\x04\0\0\0[\x01-\x40]\0\0\0\x03\0\0\0GNU\0")


def copy(source, folder):
    data = bytearray(source.read_bytes())
    data[NOTE.search(data).end()] ^= 1
    folder.mkdir(parents=True)
    target = folder / source.name
    target.write_bytes(data)
    target.chmod(0o755)


build, compiler, halide = map(pathlib.Path, sys.argv[1:])
program = build / "bin/vitrailc"
copy(program, compiler / "bin")
(compiler / "lib").mkdir()
(compiler / "lib/libvitrail_runtime.a").symlink_to(
    build / "lib/libvitrail_runtime.a"
)
libraries = subprocess.check_output(["ldd", program], text=True)
copy(pathlib.Path(re.search(r"=> (\S*/libHalide\S*)", libraries)[1]), halide)
