# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Synthetic parameters, as a module and as checkpoints.

    synthetic.py MODULE.mlir OUT.safetensors

writes the parameters of a module in nn (vitrailc --emit=nn). They are those of
`--weights synthetic`, every element a function of its tensor's name and its
index, except for two kinds that would spoil a model:

    ...running_var          1 + u / 2            variances are positive
    ...weight_[ih]h_l...    u sqrt(3 / columns)  a recurrence must not explode
"""

import json
import re
import sys

import numpy


def uniform(name, shape):
    """Elements in [-1, 1): splitmix64(fnv1a64(name) + golden (index + 1))."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) % 2**64
    count = numpy.prod(shape, dtype=numpy.int64)
    with numpy.errstate(over="ignore"):
        bits = numpy.arange(1, count + 1, dtype=numpy.uint64)
        bits = numpy.uint64(state) + bits * numpy.uint64(0x9E3779B97F4A7C15)
        for shift, factor in (30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB):
            bits = (bits ^ (bits >> numpy.uint64(shift))) * numpy.uint64(factor)
        bits ^= bits >> numpy.uint64(31)
    return (bits.astype(numpy.float64) / 2.0**63 - 1.0).reshape(shape)


def parameter(name, shape):
    """The parameter `name` in float32."""
    values = uniform(name, shape)
    if name.endswith("running_var"):
        values = 1 + values / 2
    elif re.search(r"weight_[ih]h_l\w+$", name):
        values *= numpy.sqrt(3 / shape[-1])
    elif name.endswith("bias"):
        values *= 0.1
    elif name.endswith("weight") and len(shape) == 1:
        values = 1 + 0.2 * values
    elif name.endswith("weight"):
        values *= numpy.sqrt(3 / numpy.prod(shape[1:]))
    return values.astype(numpy.float32)


def save(path, tensors):
    header, end = {}, 0
    for name, values in tensors.items():
        begin, end = end, end + values.nbytes
        shape, offsets = list(values.shape), [begin, end]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            file.write(values.tobytes())


def main():
    module, path = sys.argv[1:]
    pattern = r'nn\.parameter "(.*)" : tensor<((?:\d+x)*)f32>'
    with open(module) as file:
        found = dict(re.findall(pattern, file.read()))
    tensors = {}
    for name, extents in found.items():
        shape = [int(extent) for extent in extents.split("x")[:-1]]
        tensors[name] = parameter(name, shape)
    save(path, tensors)


if __name__ == "__main__":
    main()
