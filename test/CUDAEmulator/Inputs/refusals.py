# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the driver's functions refuse, with the result that they return."""

import ctypes
import sys

import numpy

import driver

TEXT = """.version 8.0
.target sm_90
.address_size 64
.visible .entry wide(.param .u64 p) .reqntid 64, 1, 1 { ret; }
.visible .entry pair(.param .u64 p) .reqnctapercluster 2, 1, 1 { ret; }
.visible .entry narrow(.param .u64 p) .maxntid 32 { .shared .align 4 .b8 memory[1024]; ret; }
"""
INVALID_VALUE, NOT_FOUND, INVALID_DEVICE, NO_BINARY = 1, 500, 101, 209
INVALID_HANDLE, CAPTURE = 400, 900


def main():
    cuda = driver.Driver()
    module = cuda.load(TEXT)
    buffer = driver.Buffer(cuda, numpy.zeros(4096, numpy.uint32))
    arguments = [buffer.address]
    word, handle, stream = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    host = (ctypes.c_char * 64)()
    size = ctypes.c_size_t
    cuda.call("cuStreamCreate", ctypes.byref(stream), 0)

    def launch(name, blocks, threads, shared=0):
        return lambda: cuda.launch(module, name, blocks, threads, shared, arguments)

    def make_map(element_bytes, extents, box, address=0):
        moved = type("Moved", (), {"address": ctypes.c_uint64(buffer.address.value + address)})
        return lambda: cuda.make_map(moved, element_bytes, extents, box)

    def call(name, *given):
        return lambda: cuda.call(name, *given)

    def capture():
        cuda.call("cuStreamBeginCapture_v2", stream, 1)
        try:
            cuda.call("cuStreamSynchronize", stream)
        finally:
            cuda.call("cuStreamEndCapture", stream, ctypes.byref(handle))

    inside = buffer.address.value
    cases = [
        ("other threads than required", launch("wide", 1, 32), INVALID_VALUE),
        ("more threads than allowed", launch("narrow", 1, 64), INVALID_VALUE),
        ("no block", launch("narrow", 0, 32), INVALID_VALUE),
        ("half a cluster", launch("pair", 3, 32), INVALID_VALUE),
        ("more shared memory than asked for", launch("narrow", 1, 32, 48 << 10), INVALID_VALUE),
        ("more shared memory than there is", launch("narrow", 1, 32, 227 << 10), INVALID_VALUE),
        ("an unknown kernel", launch("other", 1, 32), NOT_FOUND),
        ("machine code", lambda: cuda.load("\x7fELF"), NO_BINARY),
        ("another device", call("cuDeviceGet", ctypes.byref(word), 1), INVALID_DEVICE),
        ("another attribute",
         call("cuDeviceGetAttribute", ctypes.byref(word), 9999, 0), INVALID_VALUE),
        ("no bytes", call("cuMemAlloc_v2", ctypes.byref(handle), size(0)), INVALID_VALUE),
        ("what was not allocated", call("cuMemFree_v2", ctypes.c_uint64(inside + 4)), INVALID_VALUE),
        ("a copy beyond an allocation",
         call("cuMemcpyHtoDAsync_v2", ctypes.c_uint64(inside + 16384 - 32), host, size(64), None),
         INVALID_VALUE),
        ("no stream", call("cuStreamSynchronize", ctypes.c_void_p(12345)), INVALID_HANDLE),
        ("waiting while recording", capture, CAPTURE),
        ("rows that are no multiple of 16 bytes", make_map(4, (6, 8), (4, 4)), INVALID_VALUE),
        ("boxes of more than 256", make_map(4, (8, 512), (8, 257)), INVALID_VALUE),
        ("boxes without rows", make_map(4, (8, 8), (8, 0)), INVALID_VALUE),
        ("rows of a box of 8 bytes", make_map(4, (8, 8), (2, 4)), INVALID_VALUE),
        ("a tensor that begins anywhere", make_map(4, (8, 8), (8, 4), 8), INVALID_VALUE),
        ("six dimensions", make_map(4, (8,) * 6, (8,) * 6), INVALID_VALUE),
    ]  # fmt: skip
    wrong = 0
    for name, work, expected in cases:
        try:
            work()
            said = "nothing"
        except driver.CUDAError as error:
            said = str(error)
        if not said.endswith(f"({expected})"):
            wrong += 1
            print(f"{name}: {said} instead of {expected}")
    launch("wide", 2, 64, 16 << 10)()
    launch("pair", 4, 1)()
    launch("narrow", 1, 32, 226 << 10)()
    cuda.call("cuStreamSynchronize", None)
    print(f"{len(cases) - wrong} of {len(cases)} are refused")
    sys.exit(1 if wrong else 0)


main()
