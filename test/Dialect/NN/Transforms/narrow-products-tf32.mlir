// Products of tf32, which is stored as f32.

// RUN: vitrail-opt %s --nn-narrow-products='precision=tf32 keep=head*' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-products='precision=tf32 keep=head*' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY

// An input of the entry is rounded where it is read, the weight while compiling.
// WHY: narrow-products-tf32.mlir:[[@LINE+12]]:{{.*}}multiplies tf32
// CHECK-LABEL: func.func @argument
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "w" : tensor<6x4xf32>
// CHECK-NEXT:  %[[COLUMNS:.*]] = nn.round_tf32 %[[WEIGHT]] : tensor<6x4xf32>
// CHECK:       %[[Y:.*]] = nn.fusion {
// CHECK-NEXT:    %[[X:.*]] = nn.round_tf32 %{{.*}} : tensor<?x5x4xf32>
// CHECK-NEXT:    nn.linear %[[X]], %[[COLUMNS]] bias %{{.*}} tf32 : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  } : tensor<?x5x6xf32>
func.func @argument(%x: tensor<?x5x4xf32>) -> tensor<?x5x6xf32> {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %b = nn.parameter "b" : tensor<6xf32>
  %y = nn.linear %x, %w bias %b : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
  return %y : tensor<?x5x6xf32>
}

// What layers alone read is stored rounded, once, reshapes between included.
// CHECK-LABEL: func.func @stored
// CHECK:       %[[H:.*]] = nn.fusion {
// CHECK-NEXT:    %[[TANH:.*]] = nn.tanh
// CHECK-NEXT:    %[[STORED:.*]] = nn.round_tf32 %[[TANH]]
// CHECK-NEXT:    nn.yield %[[STORED]]
// CHECK-NEXT:  } : tensor<?x5x2x2xf32>
// CHECK-NEXT:  %[[ROWS:.*]] = nn.reshape %[[H]] : tensor<?x5x2x2xf32> to tensor<?x5x4xf32>
// CHECK-NEXT:  nn.linear %[[ROWS]], %{{.*}} tf32
// CHECK-NEXT:  nn.linear %[[ROWS]], %{{.*}} tf32
// CHECK-NEXT:  return
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

// A residual keeps its digits, and so does what a layer that is kept reads.
// WHY: narrow-products-tf32.mlir:[[@LINE+14]]:{{.*}}'head' is to be kept in f32
// CHECK-LABEL: func.func @read_elsewhere
// CHECK:       %[[H:.*]] = nn.tanh %{{.*}} : tensor<?x5x4xf32>
// CHECK:       nn.fusion {
// CHECK-NEXT:    %[[ROWS:.*]] = nn.round_tf32 %[[H]]
// CHECK-NEXT:    nn.linear %[[ROWS]], %{{.*}} tf32
// CHECK:       %[[SUM:.*]] = nn.add %[[H]], {{.*}} : tensor<?x5x4xf32>, tensor<?x5x4xf32>
// CHECK-NEXT:  nn.linear %[[SUM]], %{{.*}} : tensor<?x5x4xf32>, tensor<4x4xf32>
func.func @read_elsewhere(%x: tensor<?x5x4xf32>) -> tensor<?x5x4xf32> {
  %w = nn.parameter "square" : tensor<4x4xf32>
  %v = nn.parameter "head" : tensor<4x4xf32>
  %0 = nn.tanh %x : tensor<?x5x4xf32>
  %1 = nn.linear %0, %w : tensor<?x5x4xf32>, tensor<4x4xf32>
  %2 = nn.add %0, %1 : tensor<?x5x4xf32>, tensor<?x5x4xf32>
  %3 = nn.linear %2, %v : tensor<?x5x4xf32>, tensor<4x4xf32>
  return %3 : tensor<?x5x4xf32>
}
