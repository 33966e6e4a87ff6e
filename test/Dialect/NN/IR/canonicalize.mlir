// What folds, what has a canonical form, and what must stay as it is.
// RUN: vitrail-opt %s -canonicalize | FileCheck %s

// Equal constants become one.
// CHECK-LABEL: func.func @unique_constants
func.func @unique_constants(%x: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK: %[[C:.*]] = nn.constant dense<3.000000e+00> : tensor<f32>
  // CHECK-NOT: nn.constant
  // CHECK: nn.add %{{.*}}, %[[C]]
  // CHECK: nn.mul %{{.*}}, %[[C]]
  %a = nn.constant dense<3.0> : tensor<f32>
  %b = nn.constant dense<3.0> : tensor<f32>
  %0 = nn.add %x, %a : tensor<2xf32>, tensor<f32>
  %1 = nn.mul %0, %b : tensor<2xf32>, tensor<f32>
  return %1 : tensor<2xf32>
}

// CHECK-LABEL: func.func @neutral
// CHECK-SAME: (%[[X:.*]]: tensor<?x2xf32>)
func.func @neutral(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
  // CHECK-NEXT: return %[[X]]
  %zero = nn.constant dense<0.0> : tensor<2xf32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %0 = nn.add %zero, %x : tensor<2xf32>, tensor<?x2xf32>
  %1 = nn.sub %0, %zero : tensor<?x2xf32>, tensor<2xf32>
  %2 = nn.mul %one, %1 : tensor<f32>, tensor<?x2xf32>
  %3 = nn.div %2, %one : tensor<?x2xf32>, tensor<f32>
  return %3 : tensor<?x2xf32>
}

// A neutral constant may still broadcast; and zero is not neutral on the left.
// CHECK-LABEL: func.func @not_neutral
func.func @not_neutral(%x: tensor<f32>) -> (tensor<2xf32>, tensor<f32>) {
  // CHECK: nn.add
  // CHECK: nn.sub
  %zeros = nn.constant dense<0.0> : tensor<2xf32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.add %x, %zeros : tensor<f32>, tensor<2xf32>
  %1 = nn.sub %zero, %x : tensor<f32>, tensor<f32>
  return %0, %1 : tensor<2xf32>, tensor<f32>
}

// CHECK-LABEL: func.func @divide_by_power_of_two
// CHECK-SAME: (%[[X:.*]]: tensor<?xf32>)
func.func @divide_by_power_of_two(%x: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: %[[C:.*]] = nn.constant dense<-1.250000e-01> : tensor<f32>
  // CHECK: nn.mul %[[X]], %[[C]]
  %eight = nn.constant dense<-8.0> : tensor<f32>
  %0 = nn.div %x, %eight : tensor<?xf32>, tensor<f32>
  return %0 : tensor<?xf32>
}

// The reciprocals of 3 and of zero are not exact.
// CHECK-LABEL: func.func @divide_by_others
func.func @divide_by_others(%x: tensor<?xf32>) -> tensor<?xf32> {
  // CHECK: nn.div
  // CHECK: nn.div
  // CHECK-NOT: nn.mul
  %three = nn.constant dense<3.0> : tensor<f32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %0 = nn.div %x, %three : tensor<?xf32>, tensor<f32>
  %1 = nn.div %0, %zero : tensor<?xf32>, tensor<f32>
  return %1 : tensor<?xf32>
}

