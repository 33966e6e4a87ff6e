# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""save.py FILE DTYPE EXTENT...: writes the numbers 0.5, 1.5, 2.5 ..."""

import sys

import numpy as np

path, dtype, *extents = sys.argv[1:]
shape = [int(extent) for extent in extents]
np.save(path, (np.arange(np.prod(shape)) + 0.5).reshape(shape).astype(dtype))
