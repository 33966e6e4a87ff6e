# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime with its CPU provider."""


class Engine:
    """Inputs and outputs are bound once, so that nothing is copied."""

    title = "ONNX Runtime"
    packages = ("onnxruntime",)

    @staticmethod
    def build(job):
        """It reads the ONNX files itself."""
        return {name: graph["onnx"] for name, graph in job["graphs"].items()}

    @staticmethod
    def prepare():
        import onnxruntime  # noqa: F401

    def __init__(self, job):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job["threads"]
        self._sessions = {
            name: onnxruntime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
            for name, path in job["artifacts"].items()
        }
        self._job, self._to_value = job, onnxruntime.OrtValue
        self.version = onnxruntime.__version__

    def bind(self, inputs):
        self._inputs, self._bindings, self._answers = inputs, [], []

    def __call__(self):
        if not self._bindings:
            self._call_first()
        else:
            for session, binding in self._bindings:
                session.run_with_iobinding(binding)
        return [value.numpy() for value in self._answers]

    def _call_first(self):
        """The outputs that are made stay bound; they are the next inputs."""
        states = {}
        for name, given in zip(self._job["calls"], self._inputs, strict=True):
            session, graph = self._sessions[name], self._job["graphs"][name]
            known = dict(states)
            for key, array in given.items():
                known[key] = self._to_value.ortvalue_from_numpy(array)
            binding = session.io_binding()
            for key in graph["inputs"]:
                binding.bind_ortvalue_input(key, known[key])
            for key in graph["outputs"]:
                binding.bind_output(key)
            session.run_with_iobinding(binding)
            for key, value in zip(graph["outputs"], binding.get_outputs()):
                binding.bind_ortvalue_output(key, value)
                if key in graph["states"]:
                    states[graph["states"][key]] = value
                else:
                    self._answers.append(value)
            self._bindings.append((session, binding))
