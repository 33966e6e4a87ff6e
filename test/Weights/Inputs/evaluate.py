# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""evaluate.py FOLDER [SEED]: compares the evaluator with NumPy, op by op.

Each case is a function of one `nn` operation on fresh random inputs of odd
shapes, and what NumPy makes of the same values. Prints how many cases agree; of
those that do not, the case, the seed and the difference.
"""

import math
import os
import subprocess
import sys

import numpy as np

folder = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else int.from_bytes(os.urandom(4), "little")
random = np.random.default_rng(seed)
os.makedirs(folder, exist_ok=True)

# Relative to the largest magnitude: sums of some hundred terms in float64.
tolerance = 1e-13


def extents(rank, low=1, high=8):
    return tuple(int(extent) for extent in random.integers(low, high, rank))


def normal(*shape):
    return random.standard_normal(shape)


def tensor_type(shape, factor=None, element="f32"):
    """As MLIR spells it; with `factor`, the first extent is factor * batch."""
    words = [str(extent) for extent in shape]
    encoding = ""
    if factor:
        words[0] = "?"
        encoding = f", #nn.batch<{factor}>" if factor > 1 else ""
    return f"tensor<{'x'.join(words + [element])}{encoding}>"


# The function that all cases are part of, so that one process evaluates them.
# What depends on the batch is for this one.
batch = 2
arguments, lines, results = [], [], []


def check(
    name, line, expected, *inputs, factors=None, factor=None, element="f32", result="f32"
):
    """`line` has {0}, {1} for the operands, {t} for their types, {types} for both."""
    case = len(results)
    factors = factors or [None] * len(inputs)
    elements = [element] * len(inputs) if isinstance(element, str) else element
    types = [tensor_type(x.shape, f, e) for x, f, e in zip(inputs, factors, elements)]
    names = [f"%case{case}_{i}" for i in range(len(inputs))]
    arguments.extend(zip(names, types, inputs))
    line = line.format(*names, types=", ".join(types), t=types)
    lines.append(f"%case{case} = {line}")
    results.append((name, line, tensor_type(expected.shape, factor, result), expected))


def check_constant(values, element, expected):
    line = f"nn.constant dense<{values}> : tensor<{len(expected)}x{element}>"
    results.append(("constant", line, f"tensor<{len(expected)}x{element}>", np.array(expected)))
    lines.append(f"%case{len(results) - 1} = {line}")


def module_text():
    signature = ", ".join(f"{name}: {kind}" for name, kind, _ in arguments)
    kinds = ", ".join(kind for _, _, kind, _ in results)
    values = ", ".join(f"%case{i}" for i in range(len(results)))
    body = "\n  ".join(lines)
    return f"func.func @main({signature}) -> ({kinds}) {{\n  {body}\n  return {values} : {kinds}\n}}\n"


def evaluate():
    """The results of all cases."""
    path = os.path.join(folder, "cases.mlir")
    with open(path, "w") as file:
        file.write(module_text() + helpers)
    command = ["vitrail-reference", path, "--weights=synthetic", f"--batch={batch}"]
    for i, (_, _, x) in enumerate(arguments):
        np.save(f"{folder}/in{i}.npy", x)
        command.append(f"--input={i}={folder}/in{i}.npy")
    command += [f"--output={i}={folder}/out{i}.npy" for i in range(len(results))]
    subprocess.run(command, check=True)
    return [np.load(f"{folder}/out{i}.npy") for i in range(len(results))]


def difference(actual, expected):
    if actual.shape != expected.shape:
        return f"has shape {actual.shape}, expected {expected.shape}"
    error = np.abs(actual - expected).max() / max(1.0, np.abs(expected).max())
    return None if error <= tolerance else f"differs by {error}"


def round_to_tf32(x):
    """To 11 binary digits, none below 2^-136, a half away from zero."""
    quantum = np.exp2(np.maximum(np.frexp(x)[1] - 11.0, -136))
    return np.sign(x) * np.floor(np.abs(x) / quantum + 0.5) * quantum


def check_elementwise():
    erf = np.vectorize(math.erf)
    unary = {
        "neg": np.negative,
        "exp": np.exp,
        "sqrt": np.sqrt,
        "log": np.log,
        "sin": np.sin,
        "cos": np.cos,
        "tanh": np.tanh,
        "sigmoid": lambda x: 0.5 * (1 + np.tanh(x / 2)),
        "relu": lambda x: np.maximum(x, 0),
        "gelu": lambda x: 0.5 * x * (1 + erf(x / math.sqrt(2))),
        "round_tf32": round_to_tf32,
    }
    for name, function in unary.items():
        x = 3 * normal(*extents(3))
        x = np.abs(x) if name in ("sqrt", "log") else x
        check(name, f"nn.{name} {{0}} : {{types}}", function(x), x)
    x = hard_to_round(11)
    # Errors are judged beside the largest number: those near 1 by themselves.
    for y in (x, x[(np.abs(x) > 0.5) & (np.abs(x) < 4)]):
        check("round_tf32", "nn.round_tf32 {0} : {types}", round_to_tf32(y), y)
    binary = {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.divide,
        "max": np.maximum,
        "min": np.minimum,
    }
    for name, function in binary.items():
        a, b, c = extents(3, 2)
        for left, right in [((a, b, c), (b, 1)), ((1, c), (a, b, 1)), ((c,), ()), ((), ())]:
            x, y = normal(*left), normal(*right)
            check(name, f"nn.{name} {{0}}, {{1}} : {{types}}", np.asarray(function(x, y)), x, y)


def round_to_bf16(x):
    """To 8 binary digits, none below 2^-133, a half to the even one."""
    quantum = np.exp2(np.maximum(np.frexp(x)[1] - 8.0, -133))
    return np.rint(x / quantum) * quantum


def hard_to_round(digits):
    """Numbers of all sizes, halves between neighbours of so many digits, and those
    beside them; none that becomes infinite."""
    count, fraction = 2**digits, 2.0 ** (1 - digits)
    sizes = normal(300) * np.exp2(random.integers(-140, 128, 300).astype(float))
    halves = (random.integers(count // 2, count, 100) + 0.5) * fraction
    small = (random.integers(0, count // 2, 100) + 0.5) * fraction * 2.0**-126
    beyond = (count - 0.5) * 2.0 ** (128 - digits)
    edges = np.array([0.0, 2.0**-126, beyond * (1 - 2.0**-40), 3e38])
    near = np.concatenate([halves * (1 + 2.0**-40), halves * (1 - 2.0**-40)])
    x = np.concatenate([sizes, halves, -halves, small, near, edges])
    return x[np.abs(x) < beyond]


def check_conditions():
    comparisons = {
        "eq": np.equal,
        "ne": np.not_equal,
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
    }
    a, b, c = extents(3, 2)
    for name, function in comparisons.items():
        x = random.integers(-2, 3, (a, b, c)).astype(float)
        y = random.integers(-2, 3, (b, 1)).astype(float)
        line = f"nn.compare {name} {{0}}, {{1}} : {{types}}"
        check(name, line, function(x, y).astype(float), x, y, element="i32", result="i1")
    for condition, left, right in [((b, c), (a, b, c), ()), ((a, 1, 1), (c,), (b, 1)), ((), (), ())]:
        k = random.integers(0, 2, condition).astype(float)
        x, y = normal(*left), normal(*right)
        shape = np.broadcast_shapes(condition, left, right)
        low = f"nn.constant dense<0> : {tensor_type((), element='i32')}"
        lines.append(f"%zero{len(results)} = {low}")
        lines.append(
            f"%condition{len(results)} = nn.compare ne %case{len(results)}_0, "
            f"%zero{len(results)} : {tensor_type(condition, element='i32')}, tensor<i32>"
        )
        line = (
            f"nn.select %condition{len(results)}, {{1}}, {{2}} : "
            f"{tensor_type(condition, element='i1')}, {{t[1]}}, {{t[2]}}"
        )
        expected = np.broadcast_to(np.where(k != 0, x, y), shape)
        check("select", line, expected, k, x, y, element=["i32", "f32", "f32"])
    x = 3 * normal(4, 5)
    check("cast", "nn.cast {0} : {types} to tensor<4x5xi32>", np.trunc(x), x, result="i32")
    x = random.integers(0, 2, (4, 5)).astype(float)
    check("cast", "nn.cast {0} : {types} to tensor<4x5xf32>", x, x, element="i1")
    x = hard_to_round(8)
    line = f"nn.cast {{0}} : {{types}} to tensor<{x.size}xbf16>"
    check("cast", line, round_to_bf16(x), x, element="f32", result="bf16")
    for axis in range(3):
        x, i = normal(a, b, c), random.integers(-3, 12, (4, 3)).astype(float)
        y = np.take(x, i.astype(int), axis, mode="clip")
        line = f"nn.gather {{0}}, {{1}} axis {axis} : {{types}}"
        check("gather", line, y, x, i, element=["f32", "i64"])


def check_integers():
    """Quantization, and sums of products of integers."""
    for ranges in [(4, 1), (5,), ()]:
        x = normal(3, 4, 5)
        # Halves between integers, in ranges that divide 127 exactly.
        x[0, 0] = [0.5, 1.5, -2.5, 126.5, -3.5]
        x[0, 1] = 0
        r = np.full(ranges, 127.0) if len(ranges) < 2 else np.abs(x[0]).max(1, keepdims=True)
        y = np.clip(np.rint(x * 127 / np.maximum(r, 2.0**-100)), -127, 127)
        check("quantize", "nn.quantize {0} by {1} : {types}", y, x, r, result="i8")
    x, w = random.integers(-128, 128, (5, 9)), random.integers(-128, 128, (6, 9))
    b = random.integers(-1000, 1000, 6)
    kinds = ["i8", "i8", "i32"]
    line = "nn.linear {0}, {1} bias {2} : {types}"
    check("linear", line, x @ w.T + b, x, w, b, element=kinds, result="i32")
    y = normal(5, 9)
    check("linear", "nn.linear {0}, {1} : {types}", y @ w.T, y, w, element=["f32", "i8"])
    panels = np.zeros((6, 12), int)
    panels[:, :9] = w
    panels = panels.reshape(2, 3, 3, 4).transpose(0, 2, 1, 3)
    sums = panels.sum((1, 3))
    line = "nn.packed_linear {0}, {1} sums {2} : {t[2]} features 6 group 4 : {t[0]}, {t[1]}"
    check("packed_linear", line, x @ w.T, x, panels, sums, element=kinds, result="i32")


def check_products():
    for shape in [(1, 1, 1), (9, 5, 13), (4, 64, 8), (17, 3, 6), (2, 130, 23)]:
        m, k, n = shape
        x, w, b = normal(m, k), normal(n, k), normal(n)
        check("linear", "nn.linear {0}, {1} : {types}", x @ w.T, x, w)
        check("linear", "nn.linear {0}, {1} bias {2} : {types}", x @ w.T + b, x, w, b)
        lead = extents(2)
        a, c = normal(*lead, m, k), normal(*lead, k, n)
        check("matmul", "nn.matmul {0}, {1} : {types}", a @ c, a, c)
        for r in (4, 7):
            panels = np.zeros((-(-n // r) * r, k))
            panels[:n] = w
            panels = panels.reshape(-1, r, k).transpose(0, 2, 1)
            line = f"nn.packed_linear {{0}}, {{1}} bias {{2}} features {n} : {{types}}"
            check("packed_linear", line, x @ w.T + b, x, panels, b)
            for group in (2, 3):
                depth = -(-k // group) * group
                panels = np.zeros((-(-n // r) * r, depth))
                panels[:n, :k] = w
                panels = panels.reshape(-1, r, depth // group, group)
                panels = panels.transpose(0, 2, 1, 3)
                line = (
                    f"nn.packed_linear {{0}}, {{1}} bias {{2}} features {n} "
                    f"group {group} : {{types}}"
                )
                check("packed_linear", line, x @ w.T + b, x, panels, b)
    # Several contracted dimensions: a convolution's weight.
    x, w = normal(3, 5, 2, 4, 3), normal(6, 2, 4, 3)
    y = np.einsum("abchw,nchw->abn", x, w)
    check("linear", "nn.linear {0}, {1} : {types}", y, x, w)
    panels = np.zeros((6, 2, 4, 4))
    panels[..., :3] = w
    panels = panels.reshape(2, 3, 2, 4, 2, 2).transpose(0, 2, 3, 4, 1, 5)
    line = "nn.packed_linear {0}, {1} features 6 group 2 : {types}"
    check("packed_linear", line, y, x, panels)


def patches(x, kernel, strides, padding):
    """[b, oh, ow, c, kh, kw]"""
    x = np.pad(x, [(0, 0), (0, 0)] + [(p, p) for p in padding])
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel, (2, 3))
    return windows[:, :, :: strides[0], :: strides[1]].transpose(0, 2, 3, 1, 4, 5)


def check_convolutions():
    for kernel, strides, padding in [
        ((1, 1), (1, 1), (0, 0)),
        ((3, 2), (2, 1), (1, 0)),
        ((4, 4), (4, 4), (0, 0)),
        ((5, 3), (3, 2), (2, 1)),
    ]:
        x = normal(2, 3, 13, 11)
        w, b = normal(5, 3, *kernel), normal(5)
        p = patches(x, kernel, strides, padding)
        k, s, d = list(kernel), list(strides), list(padding)
        check("unfold", f"nn.unfold {{0}} kernel {k} strides {s} padding {d} : {{types}}", p, x)
        y = np.einsum("bhwcij,ncij->bnhw", p, w)
        tail = f"strides {s} padding {d} : {{types}}"
        check("conv", f"nn.conv {{0}}, {{1}} {tail}", y, x, w)
        y = y + b[:, None, None]
        check("conv", f"nn.conv {{0}}, {{1}} bias {{2}} {tail}", y, x, w, b)


def check_reductions():
    kinds = {
        "sum": np.sum,
        "mean": np.mean,
        "max": np.max,
        "max_abs": lambda x, **axes: np.abs(x).max(**axes),
    }
    for name, function in kinds.items():
        for axes in [(0,), (1, 3), (0, 1, 2, 3), (2,)]:
            for keep in (False, True):
                x = normal(*extents(4))
                words = f"axes {list(axes)}" + (" keep_dims" if keep else "")
                y = np.asarray(function(x, axis=axes, keepdims=keep))
                check(name, f"nn.reduce {name} {{0}} {words} : {{types}}", y, x)
    for axis in range(3):
        x = 30 * normal(*extents(3, 2))
        e = np.exp(x - x.max(axis, keepdims=True))
        y = e / e.sum(axis, keepdims=True)
        check("softmax", f"nn.softmax {{0}} axis {axis} : {{types}}", y, x)
    for scaled in (False, True):
        for biased in (False, True):
            *_, d = shape = extents(3, 2, 20)
            x, inputs, words, y = normal(*shape), [], "", None
            y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-3)
            for name in ["scale"] * scaled + ["bias"] * biased:
                inputs.append(normal(d))
                y = y * inputs[-1] if name == "scale" else y + inputs[-1]
                words += f" {name} {{{len(inputs)}}} : {{t[{len(inputs)}]}}"
            line = f"nn.layer_norm {{0}}{words} epsilon 1.0e-3 : {{t[0]}}"
            check("layer_norm", line, y, x, *inputs)


def check_attention():
    for lead in [(), (3,), (2, 3)]:
        m, n, c, d = extents(4, 1, 20)
        q, k, v = normal(*lead, m, c), normal(*lead, n, c), normal(*lead, n, d)
        bias, mask = normal(*lead[1:], m, n), normal(*(1 for _ in lead), 1, n)
        for addends in [(), (bias,), (bias, mask)]:
            scores = 0.7 * q @ np.swapaxes(k, -1, -2) + sum(addends)
            e = np.exp(scores - scores.max(-1, keepdims=True))
            y = e / e.sum(-1, keepdims=True) @ v
            words = ", ".join(f"{{{3 + i}}}" for i in range(len(addends)))
            words = "scale 0.7" + (f" add {words}" if addends else "")
            line = f"nn.attention {{0}}, {{1}}, {{2}} {words} : {{types}}"
            check("attention", line, y, q, k, v, *addends)
    # Products of bf16, the weights of values among their factors.
    q, k, v = (round_to_bf16(normal(*lead, rows, 5)) for rows in (4, 7, 7))
    bias = normal(4, 7)
    scores = 0.7 * q @ np.swapaxes(k, -1, -2) + bias
    e = round_to_bf16(np.exp(scores - scores.max(-1, keepdims=True)))
    line = "nn.attention {0}, {1}, {2} scale 0.7 add {3} : {types}"
    elements = ["bf16", "bf16", "bf16", "f32"]
    y = e @ v / e.sum(-1, keepdims=True)
    check("attention", line, y, q, k, v, bias, element=elements)


def check_layout():
    for rank in (1, 2, 3, 5):
        shape = extents(rank, 1, 24 if rank < 4 else 6)
        x = normal(*shape)
        order = random.permutation(rank).tolist()
        check("transpose", f"nn.transpose {{0}} {order} : {{types}}", x.transpose(order), x)
        low, high = extents(rank, 0, 3), extents(rank, 0, 3)
        line = f"nn.pad {{0}} {list(low)} {list(high)} value -1.5 : {{types}}"
        check("pad", line, np.pad(x, list(zip(low, high)), constant_values=-1.5), x)
        padded = np.broadcast_to(normal(shape[-1] + low[-1] + high[-1]),
                                 [sum(e) for e in zip(shape, low, high)]).copy()
        fill = padded[(0,) * (rank - 1)].copy()
        padded[tuple(slice(l, l + e) for l, e in zip(low, shape))] = x
        line = f"nn.pad {{0}} {list(low)} {list(high)} value 0.0 fill {{1}} : {{t[1]}} : {{t[0]}}"
        check("pad with a fill", line, padded, x, fill)
        for axis in range(rank):
            shift = int(random.integers(0, shape[axis]))
            line = f"nn.roll {{0}} by {shift} axis {axis} : {{types}}"
            check("roll", line, np.roll(x, shift, axis), x)
        offsets = [int(random.integers(0, extent)) for extent in shape]
        strides = extents(rank, 1, 4)
        index = tuple(slice(o, None, s) for o, s in zip(offsets, strides))
        sizes = list(x[index].shape)
        line = f"nn.slice {{0}} {offsets} {sizes} {list(strides)} : {{types}}"
        check("slice", line, x[index], x)
        ones, most = [1] * rank, [2**63 - 1] * rank
        line = f"nn.slice {{0}} {offsets} {ones} {most} : {{types}}"
        check("slice of one", line, x[tuple(slice(o, o + 1) for o in offsets)], x)
        axis = int(random.integers(0, rank))
        y = normal(*shape[:axis], int(random.integers(1, 5)), *shape[axis + 1 :])
        line = f"nn.concat {{0}}, {{1}}, {{0}} axis {axis} : {{types}}, {{t[0]}}"
        check("concat", line, np.concatenate([x, y, x], axis), x, y)
        for index in (0, shape[axis] - 1, int(random.integers(0, shape[axis])), -3, 99):
            part = normal(*shape[:axis], 1, *shape[axis + 1 :])
            y = x.copy()
            position = min(max(index, 0), shape[axis] - 1)
            y[(slice(None),) * axis + (slice(position, position + 1),)] = part
            lines.append(f"%index{len(results)} = nn.constant dense<{index}> : tensor<i32>")
            line = f"nn.update {{0}}, {{1}}, %index{len(results)} axis {axis} : {{types}}"
            check("update", line, y, x, part)
    x = normal(5, 1, 3)
    y = np.broadcast_to(x, (2, 5, 4, 3))
    check("broadcast", f"nn.broadcast {{0}} : {{types}} to {tensor_type(y.shape)}", y, x)
    x = normal(4, 6, 5)
    y = x.reshape(3, 2, 20)
    check("reshape", f"nn.reshape {{0}} : {{types}} to {tensor_type(y.shape)}", y, x)
    # Larger than a task of the copy, with blocks cut at both edges.
    x = normal(3, 211, 333)
    check("transpose", "nn.transpose {0} [0, 2, 1] : {types}", x.transpose(0, 2, 1), x)
    check("transpose", "nn.transpose {0} [2, 0, 1] : {types}", x.transpose(2, 0, 1), x)


def check_batches():
    x, y = normal(6, 5), normal(6, 5)
    check("batch", "nn.add {0}, {1} : {types}", x + y, x, y, factors=[3, 3], factor=3)
    z = x.reshape(2, 3, 5)
    check("batch", "nn.reshape {0} : {types} to tensor<?x3x5xf32>", z, x, factors=[3], factor=1)
    y = normal(1, 5)
    z = np.broadcast_to(y, (2, 5))
    check("batch", "nn.broadcast {0} : {types} to tensor<?x5xf32>", z, y, factor=1)


# Calls, one of which is of a function that calls; a result that nobody uses.
helpers = """
func.func private @twice(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) attributes {nn.kernel} {
  %0 = nn.add %x, %x : tensor<2x3xf32>, tensor<2x3xf32>
  %unused = nn.sqrt %0 : tensor<2x3xf32>
  return %x, %0 : tensor<2x3xf32>, tensor<2x3xf32>
}
func.func private @seven_times(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0:2 = call @twice(%x) : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>)
  %1:2 = call @twice(%0#1) : (tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>)
  %2 = nn.add %0#0, %1#0 : tensor<2x3xf32>, tensor<2x3xf32>
  %3 = nn.add %2, %1#1 : tensor<2x3xf32>, tensor<2x3xf32>
  return %3 : tensor<2x3xf32>
}
"""


def check_sources():
    x = normal(2, 3)
    check("call", "call @seven_times({0}) : ({types}) -> {types}", 7 * x, x)
    check_constant("[true, false, true]", "i1", [1, 0, 1])
    check_constant("[-128, 127, 0]", "i8", [-128, 127, 0])
    check_constant("[-9007199254740991, 5, 1]", "i64", [1 - 2**53, 5, 1])
    check_constant("[1.5, -2.0, 0.0]", "bf16", [1.5, -2, 0])
    check_constant("-3.5", "f32", [-3.5] * 4)


check_elementwise()
check_conditions()
check_products()
check_integers()
check_convolutions()
check_reductions()
check_attention()
check_layout()
check_batches()
check_sources()
failures = 0
for (name, line, _, expected), actual in zip(results, evaluate()):
    if problem := difference(actual, expected):
        failures += 1
        print(f"seed {seed}: {name} {problem}\n  {line}")
print(f"{len(results) - failures} of {len(results)} cases agree")
sys.exit(1 if failures else 0)
