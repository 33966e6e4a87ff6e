// Halide recurses over expressions, and a chain of 300000 operations exhausts
// its stack. That is an error in the name of the kernel, not the end of the
// compiler, and no file is left behind.
// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/long-chain.py 300000 > %t/chain.mlir
// RUN: not env TMPDIR=%t vitrail-translate --halide-to-object %t/chain.mlir -o %t/chain.o 2>&1 | FileCheck %s
// RUN: ls %t | FileCheck %s --check-prefix=FILES

// CHECK: chain.mlir:1:1: error: Halide crashed while compiling kernel 'chain': segmentation fault
// FILES: chain.mlir
// FILES-NOT: {{.}}
