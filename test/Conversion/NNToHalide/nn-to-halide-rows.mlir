// Kernels that work row by row.
//
// RUN: vitrail-opt %s --convert-nn-to-halide --canonicalize | FileCheck %s

// The last dimension is a row: its exponentials are kept, and what is left over
// of 21 elements after 16 lanes is masked.
// CHECK-LABEL: halide.pipeline @softmax_of_rows
// CHECK:       halide.update @max_lanes over @max_vectors
// CHECK:         arith.maxnumf
// CHECK:       halide.update @max_lanes {
// CHECK:         %[[REST:.*]] = arith.cmpi sge, %{{.*}}, %c11
// CHECK:         arith.select %[[REST]]
// CHECK:       halide.func @e ["x", "d1", "d0"]
// CHECK:       halide.func @scale ["d1", "d0"]
// CHECK:       halide.func @out ["d2", "d1", "d0"]
// CHECK:         %[[E:.*]] = halide.call @e(
// CHECK:         %[[SCALE:.*]] = halide.call @scale(
// CHECK:         arith.mulf %[[E]], %[[SCALE]]
// CHECK:       halide.parallel @out
// CHECK:       halide.compute_at @e at @out "row"
func.func private @softmax_of_rows(%x: tensor<?x3x21xf32>) -> tensor<?x3x21xf32>
    attributes {nn.kernel} {
  %0 = nn.softmax %x axis 2 : tensor<?x3x21xf32>
  return %0 : tensor<?x3x21xf32>
}

// Rows that lanes divide have no rest.
// CHECK-LABEL: halide.pipeline @softmax_of_whole_vectors
// CHECK:       halide.update @max_lanes over @max_vectors
// CHECK-NOT:   halide.update @max_lanes {
// CHECK:       halide.output
func.func private @softmax_of_whole_vectors(%x: tensor<?x32xf32>)
    -> tensor<?x32xf32> attributes {nn.kernel} {
  %0 = nn.softmax %x axis 1 : tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// Over another axis each lane has a column of its own.
// CHECK-LABEL: halide.pipeline @softmax_of_columns
// CHECK-NOT:   _lanes
// CHECK:       halide.rdom @axis ["a"] min [0] extent [3]
// CHECK:       halide.update @max over @axis
// CHECK:       ^bb0(%[[X:.*]]: i32, %[[B:.*]]: i32, %[[A:.*]]: i32)
// CHECK:         halide.call @in0(%[[X]], %[[A]], %[[B]])
// CHECK:       halide.update @sum over @axis
// CHECK:       halide.compute_at @max at @out "xo"
func.func private @softmax_of_columns(%x: tensor<?x3x21xf32>)
    -> tensor<?x3x21xf32> attributes {nn.kernel} {
  %0 = nn.softmax %x axis 1 : tensor<?x3x21xf32>
  return %0 : tensor<?x3x21xf32>
}

// The variance is that of the differences from the mean, in a second pass.
// CHECK-LABEL: halide.pipeline @layer_norm
// CHECK:       halide.func @mean
// CHECK:       halide.update @squares_lanes
// CHECK:         %[[MEAN:.*]] = halide.call @mean(
// CHECK:         %[[DIFFERENCE:.*]] = arith.subf %{{.*}}, %[[MEAN]]
// CHECK:         arith.mulf %[[DIFFERENCE]], %[[DIFFERENCE]]
// CHECK:       halide.func @scale
// CHECK:         math.sqrt
// CHECK:       halide.func @out ["d2", "d1", "d0"]
// CHECK:       ^bb0(%[[X:.*]]: i32, %{{.*}}: i32, %{{.*}}: i32)
// CHECK:         %[[GAIN:.*]] = halide.call @in1(%[[X]])
// CHECK:         arith.mulf %{{.*}}, %[[GAIN]]
// CHECK:         %[[BIAS:.*]] = halide.call @in2(%[[X]])
// CHECK:         arith.addf %{{.*}}, %[[BIAS]]
func.func private @layer_norm(%x: tensor<?x3x16xf32>, %scale: tensor<16xf32>,
                              %bias: tensor<16xf32>) -> tensor<?x3x16xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x scale %scale : tensor<16xf32> bias %bias : tensor<16xf32>
      epsilon 1.0e-6 : tensor<?x3x16xf32>
  return %0 : tensor<?x3x16xf32>
}

