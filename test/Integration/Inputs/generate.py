# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""generate.py MODEL.vit FOLDER [SEED]: what a compiled model generates, against
searches written here on top of the reference's scores of whole sequences.

Draws weights and sources anew. Checks that cached steps give the scores of whole
sequences, in the library and in the reference; that greedy search and beam search
find what a search without a cache finds; that a beam search that loses nothing
finds the best of all sequences; and that text goes in and comes out.
"""

import json
import os
import subprocess
import sys

import numpy as np

from generating import Library

model, folder = sys.argv[1:3]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else int.from_bytes(os.urandom(4), "little")
random = np.random.default_rng(seed)
print("seed", seed)
os.makedirs(folder, exist_ok=True)

START, END, PAD = 1, 2, 0
LETTERS = " abcdäß"
VOCABULARY = 3 + len(LETTERS)
SOURCE_LENGTH, MAX_LENGTH = 5, 6
DIM, LAYERS = 8, 2
MAX_BATCH = 500

# Of float32 against float64, relative to the largest score.
TOLERANCE = 2e-5


def path(name):
    return os.path.join(folder, name)


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {result.returncode}")
    return result.stdout


def write_weights():
    shapes = {"embedding": [VOCABULARY, DIM], "positions": [MAX_LENGTH, DIM]}

    def linear(name, inputs, outputs, bias=True):
        shapes[f"{name}.weight"] = [outputs, inputs]
        if bias:
            shapes[f"{name}.bias"] = [outputs]

    linear("encoder", DIM, DIM)
    linear("head", DIM, VOCABULARY, bias=False)
    for i in range(LAYERS):
        linear(f"layers.{i}.qkv", DIM, 3 * DIM)
        linear(f"layers.{i}.out", DIM, DIM)
        linear(f"layers.{i}.cross.q", DIM, DIM)
        linear(f"layers.{i}.cross.kv", DIM, 2 * DIM)
        linear(f"layers.{i}.cross.out", DIM, DIM)
    header, data = {}, b""
    for name, shape in shapes.items():
        values = (0.4 * random.standard_normal(shape)).astype("<f4").tobytes()
        offsets = [len(data), len(data) + len(values)]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
        data += values
    text = json.dumps(header).encode()
    with open(path("weights.safetensors"), "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def reference(entry, inputs, outputs):
    """What an entry makes of arrays by their names, in float64."""
    batch = len(next(iter(inputs.values())))
    command = ["vitrail-reference", path("model.mlir"), f"--batch={batch}"]
    command += [f"--weights={path('weights.safetensors')}", f"--entry={entry}"]
    for name, value in inputs.items():
        np.save(path(f"{name}.npy"), value)
        command.append(f"--input={name}={path(name)}.npy")
    command += [f"--output={name}={path(name)}.out.npy" for name in outputs]
    run(*command)
    return [np.load(path(f"{name}.out.npy")) for name in outputs]


def score(sources, tokens):
    """Log-probabilities of what comes after each token of [n, length] tokens."""
    padded = np.full((len(tokens), MAX_LENGTH), PAD, np.int32)
    padded[:, : tokens.shape[1]] = tokens
    (scores,) = reference("score", {"src": sources, "tgt": padded}, ["scores"])
    scores = scores[:, : tokens.shape[1]]
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True)), scores


def penalise(log_probability, length, alpha):
    return log_probability / ((5 + length) / 6) ** alpha


def search(sources, beams, limit, alpha):
    """For each source, tokens and score; beams of all sources advance together."""
    alive = [[(0.0, [])] for _ in sources]
    ended = [[] for _ in sources]
    for length in range(limit):
        rows = [(i, tokens) for i, a in enumerate(alive) for _, tokens in a]
        if not rows:
            break
        prefixes = np.array([[START] + tokens for _, tokens in rows], np.int32)
        log, _ = score(sources[[i for i, _ in rows]], prefixes)
        log = iter(log[:, -1])
        for i, sequences in enumerate(alive):
            candidates = [
                (total + step[token], tokens + [token])
                for total, tokens in sequences
                for step in [next(log)]
                for token in range(VOCABULARY)
            ]
            # Stable: equal ones in the order of beams and tokens.
            candidates.sort(key=lambda candidate: -candidate[0])
            candidates = candidates[: 1 if beams == 1 else 2 * beams]
            for total, tokens in candidates:
                if tokens[-1] == END:
                    ended[i].append((penalise(total, length + 1, alpha), tokens[:-1]))
            alive[i] = [c for c in candidates if c[1][-1] != END][:beams]
    return [
        max(ended[i], key=lambda e: e[0])
        if ended[i]
        else (penalise(alive[i][0][0], limit, alpha), alive[i][0][1])
        for i in range(len(sources))
    ]


def search_all(source, limit, alpha):
    """The best of all sequences that end within `limit` steps."""
    best = (-np.inf, [])
    alive = [(0.0, [])]
    for length in range(limit):
        prefixes = np.array([[START] + tokens for _, tokens in alive], np.int32)
        log, _ = score(np.repeat(source[None], len(alive), 0), prefixes)
        log = log[:, -1]
        for (total, tokens), step in zip(alive, log):
            best = max(best, (penalise(total + step[END], length + 1, alpha), tokens))
        alive = [
            (total + step[token], tokens + [token])
            for (total, tokens), step in zip(alive, log)
            for token in range(VOCABULARY)
            if token != END
        ]
    return best


def generate(library, *arguments):
    """(score, tokens) for each source; behind the tokens, all is padding."""
    rows = list(zip(*library.generate(*arguments)))
    for tokens, length, _ in rows:
        assert (tokens[length:] == PAD).all()
    return [(score, tokens[:length].tolist()) for tokens, length, score in rows]


def check_scores(what, actual, expected):
    error = np.abs(actual - expected).max() / max(1, np.abs(expected).max())
    print(f"{what}: {error:.2g}")
    assert error <= TOLERANCE, what


def check_found(what, actual, expected):
    """Where rounding may decide between two, their scores say that it did."""
    for (found, tokens), (best, right) in zip(actual, expected, strict=True):
        assert abs(found - best) <= TOLERANCE, (what, found, best)
        assert tokens == right or abs(found - best) <= 1e-6, (what, tokens, right)
    print(f"{what}: {len(actual)} agree")


def check_steps(library, sources):
    tokens = random.integers(0, VOCABULARY, (len(sources), MAX_LENGTH)).astype(np.int32)
    _, expected = score(sources, tokens)
    library.encode(sources)
    cached = [library.step(column) for column in tokens.T]
    check_scores("cached steps", np.stack(cached, 1), expected)

    # The same in the reference, where states are inputs and outputs.
    names = [f"{name}.{i}" for name in ("keys", "values") for i in range(LAYERS)]
    memory, position = reference("encode", {"src": sources}, ["memory", "position"])
    states = {"memory": memory, "position": position}
    for i, column in enumerate(tokens.T):
        given = {"token": column, **states}
        scores, position, *caches = reference(
            "step", given, ["scores", "position"] + names
        )
        states = {"memory": memory, "position": position, **dict(zip(names, caches))}
        check_scores(f"step {i} of the reference", scores, expected[:, i])


def check_text(library):
    texts = ["abc", "ä ßd", "d"]
    letters = dict(zip(LETTERS, range(3, VOCABULARY)))
    sources = np.full((len(texts), SOURCE_LENGTH), PAD, np.int32)
    for row, text in zip(sources, texts):
        row[: len(text)] = [letters[letter] for letter in text]
    for options, beams in ([[], 1], [["--beams", "4"], 4]):
        expected = [
            "".join(LETTERS[token - 3] for token in tokens if token >= 3)
            for _, tokens in generate(library, sources, beams)
        ]
        given = [word for text in texts for word in ("--text", text)]
        printed = run("vitrail-run", path("gen.so"), *given, *options)
        assert printed == "".join(line + "\n" for line in expected), (printed, expected)
        print("text:", expected)


write_weights()
run("vitrailc", model, "--emit=nn", "-o", path("model.mlir"))
run(
    "vitrailc",
    model,
    f"--weights={path('weights.safetensors')}",
    f"--max-batch={MAX_BATCH}",
    "-o",
    path("gen.so"),
)
library = Library(path("gen.so"), VOCABULARY, MAX_LENGTH)
sources = random.integers(0, VOCABULARY, (11, SOURCE_LENGTH)).astype(np.int32)
check_steps(library, sources)
check_found("greedy", generate(library, sources), search(sources, 1, MAX_LENGTH, 0))
for beams, limit, alpha in [(2, MAX_LENGTH, 0), (3, MAX_LENGTH, 0.6), (5, 4, 1.5)]:
    check_found(
        f"{beams} beams",
        generate(library, sources, beams, limit, alpha),
        search(sources, beams, limit, alpha),
    )
# 81 sequences of two tokens go on with one of 10.
for alpha in (0, 0.6):
    check_found(
        "all sequences",
        generate(library, sources[:2], 405, 3, alpha),
        [search_all(source, 3, alpha) for source in sources[:2]],
    )
check_text(library)
