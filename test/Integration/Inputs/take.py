# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stores the first 1, 3 and 64 samples of an array.

take.py ARRAY.npy STEM        writes STEM.1.npy, STEM.3.npy, STEM.64.npy
"""

import sys

import numpy

array = numpy.load(sys.argv[1])
for count in (1, 3, 64):
    numpy.save(f"{sys.argv[2]}.{count}.npy", array[:count])
