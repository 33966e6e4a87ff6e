// Kernels for tensor cores, and the weights that are laid out for them, become part of
// a library.

// RUN: vitrail-opt %s --vitrail-to-halide='target=cuda precision=tf32' -o %t.mlir
// RUN: vitrail-translate --model-to-library --target=cuda --library=%t.so \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %t.mlir -o %t.h
// RUN: FileCheck %s --check-prefix=HEADER < %t.h
// RUN: grep -ao 'mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32' %t.so | FileCheck %s --check-prefix=PTX
// HEADER: vitrail_status model_run(
// PTX: mma.sync

func.func @rows(%x: tensor<?x9x21xf32> {nn.name = "x"})
    -> (tensor<?x9x18xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<18x21xf32>
  %y = nn.linear %x, %w : tensor<?x9x21xf32>, tensor<18x21xf32>
  return %y : tensor<?x9x18xf32>
}
