# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""OpenVINO's CPU plug-in, in float32 and for latency."""


class Engine:
    """Each call has a request, whose inputs are tensors of those before it."""

    title = "OpenVINO"
    packages = ("openvino",)

    @staticmethod
    def build(job):
        """It reads the ONNX files itself."""
        return {name: graph["onnx"] for name, graph in job["graphs"].items()}

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
        self._models = {
            name: core.compile_model(path, "CPU", settings)
            for name, path in job["artifacts"].items()
        }
        self._job, self._to_tensor = job, openvino.Tensor
        self.version = openvino.__version__.split("-")[0]

    def bind(self, inputs):
        self._inputs, self._requests, self._answers = inputs, [], []

    def __call__(self):
        if not self._requests:
            self._call_first()
        else:
            for request in self._requests:
                request.infer(share_outputs=True)
        return [request.get_tensor(key).data for request, key in self._answers]

    def _call_first(self):
        states = {}
        for name, given in zip(self._job["calls"], self._inputs, strict=True):
            request = self._models[name].create_infer_request()
            graph, known = self._job["graphs"][name], dict(states)
            for key, array in given.items():
                known[key] = self._to_tensor(array, shared_memory=True)
            for key in graph["inputs"]:
                request.set_tensor(key, known[key])
            request.infer(share_outputs=True)
            for key in graph["outputs"]:
                if key in graph["states"]:
                    states[graph["states"][key]] = request.get_tensor(key)
                else:
                    self._answers.append((request, key))
            self._requests.append(request)
