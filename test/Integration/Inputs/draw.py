# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stores random values that no run has seen before.

    draw.py [FILE.npy SHAPE]...

A SHAPE like 2x3 makes normally distributed floats, one like 2x3:0:44 integers from 0
to 43.
"""

import secrets
import sys

import numpy

seed = secrets.randbits(32)
print(f"seed {seed}")
generator = numpy.random.default_rng(seed)
for path, text in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
    extents, *limits = text.split(":")
    shape = [int(extent) for extent in extents.split("x")]
    if limits:
        values = generator.integers(int(limits[0]), int(limits[1]), shape, numpy.int32)
    else:
        values = generator.standard_normal(shape, numpy.float32)
    numpy.save(path, values)
