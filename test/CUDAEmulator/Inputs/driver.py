# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PTX by the driver's interface, which the emulator has."""

import ctypes
import re

import numpy


class CUDAError(Exception):
    pass


class LaunchAttribute(ctypes.Structure):
    _fields_ = [("id", ctypes.c_int), ("padding", ctypes.c_int), ("value", ctypes.c_int * 16)]


class LaunchConfig(ctypes.Structure):
    _fields_ = [
        ("blocks", ctypes.c_uint * 3),
        ("threads", ctypes.c_uint * 3),
        ("shared", ctypes.c_uint),
        ("stream", ctypes.c_void_p),
        ("attributes", ctypes.POINTER(LaunchAttribute)),
        ("num_attributes", ctypes.c_uint),
    ]


class Buffer:
    """The device's copy of an array."""

    def __init__(self, driver, array):
        self._driver, self._shape, self._type = driver, array.shape, array.dtype
        self.address = ctypes.c_uint64()
        driver.call("cuMemAlloc_v2", ctypes.byref(self.address), ctypes.c_size_t(array.nbytes))
        data = numpy.ascontiguousarray(array)
        source = data.ctypes.data_as(ctypes.c_void_p)
        size = ctypes.c_size_t(array.nbytes)
        driver.call("cuMemcpyHtoDAsync_v2", self.address, source, size, None)

    def read(self):
        result = numpy.empty(self._shape, self._type)
        target = result.ctypes.data_as(ctypes.c_void_p)
        size = ctypes.c_size_t(result.nbytes)
        self._driver.call("cuMemcpyDtoHAsync_v2", target, self.address, size, None)
        self._driver.call("cuStreamSynchronize", None)
        return result


class Driver:
    def __init__(self):
        self._cuda = ctypes.CDLL("libcuda.so.1")
        self.call("cuInit", 0)

    def call(self, name, *arguments):
        result = getattr(self._cuda, name)(*arguments)
        if result:
            text = ctypes.c_char_p()
            self._cuda.cuGetErrorString(result, ctypes.byref(text))
            raise CUDAError(f"{name}: {text.value.decode()} ({result})")

    def load(self, text):
        """The module, or an error with what the driver says of the text."""
        module, log = ctypes.c_void_p(), ctypes.create_string_buffer(512)
        options = (ctypes.c_int * 2)(5, 6)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), 512)
        try:
            self.call("cuModuleLoadDataEx", ctypes.byref(module), text.encode(), 2, options, values)
        except CUDAError as error:
            raise CUDAError(f"{log.value.decode()}{error}") from None
        return module

    def launch(self, module, name, blocks, threads, shared, arguments, is_early=False):
        function = ctypes.c_void_p()
        self.call("cuModuleGetFunction", ctypes.byref(function), module, name.encode())
        if shared > 48 << 10:
            self.call("cuFuncSetAttribute", function, 8, shared)
        attribute = LaunchAttribute(id=6, value=(1,))
        config = LaunchConfig((blocks, 1, 1), (threads, 1, 1), shared, None)
        config.attributes, config.num_attributes = ctypes.pointer(attribute), int(is_early)
        values = (ctypes.c_void_p * len(arguments))(*map(ctypes.addressof, arguments))
        self.call("cuLaunchKernelEx", ctypes.byref(config), function, values, None)

    def make_map(self, buffer, element_bytes, extents, box):
        """A tensor map of a matrix or vector, swizzled by its rows' width if that is one."""
        memory = ctypes.create_string_buffer(192)
        begin = -ctypes.addressof(memory) % 64
        tensor_map = (ctypes.c_uint8 * 128).from_buffer(memory, begin)
        rank, row_bytes = len(extents), element_bytes * box[0]
        strides = numpy.cumprod([element_bytes, *extents])[1:]
        swizzle = {32: 1, 64: 2, 128: 3}.get(row_bytes, 0)
        self.call(
            "cuTensorMapEncodeTiled",
            ctypes.byref(tensor_map),
            {1: 0, 2: 1, 4: 2}[element_bytes],
            rank,
            buffer.address,
            (ctypes.c_uint64 * rank)(*extents),
            (ctypes.c_uint64 * rank)(*map(int, strides)),
            (ctypes.c_uint32 * rank)(*box),
            (ctypes.c_uint32 * rank)(*[1] * rank),
            *(0, swizzle, 0, 0),
        )
        return tensor_map


def find_kernels(text):
    return re.findall(r"\.entry\s+(\w+)", text)
