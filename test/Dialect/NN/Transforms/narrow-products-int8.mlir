// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 keep=head*' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8-weights keep=head*' | FileCheck %s --check-prefix=WEIGHTS
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 keep=head*' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY

// A weight becomes integers in the range of each feature while compiling, an
// input in the range of each row when the model runs. 1 / 127^2 is part of what
// features are multiplied with.
// WHY: narrow-products-int8.mlir:[[@LINE+29]]:{{.*}}multiplies 8-bit integers
// CHECK-LABEL: func.func @rows
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "w" : tensor<6x4xf32>
// CHECK-NEXT:  %[[RANGE:.*]] = nn.reduce max_abs %[[WEIGHT]] axes [1] keep_dims : tensor<6x4xf32>
// CHECK-NEXT:  %[[W:.*]] = nn.quantize %[[WEIGHT]] by %[[RANGE]] : tensor<6x4xf32>, tensor<6x1xf32>
// CHECK-NEXT:  %[[FACTOR:.*]] = nn.constant dense<6.200{{.*}}E-5> : tensor<f32>
// CHECK-NEXT:  %[[RANGES:.*]] = nn.reshape %[[RANGE]] : tensor<6x1xf32> to tensor<6xf32>
// CHECK-NEXT:  %[[SCALE:.*]] = nn.mul %[[RANGES]], %[[FACTOR]] : tensor<6xf32>, tensor<f32>
// CHECK:       %[[Y:.*]] = nn.fusion {
// CHECK-NEXT:    %[[ROW:.*]] = nn.reduce max_abs %arg0 axes [2] keep_dims : tensor<?x5x4xf32>
// CHECK-NEXT:    %[[X:.*]] = nn.quantize %arg0 by %[[ROW]] : tensor<?x5x4xf32>, tensor<?x5x1xf32>
// CHECK-NEXT:    %[[SUMS:.*]] = nn.linear %[[X]], %[[W]] : tensor<?x5x4xi8>, tensor<6x4xi8>
// CHECK-NEXT:    %[[FLOATS:.*]] = nn.cast %[[SUMS]] : tensor<?x5x6xi32> to tensor<?x5x6xf32>
// CHECK-NEXT:    %[[OF_ROWS:.*]] = nn.mul %[[FLOATS]], %[[ROW]] : tensor<?x5x6xf32>, tensor<?x5x1xf32>
// CHECK-NEXT:    %[[OF_FEATURES:.*]] = nn.mul %[[OF_ROWS]], %[[SCALE]] : tensor<?x5x6xf32>, tensor<6xf32>
// CHECK-NEXT:    nn.add %[[OF_FEATURES]], %{{.*}} : tensor<?x5x6xf32>, tensor<6xf32>
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  } : tensor<?x5x6xf32>
// CHECK-NEXT:  return %[[Y]]
// WEIGHTS-LABEL: func.func @rows
// WEIGHTS:       nn.quantize %{{.*}} by
// WEIGHTS-NEXT:  nn.constant dense<0.007874{{.*}}> : tensor<f32>
// WEIGHTS:       nn.fusion {
// WEIGHTS-NEXT:    %[[SUMS:.*]] = nn.linear %arg0, %{{.*}} : tensor<?x5x4xf32>, tensor<6x4xi8>
// WEIGHTS-NEXT:    %[[OF_FEATURES:.*]] = nn.mul %[[SUMS]], %{{.*}} : tensor<?x5x6xf32>, tensor<6xf32>
// WEIGHTS-NEXT:    nn.add %[[OF_FEATURES]]
func.func @rows(%x: tensor<?x5x4xf32>) -> tensor<?x5x6xf32> {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %b = nn.parameter "b" : tensor<6xf32>
  %y = nn.linear %x, %w bias %b
      : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
  return %y : tensor<?x5x6xf32>
}

// A range is that of all that is summed over. What is in the layer's fusion
// stays there, before it and after it.
// CHECK-LABEL: func.func @patches
// CHECK:       nn.reduce max_abs %{{.*}} axes [1, 2] keep_dims : tensor<6x3x2xf32>
// CHECK:       nn.fusion {
// CHECK-NEXT:    %[[X:.*]] = nn.roll
// CHECK-NEXT:    %[[ROW:.*]] = nn.reduce max_abs %[[X]] axes [3, 4] keep_dims : tensor<?x5x4x3x2xf32>
// CHECK-NEXT:    nn.quantize %[[X]] by %[[ROW]] : tensor<?x5x4x3x2xf32>, tensor<?x5x4x1x1xf32>
// CHECK-NEXT:    nn.linear
// CHECK-NEXT:    nn.cast
// CHECK-NEXT:    %[[ROWS:.*]] = nn.reshape %[[ROW]] : tensor<?x5x4x1x1xf32> to tensor<?x5x4x1xf32>
// CHECK-NEXT:    nn.mul %{{.*}}, %[[ROWS]] : tensor<?x5x4x6xf32>, tensor<?x5x4x1xf32>
// CHECK-NEXT:    %[[Y:.*]] = nn.mul
// CHECK-NEXT:    nn.gelu %[[Y]]
func.func @patches(%x: tensor<?x5x4x3x2xf32>) -> tensor<?x5x4x6xf32> {
  %w = nn.parameter "patches" : tensor<6x3x2xf32>
  %y = nn.fusion {
    %0 = nn.roll %x by 1 axis 1 : tensor<?x5x4x3x2xf32>
    %1 = nn.linear %0, %w : tensor<?x5x4x3x2xf32>, tensor<6x3x2xf32>
    %2 = nn.gelu %1 : tensor<?x5x4x6xf32>
    nn.yield %2 : tensor<?x5x4x6xf32>
  } : tensor<?x5x4x6xf32>
  return %y : tensor<?x5x4x6xf32>
}

// Layers that the caller named keep f32.
// CHECK-LABEL: func.func @kept
// CHECK-NOT:   nn.quantize
// CHECK:       return
// WEIGHTS-LABEL: func.func @kept
// WEIGHTS-NOT:   nn.quantize
// WEIGHTS:       return
func.func @kept(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.parameter "head.weight" : tensor<3x4xf32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %0 : tensor<?x3xf32>
}

// A weight that is computed when the model runs has no ranges while compiling.
// CHECK-LABEL: func.func @weight_at_run_time
// CHECK-NOT:   nn.quantize
// CHECK:       return
func.func @weight_at_run_time(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>)
    -> tensor<?x3xf32> {
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %0 : tensor<?x3xf32>
}
