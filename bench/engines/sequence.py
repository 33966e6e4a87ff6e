# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Graphs called one after the other, for engines whose graphs are functions."""


class Sequence:
    """States go from call to call as the engine's own tensors.

    A subclass gives each graph as a function from tensors to tensors, in the
    order of inputs and outputs, and converts arrays.
    """

    def __init__(self, job):
        self._job = job
        self._functions = {
            name: self.load(job["artifacts"][name]) for name in job["graphs"]
        }

    def bind(self, inputs):
        self._calls = [
            (
                self._functions[name],
                self._job["graphs"][name],
                {key: self.to_tensor(given[key]) for key in given},
            )
            for name, given in zip(self._job["calls"], inputs, strict=True)
        ]

    def __call__(self):
        states, answers = {}, []
        for function, graph, given in self._calls:
            known = states | given
            results = function(*[known[name] for name in graph["inputs"]])
            for name, result in zip(graph["outputs"], results, strict=True):
                if name in graph["states"]:
                    states[graph["states"][name]] = result
                else:
                    answers.append(self.to_array(result))
        return answers
