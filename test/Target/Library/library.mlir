// A library of two kernels, a constant and a copy, used from C.
// RUN: rm -rf %t && mkdir -p %t/file
// RUN: vitrail-translate --model-to-library --model-name=tiny --max-batch=4 \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a --library=%t/tiny.so %s -o %t/tiny.h
// RUN: %cc -std=c99 -Wall -Wextra -Werror -pedantic -I%t %S/Inputs/library.c %t/tiny.so \
// RUN:   -Wl,-rpath,%t -o %t/main
// RUN: %t/main | FileCheck %s --check-prefixes=OUT,EMBEDDED

// OUT:      tiny for {{.+}}: at most 4, 128 bytes of weights, 64 of activations
// EMBEDDED-NEXT: weights inside
// FILE-NEXT: weights in tiny.weights
// OUT-NEXT: 15 26 37 48
// OUT-NEXT: 55 66 77 88
// OUT-NEXT: 95 106 117 128
// OUT-NEXT: copies equal
// OUT-NEXT: 1: batch is 5, must be 1 to 4
// OUT-NEXT: 1: input 'x' is a null pointer

// Nothing is exported but the entry points; nothing is needed but libc.
// RUN: llvm-nm --dynamic --defined-only --format=just-symbols %t/tiny.so | sort \
// RUN:   | FileCheck %s --check-prefix=EXPORTS --implicit-check-not={{.}}
// EXPORTS:      tiny_create
// EXPORTS-NEXT: tiny_destroy
// EXPORTS-NEXT: tiny_device
// EXPORTS-NEXT: tiny_info
// EXPORTS-NEXT: tiny_message
// EXPORTS-NEXT: tiny_run
// EXPORTS-NEXT: vitrail_model
// RUN: llvm-readelf --needed-libs %t/tiny.so | FileCheck %s --check-prefix=NEEDED
// NEEDED:      NeededLibraries [
// NEEDED-NEXT:   libc.so.6
// NEEDED-NEXT: ]

// The weights are in pages of their own, to be read only, and no segment can be
// written and executed. The model has no variables.
// RUN: llvm-readelf --dynamic --segments --sections %t/tiny.so | FileCheck %s --check-prefix=SEGMENTS
// SEGMENTS-NOT: {{\.bss|\.data }}
// SEGMENTS:     .lbss PROGBITS [[AT:[0-9a-f]+]] [[OFF:[0-9a-f]+]] 000080 00 Al
// SEGMENTS-NOT: {{\.bss|\.data }}
// SEGMENTS-NOT: RWE
// SEGMENTS:     LOAD 0x[[OFF]] 0x[[AT]] 0x[[AT]] 0x000080 0x000080 R 0x1000
// SEGMENTS-NOT: RWE
// SEGMENTS:     GNU_STACK {{.*}} RW 0
// SEGMENTS:     (SONAME) Library soname: [tiny.so]

// The same with the weights in a file.
// RUN: vitrail-translate --model-to-library --model-name=tiny --max-batch=4 \
// RUN:   --weights-file=%t/file/tiny.weights --runtime=%build/lib/libvitrail_runtime.a \
// RUN:   --library=%t/file/tiny.so %s -o %t/file/tiny.h
// RUN: env LD_LIBRARY_PATH=%t/file %t/main | FileCheck %s --check-prefixes=OUT,FILE

halide.pipeline @scale_rows {
  halide.input @x : f32 [4, ?]
  halide.input @w : f32 [4]
  halide.func @y ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @x(%i, %n) : f32
    %1 = halide.call @w(%i) : f32
    %2 = arith.mulf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @y [4, ?]
  halide.parallel @y "n"
}
halide.pipeline @add_rows {
  halide.input @x : f32 [4, ?]
  halide.input @w : f32 [4]
  halide.func @y ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @x(%i, %n) : f32
    %1 = halide.call @w(%i) : f32
    %2 = arith.addf %0, %1 : f32
    halide.yield %2 : f32
  }
  halide.output @y [4, ?]
  halide.parallel @y "n"
}

// y = x * 10 + [5, 6, 7, 8], transposed while compiling; the rest are copies.
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}, tensor<?x2x2xf32> {nn.name = "same"},
        tensor<?x4xf32> {nn.name = "again"}, tensor<4xf32> {nn.name = "bias"}) {
  %scale = nn.constant dense<10.0> : tensor<4xf32>
  %columns = nn.constant dense<[[5.0, 7.0], [6.0, 8.0]]> : tensor<2x2xf32>
  %rows = nn.transpose %columns [1, 0] : tensor<2x2xf32>
  %bias = nn.reshape %rows : tensor<2x2xf32> to tensor<4xf32>
  %0 = halide.launch @scale_rows(%x, %scale)
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %1 = halide.launch @add_rows(%0, %bias)
      : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  %same = nn.reshape %x : tensor<?x4xf32> to tensor<?x2x2xf32>
  return %1, %same, %1, %bias : tensor<?x4xf32>, tensor<?x2x2xf32>,
      tensor<?x4xf32>, tensor<4xf32>
}
