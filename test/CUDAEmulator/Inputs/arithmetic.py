# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What instructions of one lane compute, held against NumPy, on numbers drawn anew.

Half of the lanes execute each instruction; the others keep what they had.
"""

import secrets
import sys

import numpy

import driver

LANES = 32
KEPT = 77


def f32(bits):
    return bits.astype(numpy.uint32).view(numpy.float32)


def flush(x):
    return numpy.where(numpy.abs(x) < 2.0**-126, numpy.copysign(numpy.float32(0), x), x)


def wide(x):
    return x.astype(numpy.int64)


def narrow(bits):
    """Of f32, to bf16: to the nearest, of two the even one."""
    x = bits.view(numpy.uint32).astype(numpy.uint64)
    return ((x + 0x7FFF + (x >> 16 & 1)) >> 16).astype(numpy.uint16)


def permute(a, b, c):
    data = numpy.stack([a, b], 1).view(numpy.uint8)
    result = numpy.zeros((LANES, 4), numpy.uint8)
    for i in range(4):
        selector = c >> 4 * i & 15
        byte = data[numpy.arange(LANES), selector & 7]
        result[:, i] = numpy.where(selector & 8, numpy.where(byte & 128, 255, 0), byte)
    return result.view(numpy.uint32)[:, 0]


def extract(a, position, length, is_signed):
    results = []
    for x, p, n in zip(a.tolist(), position.tolist(), length.tolist()):
        p, n = p & 255, n & 255
        sign = x >> 31 if is_signed and n else 0
        # Bits beyond the number are its sign.
        field = ((x | (-sign << 32)) >> p) & ((1 << n) - 1)
        if is_signed and n and field >> (n - 1):
            field -= 1 << n
        results.append(field & 0xFFFFFFFF)
    return numpy.array(results, numpy.uint32)


def shift_left(a, by):
    return numpy.where(by < 32, a.astype(numpy.uint64) << (by & 63), 0)


def clamp(x, low, high):
    return numpy.clip(numpy.nan_to_num(x.astype(numpy.float64), nan=0), low, high)


S, U, F = numpy.int32, numpy.uint32, numpy.float32
# The instruction, the types of its operands and of its result, and what it computes;
# small operands are below 48.
CASES = [
    ("add.s32 $, $, $", (S, S), S, lambda a, b: wide(a) + wide(b)),
    ("add.sat.s32 $, $, $", (S, S), S, lambda a, b: clamp(wide(a) + wide(b), -(2**31), 2**31 - 1)),
    ("sub.u32 $, $, $", (U, U), U, lambda a, b: wide(a) - wide(b)),
    ("mul.lo.s32 $, $, $", (S, S), S, lambda a, b: wide(a) * wide(b)),
    ("mul.hi.s32 $, $, $", (S, S), S, lambda a, b: wide(a) * wide(b) >> 32),
    ("mul.hi.u32 $, $, $", (U, U), U, lambda a, b: a.astype(numpy.uint64) * b >> 32),
    ("mad.lo.u32 $, $, $, $", (U, U, U), U, lambda a, b, c: wide(a) * wide(b) + wide(c)),
    ("div.s32 $, $, $", (S, "small"), S, lambda a, b: numpy.trunc(a / (b + 0.0))),
    ("rem.u32 $, $, $", (U, "small"), U, lambda a, b: a % b),
    ("min.s32 $, $, $", (S, S), S, numpy.minimum),
    ("max.u32 $, $, $", (U, U), U, numpy.maximum),
    ("neg.s32 $, $", (S,), S, lambda a: -wide(a)),
    ("abs.s32 $, $", (S,), S, lambda a: numpy.abs(wide(a))),
    ("and.b32 $, $, $", (U, U), U, lambda a, b: a & b),
    ("xor.b32 $, $, $", (U, U), U, lambda a, b: a ^ b),
    ("not.b32 $, $", (U,), U, lambda a: ~a),
    ("lop3.b32 $, $, $, $, 0xCA", (U, U, U), U, lambda a, b, c: a & b | ~a & c),
    ("shl.b32 $, $, $", (U, "small"), U, shift_left),
    ("shr.u32 $, $, $", (U, "small"), U, lambda a, b: numpy.where(b < 32, a >> (b & 31), 0)),
    ("shr.s32 $, $, $", (S, "small"), S, lambda a, b: a >> numpy.minimum(b, 31).astype(S)),
    ("shf.l.wrap.b32 $, $, $, $", (U, U, "small"), U,
     lambda a, b, c: (b.astype(numpy.uint64) << 32 | a) << (c & 31).astype(numpy.uint64) >> 32),
    ("bfe.u32 $, $, $, $", (U, "small", "small"), U, lambda a, b, c: extract(a, b, c, False)),
    ("bfe.s32 $, $, $, $", (U, "small", "small"), U, lambda a, b, c: extract(a, b, c, True)),
    ("prmt.b32 $, $, $, $", (U, U, U), U, permute),
    ("popc.b32 $, $", (U,), U, lambda a: numpy.array([x.bit_count() for x in a.tolist()])),
    ("clz.b32 $, $", (U,), U, lambda a: numpy.array([32 - x.bit_length() for x in a.tolist()])),
    ("add.f32 $, $, $", (F, F), F, lambda a, b: a + b),
    ("sub.ftz.f32 $, $, $", (F, F), F, lambda a, b: flush(flush(a) - flush(b))),
    ("mul.f32 $, $, $", (F, F), F, lambda a, b: a * b),
    ("mul.ftz.f32 $, $, 0f01000000", (F,), F, lambda a: flush(a * F(2.0**-125))),
    ("add.sat.f32 $, $, $", (F, F), F, lambda a, b: numpy.clip(a + b, 0, 1)),
    ("div.rn.f32 $, $, $", (F, F), F, lambda a, b: a / b),
    ("rcp.rn.f32 $, $", (F,), F, lambda a: F(1) / a),
    ("sqrt.rn.f32 $, $", ("positive",), F, numpy.sqrt),
    ("min.f32 $, $, $", (F, F), F, numpy.fmin),
    ("max.f32 $, $, 0f7FC00000", (F,), F, lambda a: a),
    ("abs.f32 $, $", (F,), F, numpy.abs),
    ("ex2.approx.ftz.f32 $, $", (F,), "approximate", lambda a: numpy.exp2(a)),
    ("rsqrt.approx.ftz.f32 $, $", ("positive",), "approximate", lambda a: 1 / numpy.sqrt(a)),
    ("cvt.rzi.s32.f32 $, $", (F,), S, numpy.trunc),
    ("cvt.rni.s32.f32 $, 0f40200000", (), S, lambda: numpy.full(LANES, 2)),
    ("cvt.rzi.u32.f32 $, $", (F,), U, lambda a: clamp(numpy.trunc(a), 0, 2**32 - 1)),
    ("cvt.rni.f32.f32 $, $", (F,), F, numpy.rint),
    ("cvt.rn.f32.s32 $, $", (S,), F, lambda a: a.astype(F)),
    ("cvt.rn.f32.u32 $, $", (U,), F, lambda a: a.astype(F)),
    ("cvt.s32.s16 $, $", (S,), S, lambda a: a.astype(numpy.int16)),
    ("cvt.sat.u8.s32 $, $", (S,), U, lambda a: numpy.clip(a, 0, 255)),
    ("cvt.pack.sat.s8.s32.b32 $, $, $, $", (S, S, U), U,
     lambda a, b, c: wide(c) << 16 | (numpy.clip(a, -128, 127) & 255) << 8
     | numpy.clip(b, -128, 127) & 255),
    ("cvt.rn.f16x2.f32 $, $, $", (F, F), U,
     lambda a, b: a.astype(numpy.float16).view(numpy.uint16).astype(U) << 16
     | b.astype(numpy.float16).view(numpy.uint16)),
    ("cvt.rn.bf16x2.f32 $, $, $", (F, F), U, lambda a, b: narrow(a).astype(U) << 16 | narrow(b)),
    ("cvt.rna.tf32.f32 $, $", (F,), U, lambda a: (a.view(U) + 0x1000) & ~U(0x1FFF)),
    ("add.f16x2 $, $, $", ("halves", "halves"), U,
     lambda a, b: (a.view(numpy.float16) + b.view(numpy.float16)).view(U)),
    ("mov.b32 {_, %h}, $1; mov.b32 $, {%h, %h}", (U,), U, lambda a: a >> 16 | a & 0xFFFF0000),
    ("selp.b32 $, $, $, %odd", (U, U), U, lambda a, b: a),
    ("slct.b32.s32 $, $, $, $", (U, U, S), U, lambda a, b, c: numpy.where(c >= 0, a, b)),
    ("fma.rn.f32 $, $, $, $", (F, F, F), F,
     lambda a, b, c: (a.astype(numpy.longdouble) * b + c).astype(F)),
] + [
    (f"setp.{name}.{kind} %q, $1, $2; selp.b32 $, 1, 0, %q", (number, number), U, compare)
    for kind, number in (("s32", S), ("u32", U), ("f32", F))
    for name, compare in (
        ("lt", numpy.less), ("ge", numpy.greater_equal), ("ne", numpy.not_equal), ("eq", numpy.equal),
    )
]  # fmt: skip


def draw(generator, kind):
    if kind is F:
        return generator.normal(0, 3, LANES).astype(F)
    if kind == "positive":
        return generator.uniform(0.01, 9, LANES).astype(F)
    if kind == "small":
        return generator.integers(1, 48, LANES).astype(U)
    if kind == "halves":
        return generator.normal(0, 3, 2 * LANES).astype(numpy.float16).view(U)
    return generator.integers(0, 2**32, LANES, numpy.uint64).astype(U).view(kind)


def write_kernel(index, text, count):
    """Lane t reads words t of the operands, and writes word t of the result."""
    operands = [f"%x{i + 1}" for i in range(count)]
    loads = "".join(
        f"ld.global.b32 %x{i + 1}, [%a+{4 * LANES * i}];\n" for i in range(count)
    )
    for i, operand in enumerate(operands):
        text = text.replace(f"${i + 1}", operand)
    for operand in ["%x0"] * text.count("$") if ";" in text else ["%x0", *operands]:
        text = text.replace("$", operand, 1)
    guarded = "; ".join(f"@%odd {part.strip()}" for part in text.split(";"))
    return f"""
