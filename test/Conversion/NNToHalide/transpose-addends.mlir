// RUN: vitrail-opt %s --nn-transpose-addends | FileCheck %s

// A bias that all callers know while compiling is transposed by them; what depends
// on the key alone, and what is known only when the model runs, stays as it is.
// CHECK-LABEL: func.func @model
func.func @model(%x: tensor<?x3x9x4xf32>, %late: tensor<9x9xf32>)
    -> (tensor<?x3x9x4xf32>, tensor<?x3x9x4xf32>) {
  // CHECK: %[[BIAS:.*]] = nn.parameter "bias" : tensor<3x9x9xf32>
  %bias = nn.parameter "bias" : tensor<3x9x9xf32>
  %other = nn.parameter "other" : tensor<3x9x9xf32>
  // CHECK: %[[MASK:.*]] = nn.parameter "mask"
  %mask = nn.parameter "mask" : tensor<1x9xf32>
  // CHECK: %[[T:.*]] = nn.transpose %[[BIAS]] [0, 2, 1] : tensor<3x9x9xf32>
  // CHECK: call @attention(%{{.*}}, %[[T]], %[[MASK]], %{{.*}})
  %0 = call @attention(%x, %bias, %mask, %late)
      : (tensor<?x3x9x4xf32>, tensor<3x9x9xf32>, tensor<1x9xf32>, tensor<9x9xf32>)
      -> tensor<?x3x9x4xf32>
  // CHECK: nn.transpose %{{.*}} [0, 2, 1] : tensor<3x9x9xf32>
  // CHECK: call @attention
  %1 = call @attention(%0, %other, %mask, %late)
      : (tensor<?x3x9x4xf32>, tensor<3x9x9xf32>, tensor<1x9xf32>, tensor<9x9xf32>)
      -> tensor<?x3x9x4xf32>
  return %0, %1 : tensor<?x3x9x4xf32>, tensor<?x3x9x4xf32>
}

// CHECK-LABEL: func.func private @attention
// CHECK-SAME: %[[B:[^:]*]]: tensor<3x9x9xf32>, %[[M:[^:]*]]: tensor<1x9xf32>, %[[L:[^:]*]]: tensor<9x9xf32>
// CHECK: %[[BACK:.*]] = nn.transpose %[[B]] [0, 2, 1]
// CHECK: nn.attention {{.*}} add %[[BACK]], %[[M]], %[[L]]
func.func private @attention(%x: tensor<?x3x9x4xf32>, %bias: tensor<3x9x9xf32>,
                             %mask: tensor<1x9xf32>, %late: tensor<9x9xf32>)
    -> tensor<?x3x9x4xf32> attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 0.5 add %bias, %mask, %late
      : tensor<?x3x9x4xf32>, tensor<?x3x9x4xf32>, tensor<?x3x9x4xf32>,
        tensor<3x9x9xf32>, tensor<1x9xf32>, tensor<9x9xf32>
  return %0 : tensor<?x3x9x4xf32>
}
