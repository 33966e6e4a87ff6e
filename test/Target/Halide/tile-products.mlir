// An update that is carried out on a matrix unit: zeros and products are one
// call of the runtime. Columns, rows and pairs are found by the distances of
// memory, in whatever order loops and factors are.
//
// RUN: vitrail-translate --halide-to-stmt --target sapphirerapids %s -o - | FileCheck %s
// RUN: sed 's,// reordered: ,,; s/mulf %left, %right/mulf %right, %left/' %s | vitrail-translate --halide-to-stmt --target x86-64-v4 -o - | FileCheck %s
// CHECK:      produce sums {
// CHECK-NEXT:   vitrail_multiply_tiles_bf16(sums, x, w, 0, out.s0.m.mo*2560, 0, 32, 40, 64, {{.+}}, 32, 20)
// CHECK-NEXT: }
// CHECK-NEXT: consume sums
//
// RUN: vitrail-translate --halide-to-asm --target sapphirerapids %s -o - | FileCheck %s --check-prefix=ASM
// ASM: callq vitrail_multiply_tiles_bf16

// Integers, four of which are a group.
// RUN: sed 's/bf16/i8/; s/f32/i32/; s/constant 0.0/constant 0/; s/extf/extsi/; s/mulf/muli/; s/addf/addi/; s/\[2, 32, 20\]/[4, 32, 10]/; s/\[2, 20\]/[4, 10]/; s/constant 2/constant 4/' %s \
// RUN:   | vitrail-translate --halide-to-stmt -o - | FileCheck %s --check-prefix=INTEGERS
// INTEGERS:      produce sums {
// INTEGERS-NEXT:   vitrail_multiply_tiles_int8(sums, x, w, 0, out.s0.m.mo*2560, 0, 32, 40, 128, {{.+}}, 32, 10)
// INTEGERS-NEXT: }
// RUN: sed 's/bf16/i8/; s/f32/i32/; s/constant 0.0/constant 0/; s/%left = arith.extf/%left = arith.extui/; s/extf/extsi/; s/mulf/muli/; s/addf/addi/' %s \
// RUN:   | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=DIFFERENCE

// A single row, and sums of one step.
// RUN: sed 's/\[40, ?\]/[40, 1]/; s/\[32, ?\]/[32, 1]/' %s | vitrail-translate --halide-to-stmt -o - | FileCheck %s --check-prefix=ROW
// ROW: vitrail_multiply_tiles_bf16(sums, x, w, 0, 0, 0, 0, 0, 64, 1, 32, 20)
// RUN: sed 's/extent \[2, 20\]/extent [2, 1]/' %s | vitrail-translate --halide-to-stmt -o - | FileCheck %s --check-prefix=STEP
// STEP: vitrail_multiply_tiles_bf16(sums, x, w, 0, out.s0.m.mo*2560, 0, 32, 40, 64, {{.+}}, 32, 1)

// What cannot be such a call is an error.
// RUN: sed 's/%zero = arith.constant 0.0/%zero = arith.constant 1.0/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=ONE
// ONE: error: kernel 'product': '@sums' cannot be multiplied on tiles: it is not zero before its update
// RUN: sed 's/%zero = arith.constant 0.0 : f32/%zero = halide.undef : f32/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=UNDEFINED
// UNDEFINED: '@sums' cannot be multiplied on tiles: it is not set to zeros before its one update
// RUN: sed 's,// parallel: ,,' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=PARALLEL
// PARALLEL: '@sums' cannot be multiplied on tiles: its update has loops that are not serial
// RUN: sed 's,// guarded: ,,' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=GUARDED
// GUARDED: '@sums' cannot be multiplied on tiles: its update is not one store in loops without conditions
// RUN: sed 's/arith.mulf/arith.subf/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=DIFFERENCE
// DIFFERENCE: '@sums' cannot be multiplied on tiles: its update does not add a product of two bf16, or of two 8-bit integers, to it
// RUN: sed 's/muli \(.k0\), .two/muli \1, \1/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=SQUARES
// SQUARES: '@sums' cannot be multiplied on tiles: an operand is not at regular distances
// RUN: sed 's,// rows: ,,' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: '@sums' cannot be multiplied on tiles: there are several loops over rows
// RUN: sed 's,// columns: ,,' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=COLUMNS
// COLUMNS: '@sums' cannot be multiplied on tiles: there are several loops over columns
// RUN: sed 's/bf16 \[2, 32, 20\]/bf16 [2, 32, 20] strides [1, 40, 2]/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=APART
// APART: '@sums' cannot be multiplied on tiles: there is no loop over columns that are neighbours
// RUN: sed 's/, 32/, 24/; s/\[32/[24/; s/extent 32/extent 24/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=ODD
// ODD: '@sums' cannot be multiplied on tiles: its columns are not a constant multiple of 16
// RUN: sed 's/bf16 \[40, ?\]/bf16 [40, ?] strides [2, 80]/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=PAIRS
// PAIRS: '@sums' cannot be multiplied on tiles: no loop runs over groups that lie side by side
// RUN: sed 's/two = arith.constant 2/two = arith.constant 4/; s/\[40, ?\]/[80, ?]/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=OVERLAP
// OVERLAP: '@sums' cannot be multiplied on tiles: the terms of a sum do not follow one another in memory
// RUN: sed 's/bf16 \[2, 32, 20\]/bf16 [2, 32, 20] strides [1, 2, ?]/' %s | not vitrail-translate --halide-to-stmt -o - 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: '@sums' cannot be multiplied on tiles: the terms of a sum are not at constant distances

halide.pipeline @product {
  halide.input @x : bf16 [40, ?]
  halide.input @w : bf16 [2, 32, 20]
  halide.rdom @k ["kg", "k0"] min [0, 0] extent [2, 20]
  halide.func @sums ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %zero = arith.constant 0.0 : f32
    halide.yield %zero : f32
  }
  halide.update @sums over @k {
  ^bb0(%n: i32, %m: i32, %kg: i32, %k0: i32):
    %sum = halide.call @sums(%n, %m) : f32
    %two = arith.constant 2 : i32
    %pair = arith.muli %k0, %two : i32
    %k = arith.addi %pair, %kg : i32
    %x = halide.call @x(%k, %m) : bf16
    %w = halide.call @w(%kg, %n, %k0) : bf16
    %left = arith.extf %x : bf16 to f32
    %right = arith.extf %w : bf16 to f32
    %term = arith.mulf %left, %right : f32
    %next = arith.addf %sum, %term : f32
    halide.yield %next : f32
  }
  halide.func @out ["n", "m"] : f32 {
  ^bb0(%n: i32, %m: i32):
    %sum = halide.call @sums(%n, %m) : f32
    halide.yield %sum : f32
  }
  halide.output @out [32, ?]
  halide.split @out "m" into "mo", "mi" by 64 tail guard_with_if
  halide.parallel @out "mo"
  halide.compute_at @sums at @out "mo"
  halide.bound_extent @sums "n" extent 32
  // reordered: halide.reorder @sums update 0 ["m", "n", "k0", "kg"]
  // parallel: halide.parallel @sums update 0 "m"
  // guarded: halide.split @sums update 0 "m" into "ma", "mb" by 16 tail guard_with_if
  // rows: halide.bound_extent @sums "m" extent 64
  // rows: halide.split @sums update 0 "m" into "ma", "mb" by 16
  // columns: halide.split @sums update 0 "n" into "na", "nb" by 16
  halide.multiply_on_tiles @sums update 0
}
