// Norms in the kernels of products: which rows are normalised where.
//
// RUN: vitrail-opt %s --convert-nn-to-halide --canonicalize | FileCheck %s

// Tasks are tiles of rows: each normalises its own, once for all panels.
// CHECK-LABEL: halide.pipeline @norm_product
// CHECK:       halide.func @normalized ["d2", "d1", "d0"]
// CHECK:       halide.update @sums over @k
// CHECK:       ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[M:.*]]: i32, %[[B:.*]]: i32, %[[K:.*]]: i32)
// CHECK:         halide.call @normalized(%[[K]], %[[M]], %[[B]])
// CHECK:       halide.parallel @out "[[TASK:.*]]"
// CHECK:       halide.compute_at @sums at @out "no"
// CHECK:       halide.compute_at @normalized at @out "[[TASK]]"
// CHECK:       halide.compute_at @lhs_mean at @normalized "d1"
// CHECK:       halide.compute_at @lhs_scale at @normalized "d1"
func.func private @norm_product(%x: tensor<?x17x16xf32>,
                                %panels: tensor<2x16x32xf32>)
    -> tensor<?x17x64xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x17x16xf32>
  %1 = nn.packed_linear %0, %panels features 64
      : tensor<?x17x16xf32>, tensor<2x16x32xf32>
  return %1 : tensor<?x17x64xf32>
}

// Tasks are chunks of rows of a panel: a row is in many, and normalised before.
// CHECK-LABEL: halide.pipeline @norm_large_product
// CHECK:       halide.reorder @out ["nl", "nv", "mi", "mo", "mc", "no", "o0"]
// CHECK:       halide.parallel @normalized
// CHECK:       halide.compute_root @normalized
// CHECK:       halide.compute_at @lhs_mean at @normalized "row"
func.func private @norm_large_product(%x: tensor<?x17x1024xf32>,
                                      %panels: tensor<16x1024x64xf32>)
    -> tensor<?x17x1024xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x17x1024xf32>
  %1 = nn.packed_linear %0, %panels features 1024
      : tensor<?x17x1024xf32>, tensor<16x1024x64xf32>
  return %1 : tensor<?x17x1024xf32>
}

// Several rows of the norm are summed over: no index is divided.
// CHECK-LABEL: halide.pipeline @sum_over_rows
// CHECK:       halide.update @sums over @k
// CHECK:       ^bb0(%{{.*}}: i32, %{{.*}}: i32, %[[M:.*]]: i32, %[[B:.*]]: i32, %[[K1:.*]]: i32, %[[K0:.*]]: i32)
// CHECK:         halide.call @normalized(%[[K1]], %[[K0]], %[[M]], %[[B]])
// CHECK:       halide.compute_at @lhs_mean at @normalized "d2"
func.func private @sum_over_rows(%x: tensor<?x17x3x16xf32>,
                                 %panels: tensor<2x3x16x32xf32>)
    -> tensor<?x17x64xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x17x3x16xf32>
  %1 = nn.packed_linear %0, %panels features 64
      : tensor<?x17x3x16xf32>, tensor<2x3x16x32xf32>
  return %1 : tensor<?x17x64xf32>
}

// After a product the rows of a task are stored in the task, and normalised when
// all their panels are there.
// CHECK-LABEL: halide.pipeline @product_norm
// CHECK:       halide.func @raw ["n", "m", "o0"]
// CHECK:         halide.call @in2
// CHECK:         halide.call @sums
// CHECK:       halide.func @out ["n", "m", "o0"]
// CHECK:         halide.call @raw
// CHECK:         halide.call @mean
// CHECK:         halide.call @scale
// CHECK:       halide.reorder @out ["xl", "xo", "mi", "mo", "o0"]
// CHECK:       halide.parallel @out "[[TASK:.*]]"
// CHECK:       halide.compute_at @raw at @out "[[TASK]]"
// CHECK:       halide.compute_at @mean at @out "mi"
// CHECK:       halide.compute_at @sums at @raw "no"
func.func private @product_norm(%x: tensor<?x17x16xf32>,
                                %panels: tensor<2x16x32xf32>,
                                %y: tensor<?x17x64xf32>)
    -> tensor<?x17x64xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 64
      : tensor<?x17x16xf32>, tensor<2x16x32xf32>
  %1 = nn.add %y, %0 : tensor<?x17x64xf32>, tensor<?x17x64xf32>
  %2 = nn.layer_norm %1 epsilon 1.0e-6 : tensor<?x17x64xf32>
  return %2 : tensor<?x17x64xf32>
}

// Where tasks are panels, none has a whole row: rows follow when all are done.
// CHECK-LABEL: halide.pipeline @large_product_norm
// CHECK:       halide.compute_root @raw
// CHECK:       halide.parallel @raw
// CHECK:       halide.parallel @out
// CHECK:       halide.compute_at @mean at @out "row"
// CHECK:       halide.compute_at @sums at @raw "mo"
func.func private @large_product_norm(%x: tensor<?x17x1024xf32>,
                                      %panels: tensor<16x1024x64xf32>)
    -> tensor<?x17x1024xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 1024
      : tensor<?x17x1024xf32>, tensor<16x1024x64xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-6 : tensor<?x17x1024xf32>
  return %1 : tensor<?x17x1024xf32>
}
