# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The rule of synthetic tensors, as include/vitrail/Support/Synthetic.h has it.

Every element is a function of the tensor's name and its index, so anybody can
make the same weights without storing any.
"""

import json
import math

import numpy

_GOLDEN = 0x9E3779B97F4A7C15


def _fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


def _uniform(name, count):
    """`count` values in [-1, 1): splitmix64 seeded with the name's hash."""
    bits = numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(
        _GOLDEN
    )
    bits += numpy.uint64(_fnv1a(name))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits ^= bits >> numpy.uint64(shift)
        bits *= numpy.uint64(factor)
    bits ^= bits >> numpy.uint64(31)
    return bits / 2.0**63 - 1.0


def tensor(name, shape):
    """The float32 tensor called `name`: weight, bias, or anything else."""
    values = _uniform(name, math.prod(shape)).reshape(shape)
    if name.endswith("weight") and len(shape) >= 2:
        values *= math.sqrt(3.0 / math.prod(shape[1:]))
    elif name.endswith("weight"):
        values = 1.0 + 0.2 * values
    elif name.endswith("bias"):
        values *= 0.1
    return values.astype(numpy.float32)


def fill(model, find=tensor):
    """Gives an ONNX model that was stored without its weights their values.

    Its metadata entry "weights" is a JSON object: of each initializer the name
    of the parameter that it holds, whether "transposed" or "as is", and if it
    holds a part of the rows, [first, last + 1, rows of the parameter]. The
    values are `find(parameter, shape)`.
    """
    import onnx

    (table,) = (p.value for p in model.metadata_props if p.key == "weights")
    table = json.loads(table)
    for initializer in model.graph.initializer:
        if initializer.name in table:
            values = initialize(table[initializer.name], initializer, find)
            initializer.CopyFrom(
                onnx.numpy_helper.from_array(values, initializer.name)
            )
    return model


def initialize(entry, initializer, find):
    parameter, layout, *part = entry
    transposed = layout == "transposed"
    shape = tuple(initializer.dims)[:: -1 if transposed else 1]
    if part:
        ((first, end, rows),) = part
        values = find(parameter, (rows, *shape[1:]))[first:end]
    else:
        values = find(parameter, shape)
    return numpy.ascontiguousarray(values.T if transposed else values)
