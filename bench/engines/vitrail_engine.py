# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Libraries that vitrailc made, through their C interface."""

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
ABI = 2
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
    "vitrail_options", threads=c_int32, max_batch=c_int64, weights_file=c_char_p
)
_Tensors = POINTER(c_void_p)
_ModelApi = _structure(
    "vitrail_model_api",
    info=POINTER(_ModelInfo),
    create=CFUNCTYPE(c_int, _Tensors, POINTER(_Options)),
    run=CFUNCTYPE(c_int, c_void_p, c_int32, c_int64, _Tensors, _Tensors),
    message=CFUNCTYPE(c_char_p, c_void_p),
    destroy=CFUNCTYPE(None, c_void_p),
)


class Engine:
    """The first entry of a compiled library: one input, one output."""

    title = "Vitrail"
    packages = ()

    @staticmethod
    def build(job):
        artifact = job["artifact"] + ".so"
        command = [job["vitrailc"], job["source"], "--preset", job["preset"]]
        command += ["--weights", "synthetic", "-o", artifact]
        subprocess.run(command, check=True)
        return artifact

    @staticmethod
    def prepare():
        pass

    def __init__(self, job):
        path = job["artifact"]
        self._api = _ModelApi.in_dll(CDLL(path), "vitrail_model")
        info = self._api.info.contents
        if info.abi != ABI:
            raise RuntimeError(
                f"{path} has version {info.abi} of the interface"
            )
        compiler = info.compiler.decode().removeprefix("vitrail ")
        self.version = f"{compiler}, {info.target.decode()}"
        entry = info.entries[0]
        self._input, self._output = entry.inputs[0], entry.outputs[0]
        self._context = c_void_p()
        options = _Options(threads=job["threads"], max_batch=job["batch"])
        self._check(self._api.create(byref(self._context), byref(options)))

    def input_shape(self, batch):
        return _shape(self._input, batch)

    def __call__(self, values):
        batch = len(values)
        output = numpy.empty(_shape(self._output, batch), numpy.float32)
        inputs = (c_void_p * 1)(values.ctypes.data)
        outputs = (c_void_p * 1)(output.ctypes.data)
        self._check(self._api.run(self._context, 0, batch, inputs, outputs))
        return output

    def _check(self, status):
        if status != 0:
            message = self._api.message(self._context)
            raise RuntimeError(f"status {status}: {message.decode()}")


def _shape(tensor, batch):
    """A negative extent -k stands for k times the batch."""
    extents = tensor.shape[: tensor.rank]
    return [n if n >= 0 else -n * batch for n in extents]
