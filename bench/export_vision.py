# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX files of timm's or Hugging Face's models, and what they should answer."""

import json
import re

import numpy
import onnx
import torch

import synthetic
from engines import torch_engine


class Logits(torch.nn.Module):
    """A model of Hugging Face's that returns a tensor."""

    def __init__(self, model):
        super().__init__()
        self._model = model

    def forward(self, image):
        return self._model(image).logits


def create_hf_model(name):
    """A Vision Transformer of the size that the preset's name says."""
    import transformers

    sizes = {"base": (768, 12, 12), "large": (1024, 24, 16)}
    size, patch, image = re.fullmatch(
        r"vit_(base|large)_patch(\d+)_(\d+)", name
    ).groups()
    dim, depth, heads = sizes[size]
    settings = transformers.ViTConfig(
        hidden_size=dim,
        num_hidden_layers=depth,
        num_attention_heads=heads,
        intermediate_size=4 * dim,
        patch_size=int(patch),
        image_size=int(image),
        num_labels=1000,
    )
    return transformers.ViTForImageClassification(settings).eval()


def find_parameters(model, parameters):
    """Names of initializers, what parameters they hold, and how.

    Exporters rename some and transpose some, so they are known by their values.
    """
    known = {}
    for key, values in parameters.items():
        known[values.shape, values.tobytes()] = key, "as is"
        if values.ndim == 2:
            known.setdefault(
                (values.T.shape, values.T.tobytes()), (key, "transposed")
            )
    table = {}
    for initializer in model.graph.initializer:
        values = onnx.numpy_helper.to_array(initializer)
        found = known.get((values.shape, values.tobytes()))
        if found and values.size > 1:
            table[initializer.name] = found
    return table


def empty(model, table):
    """Takes the weights out of the model, and notes what they were."""
    for initializer in model.graph.initializer:
        if initializer.name in table:
            initializer.ClearField("raw_data")
    entry = model.metadata_props.add()
    entry.key, entry.value = "weights", json.dumps(table)


def export(model, image_size, path):
    """Writes both files of a model whose parameters are synthetic."""
    parameters = {
        key: parameter.detach().numpy()
        for key, parameter in model.named_parameters()
    }
    inner = model if hasattr(model, "default_cfg") else Logits(model)
    image = synthetic.tensor("input", (1, 3, image_size, image_size))
    torch.onnx.export(inner, (torch.from_numpy(image),), path, dynamo=True)
    exported = onnx.load(path)
    empty(exported, find_parameters(exported, parameters))
    for data in path.parent.glob(f"{path.name}.data"):
        data.unlink()
    with torch.no_grad():
        logits = inner.double()(torch.from_numpy(image).double())
    numpy.save(path.with_suffix(".logits.npy"), logits.numpy())
    return exported


def write(name, hf, folder):
    """Writes the files of a model into `folder`; returns the model's path."""
    if hf:
        model, path = create_hf_model(name), folder / f"hf_{name}.onnx"
        torch_engine.fill(model)
    else:
        model, path = torch_engine.create_model(name), folder / f"{name}.onnx"
    size = int(re.search(r"\d+$", name)[0])
    exported = export(model, size, path)
    if hf:
        for key, value in (("source", "vit_hf.vit"), ("preset", name)):
            entry = exported.metadata_props.add()
            entry.key, entry.value = key, value
    onnx.save(exported, path)
    return path
