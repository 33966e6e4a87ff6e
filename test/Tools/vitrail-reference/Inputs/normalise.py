# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""normalise.py IMAGES LOGITS N IMAGES_OUT LOGITS_OUT: the first N samples.

Grey values become (v / 255 - 0.5) / 0.5 in float32, as a channel of their own.
"""

import sys

import numpy as np

images, logits, count, images_out, logits_out = sys.argv[1:]
x = np.load(images)[: int(count), None].astype(np.float32)
np.save(images_out, (x / np.float32(255) - np.float32(0.5)) / np.float32(0.5))
np.save(logits_out, np.load(logits)[: int(count)])
