// Products: what they compute, and which loops run in parallel. The schedule's
// numbers are Tiling.cpp's and Contraction.cpp's own.
//
// RUN: vitrail-opt %s --convert-nn-to-halide --canonicalize | FileCheck %s

// A packed weight is read in place; bias, activation and residual are added
// where the sums are stored.
// CHECK-LABEL: halide.pipeline @packed_product
// CHECK-DAG:   halide.input @in0 : f32 [16, 17, ?]
// CHECK-DAG:   halide.input @in1 : f32 [16, 16, 3]
// CHECK-NOT:   @panels
// CHECK:       halide.update @sums over @k
// CHECK:       ^bb0(%[[NI:.*]]: i32, %[[NO:.*]]: i32, %[[M:.*]]: i32, %[[B:.*]]: i32, %[[K:.*]]: i32)
// CHECK:         %[[LEFT:.*]] = halide.call @in0(%[[K]], %[[M]], %[[B]])
// CHECK:         %[[RIGHT:.*]] = halide.call @in1(%[[NI]], %[[K]], %[[NO]])
// CHECK:         arith.mulf %[[LEFT]], %[[RIGHT]]
// CHECK:       halide.func @out ["n", "m", "o0"]
// CHECK:       ^bb0(%[[N:.*]]: i32, %[[M:.*]]: i32, %[[B:.*]]: i32)
// CHECK:         halide.mod %[[N]], %c16
// CHECK:         %[[SUM:.*]] = halide.call @sums(
// CHECK:         %[[BIAS:.*]] = halide.call @in2(%[[N]])
// CHECK:         arith.addf %[[SUM]], %[[BIAS]]
// CHECK:         arith.minnumf
// CHECK:         halide.call @in3(%[[N]], %[[M]], %[[B]])
// CHECK:       halide.output @out [40, 17, ?]
// CHECK:       halide.vectorize @out
// CHECK:       halide.parallel @out
// CHECK:       halide.compute_at @sums at @out
func.func private @packed_product(%x: tensor<?x17x16xf32>,
                                  %panels: tensor<3x16x16xf32>,
                                  %bias: tensor<40xf32>,
                                  %y: tensor<?x17x40xf32>)
    -> tensor<?x17x40xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels bias %bias features 40
      : tensor<?x17x16xf32>, tensor<3x16x16xf32>, tensor<40xf32>
  %1 = nn.gelu %0 : tensor<?x17x40xf32>
  %2 = nn.add %1, %y : tensor<?x17x40xf32>, tensor<?x17x40xf32>
  return %2 : tensor<?x17x40xf32>
}

// A weight known only when the model runs is copied into panels, once.
// CHECK-LABEL: halide.pipeline @weight_at_run_time
// CHECK:       halide.func @panels ["ni", "k0", "no"]
// CHECK:       halide.update @sums over @k
// CHECK:         halide.call @panels(
// CHECK:       halide.compute_root @panels
func.func private @weight_at_run_time(%x: tensor<?x8xf32>,
                                      %weight: tensor<32x8xf32>)
    -> tensor<?x32xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x8xf32>, tensor<32x8xf32>
  return %0 : tensor<?x32xf32>
}

// The image is read through its patches, zero in the margins; the result is
// stored channel by channel.
// CHECK-LABEL: halide.pipeline @unfolded_image
// CHECK:       halide.rdom @k {{.*}} extent [4, 4, 3]
// CHECK:       halide.update @sums over @k
// CHECK:         %[[INSIDE:.*]] = arith.andi
// CHECK:         %[[PIXEL:.*]] = halide.call @in0(
// CHECK:         arith.select {{.*}}, %[[PIXEL]], %cst
// CHECK:       halide.func @out ["m", "o1", "n", "o0"]
// CHECK:       halide.output @out [4, 4, 16, ?]
func.func private @unfolded_image(%image: tensor<?x3x8x8xf32>,
                                  %panels: tensor<1x3x4x4x16xf32>)
    -> tensor<?x16x4x4xf32> attributes {nn.kernel} {
  %0 = nn.unfold %image kernel [4, 4] strides [2, 2] padding [1, 1]
      : tensor<?x3x8x8xf32>
  %1 = nn.packed_linear %0, %panels features 16
      : tensor<?x4x4x3x4x4xf32>, tensor<1x3x4x4x16xf32>
  %2 = nn.transpose %1 [0, 3, 1, 2] : tensor<?x4x4x16xf32>
  return %2 : tensor<?x16x4x4xf32>
}

// Patches that touch have no margins to ask about.
// CHECK-LABEL: halide.pipeline @patches
// CHECK:       halide.update @sums over @k
// CHECK-NOT:     arith.select
// CHECK:       halide.func @out
func.func private @patches(%image: tensor<?x3x8x8xf32>,
                           %panels: tensor<1x3x4x4x16xf32>)
    -> tensor<?x2x2x16xf32> attributes {nn.kernel} {
  %0 = nn.unfold %image kernel [4, 4] strides [4, 4] padding [0, 0]
      : tensor<?x3x8x8xf32>
  %1 = nn.packed_linear %0, %panels features 16
      : tensor<?x2x2x3x4x4xf32>, tensor<1x3x4x4x16xf32>
  return %1 : tensor<?x2x2x16xf32>
}

// Each pair of matrices copies its right-hand side, read as it was before the
// transpose, with the last column repeated in the last panel.
// CHECK-LABEL: halide.pipeline @transposed_right_side
// CHECK:       halide.func @panels ["ni", "k0", "no", "o1", "o0"]
// CHECK:       ^bb0(%{{.*}}: i32, %[[K:.*]]: i32, %{{.*}}: i32, %[[H:.*]]: i32, %[[B:.*]]: i32)
// CHECK:         %[[COLUMN:.*]] = arith.minsi {{.*}}, %c16
// CHECK:         halide.call @in1(%[[K]], %[[COLUMN]], %[[H]], %[[B]])
// CHECK:       halide.output @out [17, 17, 3, ?]
// CHECK:       halide.compute_at @panels at @out
func.func private @transposed_right_side(%q: tensor<?x3x17x8xf32>,
                                         %k: tensor<?x3x17x8xf32>)
    -> tensor<?x3x17x17xf32> attributes {nn.kernel} {
  %0 = nn.transpose %k [0, 1, 3, 2] : tensor<?x3x17x8xf32>
  %1 = nn.matmul %q, %0 : tensor<?x3x17x8xf32>, tensor<?x3x8x17xf32>
  return %1 : tensor<?x3x17x17xf32>
}

// Calls become launches.
// CHECK-LABEL: func.func @entry
// CHECK:       %[[Y:.*]] = halide.launch @weight_at_run_time(%{{.*}}, %{{.*}})
// CHECK-NEXT:  return %[[Y]]
// CHECK-NOT:   nn.kernel
func.func @entry(%x: tensor<?x8xf32>) -> tensor<?x32xf32> {
  %weight = nn.parameter "weight" : tensor<32x8xf32>
  %0 = call @weight_at_run_time(%x, %weight)
      : (tensor<?x8xf32>, tensor<32x8xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
