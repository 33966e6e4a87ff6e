// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-updates))' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=WHY --input-file=%t.remarks
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fuse-updates))'

// Both updates, one of which reads the product through a reshape that something
// else reads, too.
// CHECK-LABEL: func.func @step
// CHECK:       %[[Y:.*]]:3 = nn.fusion {
// CHECK:         %[[P:.*]] = nn.linear
// CHECK:         %[[K:.*]] = nn.slice %[[P]]
// CHECK:         %[[U:.*]] = nn.update %{{.*}}, %[[K]], %{{.*}} axis 1
// CHECK:         %[[R:.*]] = nn.reshape %[[P]]
// CHECK:         %[[V:.*]] = nn.slice %[[R]]
// CHECK:         %[[S:.*]] = nn.reshape %[[V]]
// CHECK:         %[[W:.*]] = nn.update %{{.*}}, %[[S]], %{{.*}} axis 1
// CHECK:         nn.yield %[[P]], %[[U]], %[[W]]
// CHECK:       nn.reshape %[[Y]]#0
// CHECK-NOT:   nn.fusion
// WHY: remark: {{.*}}updates joined the product
func.func @step(%x: tensor<?x1x5xf32> {nn.name = "x"},
                %a: tensor<?x7x4xf32> {nn.name = "a"},
                %b: tensor<?x7x2x2xf32> {nn.name = "b"})
    -> (tensor<?x1x3x2x2xf32> {nn.name = "y"}, tensor<?x7x4xf32> {nn.name = "k"},
        tensor<?x7x2x2xf32> {nn.name = "v"}) {
  %w = nn.parameter "w" : tensor<12x5xf32>
  %i = nn.constant dense<3> : tensor<i32>
  %y = nn.linear %x, %w : tensor<?x1x5xf32>, tensor<12x5xf32>
  %r = nn.reshape %y : tensor<?x1x12xf32> to tensor<?x1x3x2x2xf32>
  %q = nn.exp %r : tensor<?x1x3x2x2xf32>
  %0 = nn.fusion {
    %k = nn.slice %y [0, 0, 4] [?, 1, 4] [1, 1, 1] : tensor<?x1x12xf32>
    %1 = nn.update %a, %k, %i axis 1 : tensor<?x7x4xf32>, tensor<?x1x4xf32>
    nn.yield %1 : tensor<?x7x4xf32>
  } : tensor<?x7x4xf32>
  %2 = nn.fusion {
    %v = nn.slice %r [0, 0, 2, 0, 0] [?, 1, 1, 2, 2] [1, 1, 1, 1, 1] : tensor<?x1x3x2x2xf32>
    %s = nn.reshape %v : tensor<?x1x1x2x2xf32> to tensor<?x1x2x2xf32>
    %3 = nn.update %b, %s, %i axis 1 : tensor<?x7x2x2xf32>, tensor<?x1x2x2xf32>
    nn.yield %3 : tensor<?x7x2x2xf32>
  } : tensor<?x7x2x2xf32>
  return %q, %0, %2
      : tensor<?x1x3x2x2xf32>, tensor<?x7x4xf32>, tensor<?x7x2x2xf32>
}

// The position is computed after the product.
// CHECK-LABEL: func.func @later
// CHECK-NOT:   nn.fusion
// WHY: remark: {{.*}}it stores where something computed after the product says
func.func @later(%x: tensor<?x1x5xf32> {nn.name = "x"},
                 %a: tensor<?x7x4xf32> {nn.name = "a"})
    -> (tensor<?x1x4xf32> {nn.name = "y"}, tensor<?x7x4xf32> {nn.name = "k"}) {
  %w = nn.parameter "u" : tensor<4x5xf32>
  %y = nn.linear %x, %w : tensor<?x1x5xf32>, tensor<4x5xf32>
  %p = nn.parameter "p" : tensor<f32>
  %j = nn.cast %p : tensor<f32> to tensor<i32>
  %0 = nn.update %a, %y, %j axis 1 : tensor<?x7x4xf32>, tensor<?x1x4xf32>
  return %y, %0 : tensor<?x1x4xf32>, tensor<?x7x4xf32>
}

// Nothing else reads the product.
// CHECK-LABEL: func.func @only_stored
// CHECK-NOT:   nn.fusion
// WHY: remark: {{.*}}its result is only stored
func.func @only_stored(%x: tensor<?x1x5xf32> {nn.name = "x"},
                       %a: tensor<?x7x4xf32> {nn.name = "a"})
    -> (tensor<?x7x4xf32> {nn.name = "k"}) {
  %w = nn.parameter "u" : tensor<4x5xf32>
  %i = nn.constant dense<6> : tensor<i32>
  %y = nn.linear %x, %w : tensor<?x1x5xf32>, tensor<4x5xf32>
  %0 = nn.update %a, %y, %i axis 1 : tensor<?x7x4xf32>, tensor<?x1x4xf32>
  return %0 : tensor<?x7x4xf32>
}