// CHECK-LABEL: func.func @identities
// CHECK-SAME: (%[[X:.*]]: tensor<?x3xf32>)
func.func @identities(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  // CHECK-NEXT: return %[[X]]
  %0 = nn.reshape %x : tensor<?x3xf32> to tensor<?x3xf32>
  %1 = nn.transpose %0 [0, 1] : tensor<?x3xf32>
  %2 = nn.slice %1 [0, 0] [?, 3] [1, 1] : tensor<?x3xf32>
  %3 = nn.broadcast %2 : tensor<?x3xf32> to tensor<?x3xf32>
  %4 = nn.concat %3 axis 1 : tensor<?x3xf32>
  %5 = nn.pad %4 [0, 0] [0, 0] value 1.0 : tensor<?x3xf32>
  return %5 : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @reshape_of_reshape
// CHECK-SAME: (%[[X:.*]]: tensor<?x6xf32>)
func.func @reshape_of_reshape(%x: tensor<?x6xf32>)
    -> (tensor<?xf32, #nn.batch<6>>, tensor<?x6xf32>) {
  // CHECK-NEXT: %[[Y:.*]] = nn.reshape %[[X]] : tensor<?x6xf32> to tensor<?xf32, #nn.batch<6>>
  // CHECK-NEXT: return %[[Y]], %[[X]]
  %0 = nn.reshape %x : tensor<?x6xf32> to tensor<?x3xf32, #nn.batch<2>>
  %1 = nn.reshape %0 : tensor<?x3xf32, #nn.batch<2>> to tensor<?xf32, #nn.batch<6>>
  %2 = nn.reshape %1 : tensor<?xf32, #nn.batch<6>> to tensor<?x6xf32>
  return %1, %2 : tensor<?xf32, #nn.batch<6>>, tensor<?x6xf32>
}

// CHECK-LABEL: func.func @transpose_of_transpose
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x?xf32>)
func.func @transpose_of_transpose(%x: tensor<2x3x?xf32>)
    -> (tensor<3x?x2xf32>, tensor<2x3x?xf32>) {
  // CHECK-NEXT: %[[Y:.*]] = nn.transpose %[[X]] [1, 2, 0]
  // CHECK-NEXT: return %[[Y]], %[[X]]
  %0 = nn.transpose %x [2, 1, 0] : tensor<2x3x?xf32>
  %1 = nn.transpose %0 [1, 0, 2] : tensor<?x3x2xf32>
  %2 = nn.transpose %1 [2, 0, 1] : tensor<3x?x2xf32>
  return %1, %2 : tensor<3x?x2xf32>, tensor<2x3x?xf32>
}

// A single element has no stride, however large those were.
// CHECK-LABEL: func.func @slice_of_slice
// CHECK-SAME: (%[[X:.*]]: tensor<?x30x8xf32>)
func.func @slice_of_slice(%x: tensor<?x30x8xf32>) -> tensor<?x3x1xf32> {
  // CHECK-NEXT: nn.slice %[[X]] [0, 7, 6] [?, 3, 1] [1, 6, 1] : tensor<?x30x8xf32>
  %0 = nn.slice %x [0, 5, 0] [?, 10, 3] [1, 2, 3] : tensor<?x30x8xf32>
  %1 = nn.slice %0 [0, 1, 2] [?, 3, 1] [1, 3, 4611686018427387904] : tensor<?x10x3xf32>
  return %1 : tensor<?x3x1xf32>
}

// CHECK-LABEL: func.func @broadcast_of_broadcast
// CHECK-SAME: (%[[X:.*]]: tensor<1x4xf32>)
func.func @broadcast_of_broadcast(%x: tensor<1x4xf32>) -> tensor<?x3x4xf32> {
  // CHECK-NEXT: nn.broadcast %[[X]] : tensor<1x4xf32> to tensor<?x3x4xf32>
  %0 = nn.broadcast %x : tensor<1x4xf32> to tensor<1x3x4xf32>
  %1 = nn.broadcast %0 : tensor<1x3x4xf32> to tensor<?x3x4xf32>
  return %1 : tensor<?x3x4xf32>
}

// CHECK-LABEL: func.func @moved_constants
func.func @moved_constants() -> (tensor<3x1x2xf32>, tensor<4xi64>) {
  // CHECK-DAG: %[[C:.*]] = nn.constant dense<2.000000e+00> : tensor<3x1x2xf32>
  // CHECK-DAG: %[[D:.*]] = nn.constant dense<[0, 1, 2, 3]> : tensor<4xi64>
  // CHECK: return %[[C]], %[[D]]
  %c = nn.constant dense<2.0> : tensor<2x4xf32>
  %0 = nn.slice %c [0, 1] [2, 3] [1, 1] : tensor<2x4xf32>
  %1 = nn.transpose %0 [1, 0] : tensor<2x3xf32>
  %2 = nn.reshape %1 : tensor<3x2xf32> to tensor<3x1x2xf32>
  %d = nn.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xi64>
  %3 = nn.reshape %d : tensor<2x2xi64> to tensor<4xi64>
  return %2, %3 : tensor<3x1x2xf32>, tensor<4xi64>
}

// Moving a constant of different elements would compute.
// CHECK-LABEL: func.func @unmoved_constant
func.func @unmoved_constant() -> tensor<2x2xi64> {
  // CHECK: nn.constant dense<{{\[\[}}0, 1], [2, 3]]>
  // CHECK: nn.transpose
  %c = nn.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xi64>
  %0 = nn.transpose %c [1, 0] : tensor<2x2xi64>
  return %0 : tensor<2x2xi64>
}