.visible .entry case{index}(.param .u64 operands, .param .u64 result) {{
.reg .b16 %h; .reg .b64 %a, %r; .reg .b32 %t, %x<5>; .reg .pred %odd, %q;
ld.param.b64 %a, [operands]; ld.param.b64 %r, [result]; mov.u32 %t, %tid.x;
mad.wide.u32 %a, %t, 4, %a; mad.wide.u32 %r, %t, 4, %r;
and.b32 %x0, %t, 1; setp.ne.u32 %odd, %x0, 0; mov.b32 %x0, {KEPT};
{loads}{guarded};
st.global.b32 [%r], %x0; ret; }}
"""


def find_difference(expected, actual, kind):
    """Why the words are not what they should be, or None."""
    if (actual[::2] != KEPT).any():
        return "lanes that do not execute it are changed"
    expected, actual = expected[1::2], actual[1::2]
    if kind in (F, "approximate"):
        expected, actual = expected.astype(F), actual.view(F)
        allowed = 0 if kind is F else 2e-6 * numpy.abs(expected)
        is_wrong = ~(numpy.abs(expected - actual) <= allowed)
    else:
        expected = (expected.astype(numpy.float64).astype(numpy.int64)
                    if expected.dtype.kind == "f" else expected).astype(numpy.int64)  # fmt: skip
        expected = (expected & 0xFFFFFFFF).astype(U)
        is_wrong = expected != actual
    if not is_wrong.any():
        return None
    lane = is_wrong.argmax()
    return f"lane {2 * lane + 1} has {actual[lane]} instead of {expected[lane]}"


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbits(32)
    print(f"seed {seed}")
    generator = numpy.random.default_rng(seed)
    cuda = driver.Driver()
    kernels = [write_kernel(i, case[0], len(case[1])) for i, case in enumerate(CASES)]
    text = ".version 8.0\n.target sm_80\n.address_size 64\n" + "".join(kernels)
    module = cuda.load(text)
    numpy.seterr(all="ignore")
    failures = 0
    for i, (name, kinds, result, compute) in enumerate(CASES):
        operands = [draw(generator, kind) for kind in kinds]
        words = [operand.view(U) for operand in operands] or [numpy.zeros(LANES, U)]
        given = driver.Buffer(cuda, numpy.concatenate(words))
        taken = driver.Buffer(cuda, numpy.zeros(LANES, U))
        cuda.launch(module, f"case{i}", 1, LANES, 0, [given.address, taken.address])
        problem = find_difference(numpy.asarray(compute(*operands)), taken.read(), result)
        if problem:
            failures += 1
            print(f"{name}: {problem}")
    print(f"{len(CASES) - failures} of {len(CASES)} instructions are right")
    sys.exit(1 if failures else 0)


main()
