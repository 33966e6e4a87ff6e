# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints the operations of some nodes: count_flops.py BENCH."""

import sys
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])
import flops  # noqa: E402


def print_count(operator, lhs, rhs, result, **attributes):
    shapes = {"lhs": lhs, "rhs": rhs, "result": result}
    attributes = [SimpleNamespace(name=n, i=i) for n, i in attributes.items()]
    node = SimpleNamespace(
        op_type=operator,
        input=["lhs", "rhs"],
        output=["result"],
        attribute=attributes,
    )
    print(operator, flops.count_node(node, shapes))


print_count("MatMul", [4, 5, 6], [6, 7], [4, 5, 7])
print_count("Gemm", [2, 3], [7, 3], [2, 7], transB=1)
print_count("Gemm", [3, 2], [3, 7], [2, 7], transA=1)
print_count("Conv", [1, 3, 8, 8], [8, 3, 2, 2], [1, 8, 4, 4])
print_count("Softmax", [4, 4], [], [4, 4])
