# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Libraries that vitrailc made, through their C interface."""

import math
import re
import subprocess
from ctypes import (
    CDLL,
    CFUNCTYPE,
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
)

import numpy


def _structure(title, /, **fields):
    return type(title, (Structure,), {"_fields_": list(fields.items())})


# VITRAIL_ABI and the structures of include/vitrail/Runtime/vitrail.h, as far as
# they are needed here.
ABI = 4
_TensorInfo = _structure(
    "vitrail_tensor_info",
    name=c_char_p,
    type=c_int,
    rank=c_int32,
    shape=POINTER(c_int64),
    preprocess=c_void_p,
)
_EntryInfo = _structure(
    "vitrail_entry_info",
    name=c_char_p,
    num_inputs=c_int32,
    num_outputs=c_int32,
    inputs=POINTER(_TensorInfo),
    outputs=POINTER(_TensorInfo),
)
_ModelInfo = _structure(
    "vitrail_model_info",
    abi=c_uint32,
    name=c_char_p,
    compiler=c_char_p,
    target=c_char_p,
    max_batch=c_int64,
    weights_size=c_uint64,
    arena_size=c_uint64,
    weights_file=c_char_p,
    num_entries=c_int32,
    entries=POINTER(_EntryInfo),
)
_Options = _structure(
    "vitrail_options",
    threads=c_int32,
    max_batch=c_int64,
    weights_file=c_char_p,
    device=c_char_p,
    memory=c_int,
    stream=c_void_p,
    timed=c_int32,
)
_Tensors = POINTER(c_void_p)
# Of vitrail_type, those that models have as inputs and outputs.
_TYPES = {0: numpy.float32, 5: numpy.int32, 6: numpy.int64}
_ModelApi = _structure(
    "vitrail_model_api",
    info=POINTER(_ModelInfo),
    create=CFUNCTYPE(c_int, _Tensors, POINTER(_Options)),
    run=CFUNCTYPE(c_int, c_void_p, c_int32, c_int64, _Tensors, _Tensors),
    message=CFUNCTYPE(c_char_p, c_void_p),
    destroy=CFUNCTYPE(None, c_void_p),
)


class Engine:
    """Entries of a compiled library; a context keeps the states."""

    title = "Vitrail"
    packages = ()

    @staticmethod
    def build(job):
        artifact = job["artifact"] + ".so"
        _compile(job, "--weights", job["weights"], "-o", artifact)
        return dict.fromkeys(job["graphs"], artifact)

    @staticmethod
    def count_weights(job):
        """Bytes of the model's parameters, which are float32."""
        parameter = r'nn\.parameter ("[^"]*") : tensor<([^>]*)xf32>'
        found = re.findall(parameter, _compile(job, "--emit=nn"))
        return sum(
            4 * math.prod(int(extent) for extent in extents.split("x"))
            for extents in dict(found).values()
        )

    @staticmethod
    def prepare():
        pass

    def __init__(self, job):
        (path,) = set(job["artifacts"].values())
        self._api = _ModelApi.in_dll(CDLL(path), "vitrail_model")
        info = self._api.info.contents
        if info.abi != ABI:
            raise RuntimeError(
                f"{path} has version {info.abi} of the interface"
            )
        compiler = info.compiler.decode().removeprefix("vitrail ")
        self.version = f"{compiler}, {info.target.decode()}"
        self._entries = {
            entry.name.decode(): (number, entry)
            for number, entry in enumerate(info.entries[: info.num_entries])
        }
        self._entries[""] = 0, info.entries[0]
        self._names, self._batch = job["calls"], job["batch"]
        self._context = c_void_p()
        options = _Options(threads=job["threads"], max_batch=job["batch"])
        self._check(self._api.create(byref(self._context), byref(options)))

    def describe_inputs(self):
        """Of each call, shapes and types of arrays by their names."""
        return [
            {
                t.name.decode(): (_shape(t, self._batch), _type(t))
                for t in entry.inputs[: entry.num_inputs]
            }
            for _, entry in (self._entries[name] for name in self._names)
        ]

    def bind(self, inputs):
        # Arrays are kept, whose addresses the calls have.
        self._inputs, self._calls, self._answers = [], [], []
        for name, given in zip(self._names, inputs, strict=True):
            number, entry = self._entries[name]
            operands = _select(entry, given)
            self._inputs += operands
            results = [
                numpy.empty(_shape(tensor, self._batch), _type(tensor))
                for tensor in entry.outputs[: entry.num_outputs]
            ]
            arrays = _addresses(operands), _addresses(results)
            self._calls.append((c_int32(number), *arrays))
            self._answers += results

    def __call__(self):
        run, context, batch = self._api.run, self._context, self._batch
        for number, inputs, outputs in self._calls:
            status = run(context, number, batch, inputs, outputs)
            if status != 0:
                self._check(status)
        return self._answers

    def _check(self, status):
        if status != 0:
            message = self._api.message(self._context)
            raise RuntimeError(f"status {status}: {message.decode()}")


def _compile(job, *options):
    """What vitrailc prints."""
    command = [job["vitrailc"], job["source"], "--preset", job["preset"]]
    result = subprocess.run(
        [*command, *options], check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout


def _shape(tensor, batch):
    """A negative extent -k stands for k times the batch."""
    extents = tensor.shape[: tensor.rank]
    return [n if n >= 0 else -n * batch for n in extents]


def _type(tensor):
    return _TYPES[tensor.type]


def _select(entry, given):
    """Arrays of what an entry takes. That may be less than a graph is given, as
    it keeps states itself; where there is but one, names need not agree."""
    tensors = entry.inputs[: entry.num_inputs]
    if len(tensors) == len(given) == 1:
        arrays = given.values()
    else:
        arrays = [given[tensor.name.decode()] for tensor in tensors]
    return [
        numpy.ascontiguousarray(array, _type(tensor))
        for tensor, array in zip(tensors, arrays)
    ]


def _addresses(arrays):
    return (c_void_p * len(arrays))(*[a.ctypes.data for a in arrays])
