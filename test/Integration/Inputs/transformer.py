# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cached steps of a Transformer against scores of whole sequences, and against what
the public implementation generates.

    transformer.py LIBRARY.so SRC.npy TGT.npy LOGITS.npy GREEDY.npy

LIBRARY is of models/transformer.vit. Encoding SRC and taking the tokens of TGT step
by step must give LOGITS, and greedy generation must give the tokens of GREEDY, the
first of which is the start.
"""

import sys

import numpy

from generating import Library

TOLERANCE = 2e-6

source, target, expected, greedy = map(numpy.load, sys.argv[2:])
library = Library(sys.argv[1], expected.shape[-1], len(greedy) - 1)

library.encode(source)
steps = numpy.stack([library.step(tokens) for tokens in target.T], axis=1)
error = numpy.linalg.norm(steps - expected) / numpy.linalg.norm(expected)
print(f"steps: relative L2 error {error:.3g}")
if not error <= TOLERANCE:
    sys.exit("too large")

tokens, lengths, _ = library.generate(source, 1, len(greedy) - 1)
print("generated", tokens[0, : lengths[0]].tolist())
if lengths[0] != len(greedy) - 1 or (tokens[0] != greedy[1:]).any():
    sys.exit(f"expected {greedy[1:].tolist()}")
