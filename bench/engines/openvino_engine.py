# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""OpenVINO's CPU plug-in, in float32 and for latency."""


class Engine:
    title = "OpenVINO"
    packages = ("openvino",)

    @staticmethod
    def build(job):
        """It reads the ONNX file itself."""
        return job["onnx"]

    @staticmethod
    def prepare():
        import openvino  # noqa: F401

    def __init__(self, job):
        import openvino

        settings = {
            "INFERENCE_NUM_THREADS": job["threads"],
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
        }
        core = openvino.Core()
        self._model = core.compile_model(job["artifact"], "CPU", settings)
        self.version = openvino.__version__.split("-")[0]

    def __call__(self, values):
        return self._model([values])[0]
