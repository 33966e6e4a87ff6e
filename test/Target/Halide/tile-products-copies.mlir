// A left-hand side that is copied for one product only: the copy's memory is
// given back after the call.
//
// RUN: vitrail-translate --halide-to-stmt --target sapphirerapids %s -o - | FileCheck %s
// CHECK:      produce copy {
// CHECK:      produce sums {
// CHECK-NEXT:   vitrail_multiply_tiles_int8(sums, copy, w, 0, 0, 0, 32, 40, 128, 64, 32, 10)
// CHECK-NEXT:   free copy
// CHECK-NEXT: }
// CHECK-NEXT: consume sums

halide.pipeline @product {
  halide.input @x : f32 [40, 128]
  halide.input @w : i8 [4, 32, 10]
  halide.func @copy ["k", "m"] : i8 {
  ^bb0(%k: i32, %m: i32):
    %x = halide.call @x(%k, %m) : f32
    %0 = arith.fptosi %x : f32 to i8
    halide.yield %0 : i8
  }
  halide.rdom @k ["kg", "k0"] min [0, 0] extent [4, 10]
  halide.func @sums ["n", "m"] : i32 {
  ^bb0(%n: i32, %m: i32):
    %zero = arith.constant 0 : i32
    halide.yield %zero : i32
  }
  halide.update @sums over @k {
  ^bb0(%n: i32, %m: i32, %kg: i32, %k0: i32):
    %sum = halide.call @sums(%n, %m) : i32
    %four = arith.constant 4 : i32
    %group = arith.muli %k0, %four : i32
    %k = arith.addi %group, %kg : i32
    %x = halide.call @copy(%k, %m) : i8
    %w = halide.call @w(%kg, %n, %k0) : i8
    %left = arith.extsi %x : i8 to i32
    %right = arith.extsi %w : i8 to i32
    %term = arith.muli %left, %right : i32
    %next = arith.addi %sum, %term : i32
    halide.yield %next : i32
  }
  halide.func @out ["n", "m"] : i32 {
  ^bb0(%n: i32, %m: i32):
    %sum = halide.call @sums(%n, %m) : i32
    halide.yield %sum : i32
  }
  halide.output @out [32, 128]
  halide.split @out "m" into "mo", "mi" by 64 tail round_up
  halide.parallel @out "mo"
  halide.compute_at @copy at @out "mo"
  halide.compute_at @sums at @out "mo"
  halide.bound_extent @sums "n" extent 32
  halide.multiply_on_tiles @sums update 0
}
