# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX graphs of the encoder-decoder Transformer, models/transformer.vit.

They are what torch.nn.Transformer comes to behind two embeddings: projections
of queries, keys and values in one product where they are of the same tokens,
and everything that depends on nothing but sizes computed before. `score` has
one graph; decoding with caches has two, as is usual: one for the source, one
for a step, which gets caches and gives them back.
"""

import dataclasses
import math
import re

import numpy
from onnx import TensorProto

import graphs

_MASKED = -1e30


@dataclasses.dataclass
class Sizes:
    """The settings of a preset that graphs depend on; see the model text."""

    source_length: int
    target_length: int
    max_length: int
    vocabulary: int
    dim: int
    layers: int
    heads: int
    hidden: int
    start: int
    end: int
    pad: int


def read_sizes(path, preset):
    """The sizes of a preset, as the model text has them."""
    text = re.sub(r"//.*", "", path.read_text())
    values = {}
    for head in ("config", f"preset {re.escape(preset)}"):
        (body,) = re.findall(rf"^{head} {{(.*?)}}", text, re.M | re.S)
        for key, value in re.findall(r"(\w+)\s*=\s*(-?\d+)", body):
            values[key] = int(value)
    names = [field.name for field in dataclasses.fields(Sizes)]
    return Sizes(**{name: values[name] for name in names})


def positions(count, dim):
    """Vaswani et al. 2017, section 3.5; float64 [count, dim]."""
    rates = 10000.0 ** (-numpy.arange(0, dim, 2) / dim)
    angles = numpy.arange(count)[:, None] * rates
    return numpy.stack([numpy.sin(angles), numpy.cos(angles)], 2).reshape(
        count, dim
    )


class Builder(graphs.Graph):
    """The blocks of the model text, as nodes; tensors have batch 1."""

    def __init__(self, name, sizes):
        super().__init__(name)
        self.sizes = sizes

    def linear(self, x, weight, inputs, outputs, bias, rows=None):
        """x W^T + b, with some rows of the weight and of the bias."""
        first, last = rows or (0, outputs)
        kept = None if (first, last) == (0, outputs) else rows
        product = self.op(
            "MatMul", x, self.weight(weight, [outputs, inputs], True, kept)
        )
        return self.op("Add", product, self.weight(bias, [outputs], rows=kept))

    def named_linear(self, name, x, inputs, outputs):
        return self.linear(
            x, f"{name}.weight", inputs, outputs, f"{name}.bias"
        )

    def project(self, name, x, first, count, length):
        """`count` projections of attention, [1, heads, length, features]."""
        dim, heads = self.sizes.dim, self.sizes.heads
        rows = (first * dim, (first + count) * dim)
        weight, bias = f"{name}.in_proj_weight", f"{name}.in_proj_bias"
        packed = self.linear(x, weight, dim, 3 * dim, bias, rows)
        parts = [packed]
        if count > 1:
            parts = self.op(
                "Split", packed, results=count, num_outputs=count, axis=-1
            )
        shape = self.constant([1, length, heads, dim // heads], numpy.int64)
        return [
            self.op(
                "Transpose", self.op("Reshape", p, shape), perm=[0, 2, 1, 3]
            )
            for p in parts
        ]

    def attend(self, name, queries, keys, values, mask, length):
        """Queries are scaled, of which there are fewer than of scores."""
        dim = self.sizes.dim
        scale = self.constant((dim // self.sizes.heads) ** -0.5)
        scores = self.op(
            "MatMul",
            self.op("Mul", queries, scale),
            self.op("Transpose", keys, perm=[0, 1, 3, 2]),
        )
        if mask is not None:
            scores = self.op("Add", scores, mask)
        weights = self.op("Softmax", scores, axis=-1)
        heads = self.op("MatMul", weights, values)
        heads = self.op("Transpose", heads, perm=[0, 2, 1, 3])
        shape = self.constant([1, length, dim], numpy.int64)
        joined = self.op("Reshape", heads, shape)
        return self.named_linear(f"{name}.out_proj", joined, dim, dim)

    def norm(self, name, x):
        dim = self.sizes.dim
        scale = self.weight(f"{name}.weight", [dim])
        shift = self.weight(f"{name}.bias", [dim])
        return self.op(
            "LayerNormalization", x, scale, shift, axis=-1, epsilon=1e-5
        )

    def add_norm(self, name, x, y):
        return self.norm(name, self.op("Add", x, y))

    def feed_forward(self, layer, norm, x):
        dim, hidden = self.sizes.dim, self.sizes.hidden
        y = self.named_linear(f"{layer}.linear1", x, dim, hidden)
        y = self.op("Relu", y)
        y = self.named_linear(f"{layer}.linear2", y, hidden, dim)
        return self.add_norm(f"{layer}.{norm}", x, y)

    def embed(self, name, tokens, where):
        """Vectors of tokens, and `where`, the positions, added to them."""
        dim = self.sizes.dim
        table = self.weight(f"{name}.weight", [self.sizes.vocabulary, dim])
        x = self.op("Gather", table, tokens, axis=0)
        x = self.op("Mul", x, self.constant(math.sqrt(dim)))
        return self.op("Add", x, where)

    def padding_mask(self, source):
        """[1, 1, 1, source_length]; None where no token means padding."""
        sizes = self.sizes
        if sizes.pad < 0:
            return None
        padding = self.op(
            "Equal", source, self.constant(sizes.pad, numpy.int32)
        )
        mask = self.op(
            "Where", padding, self.constant(_MASKED), self.constant(0.0)
        )
        shape = self.constant([1, 1, 1, sizes.source_length], numpy.int64)
        return self.op("Reshape", mask, shape)

    def encoder(self, source, mask):
        sizes = self.sizes
        length = sizes.source_length
        where = self.constant(positions(length, sizes.dim))
        x = self.embed("src_embed", source, where)
        for i in range(sizes.layers):
            layer = f"transformer.encoder.layers.{i}"
            name = f"{layer}.self_attn"
            heads = self.project(name, x, 0, 3, length)
            y = self.attend(name, *heads, mask, length)
            x = self.add_norm(f"{layer}.norm1", x, y)
            x = self.feed_forward(layer, "norm2", x)
        return self.norm("transformer.encoder.norm", x)

    def memory(self, i, encoded):
        """Keys and values of the source for a layer of the decoder."""
        name = f"transformer.decoder.layers.{i}.multihead_attn"
        return self.project(name, encoded, 1, 2, self.sizes.source_length)

    def decoder_layer(self, i, x, own, mask, memory, memory_mask, length):
        """`own` are queries, keys and values of the tokens themselves."""
        layer = f"transformer.decoder.layers.{i}"
        y = self.attend(f"{layer}.self_attn", *own, mask, length)
        x = self.add_norm(f"{layer}.norm1", x, y)
        name = f"{layer}.multihead_attn"
        (queries,) = self.project(name, x, 0, 1, length)
        y = self.attend(name, queries, *memory, memory_mask, length)
        x = self.add_norm(f"{layer}.norm2", x, y)
        return self.feed_forward(layer, "norm3", x)

    def generator(self, x):
        sizes = self.sizes
        x = self.norm("transformer.decoder.norm", x)
        return self.named_linear("generator", x, sizes.dim, sizes.vocabulary)

    def token_input(self, name, length):
        return self.input(name, [1, length], TensorProto.INT32)


def build_score(sizes):
    """What may follow each token of a target: src, tgt -> logits."""
    builder = Builder("score", sizes)
    length = sizes.target_length
    source = builder.token_input("src", sizes.source_length)
    target = builder.token_input("tgt", length)
    memory_mask = builder.padding_mask(source)
    encoded = builder.encoder(source, memory_mask)
    mask = builder.constant(_MASKED * numpy.triu(numpy.ones([length] * 2), 1))
    where = builder.constant(positions(length, sizes.dim))
    x = builder.embed("tgt_embed", target, where)
    for i in range(sizes.layers):
        name = f"transformer.decoder.layers.{i}.self_attn"
        own = builder.project(name, x, 0, 3, length)
        memory = builder.memory(i, encoded)
        x = builder.decoder_layer(
            i, x, own, mask, memory, memory_mask, length
        )
    shape = [1, length, sizes.vocabulary]
    builder.output(builder.generator(x), "logits", shape)
    return builder


def build_encode(sizes):
    """src -> what each layer of the decoder needs of the source."""
    builder = Builder("encode", sizes)
    source = builder.token_input("src", sizes.source_length)
    mask = builder.padding_mask(source)
    encoded = builder.encoder(source, mask)
    shape = _cache_shape(sizes, sizes.source_length)
    for i in range(sizes.layers):
        for kind, value in zip(("keys", "values"), builder.memory(i, encoded)):
            builder.output(value, f"memory_{kind}_{i}", shape)
    if mask is not None:
        builder.output(mask, "source_mask", _mask_shape(sizes))
    return builder


def build_step(sizes, growing):
    """token, position, memory, caches -> logits, caches with the token.

    Caches grow by a token in each step, from none, or have room for all steps.
    """
    builder = Builder("step", sizes)
    steps = sizes.max_length
    token = builder.token_input("token", 1)
    position = builder.input("position", [], TensorProto.INT32)

    def at_position(table, dtype=numpy.float32):
        constant = builder.constant(table, dtype)
        return builder.op("Gather", constant, position, axis=0)

    mask = here = memory_mask = None
    past_shape, shape = [_cache_shape(sizes, n) for n in ("past", "seen")]
    if not growing:
        past_shape = shape = _cache_shape(sizes, steps)
        mask = at_position(_MASKED * numpy.triu(numpy.ones([steps] * 2), 1))
        here = numpy.eye(steps).reshape(steps, 1, 1, steps, 1)
        here = at_position(here, numpy.bool_)
    if sizes.pad >= 0:
        memory_mask = builder.input("source_mask", _mask_shape(sizes))
    where = at_position(positions(steps, sizes.dim))
    x = builder.embed("tgt_embed", token, where)
    for i in range(sizes.layers):
        name = f"transformer.decoder.layers.{i}.self_attn"
        own = builder.project(name, x, 0, 3, 1)
        for j, kind in ((1, "keys"), (2, "values")):
            past = builder.input(f"self_{kind}_{i}", past_shape)
            if growing:
                own[j] = builder.op("Concat", past, own[j], axis=2)
            else:
                own[j] = builder.op("Where", here, own[j], past)
        memory = [
            builder.input(
                f"memory_{kind}_{i}", _cache_shape(sizes, sizes.source_length)
            )
            for kind in ("keys", "values")
        ]
        x = builder.decoder_layer(i, x, own, mask, memory, memory_mask, 1)
        builder.output(own[1], f"self_keys_{i}.next", shape)
        builder.output(own[2], f"self_values_{i}.next", shape)
    builder.output(
        builder.generator(x), "logits", [1, 1, sizes.vocabulary]
    )
    return builder


def _cache_shape(sizes, length):
    return [1, sizes.heads, length, sizes.dim // sizes.heads]


def _mask_shape(sizes):
    return [1, 1, 1, sizes.source_length]
