// Ranges of what layers read, from a file and into results.
//
// RUN: echo "# a comment" > %t.ranges
// RUN: echo "4.0 w" >> %t.ranges
// RUN: echo "2.5 g v" >> %t.ranges
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 keep=u record=true' | FileCheck %s --check-prefix=RECORD
// RUN: vitrail-opt %s --nn-narrow-products='precision=int8 ranges=%t.ranges' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY

// A range that is known is a slice of one constant, an argument of the kernel;
// what makes the sums f32 again is part of each feature's factor. A layer goes
// by all parameters of its weight. One that the file does not name has a range
// for each row.
// WHY: multiplies 8-bit integers, in a range that is known
// WHY: multiplies 8-bit integers, in a range that is known
// WHY: multiplies 8-bit integers"
// CHECK-LABEL: func.func @layers
// CHECK-NEXT:  %[[TABLE:.*]] = nn.constant dense<[4.{{0*}}e+00, 2.5{{0*}}e+00]> : tensor<2xf32>
// CHECK-DAG:   %[[FIRST:.*]] = nn.slice %[[TABLE]] [0] [1] [1] : tensor<2xf32>
// CHECK-DAG:   %[[SECOND:.*]] = nn.slice %[[TABLE]] [1] [1] [1] : tensor<2xf32>
// CHECK:       %[[FEATURES:.*]] = nn.mul %{{.*}}, %{{.*}} : tensor<6xf32>, tensor<f32>
// CHECK-NEXT:  %[[SCALE:.*]] = nn.mul %[[FEATURES]], %[[FIRST]] : tensor<6xf32>, tensor<1xf32>
// CHECK:       %[[Y:.*]] = nn.fusion {
// CHECK-NEXT:    %[[X:.*]] = nn.quantize %arg0 by %[[FIRST]] : tensor<?x5x4xf32>, tensor<1xf32>
// CHECK-NEXT:    %[[SUMS:.*]] = nn.linear %[[X]], %{{.*}} : tensor<?x5x4xi8>, tensor<6x4xi8>
// CHECK-NEXT:    %[[FLOATS:.*]] = nn.cast %[[SUMS]]
// CHECK-NEXT:    nn.mul %[[FLOATS]], %[[SCALE]] : tensor<?x5x6xf32>, tensor<6xf32>
// CHECK-NEXT:    nn.yield
// CHECK:       nn.fusion {
// CHECK-NEXT:    %[[N:.*]] = nn.layer_norm
// CHECK-NEXT:    nn.quantize %[[N]] by %[[SECOND]]
// CHECK:       nn.fusion {
// CHECK-NEXT:    nn.reduce max_abs

// Ranges are results, of each sample, and the layers stay as they are. What is
// in a layer's fusion is repeated outside. Nothing is recorded of a layer that
// keeps f32.
// RECORD-LABEL: func.func @layers
// RECORD-SAME:  tensor<?xf32> {nn.name = "0 w"}, tensor<?xf32> {nn.name = "1 g v"})
// RECORD-NOT:   nn.quantize
// RECORD:       %[[N:.*]] = nn.layer_norm
// RECORD:       nn.fusion {
// RECORD-NEXT:    nn.layer_norm
// RECORD:       %[[FIRST:.*]] = nn.reduce max_abs %arg0 axes [1, 2] : tensor<?x5x4xf32>
// RECORD-NEXT:  %[[SECOND:.*]] = nn.reduce max_abs %[[N]] axes [1, 2] : tensor<?x5x6xf32>
// RECORD-NEXT:  return %{{.*}}, %[[FIRST]], %[[SECOND]]
func.func @layers(%x: tensor<?x5x4xf32>) -> (tensor<?x5x2xf32> {nn.name = "y"}) {
  %w = nn.parameter "w" : tensor<6x4xf32>
  %v = nn.parameter "v" : tensor<3x6xf32>
  %g = nn.parameter "g" : tensor<6xf32>
  %u = nn.parameter "u" : tensor<2x3xf32>
  %0 = nn.linear %x, %w : tensor<?x5x4xf32>, tensor<6x4xf32>
  %1 = nn.mul %g, %v : tensor<6xf32>, tensor<3x6xf32>
  %2 = nn.fusion {
    %n = nn.layer_norm %0 epsilon 1.0e-6 : tensor<?x5x6xf32>
    %m = nn.linear %n, %1 : tensor<?x5x6xf32>, tensor<3x6xf32>
    nn.yield %m : tensor<?x5x3xf32>
  } : tensor<?x5x3xf32>
  %3 = nn.linear %2, %u : tensor<?x5x3xf32>, tensor<2x3xf32>
  return %3 : tensor<?x5x2xf32>
}
