# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Models to measure: ONNX files, their inputs and what they should answer.

A model is NAME.onnx, or NAME.calls.json: a list of ONNX files, called one after
the other. What is between the calls goes by names: an output X or X.next is
what later calls take as the input X, unless they are given another. Other
outputs are what the model answers. Given are the arrays of NAME.inputs.npz,
called "CALL.INPUT", calls being numbered from 0; a model of one call and one
input can do without, and gets the synthetic tensor "input".
"""

import dataclasses
import functools
import json
import pathlib
import re

import numpy
import onnx

import batching
import checkpoints
import flops
import synthetic


@dataclasses.dataclass
class Case:
    """A model with a batch, its files ready for every engine."""

    model: str
    batch: int
    # As engines/__init__.py describes them.
    graphs: dict[str, dict]
    calls: list[str]
    inputs: pathlib.Path
    expected: numpy.ndarray
    flops: int
    # What Vitrail compiles.
    source: pathlib.Path | None
    preset: str
    weights: str


def list_names(folder):
    """The models in a folder."""
    sequences, parts = [], set()
    for path in folder.glob("*.calls.json"):
        sequences.append(path.name.removesuffix(".calls.json"))
        parts.update(json.loads(path.read_text()))
    alone = [p.stem for p in folder.glob("*.onnx") if p.name not in parts]
    return sorted(sequences + alone)


def prepare(name, batch, arguments, folder):
    """Writes the files of a case into `folder`. Every sample is the same."""
    files = _list_calls(name, arguments.onnx)
    loaded = {
        file: _load(arguments.onnx / file, batch, arguments.sources)
        for file in dict.fromkeys(files)
    }
    facts = {file: _facts(model) for file, model in loaded.items()}
    # Without a name, it is the first entry of the model text.
    entries = {file: facts[file].get("entry", "") for file in files}
    carried = {i.name for m in loaded.values() for i in m.graph.input}
    graphs = {}
    for file, model in loaded.items():
        path = folder / f"{name}.batch{batch}.{file}"
        onnx.save(model, path)
        graphs[entries[file]] = describe_graph(model, path, carried)
    inputs = folder / f"{name}.batch{batch}.inputs.npz"
    given = _find_inputs(name, loaded[files[0]], arguments.onnx)
    numpy.savez(inputs, **{k: repeat(v, batch) for k, v in given.items()})
    first = facts[files[0]]
    counts = {file: flops.count(model) for file, model in loaded.items()}
    return Case(
        name,
        batch,
        graphs,
        [entries[file] for file in files],
        inputs,
        repeat(_find_expected(name, arguments), batch),
        sum(counts[file] for file in files),
        *_find_text(first, name, arguments.sources),
        _find_weights(first, arguments.sources),
    )


def describe_graph(model, path, carried):
    """An ONNX model as engines see it; `carried` are inputs of any graph."""
    states = {}
    for output in model.graph.output:
        input = output.name.removesuffix(".next")
        if input in carried:
            states[output.name] = input
    return {
        "onnx": str(path),
        "inputs": [value.name for value in model.graph.input],
        "outputs": [value.name for value in model.graph.output],
        "states": states,
    }


def find_preset(name, folder):
    """The first model text in `folder` that has a preset of this name."""
    preset = re.compile(rf"^preset {re.escape(name)}\b", re.MULTILINE)
    for path in sorted(folder.glob("*.vit")):
        if preset.search(path.read_text()):
            return path
    return None


def relative_error(output, expected):
    """The largest relative L2 error of a sample."""
    if output.shape != expected.shape:
        return float("inf")
    rows = [numpy.reshape(x, (len(x), -1)) for x in (output, expected)]
    errors = numpy.linalg.norm(rows[0] - rows[1], axis=1)
    return float((errors / numpy.linalg.norm(rows[1], axis=1)).max())


def _list_calls(name, folder):
    path = folder / f"{name}.calls.json"
    if path.exists():
        return json.loads(path.read_text())
    return [f"{name}.onnx"]


def _facts(model):
    return {p.key: p.value for p in model.metadata_props}


def _load(path, batch, sources):
    model = onnx.load(path)
    checkpoint = _find_weights(_facts(model), sources)
    if checkpoint == "synthetic":
        synthetic.fill(model)
    else:
        synthetic.fill(model, _read_checkpoint(checkpoint))
    return batching.rebatch(model, batch)


@functools.cache
def _read_checkpoint(path):
    tensors = checkpoints.read(pathlib.Path(path))
    return lambda name, shape: tensors[name].reshape(shape)


def repeat(values, batch):
    """The values of a batch; a scalar belongs to no sample."""
    return numpy.repeat(values, batch, axis=0) if values.ndim else values


def _find_inputs(name, model, folder):
    path = folder / f"{name}.inputs.npz"
    if path.exists():
        return dict(numpy.load(path))
    (value,) = model.graph.input
    dimensions = value.type.tensor_type.shape.dim
    shape = [1] + [d.dim_value for d in dimensions[1:]]
    return {f"0.{value.name}": synthetic.tensor("input", shape)}


def _find_expected(name, arguments):
    """The answers, beside the model or where all are."""
    beside = arguments.onnx / f"{name}.logits.npy"
    return numpy.load(
        beside if beside.exists() else arguments.logits / beside.name
    )


def _find_text(facts, name, folder):
    """The model text and the preset, which the ONNX file may name."""
    preset = facts.get("preset", name)
    if "source" in facts:
        return folder / facts["source"], preset
    return find_preset(preset, folder), preset


def _find_weights(facts, folder):
    """The checkpoint that the ONNX file names, or "synthetic"."""
    if "checkpoint" in facts:
        return str((folder / facts["checkpoint"]).resolve())
    return "synthetic"
