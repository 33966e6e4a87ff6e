# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""compare.py ACTUAL EXPECTED TOLERANCE: fails if the relative L2 error is larger."""

import sys

import numpy as np

actual, expected = np.load(sys.argv[1]), np.load(sys.argv[2])
assert actual.shape == expected.shape, (actual.shape, expected.shape)
error = np.linalg.norm(actual - expected) / np.linalg.norm(expected)
print(f"relative L2 error {error}")
sys.exit(0 if error <= float(sys.argv[3]) else 1)
