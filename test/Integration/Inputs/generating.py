# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls the functions of a library that generates, for the tests that import this."""

import ctypes
import os
import sys

import numpy


class Options(ctypes.Structure):
    """vitrail_generate_options"""

    _fields_ = [
        ("beams", ctypes.c_int32),
        ("max_length", ctypes.c_int32),
        ("length_penalty", ctypes.c_float),
    ]


def pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


class Library:
    """One context. Outputs are poisoned before each call, and a call that fails ends
    the program."""

    def __init__(self, path, vocabulary, max_length):
        self.vocabulary, self.max_length = vocabulary, max_length
        self.name = os.path.basename(path).split(".")[0].replace("-", "_")
        self.library = ctypes.CDLL(os.path.abspath(path))
        self.function("message").restype = ctypes.c_char_p
        self.context = ctypes.c_void_p()
        self.check("create", self.function("create")(ctypes.byref(self.context), None))

    def function(self, name):
        return getattr(self.library, f"{self.name}_{name}")

    def check(self, name, status):
        if status != 0:
            message = self.function("message")(self.context).decode()
            sys.exit(f"{name}: {message}")

    def call(self, name, batch, *arguments):
        function = self.function(name)
        self.check(name, function(self.context, ctypes.c_int64(batch), *arguments))

    def encode(self, sources):
        self.call("encode", len(sources), pointer(sources))

    def step(self, tokens):
        """Scores [n, vocabulary] of what may follow the tokens [n]."""
        tokens = numpy.ascontiguousarray(tokens)
        scores = numpy.full((len(tokens), self.vocabulary), numpy.nan, numpy.float32)
        self.call("step", len(tokens), pointer(tokens), pointer(scores))
        return scores

    def generate(self, sources, beams=0, limit=0, alpha=0.0):
        """Tokens [n, limit], their lengths [n] and scores [n]."""
        count, length = len(sources), limit or self.max_length
        tokens = numpy.full((count, length), -1, numpy.int32)
        lengths = numpy.full(count, -1, numpy.int32)
        scores = numpy.full(count, numpy.nan, numpy.float32)
        options = ctypes.byref(Options(beams, limit, alpha))
        outputs = pointer(tokens), pointer(lengths), pointer(scores)
        self.call("generate", count, pointer(sources), options, *outputs)
        return tokens, lengths, scores
