# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Warps that do not wait for each other give other results with other seeds, and the same
with the same one; those that do always give the same.

    orders.py FILE.ptx
"""

import os
import subprocess
import sys

# Each thread reads what the one 32 before it has written to shared memory.
KERNEL = """.version 8.0
.target sm_80
.address_size 64
.visible .entry shift(.param .u64 p) { .reg .b32 %t, %x, %y, %n; .reg .b64 %p; .reg .pred %i;
.shared .align 4 .b8 memory[512];
mov.u32 %t, %tid.x; { .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %t, 4, %base; } mov.b32 %n, 40;
// Some work, so that the turns of warps end there.
work: sub.s32 %n, %n, 1; setp.gt.s32 %i, %n, 0; @%i bra work;
st.shared.b32 [%x], %t; WAIT
add.s32 %y, %t, 96; and.b32 %y, %y, 127; { .reg .b32 %base; mov.b32 %base, memory; mad.lo.u32 %x, %y, 4, %base; } ld.shared.b32 %y, [%x];
// The threads that come first in each warp store it.
and.b32 %x, %t, 31; setp.eq.u32 %i, %x, 0; shr.u32 %x, %t, 5;
ld.param.b64 %p, [p]; mad.wide.u32 %p, %x, 4, %p; @%i st.global.b32 [%p], %y; ret; }
"""


def run(text, seed):
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(text)
    os.environ["VITRAIL_EMULATOR_SEED"] = str(seed)
    program = os.path.join(os.path.dirname(__file__), "run_ptx.py")
    command = [sys.executable, program, sys.argv[1], "--threads", "128", "buffer:8"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


seeds = range(1, 9)
racing, ordered = KERNEL.replace("WAIT", ""), KERNEL.replace("WAIT", "bar.sync 0;")
results = [run(racing, seed) for seed in seeds]
assert len(set(results)) > 1, "all orders give the same"
assert run(racing, 3) == results[2], "the same seed gives something else"
assert {run(ordered, seed) for seed in seeds} == {"96 0 32 64 4 5 6 7\n"}, "waiting does not help"