// CHECK-LABEL: func.func @transpose_of_ones
// CHECK-SAME: (%[[X:.*]]: tensor<?x1x197x64xf32>)
func.func @transpose_of_ones(%x: tensor<?x1x197x64xf32>)
    -> tensor<?x197x1x64xf32> {
  // CHECK-NEXT: nn.reshape %[[X]] : tensor<?x1x197x64xf32> to tensor<?x197x1x64xf32>
  %0 = nn.transpose %x [0, 2, 1, 3] : tensor<?x1x197x64xf32>
  return %0 : tensor<?x197x1x64xf32>
}

// Even where its factor is 1, the batch is no extent of 1.
// CHECK-LABEL: func.func @transpose_of_batch
func.func @transpose_of_batch(%x: tensor<?x4xf32>) -> tensor<4x?xf32> {
  // CHECK: nn.transpose
  %0 = nn.transpose %x [1, 0] : tensor<?x4xf32>
  return %0 : tensor<4x?xf32>
}

// A convolution of patches: rows and columns become tokens, features come last.
// CHECK-LABEL: func.func @merge_below_transpose
// CHECK-SAME: (%[[X:.*]]: tensor<?x768x14x15xf32>)
func.func @merge_below_transpose(%x: tensor<?x768x14x15xf32>)
    -> tensor<?x210x768xf32> {
  // CHECK-NEXT: %[[T:.*]] = nn.transpose %[[X]] [0, 2, 3, 1] : tensor<?x768x14x15xf32>
  // CHECK-NEXT: nn.reshape %[[T]] : tensor<?x14x15x768xf32> to tensor<?x210x768xf32>
  %0 = nn.reshape %x : tensor<?x768x14x15xf32> to tensor<?x768x210xf32>
  %1 = nn.transpose %0 [0, 2, 1] : tensor<?x768x210xf32>
  return %1 : tensor<?x210x768xf32>
}

// Then both transposes of features vanish.
// CHECK-LABEL: func.func @transpose_there_and_back
// CHECK-SAME: (%[[X:.*]]: tensor<?x14x15x768xf32>)
func.func @transpose_there_and_back(%x: tensor<?x14x15x768xf32>)
    -> tensor<?x210x768xf32> {
  // CHECK-NEXT: nn.reshape %[[X]] : tensor<?x14x15x768xf32> to tensor<?x210x768xf32>
  // CHECK-NEXT: return
  %0 = nn.transpose %x [0, 3, 1, 2] : tensor<?x14x15x768xf32>
  %1 = nn.reshape %0 : tensor<?x768x14x15xf32> to tensor<?x768x210xf32>
  %2 = nn.transpose %1 [0, 2, 1] : tensor<?x768x210xf32>
  return %2 : tensor<?x210x768xf32>
}

// The batch merges as well, and extents of 1 belong to a neighbour.
// CHECK-LABEL: func.func @merge_batch_below_transpose
// CHECK-SAME: (%[[X:.*]]: tensor<?x4x8x1xf32>)
func.func @merge_batch_below_transpose(%x: tensor<?x4x8x1xf32>)
    -> tensor<8x?xf32, #nn.batch<4>> {
  // CHECK-NEXT: %[[T:.*]] = nn.transpose %[[X]] [2, 3, 0, 1] : tensor<?x4x8x1xf32>
  // CHECK-NEXT: nn.reshape %[[T]] : tensor<8x1x?x4xf32> to tensor<8x?xf32, #nn.batch<4>>
  %0 = nn.reshape %x : tensor<?x4x8x1xf32> to tensor<?x8xf32, #nn.batch<4>>
  %1 = nn.transpose %0 [1, 0] : tensor<?x8xf32, #nn.batch<4>>
  return %1 : tensor<8x?xf32, #nn.batch<4>>
}

// A reshape that splits a dimension, or cuts across, stays above.
// CHECK-LABEL: func.func @no_merge
func.func @no_merge(%x: tensor<?x12xf32>, %y: tensor<4x3x2xf32>)
    -> (tensor<3x?x4xf32>, tensor<4x6xf32>) {
  // CHECK: nn.reshape %{{.*}} : tensor<?x12xf32> to tensor<?x3x4xf32>
  // CHECK: nn.transpose
  // CHECK: nn.reshape %{{.*}} : tensor<4x3x2xf32> to tensor<6x4xf32>
  // CHECK: nn.transpose
  %0 = nn.reshape %x : tensor<?x12xf32> to tensor<?x3x4xf32>
  %1 = nn.transpose %0 [1, 0, 2] : tensor<?x3x4xf32>
  %2 = nn.reshape %y : tensor<4x3x2xf32> to tensor<6x4xf32>
  %3 = nn.transpose %2 [1, 0] : tensor<6x4xf32>
  return %1, %3 : tensor<3x?x4xf32>, tensor<4x6xf32>
}

