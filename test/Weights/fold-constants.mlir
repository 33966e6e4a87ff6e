// RUN: vitrail-opt %s --nn-fold-constants --canonicalize | FileCheck %s
// RUN: %python %S/../Conversion/NNToHalide/Inputs/compare.py %s %t/pass --pass nn-fold-constants
// RUN: %python %S/../Conversion/NNToHalide/Inputs/compare.py %s %t/all --pass vitrail-kernels

// Small values become constants, and large ones of equal elements; others, those
// that rounding would change, and those of parameters stay expressions.
// CHECK-LABEL: func.func @values
// CHECK-DAG:   %[[SMALL:.*]] = nn.constant dense<[5, 6]> : tensor<2xi32>
// CHECK-DAG:   %[[SPLAT:.*]] = nn.constant dense<-1.000000e+02> : tensor<30x30xf32>
// CHECK-DAG:   %[[TWO:.*]] = nn.constant dense<2.000000e+00> : tensor<f32>
// CHECK-DAG:   %[[SQRT:.*]] = nn.sqrt %[[TWO]]
// CHECK-DAG:   %[[P:.*]] = nn.parameter "p"
// CHECK-DAG:   %[[SUM:.*]] = nn.add %[[P]], %[[TWO]]
// CHECK-DAG:   %[[TABLE:.*]] = nn.add %{{.*}}, %{{.*}} : tensor<300x1xi32>, tensor<2xi32>
// CHECK:       return %[[SMALL]], %[[SPLAT]], %[[SQRT]], %[[SUM]], %[[TABLE]]
func.func @values()
    -> (tensor<2xi32> {nn.name = "small"}, tensor<30x30xf32> {nn.name = "splat"},
        tensor<f32> {nn.name = "root"}, tensor<3xf32> {nn.name = "sum"},
        tensor<300x2xi32> {nn.name = "table"}) {
  %a = nn.constant dense<[2, 3]> : tensor<2xi32>
  %three = nn.constant dense<3> : tensor<i32>
  %small = nn.add %a, %three : tensor<2xi32>, tensor<i32>
  %minus = nn.constant dense<-100.0> : tensor<f32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %ones = nn.constant dense<1> : tensor<30x1xi32>
  %one = nn.constant dense<1> : tensor<30xi32>
  %same = nn.compare eq %ones, %one : tensor<30x1xi32>, tensor<30xi32>
  %splat = nn.select %same, %minus, %zero
      : tensor<30x30xi1>, tensor<f32>, tensor<f32>
  %two = nn.constant dense<2.0> : tensor<f32>
  %root = nn.sqrt %two : tensor<f32>
  %p = nn.parameter "p" : tensor<3xf32>
  %sum = nn.add %p, %two : tensor<3xf32>, tensor<f32>
  %steps = nn.constant dense<1> : tensor<300x1xi32>
  %table = nn.add %steps, %a : tensor<300x1xi32>, tensor<2xi32>
  return %small, %splat, %root, %sum, %table
      : tensor<2xi32>, tensor<30x30xf32>, tensor<f32>, tensor<3xf32>, tensor<300x2xi32>
}

// A mask of five windows of three kinds, in two dimensions: one is the same in all
// columns. A bias of parameters is left alone, as is a mask of one matrix; a sum of
// both is added in two steps.
// CHECK-LABEL: func.func @masks
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x6x2x8x4xf32>
// CHECK-DAG:   %[[FIRST:.*]] = nn.constant dense<[0, 1, 4]> : tensor<3xi32>
// CHECK-DAG:   %[[KIND:.*]] = nn.constant dense<[0, 1, 0, 0, 2, 1]> : tensor<6xi32>
// CHECK-DAG:   %[[COLUMN:.*]] = nn.constant dense<0> : tensor<1xi32>
// CHECK-DAG:   %[[BIAS:.*]] = nn.parameter "bias"
// CHECK-DAG:   %[[MASK:.*]] = nn.broadcast
// CHECK-DAG:   %[[ROWS:.*]] = nn.gather %[[MASK]], %[[FIRST]] axis 0 : tensor<6x2x8x8xf32>
// CHECK-DAG:   %[[KINDS:.*]] = nn.gather %[[ROWS]], %[[COLUMN]] axis 1 : tensor<3x2x8x8xf32>
// CHECK-DAG:   %[[FOUND:.*]] = nn.gather %[[KINDS]], %[[KIND]] axis 0 : tensor<3x1x8x8xf32>
// CHECK:       nn.attention %[[X]], %[[X]], %[[X]] scale 5.000000e-01 add %[[BIAS]], %[[FOUND]] :
func.func @masks(%x: tensor<?x6x2x8x4xf32> {nn.name = "x"})
    -> (tensor<?x6x2x8x4xf32> {nn.name = "y"}) {
  %kinds = nn.constant dense<[[[[0]]], [[[1]]], [[[0]]], [[[0]]], [[[7]]], [[[1]]]]>
      : tensor<6x1x1x1xi32>
  %i = nn.constant dense<[[0], [0], [0], [1], [1], [1], [7], [7]]> : tensor<8x1xi32>
  %zero = nn.constant dense<0.0> : tensor<f32>
  %minus = nn.constant dense<-100.0> : tensor<f32>
  %same = nn.compare eq %kinds, %i : tensor<6x1x1x1xi32>, tensor<8x1xi32>
  %shown = nn.select %same, %zero, %minus
      : tensor<6x1x8x1xi1>, tensor<f32>, tensor<f32>
  %mask = nn.broadcast %shown : tensor<6x1x8x1xf32> to tensor<6x2x8x8xf32>
  %bias = nn.parameter "bias" : tensor<8x8xf32>
  %y = nn.attention %x, %x, %x scale 0.5 add %bias, %mask
      : tensor<?x6x2x8x4xf32>, tensor<?x6x2x8x4xf32>, tensor<?x6x2x8x4xf32>,
        tensor<8x8xf32>, tensor<6x2x8x8xf32>
  return %y : tensor<?x6x2x8x4xf32>
}

