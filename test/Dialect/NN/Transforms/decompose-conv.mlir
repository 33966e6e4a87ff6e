// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-decompose-conv))' \
// RUN:   | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t --pass nn-decompose-conv

// Patches that touch: the unfolded image meets the weight as it is.
// CHECK-LABEL: func.func @patches
// CHECK-SAME:  %[[IMAGE:.*]]: tensor<?x3x8x8xf32>
// CHECK:       %[[WEIGHT:.*]] = nn.parameter "proj.weight"
// CHECK:       %[[BIAS:.*]] = nn.parameter "proj.bias"
// CHECK-NEXT:  %[[PATCHES:.*]] = nn.unfold %[[IMAGE]] kernel [4, 4] strides [4, 4] padding [0, 0]
// CHECK-NEXT:  %[[TOKENS:.*]] = nn.linear %[[PATCHES]], %[[WEIGHT]] bias %[[BIAS]]
// CHECK-NEXT:  %[[RESULT:.*]] = nn.transpose %[[TOKENS]] [0, 3, 1, 2]
// CHECK-NEXT:  return %[[RESULT]] : tensor<?x5x2x2xf32>
// CHECK-NOT:   nn.conv
func.func @patches(%image: tensor<?x3x8x8xf32> {nn.name = "image"})
    -> (tensor<?x5x2x2xf32> {nn.name = "y"}) {
  %weight = nn.parameter "proj.weight" : tensor<5x3x4x4xf32>
  %bias = nn.parameter "proj.bias" : tensor<5xf32>
  %y = nn.conv %image, %weight bias %bias strides [4, 4] padding [0, 0]
      : tensor<?x3x8x8xf32>, tensor<5x3x4x4xf32>, tensor<5xf32>
  return %y : tensor<?x5x2x2xf32>
}

// Strides, padding and an absent bias are kept.
// CHECK-LABEL: func.func @overlapping
// CHECK:       nn.unfold {{.*}} kernel [3, 2] strides [2, 1] padding [1, 0]
// CHECK:       nn.linear
// CHECK-NOT:   bias
// CHECK:       return
func.func @overlapping(%image: tensor<?x3x7x5xf32> {nn.name = "image"})
    -> (tensor<?x4x4x4xf32> {nn.name = "y"}) {
  %weight = nn.parameter "conv.weight" : tensor<4x3x3x2xf32>
  %y = nn.conv %image, %weight strides [2, 1] padding [1, 0]
      : tensor<?x3x7x5xf32>, tensor<4x3x3x2xf32>
  return %y : tensor<?x4x4x4xf32>
}

// One convolution of another.
// CHECK-LABEL: func.func @stacked
// CHECK-COUNT-2: nn.unfold
// CHECK-NOT:     nn.conv
// CHECK:         return
func.func @stacked(%image: tensor<?x1x6x6xf32> {nn.name = "image"})
    -> (tensor<?x2x2x2xf32> {nn.name = "y"}) {
  %first = nn.parameter "first" : tensor<2x1x3x3xf32>
  %second = nn.parameter "second" : tensor<2x2x3x3xf32>
  %x = nn.conv %image, %first strides [1, 1] padding [0, 0]
      : tensor<?x1x6x6xf32>, tensor<2x1x3x3xf32>
  %y = nn.conv %x, %second strides [1, 1] padding [0, 0]
      : tensor<?x2x4x4xf32>, tensor<2x2x3x3xf32>
  return %y : tensor<?x2x2x2xf32>
}

// Other products stay.
// CHECK-LABEL: func.func @linear_stays
// CHECK-NOT:   nn.unfold
// CHECK:       nn.linear
// CHECK-NEXT:  return
func.func @linear_stays(%x: tensor<?x8xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}) {
  %weight = nn.parameter "fc.weight" : tensor<5x8xf32>
  %y = nn.linear %x, %weight : tensor<?x8xf32>, tensor<5x8xf32>
  return %y : tensor<?x5xf32>
}