// Unused operations vanish, parameters with them.
// CHECK-LABEL: func.func @unused
func.func @unused(%x: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK-NEXT: return
  %p = nn.parameter "p" : tensor<2xf32>
  %0 = nn.add %x, %p : tensor<2xf32>, tensor<2xf32>
  return %x : tensor<2xf32>
}

// Columns that depend on the batch become rows.
// CHECK-LABEL: func.func @batch_to_rows
// CHECK-SAME:  %[[X:.*]]: tensor<2x4x8xf32>, %[[Y:.*]]: tensor<2x8x?xf32>
func.func @batch_to_rows(%x: tensor<2x4x8xf32>, %y: tensor<2x8x?xf32>)
    -> tensor<2x4x?xf32> {
  // CHECK-DAG: %[[ROWS:.*]] = nn.transpose %[[Y]] [0, 2, 1]
  // CHECK-DAG: %[[WEIGHT:.*]] = nn.transpose %[[X]] [0, 2, 1]
  // CHECK: %[[PRODUCT:.*]] = nn.matmul %[[ROWS]], %[[WEIGHT]]
  // CHECK: %[[RESULT:.*]] = nn.transpose %[[PRODUCT]] [0, 2, 1]
  // CHECK: return %[[RESULT]]
  %z = nn.matmul %x, %y : tensor<2x4x8xf32>, tensor<2x8x?xf32>
  return %z : tensor<2x4x?xf32>
}

// Rows that depend on the batch stay.
// CHECK-LABEL: func.func @batch_in_rows
func.func @batch_in_rows(%x: tensor<?x8xf32>, %y: tensor<8x4xf32>)
    -> tensor<?x4xf32> {
  // CHECK-NOT: nn.transpose
  // CHECK: nn.matmul
  %z = nn.matmul %x, %y : tensor<?x8xf32>, tensor<8x4xf32>
  return %z : tensor<?x4xf32>
}

// Slices that follow each other are one, and all of a tensor is the tensor.
// CHECK-LABEL: func.func @concat_of_slices
// CHECK-SAME: (%[[X:.*]]: tensor<6x4xf32>, %[[Y:.*]]: tensor<1x4xf32>)
func.func @concat_of_slices(%x: tensor<6x4xf32>, %y: tensor<1x4xf32>)
    -> (tensor<6x4xf32>, tensor<5x4xf32>) {
  // CHECK-NEXT: %[[JOINED:.*]] = nn.slice %[[X]] [1, 0] [4, 4] [1, 1]
  // CHECK-NEXT: %[[CONCAT:.*]] = nn.concat %[[Y]], %[[JOINED]] axis 0
  // CHECK-NEXT: return %[[X]], %[[CONCAT]]
  %a = nn.slice %x [0, 0] [1, 4] [1, 1] : tensor<6x4xf32>
  %b = nn.slice %x [1, 0] [2, 4] [1, 1] : tensor<6x4xf32>
  %c = nn.slice %x [3, 0] [2, 4] [1, 1] : tensor<6x4xf32>
  %d = nn.slice %x [5, 0] [1, 4] [1, 1] : tensor<6x4xf32>
  %0 = nn.concat %a, %b, %c, %d axis 0
      : tensor<1x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<1x4xf32>
  %1 = nn.concat %y, %b, %c axis 0
      : tensor<1x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
  return %0, %1 : tensor<6x4xf32>, tensor<5x4xf32>
}

// Along another axis, of other rows or with gaps, they are not.
// CHECK-LABEL: func.func @concat_of_other_slices
func.func @concat_of_other_slices(%x: tensor<6x4xf32>)
    -> (tensor<2x8xf32>, tensor<4x2xf32>, tensor<4x4xf32>) {
  // CHECK-COUNT-3: nn.concat
  %a = nn.slice %x [0, 0] [2, 4] [1, 1] : tensor<6x4xf32>
  %b = nn.slice %x [2, 0] [2, 4] [1, 1] : tensor<6x4xf32>
  %c = nn.slice %x [0, 0] [2, 2] [1, 1] : tensor<6x4xf32>
  %d = nn.slice %x [2, 1] [2, 2] [1, 1] : tensor<6x4xf32>
  %e = nn.slice %x [0, 0] [2, 4] [2, 1] : tensor<6x4xf32>
  %0 = nn.concat %a, %b axis 1 : tensor<2x4xf32>, tensor<2x4xf32>
  %1 = nn.concat %c, %d axis 0 : tensor<2x2xf32>, tensor<2x2xf32>
  %2 = nn.concat %e, %b axis 0 : tensor<2x4xf32>, tensor<2x4xf32>
  return %0, %1, %2 : tensor<2x8xf32>, tensor<4x2xf32>, tensor<4x4xf32>
}

