# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""checkpoints.py FOLDER: writes FOLDER/NAME.safetensors, one per way to be damaged.

`whole` is right: F32 [2, 3], F16 [8], BF16 [5], I64 [3], I32 [2] and an F64 [2]
that no model can use. Each of the others differs from it in one thing.
"""

import copy
import json
import os
import sys

import numpy as np


def whole():
    """The header and the data of the checkpoint that is right."""
    half = np.array([1.5, -0.0, 65504, 2**-24, -(2**-14), 0.1, np.inf, 1 / 3], "<f2")
    brain = (np.array([1.5, -3e38, 1e-40, 0.1, 2.0], "<f4").view("<u4") >> 16).astype("<u2")
    tensors = {
        "single": ("F32", np.array([[0.1, -2.5, 3e-39], [4, 5, -6]], "<f4")),
        "half": ("F16", half),
        "brain": ("BF16", brain),
        "long": ("I64", np.array([-1, 2**52 + 1, 7], "<i8")),
        "int": ("I32", np.array([-(2**31), 9], "<i4")),
        "double": ("F64", np.array([1.0, 2.0])),
    }
    header, data = {"__metadata__": {"format": "np"}}, b""
    for name, (dtype, array) in tensors.items():
        begin, data = len(data), data + array.tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(array.shape),
            "data_offsets": [begin, len(data)],
        }
    return header, data


def serialise(text, data, length=None):
    text = text if isinstance(text, bytes) else text.encode()
    return np.uint64(len(text) if length is None else length).tobytes() + text + data


def edited(edit, extra=b""):
    """The right checkpoint with its header changed by `edit`."""
    header, data = whole()
    header = copy.deepcopy(header)
    edit(header)
    return serialise(json.dumps(header), data + extra)


def with_text(change):
    header, data = whole()
    return serialise(change(json.dumps(header)), data)


def setting(tensor, key, value):
    return edited(lambda header: header[tensor].__setitem__(key, value))


def several(header):
    header["single"]["dtype"] = "Q4"
    header["half"]["shape"] = [9]
    header["brain"]["data_offsets"] = [40, 4000]


checkpoints = {
    "whole": serialise(json.dumps(whole()[0]), whole()[1]),
    "tiny": b"\x01\x02\x03",
    "length": serialise("{}", b"", length=2**63 + 5),
    "not-json": serialise('{"single": {"dtype" "F32"}}', b""),
    "not-object": serialise("[1, 2]", b""),
    "deep": serialise("[" * 100000, b""),
    "twice": with_text(
        lambda text: text[:-1]
        + ', "h\\u0061lf": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}'
    ),
    "key-twice": with_text(lambda text: text.replace('"shape"', '"dtype": "F16", "shape"', 1)),
    "entry": edited(lambda header: header.__setitem__("single", 5)),
    "no-dtype": edited(lambda header: header["single"].pop("dtype")),
    "dtype": setting("single", "dtype", "Q4"),
    "no-shape": edited(lambda header: header["single"].pop("shape")),
    "shape": setting("single", "shape", [2, -3]),
    "fraction": setting("single", "shape", [2, 1.5]),
    "overflow": setting("single", "shape", [2**40, 2**40]),
    "offsets": setting("single", "data_offsets", [24, 0]),
    "no-offsets": edited(lambda header: header["single"].pop("data_offsets")),
    "outside": setting("double", "data_offsets", [90, 10000]),
    "size": setting("single", "shape", [2, 4]),
    "overlap": setting("half", "data_offsets", [20, 36]),
    "gap": edited(lambda header: header.pop("half")),
    "tail": edited(lambda header: None, extra=b"12345"),
    "several": edited(several),
}

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
for name, content in checkpoints.items():
    with open(os.path.join(folder, name + ".safetensors"), "wb") as file:
        file.write(content)
