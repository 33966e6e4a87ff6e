# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each way to misuse an instruction is an error that says so.

    misuse.py FOLDER

Texts are written to the folder and run each in a process of its own.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# 128 threads, of which the first begins with %first; %d0 is the buffer, %m the map of
# 8 x 8 words in boxes of 8 x 4, and %b the barrier in shared memory.
KERNEL = """.version 8.0
.target sm_90a
.address_size 64
.visible .entry kernel(.param .u64 buffer, .param .align 64 .b8 map[128]) {
.reg .b32 %r<8>, %c<4>, %b, %t, %s; .reg .b64 %d<8>, %m; .reg .pred %p<4>, %first; .reg .b16 %h;
.shared .align 1024 .b8 memory[4096]; .shared .align 8 .b8 barrier[8];
ld.param.b64 %d0, [buffer]; mov.b64 %m, map; cvta.param.u64 %m, %m; mov.b32 %b, barrier;
mov.u32 %t, %tid.x; mov.b32 %s, memory; setp.eq.u32 %first, %t, 0; mov.b32 %r0, 0; setp.ne.b32 %p0, 0, 0;
@%first mbarrier.init.shared.b64 [%b], 1; bar.sync 0;
BODY
ret; }
"""
LOAD_BOX = (
    "@%first cp.async.bulk.tensor.2d.shared::cluster.global.tile.mbarrier::complete_tx::bytes"
)
LOAD = "@%first cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes"
PRODUCT = "wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {%c0, %c1, %c2, %c3},"
FENCE = "wgmma.fence.sync.aligned; "
DESCRIBE = "mov.b64 %d1, 0x4000002000000040; "
CASES = [
    # Barriers and members.
    ("bar.sync 16;", "there is no barrier 16"),
    ("bar.arrive 1, 256; bar.arrive 1, 96;", "barrier 1 is one of 256 threads and of 96"),
    ("barrier.cluster.arrive; barrier.cluster.arrive;", "has arrived, and not waited since"),
    ("barrier.cluster.wait;", "the thread has not arrived"),
    ("shfl.sync.idx.b32 %r1, %t, 0, 31, 1;", "a lane executes it that is not among its members"),
    ("bar.warp.sync 1;", "a lane executes it that is not among its members"),
    ("@%first mbarrier.init.shared.b64 [%b], 0;", "an mbarrier for which 0 arrive"),
    ("@%first mbarrier.init.shared.b64 [%b+4], 1;", "an mbarrier at address 1028"),
    ("mapa.shared::cluster.u32 %b, %b, 0; mbarrier.try_wait.parity.shared.b64 %p1, [%b], 0;",
     "waits for the mbarrier of another block"),
    # Memory.
    ("ld.param.b64 %d1, [map+128];", "there is no parameter at 192"),
    ("ld.global.b32 %r1, [%d0+2];", "are not aligned"),
    ("atom.global.add.u32 %r1, [%d0+2], 1;", "is not aligned"),
    ("ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r1}, [%s+8];", "a row of a matrix at address 2056"),
    ("cp.async.ca.shared.global [%s+4], [%d0], 8;", "is not aligned"),
    ("cp.async.ca.shared.global [%s], [%d0], 8, 9;", "reads 9 bytes of 8"),
    # Copies of bulks and boxes.
    (LOAD + " [%s], [%d0], 24, [%b];", "the size of a copy at address 24, which is no multiple of 16"),
    (LOAD + " [%s+8], [%d0], 16, [%b];", "a copy at address 2056, which is no multiple of 16"),
    (LOAD + " [%s], [%d0], 16, [%b+8];", "there is no mbarrier at shared address 1032"),
    ("mapa.shared::cluster.u32 %r1, %s, 1; " + LOAD + " [%r1], [%d0], 16, [%b];",
     "the cluster has no block of this address"),
    (LOAD_BOX + " [%s], [%d0, {%r0, %r0}], [%b];", "this is no tensor map"),
    ("add.s64 %m, %m, 32; " + LOAD_BOX + " [%s], [%m, {%r0, %r0}], [%b];",
     "a tensor map at address"),
    ("add.s64 %m, %m, 64; " + LOAD_BOX + " [%s], [%m, {%r0, %r0}], [%b];", "there is no tensor map"),
    (LOAD_BOX.replace("2d", "3d") + " [%s], [%m, {%r0, %r0, %r0}], [%b];",
     "the tensor map has 2 dimensions"),
    ("mov.b16 %h, 2; " + LOAD_BOX + ".multicast::cluster [%s], [%m, {%r0, %r0}], [%b], %h;",
     "the cluster has no block 1"),
    # Products.
    (FENCE + "mov.b64 %d1, 0x4002002000000040; " + PRODUCT + " %d1, %d1, %p0, 1, 1, 0, 0;",
     "a descriptor with a base offset is not emulated"),
    (FENCE + "mov.b64 %d1, 0x2000000040; " + PRODUCT + " %d1, %d1, %p0, 1, 1, 0, 1;",
     "a transposed operand that is not swizzled is not emulated"),
    (FENCE + DESCRIBE + PRODUCT + " %d1, %d1, %first, 1, 1, 0, 0;",
     "lanes differ in whether sums are added to"),
    (FENCE + DESCRIBE + PRODUCT + " %d1, %d1, %p0, 1, 1, 0, 0; wgmma.commit_group.sync.aligned;",
     "it ends without wgmma.wait_group"),
    (FENCE + DESCRIBE + PRODUCT + " {%r1, %r2, %r3, %r4}, %d1, %p0, 1, 1, 0; mov.b32 %r2, 0;",
     "writes an operand of wgmma before wgmma.wait_group"),
    # Texts.
    ("add.f32 %r1, %r1, 0d3FF0000000000000; add.f64 %d1, %d1, 0f3F800000;",
     "a number of f32 in an operand of another type"),
    ("cvt.f16.f32 %h, %r1;", "how to round is missing"),
    ("cvt.rn.s32.f32 %r1, %r2;", "how to round to an integer is missing"),
    ("cvt.rz.f32.s32 %r1, %r2;", "'.rz' is not emulated"),
    ("add.s32 %r1, %r1, %laneid_max;", "unknown register '%laneid_max'"),
    ("cp.async.cg.shared.global [%s], [%d0], 8;", "copies of 8 bytes"),
    (PRODUCT.replace("%c3", "_") + " %d1, %d1, %p0, 1, 1, 0, 0;", "'_' among matrices"),
    ("st.async.weak.shared::cluster.mbarrier::complete_tx::bytes.b16 [%s], %h, [%b];",
     "not for this type"),
    ("setmaxnreg.inc.sync.aligned.u32 20;", "20 registers"),
    (PRODUCT + " %d1, %d1, %p0, -1, 1, 0, 0;", "a factor other than 1 is not emulated"),
    ("ld.global.v2.b32 {%r1}, [%d0];", "has 1 registers"),
    ("ld.global.b32 %r1, %d0;", "expected an address"),
    ("bar.sync %r9;", "unknown register '%r9'"),
    ("add.s32 %r1, %r1, memory;", "'memory' can be an operand of mov alone"),
    ("cvta.u64 %d1, %d0;", "an address space is missing"),
    ("mov.b32 %r1, 5x;", "not a number: '5x'"),
    (".local .b32 x;", "unknown directive '.local'"),
]  # fmt: skip


def run(case):
    """What a case says instead of what it should, or None."""
    number, (body, expected) = case
    path = os.path.join(sys.argv[1], f"{number}.ptx")
    with open(path, "w", encoding="utf-8") as file:
        file.write(KERNEL.replace("BODY", body))
    program = os.path.join(os.path.dirname(__file__), "run_ptx.py")
    arguments = ["--threads", "128", "buffer:64", "map:0:4:8x8:8x4"]
    command = [sys.executable, program, path, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    said = result.stderr + result.stdout
    return None if expected in said else f"{body}\n  says {said.strip()}\n  not {expected}"


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    problems = [problem for problem in ThreadPoolExecutor(2).map(run, enumerate(CASES)) if problem]
    print(*problems, f"{len(CASES) - len(problems)} of {len(CASES)} are right", sep="\n")
    sys.exit(1 if problems else 0)


main()
