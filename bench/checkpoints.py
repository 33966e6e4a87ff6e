# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checkpoints in the format safetensors, of float32 tensors."""

import json

import numpy


def read(path):
    """The tensors of a file by their names."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    return {
        name: _tensor(name, data[start:], **entry)
        for name, entry in header.items()
    }


def _tensor(name, data, dtype, shape, data_offsets):
    if dtype != "F32":
        raise ValueError(f"{name} is {dtype}, not F32")
    first, end = data_offsets
    return numpy.frombuffer(data[first:end], "<f4").reshape(shape)
