// Kernels without a product or reduction, and index maps in any kernel.
//
// RUN: vitrail-opt %s --convert-nn-to-halide --canonicalize | FileCheck %s

// Loops over the last dimension are vectors, the others tasks.
// CHECK-LABEL: halide.pipeline @elementwise
// CHECK:       halide.func @out ["d1", "d0"]
// CHECK:       ^bb0(%[[X:.*]]: i32, %[[B:.*]]: i32)
// CHECK-DAG:     %[[LEFT:.*]] = halide.call @in0(%[[X]], %[[B]])
// CHECK-DAG:     %[[RIGHT:.*]] = halide.call @in1(%[[X]])
// CHECK:         arith.subf %[[LEFT]], %[[RIGHT]]
// CHECK:       halide.output @out [64, ?]
// CHECK:       halide.split @out "d1" into "xo", "xl" by 16 tail round_up
// CHECK:       halide.vectorize @out "xl"
// CHECK:       halide.parallel @out "d0"
func.func private @elementwise(%x: tensor<?x64xf32>, %y: tensor<64xf32>)
    -> tensor<?x64xf32> attributes {nn.kernel} {
  %0 = nn.sub %x, %y : tensor<?x64xf32>, tensor<64xf32>
  return %0 : tensor<?x64xf32>
}

// Where vectors do not divide the row, its end is guarded: a vector shifted
// inwards would read what was written over an operand.
// CHECK-LABEL: halide.pipeline @odd_row
// CHECK:       halide.split @out "d1" into "xo", "xl" by 16 tail guard_with_if
func.func private @odd_row(%x: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {nn.kernel} {
  %0 = nn.neg %x : tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

// The batch as last dimension has an unknown extent.
// CHECK-LABEL: halide.pipeline @batch_is_last
// CHECK:       halide.output @out [?, 3]
// CHECK-NOT:   halide.vectorize
// CHECK:       halide.parallel @out
func.func private @batch_is_last(%x: tensor<3x?xf32>) -> tensor<3x?xf32>
    attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<3x?xf32>
  return %0 : tensor<3x?xf32>
}

// Each part is read within its bounds, padding is chosen by comparison.
// CHECK-LABEL: halide.pipeline @concat_pad_slice_broadcast
// CHECK:       halide.func @out ["d1", "d0"]
// CHECK:       ^bb0(%[[X:.*]]: i32, %[[B:.*]]: i32)
// CHECK:         %[[PART:.*]] = halide.call @in1(%{{.*}}, %[[B]])
// CHECK:         %[[INNER:.*]] = halide.call @in0(%{{.*}}, %[[B]])
// CHECK:         %[[PADDED:.*]] = arith.select %{{.*}}, %[[INNER]], %cst
// CHECK:         %[[FIRST:.*]] = arith.cmpi slt, %[[X]], %c5
// CHECK:         arith.select %[[FIRST]], %[[PADDED]], %[[PART]]
// CHECK:         halide.call @in2(%c0_i32)
func.func private @concat_pad_slice_broadcast(%x: tensor<?x4xf32>,
                                              %y: tensor<?x2xf32>,
                                              %z: tensor<1xf32>)
    -> tensor<?x6xf32> attributes {nn.kernel} {
  %0 = nn.pad %x [0, 1] [0, 0] value 2.0 : tensor<?x4xf32>
  %1 = nn.slice %y [0, 1] [?, 1] [1, 1] : tensor<?x2xf32>
  %2 = nn.concat %0, %1 axis 1 : tensor<?x5xf32>, tensor<?x1xf32>
  %3 = nn.broadcast %z : tensor<1xf32> to tensor<6xf32>
  %4 = nn.add %2, %3 : tensor<?x6xf32>, tensor<6xf32>
  return %4 : tensor<?x6xf32>
}

// A transposed result is written where it belongs.
// CHECK-LABEL: halide.pipeline @transposed_result
// CHECK:       ^bb0(%[[D2:.*]]: i32, %[[D1:.*]]: i32, %[[D0:.*]]: i32)
// CHECK:         halide.call @in0(%[[D0]], %[[D2]], %[[D1]])
// CHECK:       halide.output @out [4, ?, 16]
func.func private @transposed_result(%x: tensor<?x4x16xf32>)
    -> tensor<16x?x4xf32> attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x4x16xf32>
  %1 = nn.transpose %0 [2, 0, 1] : tensor<?x4x16xf32>
  return %1 : tensor<16x?x4xf32>
}

// A reshape between index maps is a quotient and a remainder in each group of
// dimensions, and nothing for the others and for extents of 1.
// CHECK-LABEL: halide.pipeline @reshape_between
// CHECK:       ^bb0(%[[D2:.*]]: i32, %[[D1:.*]]: i32, %[[D0:.*]]: i32)
// CHECK:         %[[INNER:.*]] = halide.mod %[[D2]], %c4
// CHECK:         %[[OUTER:.*]] = arith.floordivsi %[[D2]], %c4
// CHECK:         halide.call @in0(%[[OUTER]], %[[INNER]], %[[D0]])
func.func private @reshape_between(%x: tensor<?x4x3xf32>)
    -> tensor<?x1x12xf32> attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x4x3xf32>
  %1 = nn.reshape %0 : tensor<?x3x4xf32> to tensor<?x1x12xf32>
  %2 = nn.neg %1 : tensor<?x1x12xf32>
  return %2 : tensor<?x1x12xf32>
}

// One number has no loops.
// CHECK-LABEL: halide.pipeline @scalar
// CHECK:       halide.func @out []
// CHECK:       halide.output @out []
// CHECK-NOT:   halide.parallel
func.func private @scalar(%x: tensor<f32>) -> tensor<f32> attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<f32>
  return %0 : tensor<f32>
}
