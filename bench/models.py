# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models to measure: ONNX files, their inputs and what they should answer."""

import dataclasses
import pathlib
import re

import numpy
import onnx

import batching
import flops
import synthetic


@dataclasses.dataclass
class Case:
    """A model with a batch, its files ready for every engine."""

    model: str
    batch: int
    onnx: pathlib.Path
    input: pathlib.Path
    expected: numpy.ndarray
    flops: int
    source: pathlib.Path | None
    preset: str


def prepare(name, batch, arguments, folder):
    """Writes the files of a case into `folder`. Every sample is the same."""
    model = synthetic.fill(onnx.load(arguments.onnx / f"{name}.onnx"))
    model = batching.rebatch(model, batch)
    path = folder / f"{name}.batch{batch}.onnx"
    onnx.save(model, path)
    dimensions = model.graph.input[0].type.tensor_type.shape.dim
    shape = [1] + [d.dim_value for d in dimensions[1:]]
    values = numpy.repeat(synthetic.tensor("input", shape), batch, axis=0)
    numpy.save(path.with_suffix(".input.npy"), values)
    expected = numpy.load(arguments.logits / f"{name}.logits.npy")
    return Case(
        name,
        batch,
        path,
        path.with_suffix(".input.npy"),
        numpy.repeat(expected, batch, axis=0),
        flops.count(model),
        *_find_text(model, name, arguments.sources),
    )


def find_preset(name, folder):
    """The first model text in `folder` that has a preset of this name."""
    preset = re.compile(rf"^preset {re.escape(name)}\b", re.MULTILINE)
    for path in sorted(folder.glob("*.vit")):
        if preset.search(path.read_text()):
            return path
    return None


def _find_text(model, name, folder):
    """The model text and the preset, which the ONNX file may name."""
    facts = {p.key: p.value for p in model.metadata_props}
    preset = facts.get("preset", name)
    if "source" in facts:
        return folder / facts["source"], preset
    return find_preset(preset, folder), preset


def relative_error(output, expected):
    """The largest relative L2 error of a sample."""
    if output.shape != expected.shape:
        return float("inf")
    rows = [numpy.reshape(x, (len(x), -1)) for x in (output, expected)]
    errors = numpy.linalg.norm(rows[0] - rows[1], axis=1)
    return float((errors / numpy.linalg.norm(rows[1], axis=1)).max())