// Exchanged parts of a tensor are a roll, also where they are not all of it; rolls
// of one axis are one; one by nothing, or of equal elements, is none.
// CHECK-LABEL: func.func @rolls
// CHECK-SAME: (%[[X:.*]]: tensor<?x6x4xf32>)
func.func @rolls(%x: tensor<?x6x4xf32>)
    -> (tensor<?x6x4xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>, tensor<6x4xf32>,
        tensor<?x4x3xf32>) {
  // CHECK-DAG: %[[SPLAT:.*]] = nn.constant dense<2.000000e+00> : tensor<6x4xf32>
  // CHECK-DAG: %[[A:.*]] = nn.roll %[[X]] by 4 axis 1
  // CHECK-DAG: %[[B:.*]] = nn.roll %[[X]] by 5 axis 1
  // CHECK-DAG: %[[PART:.*]] = nn.slice %[[X]] [0, 1, 1] [?, 4, 3] [1, 1, 1]
  // CHECK-DAG: %[[C:.*]] = nn.roll %[[PART]] by 1 axis 1
  // CHECK: return %[[A]], %[[B]], %[[X]], %[[SPLAT]], %[[C]]
  %first = nn.slice %x [0, 0, 0] [?, 2, 4] [1, 1, 1] : tensor<?x6x4xf32>
  %last = nn.slice %x [0, 2, 0] [?, 4, 4] [1, 1, 1] : tensor<?x6x4xf32>
  %0 = nn.concat %last, %first axis 1 : tensor<?x4x4xf32>, tensor<?x2x4xf32>
  %1 = nn.roll %0 by 1 axis 1 : tensor<?x6x4xf32>
  %2 = nn.roll %1 by 1 axis 1 : tensor<?x6x4xf32>
  %c = nn.constant dense<2.0> : tensor<6x4xf32>
  %3 = nn.roll %c by 1 axis 0 : tensor<6x4xf32>
  %a = nn.slice %x [0, 1, 1] [?, 3, 3] [1, 1, 1] : tensor<?x6x4xf32>
  %b = nn.slice %x [0, 4, 1] [?, 1, 3] [1, 1, 1] : tensor<?x6x4xf32>
  %4 = nn.concat %b, %a axis 1 : tensor<?x1x3xf32>, tensor<?x3x3xf32>
  return %0, %1, %2, %3, %4
      : tensor<?x6x4xf32>, tensor<?x6x4xf32>, tensor<?x6x4xf32>, tensor<6x4xf32>,
        tensor<?x4x3xf32>
}

// Rolls of two axes stay two; parts that overlap, leave a gap, are of two tensors
// or have every second element are no roll.
// CHECK-LABEL: func.func @no_rolls
func.func @no_rolls(%x: tensor<6x4xf32>, %y: tensor<6x4xf32>)
    -> (tensor<6x4xf32>, tensor<6x4xf32>, tensor<5x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) {
  // CHECK-COUNT-2: nn.roll
  // CHECK-COUNT-4: nn.concat
  %r = nn.roll %x by 1 axis 0 : tensor<6x4xf32>
  %s = nn.roll %r by 1 axis 1 : tensor<6x4xf32>
  %a = nn.slice %x [0, 0] [3, 4] [1, 1] : tensor<6x4xf32>
  %b = nn.slice %x [2, 0] [3, 4] [1, 1] : tensor<6x4xf32>
  %c = nn.slice %x [4, 0] [2, 4] [1, 1] : tensor<6x4xf32>
  %d = nn.slice %y [3, 0] [3, 4] [1, 1] : tensor<6x4xf32>
  %e = nn.slice %x [0, 0] [3, 4] [2, 1] : tensor<6x4xf32>
  %f = nn.slice %x [1, 0] [3, 4] [2, 1] : tensor<6x4xf32>
  %0 = nn.concat %b, %a axis 0 : tensor<3x4xf32>, tensor<3x4xf32>
  %1 = nn.concat %c, %a axis 0 : tensor<2x4xf32>, tensor<3x4xf32>
  %2 = nn.concat %d, %a axis 0 : tensor<3x4xf32>, tensor<3x4xf32>
  %3 = nn.concat %f, %e axis 0 : tensor<3x4xf32>, tensor<3x4xf32>
  return %s, %0, %1, %2, %3
      : tensor<6x4xf32>, tensor<6x4xf32>, tensor<5x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>
}
