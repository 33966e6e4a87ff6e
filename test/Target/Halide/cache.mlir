// Objects that are kept: what the cache has is not compiled, and is what would
// have been compiled.
// RUN: rm -rf %t && split-file --leading-lines %s %t && mkdir %t/out
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=COLD
// RUN: ls %t/cache | count 2
// RUN: mv %t/out %t/cold && mkdir %t/out
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=WARM
// RUN: diff -r %t/cold %t/out

// Functions that are called otherwise are in another object.
// RUN: sed s/@first/@third/ %t/good.mlir > %t/renamed.mlir
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/renamed.mlir | FileCheck %s --check-prefix=ONE

// So is what is for another target, or compiled with other settings of Halide's.
// RUN: vitrail-translate --halide-to-objects --target x86-64-v2 --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=COLD
// RUN: env HL_LLVM_ARGS=-time-passes=false vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=COLD

// A kernel about which there is something to say is compiled, and the warning
// given, each time.
// RUN: env HL_PERMIT_FAILED_UNROLL=1 vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/warned %t/warning.mlir 2>&1 | FileCheck %s --check-prefix=WARNING
// RUN: env HL_PERMIT_FAILED_UNROLL=1 vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/warned %t/warning.mlir 2>&1 | FileCheck %s --check-prefix=WARNING

// Damaged entries are compiled anew, and are whole again.
// RUN: %python %S/Inputs/truncate.py %t/cache
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=COLD
// RUN: cmp %t/cold/first.o %t/out/first.o
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/cache %t/good.mlir | FileCheck %s --check-prefix=WARM

// Where a cache cannot be, kernels are compiled without.
// RUN: vitrail-translate --halide-to-objects --directory %t/out --cache-dir %t/good.mlir/cache %t/good.mlir 2>&1 | FileCheck %s --check-prefix=NOWHERE
// RUN: cmp %t/cold/first.o %t/out/first.o

//--- good.mlir
// COLD: {{^}}0 of 2 from the cache
// COLD-NEXT: out/first.o
// COLD-NEXT: out/second.o
// WARM: {{^}}2 of 2 from the cache
// ONE: {{^}}1 of 2 from the cache
// NOWHERE: good.mlir:{{.*}}: remark: compiled kernels are not kept: cannot write to the cache '{{.*}}good.mlir/cache': {{[Nn]}}ot a directory
// NOWHERE-NOT: remark
// NOWHERE: {{^}}0 of 2 from the cache
halide.pipeline @first {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
halide.pipeline @second {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [16]
}

//--- warning.mlir
// WARNING: warning.mlir:[[# @LINE + 2]]:1: warning: kernel 'warned': {{.*}}unroll
// WARNING: {{^}}0 of 1 from the cache
halide.pipeline @warned {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [?]
  halide.unroll @f "i"
}
