// Pipelines of one link name have one object, whose functions have that name.
// RUN: rm -rf %t && mkdir %t
// RUN: vitrail-translate --halide-to-objects --directory %t %s | FileCheck %s
// RUN: llvm-nm --defined-only --extern-only %t/same.o | FileCheck %s --check-prefix=SYMBOLS

// CHECK: {{/}}same.o
// CHECK-NOT: {{.}}
// SYMBOLS: T same
// SYMBOLS-NEXT: T same_argv
// SYMBOLS-NOT: {{.}}
halide.pipeline @first attributes {link_name = "same"} {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
halide.pipeline @second attributes {link_name = "same"} {
  halide.func @f ["i"] : i32 {
  ^bb0(%i: i32):
    halide.yield %i : i32
  }
  halide.output @f [8]
}
