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

// A table of masks is transposed as it is looked up.
// CHECK-LABEL: func.func @looked_up
func.func @looked_up(%x: tensor<?x4x9x4xf32>) -> tensor<?x4x9x4xf32> {
  // CHECK: %[[TABLE:.*]] = nn.parameter "table"
  %table = nn.parameter "table" : tensor<2x9x9xf32>
  %kind = nn.constant dense<[0, 1, 0, 0]> : tensor<4xi32>
  // CHECK: %[[T:.*]] = nn.transpose %[[TABLE]] [0, 2, 1]
  // CHECK: call @attention_masked(%{{.*}}, %[[T]], %{{.*}})
  %0 = call @attention_masked(%x, %table, %kind)
      : (tensor<?x4x9x4xf32>, tensor<2x9x9xf32>, tensor<4xi32>) -> tensor<?x4x9x4xf32>
  return %0 : tensor<?x4x9x4xf32>
}

// CHECK-LABEL: func.func private @attention_masked
// CHECK-SAME: %[[B:[^:]*]]: tensor<2x9x9xf32>, %[[I:[^:]*]]: tensor<4xi32>
// CHECK: %[[BACK:.*]] = nn.transpose %[[B]] [0, 2, 1]
// CHECK: %[[MASK:.*]] = nn.gather %[[BACK]], %[[I]] axis 0
// CHECK: nn.attention {{.*}} add %[[MASK]]
func.func private @attention_masked(%x: tensor<?x4x9x4xf32>, %table: tensor<2x9x9xf32>,
                                    %kind: tensor<4xi32>)
    -> tensor<?x4x9x4xf32> attributes {nn.kernel} {
  %mask = nn.gather %table, %kind axis 0 : tensor<2x9x9xf32>, tensor<4xi32>
  %0 = nn.attention %x, %x, %x scale 0.5 add %mask
      : tensor<?x4x9x4xf32>, tensor<?x4x9x4xf32>, tensor<?x4x9x4xf32>, tensor<4x9x9xf32>
  return %0 : tensor<?x4x9x4xf32>
}

// Of bf16, lanes are keys.
// CHECK-LABEL: func.func @rounded
func.func @rounded(%x: tensor<?x9x4xbf16>) -> tensor<?x9x4xf32> {
  // CHECK-NOT: nn.transpose
  %bias = nn.parameter "rounded" : tensor<9x9xf32>
  %0 = call @attention_rounded(%x, %bias)
      : (tensor<?x9x4xbf16>, tensor<9x9xf32>) -> tensor<?x9x4xf32>
  return %0 : tensor<?x9x4xf32>
}
func.func private @attention_rounded(%x: tensor<?x9x4xbf16>, %bias: tensor<9x9xf32>)
    -> tensor<?x9x4xf32> attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 0.5 add %bias
      : tensor<?x9x4xbf16>, tensor<?x9x4xbf16>, tensor<?x9x4xbf16>, tensor<9x9xf32>
  return %0 : tensor<?x9x4xf32>
}
