# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX files of presets of models/transformer.vit, with inputs and answers.

A preset with a trained checkpoint, NAME.safetensors beside the model text,
reads a source and decodes it in `max_length` steps: NAME has caches of a fixed
size, NAME_growing caches that grow. Any other scores a target, with synthetic
weights.
"""

import json

import numpy
import onnx
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

import checkpoints
import synthetic
import transformer
from compare import ROOT

_INPUTS = ROOT / "test/Integration/Inputs"


def write(name, text, folder):
    """Writes the files of a preset into `folder`; returns the model's path."""
    sizes = transformer.read_sizes(text, name)
    if text.with_name(f"{name}.safetensors").exists():
        for model, growing in ((name, False), (f"{name}_growing", True)):
            path = _write_decoding(name, model, sizes, growing, text, folder)
        return path
    return _write_score(name, sizes, folder)


def _write_score(name, sizes, folder):
    """Of the tokens that a public implementation has scored."""
    path = folder / f"{name}.onnx"
    model = transformer.build_score(sizes).model(entry="score", preset=name)
    onnx.save(model, path)
    given = {
        key: numpy.load(_INPUTS / f"{name}.{key}.npy").astype(numpy.int32)
        for key in ("src", "tgt")
    }
    _save_inputs(folder / f"{name}.inputs.npz", [given])
    (logits,) = _evaluate(synthetic.fill(model), given).values()
    known = numpy.load(_INPUTS / f"{name}.logits.npy")
    _compare(logits, known)
    numpy.save(folder / f"{name}.logits.npy", known)
    return path


def _write_decoding(preset, name, sizes, growing, text, folder):
    """Of the first example that there is beside the checkpoint."""
    facts = {"preset": preset, "checkpoint": f"{preset}.safetensors"}
    builders = {
        "encode": transformer.build_encode(sizes),
        "step": transformer.build_step(sizes, growing),
    }
    graphs = {
        entry: builder.model(entry=entry, **facts)
        for entry, builder in builders.items()
    }
    for entry, model in graphs.items():
        onnx.save(model, folder / f"{name}.{entry}.onnx")
    calls = ["encode"] + ["step"] * sizes.max_length
    path = folder / f"{name}.calls.json"
    path.write_text(json.dumps([f"{name}.{c}.onnx" for c in calls]) + "\n")

    examples = json.loads(text.with_name(f"{preset}.json").read_text())
    source, answer = (tokenize(part, text, preset) for part in examples[0])
    given = _list_inputs(sizes, graphs["step"], source, answer)
    _save_inputs(folder / f"{name}.inputs.npz", given)
    tensors = checkpoints.read(text.with_name(facts["checkpoint"]))
    for model in graphs.values():
        synthetic.fill(model, lambda key, shape: tensors[key].reshape(shape))
    logits = _decode([graphs[call] for call in calls], given)
    numpy.save(folder / f"{name}.logits.npy", logits)
    if logits[0].argmax(1)[: len(answer) + 1].tolist() != [*answer, sizes.end]:
        raise ValueError(f"{name} does not answer {examples[0]}")
    known = numpy.load(text.with_name(f"{preset}.logits.npy"))[:1]
    _compare(logits[:, : known.shape[1]], known)
    return path


def _save_inputs(path, calls):
    arrays = {}
    for i, given in enumerate(calls):
        arrays |= {f"{i}.{name}": values for name, values in given.items()}
    numpy.savez(path, **arrays)


def tokenize(example, text, preset):
    """Numbers of the characters, of which the preset has a list."""
    body = text.read_text().split(f"\npreset {preset} ")[1]
    characters = body.split('characters = "')[1].split('"')[0]
    return [3 + characters.index(character) for character in example]


def _list_inputs(sizes, step, source, answer):
    """Each call's: tokens are those that greedy search should choose."""
    row = numpy.full([1, sizes.source_length], sizes.pad, numpy.int32)
    row[0, : len(source)] = source
    tokens = [sizes.start, *answer, sizes.end][: sizes.max_length]
    tokens += [sizes.end] * (sizes.max_length - len(tokens))
    calls = [{"src": row}]
    for position, token in enumerate(tokens):
        calls.append(
            {
                "token": numpy.array([[token]], numpy.int32),
                "position": numpy.array(position, numpy.int32),
            }
        )
    # Caches are empty at first; an extent that is not known is none.
    for value in step.graph.input:
        if value.name.startswith("self_"):
            dimensions = value.type.tensor_type.shape.dim
            shape = [dimension.dim_value for dimension in dimensions]
            calls[1][value.name] = numpy.zeros(shape, numpy.float32)
    return calls


def _decode(models, given):
    """Logits of each step, [1, steps, vocabulary]."""
    states, logits = {}, []
    for model, inputs in zip(models, given, strict=True):
        known = states | inputs
        names = [value.name for value in model.graph.input]
        results = _evaluate(model, {name: known[name] for name in names})
        if "logits" in results:
            logits.append(results.pop("logits"))
        states |= {k.removesuffix(".next"): v for k, v in results.items()}
    return numpy.concatenate(logits, axis=1)


def _evaluate(model, inputs):
    """Outputs by their names, in double precision."""
    inputs = dict(inputs)
    double = onnx.ModelProto()
    double.CopyFrom(model)
    for tensor in double.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            values = numpy_helper.to_array(tensor).astype(numpy.float64)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for value in (*double.graph.input, *double.graph.output):
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT:
            value.type.tensor_type.elem_type = onnx.TensorProto.DOUBLE
    for name, values in inputs.items():
        if values.dtype == numpy.float32:
            inputs[name] = values.astype(numpy.float64)
    names = [value.name for value in double.graph.output]
    return dict(zip(names, ReferenceEvaluator(double).run(None, inputs)))


def _compare(logits, known):
    """With a public implementation's, which are in double precision, too."""
    error = numpy.linalg.norm(logits - known) / numpy.linalg.norm(known)
    print(f"relative L2 distance to the public implementation: {error:.1e}")
    if not error <= 1e-6:
        raise ValueError("the graph does not compute what the model does")