// A bias and a mask that were added before they are added to scores.
// CHECK-LABEL: func.func @sums
// CHECK-DAG:   %[[BIAS:.*]] = nn.parameter "sums.bias"
// CHECK-DAG:   %[[MASK:.*]] = nn.constant dense<{{.*}}> : tensor<4x1x8xf32>
// CHECK-DAG:   %[[LATE:.*]] = nn.add %{{.*}}, %[[BIAS]]
// CHECK:       nn.attention {{.*}} add %{{.*}}, %[[BIAS]], %[[LATE]]
func.func @sums(%x: tensor<?x4x8x4xf32> {nn.name = "x"},
                %b: tensor<4x1x8xf32> {nn.name = "b"})
    -> (tensor<?x4x8x4xf32> {nn.name = "y"}) {
  %mask = nn.constant dense<[[[0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]],
                             [[0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]],
                             [[0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]],
                             [[0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 5.0]]]> : tensor<4x1x8xf32>
  %bias = nn.parameter "sums.bias" : tensor<8x8xf32>
  %sum = nn.add %mask, %bias : tensor<4x1x8xf32>, tensor<8x8xf32>
  %late = nn.add %b, %bias : tensor<4x1x8xf32>, tensor<8x8xf32>
  %y = nn.attention %x, %x, %x scale 0.5 add %sum, %late
      : tensor<?x4x8x4xf32>, tensor<?x4x8x4xf32>, tensor<?x4x8x4xf32>,
        tensor<4x8x8xf32>, tensor<4x8x8xf32>
  return %y : tensor<?x4x8x4xf32>
}

// Of as many kinds as there are windows nothing is saved.
// CHECK-LABEL: func.func @all_different
// CHECK-NOT:   nn.gather
// CHECK:       return
func.func @all_different(%x: tensor<?x2x8x4xf32> {nn.name = "x"})
    -> (tensor<?x2x8x4xf32> {nn.name = "y"}) {
  %mask = nn.constant dense<[[[0.0]], [[1.0]]]> : tensor<2x1x1xf32>
  %y = nn.attention %x, %x, %x scale 0.5 add %mask
      : tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>,
        tensor<2x1x1xf32>
  return %y : tensor<?x2x8x4xf32>
}

// Masks that scores are chosen by are looked up, too.
// CHECK-LABEL: func.func @choices
// CHECK-DAG:   %[[FIRST:.*]] = nn.constant dense<[0, 3]> : tensor<2xi32>
// CHECK-DAG:   %[[KIND:.*]] = nn.constant dense<[0, 0, 0, 1, 0, 0]> : tensor<6xi32>
// CHECK-DAG:   %[[KINDS:.*]] = nn.gather %{{.*}}, %[[FIRST]] axis 0 : tensor<6x8x8xi1>
// CHECK-DAG:   %[[KEEP:.*]] = nn.gather %[[KINDS]], %[[KIND]] axis 0 : tensor<2x8x8xi1>
// CHECK:       nn.attention {{.*}} where %[[KEEP]]
func.func @choices(%x: tensor<?x6x8x4xf32> {nn.name = "x"})
    -> (tensor<?x6x8x4xf32> {nn.name = "y"}) {
  %kinds = nn.constant dense<[[[0]], [[0]], [[0]], [[5]], [[0]], [[0]]]> : tensor<6x1x1xi32>
  %i = nn.constant dense<[[0], [1], [2], [3], [4], [5], [6], [7]]> : tensor<8x1xi32>
  %j = nn.constant dense<[0, 1, 2, 3, 4, 5, 6, 7]> : tensor<8xi32>
  %sum = nn.add %i, %j : tensor<8x1xi32>, tensor<8xi32>
  %keep = nn.compare le %kinds, %sum : tensor<6x1x1xi32>, tensor<8x8xi32>
  %y = nn.attention %x, %x, %x scale 0.5 where %keep : tensor<6x8x8xi1> else -5.0
      : tensor<?x6x8x4xf32>, tensor<?x6x8x4xf32>, tensor<?x6x8x4xf32>
  return %y : tensor<?x6x8x4xf32>
}
