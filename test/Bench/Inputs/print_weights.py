# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what weights are: print_weights.py BENCH FILE.safetensors."""

import json
import pathlib
import sys
import tempfile
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
import checkpoints  # noqa: E402
import synthetic  # noqa: E402

whole = synthetic.tensor("a.weight", (6, 4))


def is_initialized(shape, layout, expected, *part):
    initializer = SimpleNamespace(dims=shape)
    entry = ["a.weight", layout, *part]
    values = synthetic.initialize(entry, initializer, synthetic.tensor)
    return values.shape == shape and (values == expected).all()


shown = {
    "as is": is_initialized((6, 4), "as is", whole),
    "transposed": is_initialized((4, 6), "transposed", whole.T),
    "rows": is_initialized((2, 4), "as is", whole[3:5], [3, 5, 6]),
    "transposed rows": is_initialized(
        (4, 2), "transposed", whole[3:5].T, [3, 5, 6]
    ),
}
print("synthetic:", ", ".join(f"{k} {v}" for k, v in shown.items()))

tensors = checkpoints.read(pathlib.Path(sys.argv[2]))
embedding = tensors["src_embed.weight"]
print(
    f"checkpoint: {sum(t.size for t in tensors.values())} parameters,",
    f"src_embed.weight {list(embedding.shape)} {embedding.dtype}",
)

header = {"half": {"dtype": "F16", "shape": [1], "data_offsets": [0, 2]}}
text = json.dumps(header).encode()
with tempfile.NamedTemporaryFile() as file:
    file.write(len(text).to_bytes(8, "little") + text + b"\0\0")
    file.flush()
    try:
        checkpoints.read(pathlib.Path(file.name))
    except ValueError as error:
        print(f"ValueError: {error}")
