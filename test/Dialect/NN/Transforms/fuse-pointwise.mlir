// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-pointwise))' | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fuse-pointwise))'

// Elementwise operations, concatenations and paddings with one user each.
// CHECK-LABEL: func.func @group
// CHECK:       nn.fusion
// CHECK-NEXT:    nn.tanh
// CHECK-NEXT:    nn.mul
// CHECK-NEXT:    nn.pad
// CHECK-NEXT:    nn.concat
// CHECK-NEXT:    nn.yield
func.func @group(%x: tensor<?x4xf32> {nn.name = "x"},
                 %y: tensor<?x5xf32> {nn.name = "y"})
    -> (tensor<?x10xf32> {nn.name = "z"}) {
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.tanh %x : tensor<?x4xf32>
  %1 = nn.mul %0, %half : tensor<?x4xf32>, tensor<f32>
  %2 = nn.pad %1 [0, 1] [0, 0] value 1.0 : tensor<?x4xf32>
  %3 = nn.concat %2, %y axis 1 : tensor<?x5xf32>, tensor<?x5xf32>
  return %3 : tensor<?x10xf32>
}

// What two operations read is stored; an operation by itself needs no fusion,
// nor do those on parameters alone.
// CHECK-LABEL: func.func @two_users
// CHECK-NOT:   nn.fusion
// CHECK:       return
func.func @two_users(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}, tensor<?x4xf32> {nn.name = "z"}) {
  %bias = nn.parameter "bias" : tensor<4xf32>
  %0 = nn.exp %bias : tensor<4xf32>
  %1 = nn.add %x, %0 : tensor<?x4xf32>, tensor<4xf32>
  %2 = nn.gelu %1 : tensor<?x4xf32>
  %3 = nn.tanh %1 : tensor<?x4xf32>
  return %2, %3 : tensor<?x4xf32>, tensor<?x4xf32>
}
