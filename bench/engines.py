# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines under comparison.

Each is a class made from a model's file and a number of threads; an object of
it is called with the input and returns the output, both float32 arrays.
"""

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


class OnnxRuntime:
    title = "ONNX Runtime"

    def __init__(self, path, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.version = onnxruntime.__version__

    def __call__(self, values):
        return self._session.run(None, {self._input: values})[0]


class OpenVino:
    title = "OpenVINO"

    def __init__(self, path, threads):
        import openvino

        settings = {
            "INFERENCE_NUM_THREADS": threads,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self._model = openvino.Core().compile_model(path, "CPU", settings)
        self.version = openvino.__version__

    def __call__(self, values):
        return self._model([values])[0]


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


class Vitrail:
    """The first entry of a compiled library: one input, one output."""

    title = "Vitrail"

    def __init__(self, path, threads):
        self._library = CDLL(path)
        self._api = _ModelApi.in_dll(self._library, "vitrail_model")
        info = self._api.info.contents
        if info.abi != ABI:
            raise RuntimeError(
                f"{path} has version {info.abi} of the interface"
            )
        compiler = info.compiler.decode().removeprefix("vitrail ")
        self.version = f"{compiler}, {info.target.decode()}"
        output = info.entries[0].outputs[0]
        self._shape = output.shape[: output.rank]
        self._context = c_void_p()
        options = _Options(threads=threads, max_batch=1)
        self._check(self._api.create(byref(self._context), byref(options)))

    def __call__(self, values):
        # A negative extent -k stands for k times the batch.
        batch = len(values)
        shape = [n if n >= 0 else -n * batch for n in self._shape]
        output = numpy.empty(shape, numpy.float32)
        inputs = (c_void_p * 1)(values.ctypes.data)
        outputs = (c_void_p * 1)(output.ctypes.data)
        self._check(self._api.run(self._context, 0, batch, inputs, outputs))
        return output

    def _check(self, status):
        if status != 0:
            message = self._api.message(self._context)
            raise RuntimeError(f"status {status}: {message.decode()}")


PEERS = {"onnxruntime": OnnxRuntime, "openvino": OpenVino}
