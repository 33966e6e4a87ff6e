// Pipelines for GPUs: their loops, PTX and OpenCL C in the object, and calls of
// the runtime's hooks around them.
// RUN: split-file %s %t
// RUN: vitrail-translate --halide-to-stmt --target cuda %t/sums.mlir | FileCheck %s --check-prefix=STMT
// RUN: vitrail-translate --halide-to-asm --target cuda %t/sums.mlir | FileCheck %s --check-prefix=PTX
// RUN: vitrail-translate --halide-to-asm --target opencl %t/sums.mlir | FileCheck %s --check-prefix=OPENCL
// RUN: vitrail-translate --halide-to-asm --target cuda %t/bits.mlir | FileCheck %s --check-prefix=BITS
// RUN: not vitrail-translate --halide-to-object --target opencl %t/row.mlir -o %t/row.o 2>&1 | FileCheck %s --check-prefix=ROW
// RUN: not vitrail-translate --halide-to-object --target x86-64-v3 %t/sums.mlir -o %t/sums.o 2>&1 | FileCheck %s --check-prefix=CPU
// CPU: error: kernel 'sums': {{.*}}no compatible target feature is enabled

// A block has a row, whose 32 sums its threads share. Vectors are loaded whole:
// the runtime promises aligned buffers.
// STMT:      gpu_block<CUDA> (result.s0.n.
// STMT:      allocate part.0[float32 * 32] in GPUShared
// STMT:      gpu_thread<CUDA> (
// STMT:      gpu_thread_barrier
// PTX:       .target sm_80
// PTX-SAME:  st.shared
// PTX-SAME:  ld.global.nc.v2.b64
// PTX-SAME:  bar.sync
// OPENCL:      halide_opencl_run
// OPENCL:      __kernel void
// OPENCL-SAME: __local
// OPENCL-SAME: barrier(
//--- sums.mlir
halide.pipeline @sums {
  halide.input @x : f32 [128, ?]
  halide.rdom @r ["k"] min [0] extent [4]
  halide.rdom @l ["lane"] min [0] extent [32]
  halide.func @wide ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %x = halide.call @x(%i, %n) : f32
    halide.yield %x : f32
  }
  halide.func @part ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @part over @r {
  ^bb0(%i: i32, %n: i32, %k: i32):
    %four = arith.constant 4 : i32
    %first = arith.muli %i, %four : i32
    %at = arith.addi %first, %k : i32
    %part = halide.call @part(%i, %n) : f32
    %wide = halide.call @wide(%at, %n) : f32
    %sum = arith.addf %part, %wide : f32
    halide.yield %sum : f32
  }
  halide.func @out ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @out over @l {
  ^bb0(%i: i32, %n: i32, %lane: i32):
    %out = halide.call @out(%i, %n) : f32
    %part = halide.call @part(%lane, %n) : f32
    %sum = arith.addf %out, %part : f32
    halide.yield %sum : f32
  }
  halide.func @result ["i", "n"] : f32 {
  ^bb0(%i: i32, %n: i32):
    %out = halide.call @out(%i, %n) : f32
    halide.yield %out : f32
  }
  halide.output @result [2, ?]
  halide.gpu_blocks @result "n"
  halide.gpu_threads @result "i"
  halide.compute_at @out at @result "i"
  halide.compute_at @part at @result "n"
  halide.store_in @part gpu_shared
  halide.gpu_threads @part "i"
  halide.gpu_threads @part update 0 "i"
  halide.compute_at @wide at @part "i"
  halide.vectorize @wide "i"
}

// Halide has no bf16 on GPUs: it is the upper half of an f32.
// BITS: ld.global.nc.b16
// BITS: shl.b32 {{.*}}, 16
// BITS: st.global.b16
//--- bits.mlir
halide.pipeline @bits {
  halide.input @x : bf16 [64]
  halide.func @out ["i"] : bf16 {
  ^bb0(%i: i32):
    %x = halide.call @x(%i) : bf16
    %wide = arith.extf %x : bf16 to f32
    %twice = arith.addf %wide, %wide : f32
    %y = arith.truncf %twice : f32 to bf16
    halide.yield %y : bf16
  }
  halide.output @out [64]
  halide.split @out "i" into "io", "ii" by 32
  halide.gpu_blocks @out "io"
  halide.gpu_threads @out "ii"
}

// How much of the table is read depends on a number that is on the GPU.
// ROW: error: kernel 'row': the processor would read input '@i', which is on the GPU
//--- row.mlir
halide.pipeline @row {
  halide.input @table : f32 [64, 10]
  halide.input @i : i32 []
  halide.func @out ["x"] : f32 {
  ^bb0(%x: i32):
    %i = halide.call @i() : i32
    %first = arith.constant 0 : i32
    %last = arith.constant 9 : i32
    %low = arith.maxsi %i, %first : i32
    %row = arith.minsi %low, %last : i32
    %y = halide.call @table(%x, %row) : f32
    halide.yield %y : f32
  }
  halide.output @out [64]
  halide.split @out "x" into "xo", "xi" by 32
  halide.gpu_blocks @out "xo"
  halide.gpu_threads @out "xi"
}
