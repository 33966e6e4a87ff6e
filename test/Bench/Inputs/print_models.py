# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what models are: print_models.py BENCH MODELS FOLDER."""

import json
import pathlib
import sys
from types import ModuleType, SimpleNamespace

import numpy

# Nothing here needs what these have; the tests run without the package.
for name in ("onnx", "onnx.reference"):
    module = sys.modules[name] = ModuleType(name)
    module.TensorProto = SimpleNamespace(FLOAT=1, INT32=6)
    module.helper = module.numpy_helper = module.ReferenceEvaluator = None
bench, texts, folder = sys.argv[1:]
sys.path.insert(0, bench)
import export_transformer  # noqa: E402
import models  # noqa: E402
import transformer  # noqa: E402

folder, texts = pathlib.Path(folder), pathlib.Path(texts)
calls = ["dates.encode.onnx", "dates.step.onnx", "dates.step.onnx"]
(folder / "dates.calls.json").write_text(json.dumps(calls))
for file in (*calls, "vit.onnx", "dates.large.onnx", "vit.onnx.data"):
    (folder / file).touch()
print("models:", models.list_names(folder))


def name_values(*names):
    return [SimpleNamespace(name=name) for name in names]


graph = SimpleNamespace(
    input=name_values("token", "keys"),
    output=name_values("memory", "logits", "keys.next", "values.next"),
)
described = models.describe_graph(
    SimpleNamespace(graph=graph), folder / "x.onnx", {"memory", "keys", "token"}
)
print("states:", described["states"])
others = [o for o in described["outputs"] if o not in described["states"]]
print("others:", others)
repeated = [models.repeat(numpy.zeros(s), 3).shape for s in ((1, 2), ())]
print("batches:", *repeated)

text = models.find_preset("dates", texts)
print("dates is in", text.name)
for preset in ("dates", "transformer_base"):
    sizes = transformer.read_sizes(text, preset)
    print(
        f"{preset}: source {sizes.source_length}, steps {sizes.max_length},",
        f"vocabulary {sizes.vocabulary}, layers {sizes.layers},",
        f"heads {sizes.heads}, pad {sizes.pad}",
    )
tokens = export_transformer.tokenize("0-9 a", text, "dates")
print('"0-9 a" of dates:', tokens)

expected = numpy.array([[3.0, 4.0], [0.0, 1.0]])
output = expected + [[1.0, 0.0], [0.5, 0.0]]
print(
    f"errors: {models.relative_error(output, expected):.2f}",
    models.relative_error(output[:1], expected),
)
