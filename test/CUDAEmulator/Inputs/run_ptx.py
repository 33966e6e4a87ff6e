# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the kernels of a text in PTX one after the other, and prints what they leave.

    run_ptx.py FILE.ptx [--blocks N] [--threads N] [--shared BYTES] [--early] [ARGUMENT]...

All kernels take the same arguments: `buffer:N`, of N words that are 0, 1, 2 and so on;
`map:B:BYTES:EXTENTS:BOX`, a tensor map of buffer number B, with elements of so many
bytes, and extents such as 16x8, the innermost first. With --early each kernel may begin
before the one before it ends. Prints the first 8 words of each buffer, or the error.
"""

import argparse
import sys

import numpy

import driver


def parse_extents(text):
    return [int(extent) for extent in text.split("x")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--blocks", type=int, default=1)
    parser.add_argument("--threads", type=int, default=32)
    parser.add_argument("--shared", type=int, default=0)
    parser.add_argument("--early", action="store_true")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_intermixed_args()
    with open(options.file, encoding="utf-8") as file:
        text = file.read()
    cuda = driver.Driver()
    module = cuda.load(text)
    buffers, arguments = [], []
    for kind, *rest in (argument.split(":") for argument in options.arguments):
        if kind == "buffer":
            buffers.append(driver.Buffer(cuda, numpy.arange(int(rest[0]), dtype=numpy.uint32)))
            arguments.append(buffers[-1].address)
        else:
            buffer, size, extents, box = rest
            shape = parse_extents(extents), parse_extents(box)
            arguments.append(cuda.make_map(buffers[int(buffer)], int(size), *shape))
    for name in driver.find_kernels(text):
        launched = options.blocks, options.threads, options.shared, arguments
        cuda.launch(module, name, *launched, options.early)
    cuda.call("cuStreamSynchronize", None)
    for buffer in buffers:
        print(*buffer.read()[:8])


try:
    main()
except driver.CUDAError as error:
    sys.stderr.flush()
    print(error)
