# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints a kernel of one expression, as deep as it is told."""

import sys

print("halide.pipeline @chain {")
print('  halide.func @f ["i"] : i32 {')
print("  ^bb0(%i: i32):")
previous = "%i"
for step in range(int(sys.argv[1])):
    print(f"    %{step} = arith.xori {previous}, %i : i32")
    previous = f"%{step}"
print(f"    halide.yield {previous} : i32")
print("  }")
print("  halide.output @f [8]")
print("}")
