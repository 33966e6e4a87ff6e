# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PyTorch through its compiler."""

from engines import torch_engine


class Engine(torch_engine.Engine):
    title = "torch.compile"

    def _optimize(self, model):
        return self._torch.compile(model)
