# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Copies a safetensors file with other values in one tensor of floats.

    change_parameter.py FILE.safetensors NAME COPY.safetensors
"""

import json
import pathlib
import struct
import sys

import numpy


def main():
    source, name, target = sys.argv[1:]
    data = bytearray(pathlib.Path(source).read_bytes())
    (size,) = struct.unpack_from("<Q", data)
    entry = json.loads(data[8 : 8 + size])[name]
    if entry["dtype"] != "F32":
        sys.exit(f"{name} has elements of type {entry['dtype']}, not F32")
    begin, end = (8 + size + offset for offset in entry["data_offsets"])
    values = numpy.frombuffer(data[begin:end], "<f4") + numpy.float32(0.125)
    data[begin:end] = values.tobytes()
    pathlib.Path(target).write_bytes(data)


if __name__ == "__main__":
    main()
