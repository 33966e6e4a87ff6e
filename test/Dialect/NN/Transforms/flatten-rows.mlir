// RUN: vitrail-opt %s --nn-flatten-rows --canonicalize --cse | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t --pass nn-flatten-rows

// A norm, a layer and a residual: rows of 2 x 5 become 10.
// CHECK-LABEL: func.func @image
// CHECK:       %[[X:.*]] = nn.reshape %arg0 : tensor<?x2x5x4xf32> to tensor<?x10x4xf32>
// CHECK:       %[[Y:.*]] = call @layer(%[[X]], %{{.*}}, %{{.*}}) : (tensor<?x10x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<?x10x4xf32>
// CHECK:       nn.reshape %[[Y]] : tensor<?x10x4xf32> to tensor<?x2x5x4xf32>
// CHECK-LABEL: func.func private @layer
// CHECK:         nn.layer_norm {{.*}} : tensor<?x10x4xf32>
// CHECK:         nn.linear {{.*}} : tensor<?x10x4xf32>
// CHECK:         nn.add {{.*}} : tensor<?x10x4xf32>, tensor<?x10x4xf32>
func.func @image(%x: tensor<?x2x5x4xf32> {nn.name = "x"})
    -> (tensor<?x2x5x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<4x4xf32>
  %g = nn.parameter "g" : tensor<4xf32>
  %0 = call @layer(%x, %w, %g)
      : (tensor<?x2x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<?x2x5x4xf32>
  return %0 : tensor<?x2x5x4xf32>
}
func.func private @layer(%x: tensor<?x2x5x4xf32>, %w: tensor<4x4xf32>, %g: tensor<4xf32>)
    -> tensor<?x2x5x4xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x2x5x4xf32>
  %1 = nn.linear %0, %w bias %g : tensor<?x2x5x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %2 = nn.add %x, %1 : tensor<?x2x5x4xf32>, tensor<?x2x5x4xf32>
  return %2 : tensor<?x2x5x4xf32>
}

// Without a batch all rows are merged; before a batch none are.
// CHECK-LABEL: func.func @places
// CHECK:       call @still({{.*}}) : (tensor<30x4xf32>, tensor<4x4xf32>) -> tensor<30x4xf32>
// CHECK:       call @outside({{.*}}) : (tensor<3x?x4xf32>, tensor<4x4xf32>) -> tensor<3x?x4xf32>
func.func @places(%x: tensor<3x2x5x4xf32> {nn.name = "x"}, %y: tensor<3x?x4xf32> {nn.name = "y"})
    -> (tensor<3x2x5x4xf32> {nn.name = "z"}, tensor<3x?x4xf32> {nn.name = "u"}) {
  %w = nn.parameter "w" : tensor<4x4xf32>
  %0 = call @still(%x, %w) : (tensor<3x2x5x4xf32>, tensor<4x4xf32>) -> tensor<3x2x5x4xf32>
  %1 = call @outside(%y, %w) : (tensor<3x?x4xf32>, tensor<4x4xf32>) -> tensor<3x?x4xf32>
  return %0, %1 : tensor<3x2x5x4xf32>, tensor<3x?x4xf32>
}
func.func private @still(%x: tensor<3x2x5x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<3x2x5x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<3x2x5x4xf32>, tensor<4x4xf32>
  return %0 : tensor<3x2x5x4xf32>
}
func.func private @outside(%x: tensor<3x?x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<3x?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<3x?x4xf32>, tensor<4x4xf32>
  return %0 : tensor<3x?x4xf32>
}

// What reads through an index map, and what adds another row in each line, stay.
// CHECK-LABEL: func.func @others
// CHECK:       call @moved({{.*}}) : (tensor<?x5x2x4xf32>, tensor<4x4xf32>) -> tensor<?x2x5x4xf32>
// CHECK:       call @lines({{.*}}) : (tensor<?x2x5x4xf32>, tensor<4x4xf32>, tensor<5x4xf32>) -> tensor<?x2x5x4xf32>
func.func @others(%x: tensor<?x5x2x4xf32> {nn.name = "x"})
    -> (tensor<?x2x5x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<4x4xf32>
  %p = nn.parameter "p" : tensor<5x4xf32>
  %0 = call @moved(%x, %w) : (tensor<?x5x2x4xf32>, tensor<4x4xf32>) -> tensor<?x2x5x4xf32>
  %1 = call @lines(%0, %w, %p)
      : (tensor<?x2x5x4xf32>, tensor<4x4xf32>, tensor<5x4xf32>) -> tensor<?x2x5x4xf32>
  return %1 : tensor<?x2x5x4xf32>
}
func.func private @moved(%x: tensor<?x5x2x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<?x2x5x4xf32> attributes {nn.kernel} {
  %0 = nn.transpose %x [0, 2, 1, 3] : tensor<?x5x2x4xf32>
  %1 = nn.linear %0, %w : tensor<?x2x5x4xf32>, tensor<4x4xf32>
  return %1 : tensor<?x2x5x4xf32>
}
func.func private @lines(%x: tensor<?x2x5x4xf32>, %w: tensor<4x4xf32>, %p: tensor<5x4xf32>)
    -> tensor<?x2x5x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x2x5x4xf32>, tensor<4x4xf32>
  %1 = nn.add %0, %p : tensor<?x2x5x4xf32>, tensor<5x4xf32>
  return %1 : tensor<?x2x5x4xf32>
}