// Without scale and bias, the normalised element is the result.
// CHECK-LABEL: halide.pipeline @plain_layer_norm
// CHECK:       halide.func @out
// CHECK:         %[[SCALE:.*]] = halide.call @scale(
// CHECK-NEXT:    %[[Y:.*]] = arith.mulf %{{.*}}, %[[SCALE]]
// CHECK-NEXT:    halide.yield %[[Y]]
func.func private @plain_layer_norm(%x: tensor<?x16xf32>) -> tensor<?x16xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// A reduced last dimension is read in lanes; kept dimensions have extent 1.
// CHECK-LABEL: halide.pipeline @reduce_rows
// CHECK:       halide.rdom @total_vectors ["total_x", "total_k0"] min [0, 0] extent [1, 4]
// CHECK:       halide.update @total_lanes over @total_vectors
// CHECK:       halide.func @out ["d3", "d2", "d1", "d0"]
// CHECK:       ^bb0(%{{.*}}: i32, %[[ROW:.*]]: i32, %{{.*}}: i32, %[[B:.*]]: i32)
// CHECK:         %[[MEAN:.*]] = arith.constant 1.562500e-02
// CHECK:         %[[TOTAL:.*]] = halide.call @total(%[[ROW]], %[[B]])
// CHECK:         arith.mulf %[[TOTAL]], %[[MEAN]]
// CHECK:       halide.output @out [1, 3, 1, ?]
func.func private @reduce_rows(%x: tensor<?x4x3x16xf32>) -> tensor<?x1x3x1xf32>
    attributes {nn.kernel} {
  %0 = nn.reduce mean %x axes [1, 3] keep_dims : tensor<?x4x3x16xf32>
  return %0 : tensor<?x1x3x1xf32>
}

// A last dimension that remains is read in neighbouring columns.
// CHECK-LABEL: halide.pipeline @reduce_columns
// CHECK-NOT:   _lanes
// CHECK:       halide.rdom @axes ["a0", "a1"] min [0, 0] extent [4, 3]
// CHECK:       halide.update @total over @axes
// CHECK:         arith.maxnumf
// CHECK:       halide.func @out ["d3", "d0"]
// CHECK:         %[[TOTAL:.*]] = halide.call @total
// CHECK-NEXT:    halide.yield %[[TOTAL]]
// CHECK:       halide.output @out [16, ?]
func.func private @reduce_columns(%x: tensor<?x4x3x16xf32>) -> tensor<?x16xf32>
    attributes {nn.kernel} {
  %0 = nn.reduce max %x axes [1, 2] : tensor<?x4x3x16xf32>
  return %0 : tensor<?x16xf32>
}

// The terms of a sum over repeated elements do not depend on its variable, which
// takes part all the same.
// CHECK-LABEL: halide.pipeline @repeated_element
// CHECK:       halide.func @zero ["r"]
// CHECK:       halide.update @total over @axes
// CHECK:       ^bb0(%{{.*}}: i32, %[[A:.*]]: i32)
// CHECK:         halide.call @zero(%[[A]])
func.func private @repeated_element(%x: tensor<?xf32>) -> tensor<?xf32>
    attributes {nn.kernel} {
  %0 = nn.broadcast %x : tensor<?xf32> to tensor<3x?xf32>
  %1 = nn.reduce sum %0 axes [0] : tensor<3x?xf32>
  return %1 : tensor<?xf32>
}
