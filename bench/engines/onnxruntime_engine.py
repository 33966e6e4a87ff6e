# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime with its CPU provider."""


class Engine:
    title = "ONNX Runtime"
    packages = ("onnxruntime",)

    @staticmethod
    def build(job):
        """It reads the ONNX file itself."""
        return job["onnx"]

    @staticmethod
    def prepare():
        import onnxruntime  # noqa: F401

    def __init__(self, job):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job["threads"]
        self._session = onnxruntime.InferenceSession(
            job["artifact"], options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        self.version = onnxruntime.__version__

    def __call__(self, values):
        return self._session.run(None, {self._input: values})[0]
