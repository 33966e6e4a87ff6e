// Each target uses the vectors and instructions of its level. `#` begins
// comments in the assembly, and xmm registers hold scalars everywhere.
// RUN: vitrail-translate --halide-to-asm --target x86-64-v2 %s | FileCheck %s --check-prefix=V2
// RUN: vitrail-translate --halide-to-asm --target x86-64-v3 %s | FileCheck %s --check-prefix=V3
// RUN: vitrail-translate --halide-to-asm --target x86-64-v4 %s | FileCheck %s --check-prefix=V4
// RUN: vitrail-translate --halide-to-asm --target zen4 %s | FileCheck %s --check-prefix=V4
// RUN: vitrail-translate --halide-to-asm --target sapphirerapids %s | FileCheck %s --check-prefix=V4
// RUN: vitrail-translate --halide-to-asm --target native %s | FileCheck %s --check-prefix=NATIVE

// V2-NOT: %ymm
// V2: mulps{{.*}}%xmm
// V2-NOT: %ymm
// V3-NOT: %zmm
// V3: vfmadd{{.*}}%ymm
// V3-NOT: %zmm
// V4: vfmadd{{.*}}%zmm
// NATIVE: {{mulps|vfmadd}}
halide.pipeline @axpy {
  halide.input @x : f32 [256]
  halide.input @y : f32 [256]
  halide.func @f ["i"] : f32 {
  ^bb0(%i: i32):
    %x = halide.call @x(%i) : f32
    %y = halide.call @y(%i) : f32
    %a = arith.constant 3.0 : f32
    %product = arith.mulf %a, %x : f32
    %sum = arith.addf %product, %y : f32
    halide.yield %sum : f32
  }
  halide.output @f [256]
  halide.split @f "i" into "io", "ii" by 16
  halide.vectorize @f "ii"
}
