// When linking fails the user sees what the linker says, and no file is left.
// RUN: rm -rf %t && mkdir -p %t
// RUN: not vitrail-translate --model-to-library --omit-kernels \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a --weights-file=%t/m.weights \
// RUN:   --library=%t/m.so %s 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not vitrail-translate --model-to-library --omit-kernels \
// RUN:   --runtime=%t/none.a --library=%t/m.so %s 2>&1 | FileCheck %s --check-prefix=RUNTIME
// RUN: not vitrail-translate --model-to-library --omit-kernels \
// RUN:   --runtime=%t/none.a --library=%t/no/m.so %s 2>&1 | FileCheck %s --check-prefix=FOLDER
// RUN: not vitrail-translate --model-to-library --omit-kernels \
// RUN:   --runtime=%t/none.a --weights-file=%t/no/w --library=%t/m.so %s 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WEIGHTS
// RUN: not vitrail-translate --model-to-library --model-name=vit-b/16 --omit-kernels \
// RUN:   --library=%t/m.so %s 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: ls -A %t | count 0

// Neither do kernels with variables, which contexts would share.
// RUN: mkdir -p %t.kernels
// RUN: %cc -c -fPIC %S/Inputs/variable.c -o %t.kernels/variable.o
// RUN: not vitrail-translate --model-to-library --omit-kernels \
// RUN:   --kernel-object=%t.kernels/variable.o --library=%t/m.so \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %s 2>&1 | FileCheck %s --check-prefix=VARIABLE
// RUN: ls -A %t | count 0

// KERNEL: error: cannot link the library: ld.lld: error: undefined hidden symbol: kernel_argv
// RUNTIME: error: cannot link the library: ld.lld: error: cannot open {{.*}}none.a: No such file or directory
// FOLDER: error: cannot write '{{.*}}/no/m.so': No such file or directory
// NAME: error: model name 'vit-b/16' is not a C identifier; it begins the names of functions
// VARIABLE: error: cannot put weights into '{{.*}}': no segment of 64 bytes for the weights alone: do the objects of kernels have variables?
// WEIGHTS: error: cannot write '{{.*}}/no/w': No such file or directory

halide.pipeline @kernel {
  halide.input @x : f32 [4, ?]
  halide.func @y ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %0 = halide.call @x(%i, %n) : f32
    halide.yield %0 : f32
  }
  halide.output @y [4, ?]
}
func.func @main(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}, tensor<4xf32> {nn.name = "w"}) {
  %0 = halide.launch @kernel(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  %w = nn.parameter "w" : tensor<4xf32>
  return %0, %w : tensor<?x4xf32>, tensor<4xf32>
}
