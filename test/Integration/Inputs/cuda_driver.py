# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A compiled model in a program that uses CUDA itself, by the driver's interface.

The model is called as its C header declares it: on the caller's memory, in the caller's
stream, and on several devices of one process.
"""

import ctypes
import threading

import numpy


class Options(ctypes.Structure):
    """vitrail_options"""

    _fields_ = [
        ("threads", ctypes.c_int32),
        ("max_batch", ctypes.c_int64),
        ("weights_file", ctypes.c_char_p),
        ("device", ctypes.c_char_p),
        ("memory", ctypes.c_int),
        ("stream", ctypes.c_void_p),
        ("timed", ctypes.c_int32),
    ]


class Device:
    """A device's context, which is current in the thread that made it, and a stream."""

    def __init__(self, index):
        self._cuda = ctypes.CDLL("libcuda.so.1")
        device, self._context = ctypes.c_int(), ctypes.c_void_p()
        self.stream = ctypes.c_void_p()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(device), index)
        context = ctypes.byref(self._context)
        self._call("cuDevicePrimaryCtxRetain", context, device)
        self._call("cuCtxSetCurrent", self._context)
        self._call("cuStreamCreate", ctypes.byref(self.stream), 1)

    def _call(self, name, *arguments):
        result = getattr(self._cuda, name)(*arguments)
        if result:
            raise RuntimeError(f"{name} failed: {result}")

    def allocate(self, size):
        address = ctypes.c_uint64()
        self._call("cuMemAlloc_v2", ctypes.byref(address), ctypes.c_size_t(size))
        return address

    def write(self, address, array):
        """In the stream, without waiting."""
        size = ctypes.c_size_t(array.nbytes)
        source = array.ctypes.data_as(ctypes.c_void_p)
        self._call("cuMemcpyHtoDAsync_v2", address, source, size, self.stream)

    def read(self, address, array):
        """What is there when all work before it in the stream is done."""
        size = ctypes.c_size_t(array.nbytes)
        target = array.ctypes.data_as(ctypes.c_void_p)
        self._call("cuMemcpyDtoHAsync_v2", target, address, size, self.stream)
        self._call("cuStreamSynchronize", self.stream)


def count_devices():
    cuda, count = ctypes.CDLL("libcuda.so.1"), ctypes.c_int()
    cuda.cuInit(0)
    cuda.cuDeviceGetCount(ctypes.byref(count))
    return count.value


class Model:
    """A library of one entry, with an input and an output, on a device."""

    def __init__(self, name, index, memory=0, stream=None):
        self._library = ctypes.CDLL(f"./{name}.so")
        self._name = name
        self._context = ctypes.c_void_p()
        options = Options(device=f"cuda:{index}".encode())
        options.memory, options.stream = memory, stream
        self._call("create", ctypes.byref(self._context), ctypes.byref(options))

    def _call(self, suffix, *arguments):
        if getattr(self._library, f"{self._name}_{suffix}")(*arguments):
            message = getattr(self._library, f"{self._name}_message")
            message.restype = ctypes.c_char_p
            raise RuntimeError(message(self._context).decode())

    def run(self, batch, given, result):
        arguments = ctypes.c_int64(batch), ctypes.c_void_p(given), ctypes.c_void_p(result)
        self._call("run", self._context, *arguments)

    def destroy(self):
        getattr(self._library, f"{self._name}_destroy")(self._context)


def run_on_host(name, image, classes, index=0):
    model = Model(name, index)
    logits = numpy.full((len(image), classes), numpy.nan, numpy.float32)
    model.run(len(image), image.ctypes.data, logits.ctypes.data)
    model.destroy()
    return logits


def check_memory(name, shape, classes):
    """Runs on addresses and in a stream of the caller's; several times, so that a run is
    recorded, with other numbers each time. Returns the largest difference from what runs
    on the host's memory give."""
    device = Device(0)
    model = Model(name, 0, memory=1, stream=device.stream)
    generator, worst = numpy.random.default_rng(), 0
    for batch in (2, 3):
        logits = numpy.empty((batch, classes), numpy.float32)
        given = device.allocate(4 * batch * int(numpy.prod(shape)))
        result = device.allocate(logits.nbytes)
        for _ in range(4):
            image = generator.standard_normal((batch, *shape), numpy.float32)
            device.write(given, image)
            device.write(result, numpy.full_like(logits, numpy.nan))
            model.run(batch, given.value, result.value)
            device.read(result, logits)
            expected = run_on_host(name, image, classes)
            worst = max(worst, float(numpy.abs(logits - expected).max()))
    model.destroy()
    return worst


def check_devices(name, shape, classes, count):
    """Runs on several devices at a time, in a thread each. Returns the largest difference
    from what the first gives."""
    image = numpy.random.default_rng().standard_normal((4, *shape), numpy.float32)
    expected = run_on_host(name, image, classes)
    results = [None] * count

    def run(index):
        model = Model(name, index)
        logits = numpy.full_like(expected, numpy.nan)
        for _ in range(8):
            model.run(len(image), image.ctypes.data, logits.ctypes.data)
        model.destroy()
        results[index] = logits

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(float(numpy.abs(result - expected).max()) for result in results)
