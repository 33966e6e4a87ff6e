# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Products of matrices by one warp, held against NumPy, on numbers drawn anew.

The left-hand side comes from shared memory by ldmatrix, of which the rows' bytes are the
same whatever the type; the right-hand side's columns are read from global memory.
"""

import secrets
import sys

import numpy

import driver

ROWS, COLUMNS = 16, 8
HEADER = ".version 8.0\n.target sm_90\n.address_size 64\n"
# Words of both sides, 16 rows and 8 columns of 32 bytes, then sums.
KERNEL = """
.visible .entry product(.param .u64 lhs, .param .u64 rhs, .param .u64 sums) {
.reg .b64 %l, %r, %s, %p; .reg .b32 %t, %g, %q, %x, %y, %a<4>, %b<2>, %c<4>;
.shared .align 16 .b8 memory[512];
ld.param.b64 %l, [lhs]; ld.param.b64 %r, [rhs]; ld.param.b64 %s, [sums];
mov.u32 %t, %tid.x; shr.u32 %g, %t, 2; and.b32 %q, %t, 3;
mad.wide.u32 %p, %t, 16, %l; ld.global.v4.b32 {%a0, %a1, %a2, %a3}, [%p];
{ .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %t, 16, %base; } st.shared.v4.b32 [%x], {%a0, %a1, %a2, %a3}; bar.warp.sync -1;
and.b32 %x, %t, 15; shr.u32 %y, %t, 4; shl.b32 %y, %y, 4; mad.lo.u32 %x, %x, 32, %y;
{ .reg .b32 %base; mov.b32 %base, memory; add.s32 %x, %x, %base; }
ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%a0, %a1, %a2, %a3}, [%x];
mad.lo.u32 %x, %g, 8, %q; mad.wide.u32 %p, %x, 4, %r;
ld.global.b32 %b0, [%p]; ld.global.b32 %b1, [%p+16];
mad.lo.u32 %x, %g, 8, %q; add.s32 %x, %x, %q; mad.wide.u32 %s, %x, 4, %s;
ld.global.v2.b32 {%c0, %c1}, [%s]; ld.global.v2.b32 {%c2, %c3}, [%s+256];
mma.sync.aligned.m16n8k$K.row.col.$TYPES {%c0, %c1, %c2, %c3}, {%a0, %a1, %a2, %a3}, {%b0, %b1}, {%c0, %c1, %c2, %c3};
st.global.v2.b32 [%s], {%c0, %c1}; st.global.v2.b32 [%s+256], {%c2, %c3}; ret; }
"""
# An 8 x 8 matrix of 16 bits, transposed on its way in, in registers, or on its way out.
TRANSPOSE = """
.visible .entry transpose(.param .u64 given, .param .u64 result) {
.reg .b64 %g, %r, %p; .reg .b32 %t, %x, %a; .reg .pred %i;
.shared .align 16 .b8 memory[128];
ld.param.b64 %g, [given]; ld.param.b64 %r, [result]; mov.u32 %t, %tid.x;
mad.wide.u32 %p, %t, 4, %g; ld.global.b32 %a, [%p]; { .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %t, 4, %base; } st.shared.b32 [%x], %a;
and.b32 %x, %t, 7; { .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %x, 16, %base; } bar.warp.sync -1;
$STEPS
mad.wide.u32 %p, %t, 4, %r; { .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %t, 4, %base; } ld.shared.b32 %a, [%x]; st.global.b32 [%p], %a; ret; }
"""
LOAD = "ldmatrix.sync.aligned.m8n8.x1$T.shared.b16 {%a}, [%x];\n"
STORE = "stmatrix.sync.aligned.m8n8.x1$T.shared.b16 [%x], {%a}; bar.warp.sync -1;\n"
TRANSPOSED = ".trans"
MOVE = "movmatrix.sync.aligned.m8n8.trans.b16 %a, %a;\n"
TRANSPOSES = [
    LOAD.replace("$T", TRANSPOSED) + STORE.replace("$T", ""),
    LOAD.replace("$T", "") + STORE.replace("$T", TRANSPOSED),
    LOAD.replace("$T", "") + MOVE + STORE.replace("$T", ""),
]


def draw_numbers(generator, name, shape):
    """Bits of numbers of a type, and the numbers."""
    if name in ("s8", "u8"):
        bits = generator.integers(0, 256, shape).astype(numpy.uint8)
        return bits, bits.view(numpy.int8) if name == "s8" else bits
    values = generator.standard_normal(shape).astype(numpy.float32)
    if name == "f16":
        halves = values.astype(numpy.float16)
        return halves, halves
    # Of tf32 and bf16 the rest of the bits is cut off, or not there.
    kept = values.view(numpy.uint32) & numpy.uint32(0xFFFFE000 if name == "tf32" else 0xFFFF0000)
    cut = kept.view(numpy.float32)
    return (values, cut) if name == "tf32" else ((kept >> 16).astype(numpy.uint16), cut)


def check_product(cuda, generator, lhs, rhs, saturation=""):
    are_integers = lhs in ("s8", "u8")
    k = {"f16": 16, "bf16": 16, "tf32": 8}.get(lhs, 32)
    kind = "s32" if are_integers else "f32"
    types = f"{saturation}{kind}.{lhs}.{rhs}.{kind}"
    a_bits, a = draw_numbers(generator, lhs, (ROWS, k))
    b_bits, b = draw_numbers(generator, rhs, (COLUMNS, k))
    if are_integers:
        sums = generator.integers(-(2**31), 2**31, (ROWS, COLUMNS)).astype(numpy.int32)
        sums[:8] = 2**31 - 1 if saturation else sums[:8]
        expected = sums + a.astype(numpy.int64) @ b.T.astype(numpy.int64)
        if saturation:
            expected = numpy.clip(expected, -(2**31), 2**31 - 1)
        expected = expected.astype(numpy.int32)
    else:
        sums = generator.standard_normal((ROWS, COLUMNS)).astype(numpy.float32)
        expected = sums + a.astype(numpy.float64) @ b.T.astype(numpy.float64)
    text = HEADER + KERNEL.replace("$K", str(k)).replace("$TYPES", types)
    buffers = [driver.Buffer(cuda, array) for array in (a_bits, b_bits, sums)]
    arguments = [buffer.address for buffer in buffers]
    cuda.launch(cuda.load(text), "product", 1, 32, 0, arguments)
    actual = buffers[2].read()
    largest = numpy.abs(expected.astype(numpy.float64) - actual).max()
    print(f"{types}: {largest:.3g}")
    return largest <= (0 if are_integers else 2e-5)


def check_transpose(cuda, generator, steps):
    matrix = generator.integers(0, 65536, (8, 8)).astype(numpy.uint16)
    buffers = [driver.Buffer(cuda, array) for array in (matrix, numpy.zeros_like(matrix))]
    module = cuda.load(HEADER + TRANSPOSE.replace("$STEPS", steps))
    cuda.launch(module, "transpose", 1, 32, 0, [buffer.address for buffer in buffers])
    return (buffers[1].read() == matrix.T).all()


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else secrets.randbits(32)
    print(f"seed {seed}")
    generator, cuda = numpy.random.default_rng(seed), driver.Driver()
    results = [check_transpose(cuda, generator, steps) for steps in TRANSPOSES]
    results += [check_product(cuda, generator, t, t) for t in ("f16", "bf16", "tf32")]
    integers = [("s8", "s8"), ("u8", "s8"), ("u8", "u8")]
    results += [check_product(cuda, generator, *types) for types in integers]
    results.append(check_product(cuda, generator, "s8", "s8", "satfinite."))
    print(f"{sum(results)} of {len(results)} are right")
    sys.exit(0 if all(results) else 1)


main()
