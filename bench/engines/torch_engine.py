# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch's own kernels, on timm's model of the same name."""

# timm calls some models otherwise than their ONNX files.
_TIMM_NAMES = {"tnt_s_patch16_224": "tnt_s_legacy_patch16_224"}


def fill(model):
    """Gives the parameters of a module synthetic values, by their names."""
    import torch

    import synthetic

    with torch.no_grad():
        for key, parameter in model.named_parameters():
            values = synthetic.tensor(key, tuple(parameter.shape))
            parameter.copy_(torch.from_numpy(values))


def create_model(name):
    """timm's model with synthetic parameters."""
    import timm

    model = timm.create_model(_TIMM_NAMES.get(name, name)).eval()
    fill(model)
    return model


class Engine:
    """The model has one call and one input."""

    title = "PyTorch"
    packages = ("torch",)

    @staticmethod
    def build(job):
        import torch

        artifact = job["artifact"] + ".pt"
        torch.save(create_model(job["model"]).state_dict(), artifact)
        return dict.fromkeys(job["graphs"], artifact)

    @staticmethod
    def prepare():
        import timm  # noqa: F401
        import torch  # noqa: F401

    def __init__(self, job):
        import timm
        import torch

        torch.set_num_threads(job["threads"])
        name = _TIMM_NAMES.get(job["model"], job["model"])
        model = timm.create_model(name)
        (path,) = job["artifacts"].values()
        weights = torch.load(path, mmap=True, weights_only=True)
        model.load_state_dict(weights, assign=True)
        self._torch = torch
        self._model = self._optimize(model.eval())
        self.version = torch.__version__

    def _optimize(self, model):
        return model

    def bind(self, inputs):
        ((values,),) = (given.values() for given in inputs)
        self._values = self._torch.from_numpy(values)

    def __call__(self):
        with self._torch.inference_mode():
            return [self._model(self._values).numpy()]
