# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks who includes whom, and that no file has more than 500 lines.

    layering.py ROOT

Includes point downward only:

    Support <- Dialect/IR <- Frontend, Weights, Dialect/Transforms, Conversion
            <- Target <- Report <- Compiler <- tools

Prints a line `FILE:LINE: what is wrong` for every violation and fails if there
is any.
"""

import pathlib
import posixpath
import re
import sys

NN, HALIDE = "Dialect/NN/IR", "Dialect/Halide/IR"
EXPRESSIONS = "Conversion/Expressions"

# Each layer, and the layers that it may include besides itself.
LAYERS = {
    "Support": set(),
    NN: {"Support"},
    HALIDE: {"Support"},
    "Dialect/NN/Transforms": {"Support", NN},
    "Dialect/Halide/Transforms": {"Support", HALIDE},
    "Frontend": {"Support", NN},
    "Weights": {"Support", NN},
    EXPRESSIONS: {"Support", NN},
    "Conversion/NNToGPU": {"Support", NN, HALIDE, EXPRESSIONS},
    "Conversion/NNToHalide": {"Support", NN, HALIDE, EXPRESSIONS},
    "Target/PTX": {"Support", "Runtime"},
    "Target/Halide": {"Support", HALIDE, "Target/PTX"},
    "Target/NVVM": {"Support", HALIDE, "Target/PTX"},
    "Target/Library": {"Support", NN, HALIDE, "Weights", "Runtime"},
    "Report": {"Support", NN, HALIDE, "Target/Library"},
    # What is linked into compiled models sees nothing of the compiler, and what
    # loads them sees little more.
    "Runtime": set(),
    "vitrail-run": {"Support", "Runtime"},
}
LAYERS["Compiler"] = set(LAYERS) - {"vitrail-run"}
LAYERS["tools"] = set(LAYERS)

# Headers of others that only some layers may include.
FOREIGN = [
    (re.compile(r"Halide\.h$"), {"Target/Halide"}),
    (
        re.compile(r"(mlir|llvm|llvm-c|mlir-c)/"),
        set(LAYERS) - {"Runtime", "vitrail-run"},
    ),
    (re.compile(r"mlir/Dialect/"), set(LAYERS) - {"Support"}),
]

INCLUDE = re.compile(r'\s*#?\s*include\s+["<]([^">]+)[">]')
SOURCES = {".h", ".c", ".cpp", ".td", ".inc"}
MEASURED = SOURCES | {".py", ".cmake", ".vit", ".mlir", ".test", ".txt"}
MAX_LINES = 500


def layer_of(folder):
    """The layer of a folder below lib/ or include/vitrail/, or None."""
    matches = [name for name in LAYERS if f"{folder}/".startswith(f"{name}/")]
    return max(matches, key=len, default=None)


def layer_of_header(file, header):
    """The layer of a header that `file` includes, or None: one of others.

    Headers are named from include/, or relative to the file's own folder.
    """
    if header.startswith("vitrail/"):
        return layer_of(posixpath.dirname(header[8:])) or "no layer"
    if not header.startswith(".."):
        return None
    path = posixpath.normpath(posixpath.join(file.parent.as_posix(), header))
    base, _, rest = path.partition("/")
    folder = posixpath.dirname(rest)
    if base == "tools":
        return layer_of(folder) or "tools"
    return (layer_of(folder) if base == "lib" else None) or "no layer"


def check_include(file, layer, header):
    """What is wrong with a file of the layer including the header, or None."""
    if any(p.match(header) and layer not in who for p, who in FOREIGN):
        return f'{layer} may not include "{header}"'
    target = layer_of_header(file, header)
    if target in (None, layer) or target in LAYERS[layer]:
        return None
    return f'{layer} may not include "{header}" of {target}'


def check_includes(root, file, layer):
    name = file.relative_to(root)
    if layer is None:
        yield f"{name}:1: belongs to no layer"
        return
    for number, line in enumerate(file.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        problem = match and check_include(name, layer, match[1])
        if problem:
            yield f"{name}:{number}: {problem}"


def files_below(folder, suffixes):
    return sorted(f for f in folder.rglob("*") if f.suffix in suffixes)


def check_layers(root):
    for base in ("include/vitrail", "lib"):
        for file in files_below(root / base, SOURCES):
            folder = file.parent.relative_to(root / base).as_posix()
            yield from check_includes(root, file, layer_of(folder))
    for file in files_below(root / "tools", SOURCES):
        tool = file.relative_to(root / "tools").parts[0]
        yield from check_includes(
            root, file, tool if tool in LAYERS else "tools"
        )


def check_lengths(root):
    for base in ("bench", "cmake", "include", "lib", "models", "test", "tools"):
        for file in files_below(root / base, MEASURED):
            name = file.relative_to(root)
            if ".venv" in name.parts:
                continue
            lines = len(file.read_text().splitlines())
            if lines > MAX_LINES:
                yield f"{name}:{MAX_LINES + 1}: {lines} lines, at most {MAX_LINES}"


def main():
    root = pathlib.Path(sys.argv[1])
    problems = [*check_layers(root), *check_lengths(root)]
    print("\n".join(problems) or "layers and lengths are as they should be")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
