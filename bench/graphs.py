# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX graphs, written node by node.

Values are known by their names. Weights are stored without their values; what
they are is in the metadata, as synthetic.py reads it.
"""

import json

import numpy
import onnx
from onnx import helper, numpy_helper

# What the exporters of PyTorch write now.
_OPSET, _IR_VERSION = 20, 10


class Graph:
    def __init__(self, name):
        self._name = name
        self._nodes, self._initializers, self._weights = [], {}, {}
        self._inputs, self._outputs = [], []

    def op(self, kind, *operands, results=1, **attributes):
        """The name of the node's result, or a list if there are several."""
        number = len(self._nodes)
        names = [f"{kind.lower()}_{number}.{i}" for i in range(results)]
        node = helper.make_node(kind, operands, names, **attributes)
        self._nodes.append(node)
        return names[0] if results == 1 else names

    def constant(self, values, dtype=numpy.float32):
        array = numpy.asarray(values, dtype)
        for name, tensor in self._initializers.items():
            if name not in self._weights and _equal(tensor, array):
                return name
        name = f"constant_{len(self._initializers)}"
        tensor = numpy_helper.from_array(array, name)
        self._initializers[name] = tensor
        return name

    def weight(self, parameter, shape, transposed=False, rows=None):
        """A parameter of that shape, or only its rows from one to another."""
        name = parameter if rows is None else f"{parameter}.{rows[0]}"
        entry = [parameter, "transposed" if transposed else "as is"]
        if rows is not None:
            entry.append([*rows, shape[0]])
            shape = [rows[1] - rows[0], *shape[1:]]
        extents = shape[::-1] if transposed else shape
        self._weights[name] = entry
        self._initializers[name] = onnx.TensorProto(
            name=name, dims=extents, data_type=onnx.TensorProto.FLOAT
        )
        return name

    def input(self, name, shape, kind=onnx.TensorProto.FLOAT):
        self._inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value, name, shape, kind=onnx.TensorProto.FLOAT):
        """Calls the result of a node, `value`, an output of that name."""
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [name if n == value else n for n in names]
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def model(self, **facts):
        """The ONNX model; `facts` are more entries of its metadata."""
        graph = helper.make_graph(
            self._nodes,
            self._name,
            self._inputs,
            self._outputs,
            list(self._initializers.values()),
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET)],
            ir_version=_IR_VERSION,
            producer_name="vitrail",
        )
        facts["weights"] = json.dumps(self._weights)
        helper.set_model_props(model, facts)
        return model


def _equal(tensor, array):
    known = numpy_helper.to_array(tensor)
    return known.dtype == array.dtype and numpy.array_equal(known, array)
