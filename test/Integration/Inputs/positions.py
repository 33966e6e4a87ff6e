# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""positions.py LENGTH FEATURES STEM: sines and cosines as positions.

Writes zeros to STEM.zero.npy and, in double precision, the table of Vaswani et
al. 2017, section 3.5, to STEM.table.npy, both [1, LENGTH, FEATURES].
"""

import sys

import numpy

length, features = int(sys.argv[1]), int(sys.argv[2])
wavelengths = 10000 ** (numpy.arange(0, features, 2) / features)
angles = numpy.arange(length)[:, None] / wavelengths
table = numpy.zeros((1, length, features))
numpy.save(f"{sys.argv[3]}.zero.npy", table.astype(numpy.float32))
table[0, :, 0::2] = numpy.sin(angles)
table[0, :, 1::2] = numpy.cos(angles)
numpy.save(f"{sys.argv[3]}.table.npy", table)
