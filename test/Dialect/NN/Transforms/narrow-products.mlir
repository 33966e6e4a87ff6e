// RUN: vitrail-opt %s --nn-narrow-products='precision=bf16 keep=head*' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-products | FileCheck %s --check-prefix=F32
// RUN: vitrail-opt %s --nn-narrow-products='precision=bf16 keep=head*' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY

// F32-NOT: bf16

// An input of the entry is rounded where it is read.
// CHECK-LABEL: func.func @argument
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "w" : tensor<6x4xf32>
// CHECK-NEXT:  %[[NARROW:.*]] = nn.cast %[[WEIGHT]] : tensor<6x4xf32> to tensor<6x4xbf16>
// CHECK:       %[[Y:.*]] = nn.fusion {
// CHECK-NEXT:    %[[X:.*]] = nn.cast %{{.*}} : tensor<?x5x4xf32> to tensor<?x5x4xbf16>
// CHECK-NEXT:    nn.linear %[[X]], %[[NARROW]] : tensor<?x5x4xbf16>, tensor<6x4xbf16>
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  } : tensor<?x5x6xf32>
// CHECK-NEXT:  return %[[Y]] : tensor<?x5x6xf32>
func.func @argument(%x: tensor<?x5x4xf32>) -> tensor<?x5x6xf32> {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %y = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<6x4xf32>
  return %y : tensor<?x5x6xf32>
}

// What layers alone read is stored in bf16, reshapes between included.
// CHECK-LABEL: func.func @stored
// CHECK:       %[[H:.*]] = nn.fusion {
// CHECK-NEXT:    %[[TANH:.*]] = nn.tanh
// CHECK-NEXT:    %[[STORED:.*]] = nn.cast %[[TANH]] : tensor<?x5x2x2xf32> to tensor<?x5x2x2xbf16>
// CHECK-NEXT:    nn.yield %[[STORED]]
// CHECK-NEXT:  } : tensor<?x5x2x2xbf16>
// CHECK-NEXT:  %[[ROWS:.*]] = nn.reshape %[[H]] : tensor<?x5x2x2xbf16> to tensor<?x5x4xbf16>
// CHECK-NEXT:  nn.linear %[[ROWS]]
// CHECK-NEXT:  nn.linear %[[ROWS]]
func.func @stored(%x: tensor<?x5x2x2xf32>)
    -> (tensor<?x5x6xf32>, tensor<?x5x6xf32>) {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %v = nn.parameter "v" : tensor<6x4xf32>
  %0 = nn.tanh %x : tensor<?x5x2x2xf32>
  %1 = nn.reshape %0 : tensor<?x5x2x2xf32> to tensor<?x5x4xf32>
  %2 = nn.linear %1, %w : tensor<?x5x4xf32>, tensor<6x4xf32>
  %3 = nn.linear %1, %v : tensor<?x5x4xf32>, tensor<6x4xf32>
  return %2, %3 : tensor<?x5x6xf32>, tensor<?x5x6xf32>
}

// A residual keeps its digits.
// CHECK-LABEL: func.func @read_elsewhere
// CHECK:       %[[H:.*]] = nn.tanh %{{.*}} : tensor<?x5x4xf32>
// CHECK:       nn.fusion {
// CHECK-NEXT:    nn.cast %[[H]]
// CHECK:       nn.add %[[H]], {{.*}} : tensor<?x5x4xf32>, tensor<?x5x4xf32>
func.func @read_elsewhere(%x: tensor<?x5x4xf32>) -> tensor<?x5x4xf32> {
  %w = nn.parameter "square" : tensor<4x4xf32>
  %0 = nn.tanh %x : tensor<?x5x4xf32>
  %1 = nn.linear %0, %w : tensor<?x5x4xf32>, tensor<4x4xf32>
  %2 = nn.add %0, %1 : tensor<?x5x4xf32>, tensor<?x5x4xf32>
  return %2 : tensor<?x5x4xf32>
}

// In a fusion, a norm's result is rounded between the norm and the product.
// CHECK-LABEL: func.func @norm
// CHECK:       nn.fusion {
// CHECK-NEXT:    %[[NORM:.*]] = nn.layer_norm {{.*}} : tensor<?x5x4xf32>
// CHECK-NEXT:    %[[X:.*]] = nn.cast %[[NORM]] : tensor<?x5x4xf32> to tensor<?x5x4xbf16>
// CHECK-NEXT:    %[[SUMS:.*]] = nn.linear %[[X]], %{{.*}} bias %{{.*}} : tensor<?x5x4xbf16>, tensor<6x4xbf16>, tensor<6xf32>
// CHECK-NEXT:    nn.gelu %[[SUMS]] : tensor<?x5x6xf32>
func.func @norm(%x: tensor<?x5x4xf32>) -> tensor<?x5x6xf32> {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %b = nn.parameter "b" : tensor<6xf32>
  %y = nn.fusion {
    %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x5x4xf32>
    %1 = nn.linear %0, %w bias %b
        : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
    %2 = nn.gelu %1 : tensor<?x5x6xf32>
    nn.yield %2 : tensor<?x5x6xf32>
  } : tensor<?x5x6xf32>
  return %y : tensor<?x5x6xf32>
}

// A bias that is computed while compiling is none of the model's layers.
// CHECK-LABEL: func.func @constant
// CHECK:       nn.linear %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<6x4xf32>
func.func @constant(%x: tensor<?x6xf32>) -> tensor<?x6xf32> {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %s = nn.parameter "s" : tensor<4xf32>
  %0 = nn.linear %s, %w : tensor<4xf32>, tensor<6x4xf32>
  %1 = nn.add %x, %0 : tensor<?x6xf32>, tensor<6xf32>
  return %1 : tensor<?x6xf32>
}

// Layers that the caller named keep f32, and so does what they read.
// WHY: narrow-products.mlir:[[@LINE+8]]:{{.*}}'head.weight' is to be kept in f32
// CHECK-LABEL: func.func @kept
// CHECK:       nn.tanh
// CHECK-NEXT:  nn.linear {{.*}} : tensor<?x4xf32>, tensor<3x4xf32>
// CHECK-NEXT:  return
func.func @kept(%x: tensor<?x4xf32>) -> tensor<?x3xf32> {
  %w = nn.parameter "head.weight" : tensor<3x4xf32>
  %0 = nn.tanh %x : tensor<?x4xf32>
  %1 = nn.linear %0, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %1 : tensor<?x3xf32>
}

// A weight that is computed when the model runs is not rounded.
// WHY: narrow-products.mlir:[[@LINE+6]]:{{.*}}its weight is computed when the model runs
// CHECK-LABEL: func.func @weight_at_run_time
// CHECK-NOT:   bf16
// CHECK:       return
func.func @weight_at_run_time(%x: tensor<?x4xf32>, %w: tensor<3x4xf32>)
    -> tensor<?x3xf32> {
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<3x4xf32>
  return %0 : tensor<?x3xf32>
}
