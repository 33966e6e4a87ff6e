# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Packs what scripts/check-gpu runs into a folder.

    pack_gpu.py ROOT BUILD FOLDER TARGET [NAME]...

Compiles the small models in all precisions, the models of full size that are named, and the
kernels of the tests of all families, for a target; beside them go inputs drawn anew, what the evaluator makes of them, vitrail-run with the
libraries that it needs, checks.json, which says what to run, and run.py, which does.
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy

root, build, folder, target, *full_size = sys.argv[1:]
inputs = os.path.join(root, "test/Integration/Inputs")
conversions = os.path.join(root, "test/Conversion")
sys.path.insert(0, os.path.join(conversions, "NNToHalide/Inputs"))
import compare

os.makedirs(folder, exist_ok=True)
checks = []
compilations = ThreadPoolExecutor(os.cpu_count())
compiled = []


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def copy(path):
    """The file's name in the folder."""
    shutil.copy(path, folder)
    return os.path.basename(path)


def compile_kernels(module, library, precision):
    lowered = os.path.join(folder, f"{library}.mlir")
    options = f"target={target} precision={precision or 'f32'}"
    run("vitrail-opt", f"--vitrail-to-halide={options}", module, "-o", lowered)
    command = ["vitrail-translate", "--model-to-library", f"--target={target}"]
    command += [f"--runtime={build}/lib/libvitrail_runtime.a", "--max-batch=7"]
    command += [f"--library={folder}/{library}.so", lowered, "-o", os.devnull]
    run(*command)
    os.remove(lowered)


def pack_kernels(module, precision=None):
    """Those of a module: as they are, or those that it becomes in a precision."""
    library = os.path.basename(module).removesuffix(".mlir")
    if precision:
        library += f"_{precision}"
    job = compilations.submit(compile_kernels, module, library, precision)
    compiled.append(job)
    generator = numpy.random.default_rng(secrets.randbits(32))
    with open(module, encoding="utf-8") as file:
        functions = compare.FUNCTION.findall(file.read())
    for entry, given, results in functions:
        if "nn.state" in given + results:
            continue
        for batch in (1, 7):
            name = f"{library}_{entry}{batch}"
            path = os.path.join(folder, name)
            os.makedirs(path, exist_ok=True)
            tensors = compare.parse_tensors(given)
            options = compare.draw_inputs(tensors, batch, generator, path)
            outputs = compare.parse_tensors(results)
            compare.evaluate(module, entry, batch, options, outputs, path + "/expected")
            checks.append(
                {
                    "library": f"{library}.so",
                    "precision": precision,
                    "is_trained": False,
                    "entry": entry,
                    "inputs": {t[0]: f"{name}/{t[0]}.npy" for t in tensors},
                    "outputs": {t[0]: f"{name}/expected/{t[0]}.npy" for t in outputs},
                }
            )


def compile_model(model, preset, weights, *options):
    """The libraries, which are being made, by their precisions."""
    libraries = {}
    for precision in ("f32", "tf32", "f16", "bf16", "int8"):
        name = re.sub(r"\W", "_", "_".join([preset, *options[1::2]]))
        name += "" if precision == "f32" else f"_{precision}"
        source = os.path.join(root, "models", f"{model}.vit")
        command = ["vitrailc", source, "--preset", preset, "--weights", weights]
        command += ["--target", target, "--precision", precision, *options]
        command += ["-o", f"{folder}/{name}.so"]
        compiled.append(compilations.submit(run, *command))
        libraries[precision] = f"{name}.so"
    return libraries


def pack_model(model, preset, given, expected, *options, entry="", weights="synthetic"):
    here = {
        key: path if path == "synthetic" else copy(os.path.join(inputs, path))
        for key, path in given.items()
    }
    results = {key: copy(os.path.join(inputs, path)) for key, path in expected.items()}
    libraries = compile_model(model, preset, weights, *options)
    for precision, library in libraries.items():
        check = {"library": library, "entry": entry, "precision": precision}
        check["is_trained"] = weights != "synthetic"
        checks.append(check | {"inputs": here, "outputs": results})


def pack_models():
    image = {"image": "synthetic"}
    models = os.path.join(root, "models")
    for model, preset in (("vit", "vit_micro"), ("tnt", "tnt_micro")):
        pack_model(model, preset, image, {"logits": f"{preset}.logits.npy"})
    pack_model(
        "swin", "swin_micro", image, {"logits": "swin_micro.logits.npy"}, entry="swin"
    )
    size = ["-D", "image_height=24", "-D", "image_width=100"]
    logits = {"logits": "swin_strip.logits.npy"}
    pack_model("swin", "swin_micro", image, logits, *size, entry="swin")
    names = ("input_ids", "attention_mask", "token_type_ids")
    pack_model(
        "bert",
        "bert_micro",
        {name: f"bert.{name}.npy" for name in names},
        {name: f"bert.{name}.npy" for name in ("last_hidden_state", "pooled")},
    )
    pack_model(
        "transformer",
        "transformer_micro",
        {name: f"transformer_micro.{name}.npy" for name in ("src", "tgt")},
        {"logits": "transformer_micro.logits.npy"},
    )
    for model in ("vit", "swin", "tnt"):
        preset = f"digits_{model}"
        pack_model(
            model,
            preset,
            {"image": os.path.join(models, "digits_test.images.npy")},
            {"logits": os.path.join(models, f"{preset}.logits.npy")},
            entry=model,
            weights=os.path.join(models, f"{preset}.safetensors"),
        )
    dates = os.path.join(models, "dates.safetensors")
    texts = copy(os.path.join(models, "dates.json"))
    for library in compile_model("transformer", "dates", dates).values():
        checks.append({"library": library, "texts": texts})


def pack_full_size():
    for preset in full_size:
        model = preset.split("_")[0]
        logits = {"logits": f"{preset}.logits.npy"}
        given = {"image": "synthetic"}
        if model == "transformer":
            given = {name: f"{preset}.{name}.npy" for name in ("src", "tgt")}
        entry = "swin" if model == "swin" else ""
        pack_model(model, preset, given, logits, entry=entry)


def pack_driver():
    program = copy(os.path.join(build, "bin", "vitrail-run"))
    listed = subprocess.run(
        ["ldd", os.path.join(folder, program)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    # What comes with every system stays away.
    for path in re.findall(r"=> (\S*lib(?:fmt|png|jpeg)\S*)", listed.stdout):
        copy(path)


pack_kernels(os.path.join(conversions, "NNToHalide/values.mlir"))
for narrow in ("f16", "bf16", "int8"):
    pack_kernels(os.path.join(conversions, "NNToGPU/values.mlir"), narrow)
for narrow in ("tf32", "f16"):
    pack_kernels(os.path.join(conversions, "NNToGPU/values-attention.mlir"), narrow)
for narrow in ("tf32", "int8"):
    pack_kernels(os.path.join(conversions, "NNToHalide/values-narrow.mlir"), narrow)
pack_models()
pack_full_size()
pack_driver()
for result in compiled:
    result.result()
copy(os.path.join(inputs, "cuda_driver.py"))
copy(os.path.join(inputs, "run_gpu.py"))
os.replace(os.path.join(folder, "run_gpu.py"), os.path.join(folder, "run.py"))
with open(os.path.join(folder, "checks.json"), "w", encoding="utf-8") as file:
    json.dump({"target": target, "checks": checks}, file, indent=1)
print(f"{len(checks)} checks for {target} are in {folder}")