// Ranges are those of rows, whatever dimensions these have.
// CHECK-LABEL: func.func private @integers
// CHECK:         %[[RANGE:.*]] = nn.reduce max_abs %{{.*}} axes [2] keep_dims : tensor<?x10x4xf32>
// CHECK-NEXT:    %[[X:.*]] = nn.quantize %{{.*}} by %[[RANGE]] : tensor<?x10x4xf32>, tensor<?x10x1xf32>
// CHECK-NEXT:    nn.linear %[[X]], %{{.*}} : tensor<?x10x4xi8>
// CHECK:         nn.mul %{{.*}}, %[[RANGE]] : tensor<?x10x3xf32>, tensor<?x10x1xf32>
func.func @ranges(%x: tensor<?x2x5x4xf32> {nn.name = "x"})
    -> (tensor<?x2x5x3xf32> {nn.name = "y"}) {
  %w = nn.parameter "w3" : tensor<3x4xf32>
  %r = nn.reduce max_abs %w axes [1] keep_dims : tensor<3x4xf32>
  %i = nn.quantize %w by %r : tensor<3x4xf32>, tensor<3x1xf32>
  %0 = call @integers(%x, %i)
      : (tensor<?x2x5x4xf32>, tensor<3x4xi8>) -> tensor<?x2x5x3xf32>
  return %0 : tensor<?x2x5x3xf32>
}
func.func private @integers(%x: tensor<?x2x5x4xf32>, %w: tensor<3x4xi8>)
    -> tensor<?x2x5x3xf32> attributes {nn.kernel} {
  %0 = nn.reduce max_abs %x axes [3] keep_dims : tensor<?x2x5x4xf32>
  %1 = nn.quantize %x by %0 : tensor<?x2x5x4xf32>, tensor<?x2x5x1xf32>
  %2 = nn.linear %1, %w : tensor<?x2x5x4xi8>, tensor<3x4xi8>
  %3 = nn.cast %2 : tensor<?x2x5x3xi32> to tensor<?x2x5x3xf32>
  %4 = nn.mul %3, %0 : tensor<?x2x5x3xf32>, tensor<?x2x5x1xf32>
  return %4 : tensor<?x2x5x3xf32>
}

// A reduction over more than the features stays.
// CHECK-LABEL: func.func private @other_reduction
// CHECK:         nn.reduce max_abs %{{.*}} axes [2, 3] keep_dims : tensor<?x2x5x4xf32>
func.func @lines_of_one_range(%x: tensor<?x2x5x4xf32> {nn.name = "x"})
    -> (tensor<?x2x5x3xf32> {nn.name = "y"}) {
  %w = nn.parameter "w3" : tensor<3x4xf32>
  %0 = call @other_reduction(%x, %w)
      : (tensor<?x2x5x4xf32>, tensor<3x4xf32>) -> tensor<?x2x5x3xf32>
  return %0 : tensor<?x2x5x3xf32>
}
func.func private @other_reduction(%x: tensor<?x2x5x4xf32>, %w: tensor<3x4xf32>)
    -> tensor<?x2x5x3xf32> attributes {nn.kernel} {
  %0 = nn.reduce max_abs %x axes [2, 3] keep_dims : tensor<?x2x5x4xf32>
  %1 = nn.linear %x, %w : tensor<?x2x5x4xf32>, tensor<3x4xf32>
  %2 = nn.mul %1, %0 : tensor<?x2x5x3xf32>, tensor<?x2x1x1xf32>
  return %2 : tensor<?x2x5x3xf32>
}
