# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The engines under comparison, one module each.

A module has a class `Engine`:

    title            what tables call it
    packages         of Python, whose files are its runtime
    build(job)       makes the files that are deployed, by names of graphs; in a
                     process of its own
    prepare()        imports those packages; not timed
    Engine(job)      loads the files with job["threads"] threads; has `version`
    bind(inputs)     takes the arrays that each call is given, by their names;
                     they stay the same
    engine()         makes the calls of the job, in order; the arrays that they
                     answer, which the next time may overwrite

A job is a dictionary:

    model, batch, threads
    graphs      by name: an ONNX file, `onnx`; names of its `inputs` and
                `outputs`; and `states`, outputs that later calls take as inputs
                unless they are given others, by the inputs' names
    calls       names of graphs, in order
    inputs      the file of what calls are given, as models.py has it
    artifact    what new files may begin with
    artifacts   what `build` made
    source, preset, weights, vitrailc    for Vitrail; its entries are called
                like the graphs, and the first also ""
"""

import importlib
import importlib.metadata
import pathlib

VITRAIL = "vitrail"
PEERS = ("onnxruntime", "openvino", "iree", "tvm", "torch", "torch_compile")

# Modules that share the packages of another engine.
_REQUIREMENTS = {"torch_compile": "torch"}


def find(name):
    return importlib.import_module(f"engines.{name}_engine").Engine


def installed_size(packages):
    """Bytes of all files that the packages installed."""
    total = 0
    for package in packages:
        for file in importlib.metadata.files(package) or ():
            path = pathlib.Path(file.locate())
            total += path.stat().st_size if path.exists() else 0
    return total


def why_missing(name, installed):
    """What pip said when it could not install the engine, or None.

    `installed` is the folder in which bench/run keeps account.
    """
    requirement = _REQUIREMENTS.get(name, name)
    failed = installed / f"{requirement}.failed"
    if failed.exists():
        lines = failed.read_text().strip().splitlines()
        return lines[-1] if lines else "pip failed"
    return None
