# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations of an ONNX model's matrix products and convolutions.

A multiply-add counts as two; everything else that a model computes is not
counted, so that a share of the peak of multiply-adds means what it says.
"""

import math


def count(model):
    """Operations of one call, from the shapes that ONNX infers."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(model).graph
    shapes = {t.name: list(t.dims) for t in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        dimensions = value.type.tensor_type.shape.dim
        shapes[value.name] = [d.dim_value for d in dimensions]
    return sum(count_node(node, shapes) for node in graph.node)


def count_node(node, shapes):
    """Operations of a node; `shapes` are lists by tensors' names."""
    if node.op_type not in ("MatMul", "Gemm", "Conv"):
        return 0
    # Each element of the result is a sum of this many products.
    if node.op_type == "Conv":
        terms = math.prod(shapes[node.input[1]][1:])
    elif node.op_type == "Gemm":
        transposed = any(a.name == "transA" and a.i for a in node.attribute)
        terms = shapes[node.input[0]][0 if transposed else 1]
    else:
        terms = shapes[node.input[0]][-1]
    return 2 * terms * math.prod(shapes[node.output[0]])
