# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX models of batch 1, made to take larger batches.

Exporters write the batch into the shapes that Reshape and Expand are given. Where
what they reshape depends on the model's input, its first dimension is a multiple
of the batch. What does not depend on it, a class token for example, is repeated
where it is joined to what does. Whether that was right, the outputs tell.
"""

import numpy
import onnx
from onnx import helper, numpy_helper


def rebatch(model, batch):
    """Changes the model, whose inputs have batch 1."""
    if batch == 1:
        return model
    graph = model.graph
    shapes = _constants(graph)
    ranks = _ranks(model)
    for value in (*graph.input, *graph.output):
        # A scalar, a position for example, is the same for all samples.
        for dimension in value.type.tensor_type.shape.dim[:1]:
            dimension.dim_value *= batch
    del graph.value_info[:]
    dependent = {value.name for value in graph.input}
    nodes = []
    for node in graph.node:
        inside = [name for name in node.input if name in dependent]
        if inside:
            dependent.update(node.output)
        if inside and node.op_type in ("Reshape", "Expand"):
            _scale_shape(graph, node, shapes, batch)
        if inside and node.op_type == "Concat":
            nodes += _repeat_operands(graph, node, dependent, ranks, batch)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    _remove_unused(graph)
    return model


def _constants(graph):
    """Arrays of one dimension that nodes may take as shapes."""
    arrays = {t.name: t for t in graph.initializer if len(t.dims) == 1}
    for node in graph.node:
        if node.op_type == "Constant":
            arrays[node.output[0]] = node.attribute[0].t
    return arrays


def _ranks(model):
    ranks = {t.name: len(t.dims) for t in model.graph.initializer}
    inferred = onnx.shape_inference.infer_shapes(model)
    for value in inferred.graph.value_info:
        ranks[value.name] = len(value.type.tensor_type.shape.dim)
    return ranks


def _add_constant(graph, name, values):
    array = numpy.asarray(values, numpy.int64)
    graph.initializer.append(numpy_helper.from_array(array, name))
    return name


def _scale_shape(graph, node, shapes, batch):
    if node.input[1] not in shapes:
        raise ValueError(f"the shape of {node.name} is computed")
    extents = numpy_helper.to_array(shapes[node.input[1]]).tolist()
    if extents and extents[0] > 0:
        extents[0] *= batch
        name = node.output[0] + ".batched"
        node.input[1] = _add_constant(graph, name, extents)


def _repeat_operands(graph, node, dependent, ranks, batch):
    """Expand nodes for operands of a Concat that are the same in all samples."""
    axis = node.attribute[0].i
    expands = []
    for i, name in enumerate(node.input):
        if axis != 0 and name not in dependent:
            repeated = f"{node.output[0]}.operand{i}"
            extents = [batch] + [1] * (ranks[name] - 1)
            shape = _add_constant(graph, repeated + ".shape", extents)
            expands.append(
                helper.make_node("Expand", [name, shape], [repeated])
            )
            node.input[i] = repeated
    return expands


def _remove_unused(graph):
    """Shapes of which there are scaled ones now; engines warn of them."""
    used = {name for node in graph.node for name in node.input}
    kept = [t for t in graph.initializer if t.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
