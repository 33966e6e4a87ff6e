// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-epilogue))' | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fuse-epilogue))'

// A product takes bias, activation and residual with it, and a transpose.
// CHECK-LABEL: func.func @epilogue
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32> {nn.name = "x"}
// CHECK-SAME:  %[[Y:[a-z0-9]+]]: tensor<?x3x5xf32> {nn.name = "y"}
// CHECK:       %[[RESULT:.*]] = nn.fusion {
// CHECK-NEXT:    %[[PRODUCT:.*]] = nn.linear %[[X]],
// CHECK-NEXT:    %[[GELU:.*]] = nn.gelu %[[PRODUCT]]
// CHECK-NEXT:    %[[SUM:.*]] = nn.add %[[GELU]], %[[Y]]
// CHECK-NEXT:    %[[TRANSPOSED:.*]] = nn.transpose %[[SUM]]
// CHECK-NEXT:    nn.yield %[[TRANSPOSED]]
// CHECK-NEXT:  }
// CHECK-NEXT:  return %[[RESULT]]
func.func @epilogue(%x: tensor<?x3x4xf32> {nn.name = "x"},
                    %y: tensor<?x3x5xf32> {nn.name = "y"})
    -> (tensor<?x5x3xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %bias = nn.parameter "bias" : tensor<5xf32>
  %0 = nn.linear %x, %weight bias %bias
      : tensor<?x3x4xf32>, tensor<5x4xf32>, tensor<5xf32>
  %1 = nn.gelu %0 : tensor<?x3x5xf32>
  %2 = nn.add %1, %y : tensor<?x3x5xf32>, tensor<?x3x5xf32>
  %3 = nn.transpose %2 [0, 2, 1] : tensor<?x3x5xf32>
  return %3 : tensor<?x5x3xf32>
}

// What the epilogue reads may be computed later than the product.
// CHECK-LABEL: func.func @later_operand
// CHECK:       %[[SOFTMAX:.*]] = nn.softmax
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    %[[PRODUCT:.*]] = nn.linear
// CHECK-NEXT:    nn.add %[[SOFTMAX]], %[[PRODUCT]]
func.func @later_operand(%x: tensor<?x4xf32> {nn.name = "x"},
                         %y: tensor<?x5xf32> {nn.name = "y"})
    -> (tensor<?x5xf32> {nn.name = "z"}, tensor<?x5xf32> {nn.name = "p"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %weight : tensor<?x4xf32>, tensor<5x4xf32>
  %1 = nn.softmax %y axis 1 : tensor<?x5xf32>
  %2 = nn.add %1, %0 : tensor<?x5xf32>, tensor<?x5xf32>
  return %2, %1 : tensor<?x5xf32>, tensor<?x5xf32>
}

// Of two products that meet, the first takes what joins them; the second is read
// by that kernel.
// CHECK-LABEL: func.func @sum_of_products
// CHECK:       %[[SECOND:.*]] = nn.matmul
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    %[[FIRST:.*]] = nn.linear
// CHECK-NEXT:    nn.add %[[FIRST]], %[[SECOND]]
// CHECK-NEXT:    nn.yield
func.func @sum_of_products(%x: tensor<?x4xf32> {nn.name = "x"},
                           %y: tensor<4x5xf32> {nn.name = "y"})
    -> (tensor<?x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %weight : tensor<?x4xf32>, tensor<5x4xf32>
  %1 = nn.matmul %x, %y : tensor<?x4xf32>, tensor<4x5xf32>
  %2 = nn.add %0, %1 : tensor<?x5xf32>, tensor<?x5xf32>
  return %2 : tensor<?x5xf32>
}

// A value with two users is stored.
// CHECK-LABEL: func.func @two_users
// CHECK-NOT:   nn.fusion
// CHECK:       return
func.func @two_users(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %weight : tensor<?x4xf32>, tensor<5x4xf32>
  %1 = nn.gelu %0 : tensor<?x5xf32>
  %2 = nn.tanh %0 : tensor<?x5xf32>
  return %1, %2 : tensor<?x5xf32>, tensor<?x5xf32>
}

// An operation that repeats the elements is no epilogue.
// CHECK-LABEL: func.func @repeated_elements
// CHECK-NOT:   nn.fusion
// CHECK:       return
func.func @repeated_elements(%x: tensor<3xf32> {nn.name = "x"},
                             %y: tensor<?x3xf32> {nn.name = "y"})
    -> (tensor<?x3xf32> {nn.name = "z"}) {
  %0 = nn.softmax %x axis 0 : tensor<3xf32>
  %1 = nn.add %y, %0 : tensor<?x3xf32>, tensor<3xf32>
  return %1 : tensor<?x3xf32>
}

// What nothing reads is no epilogue: it goes.
// CHECK-LABEL: func.func @unused
// CHECK-NOT:   nn.fusion
// CHECK-NOT:   nn.exp
// CHECK:       return
func.func @unused(%x: tensor<?x3xf32> {nn.name = "x"})
    -> (tensor<?x3xf32> {nn.name = "z"}) {
  %0 = nn.softmax %x axis 1 : tensor<?x3xf32>
  %1 = nn.exp %0 : tensor<?x3xf32>
  return %x : tensor<?x3xf32>
}

// What computes more than elements is no epilogue, and what follows an update,
// which stores one position, is none either.
// CHECK-LABEL: func.func @no_elements
// CHECK-NOT:   nn.fusion
// CHECK:       return
func.func @no_elements(%x: tensor<?x2x6xf32> {nn.name = "x"},
                       %y: tensor<?x2x1xf32> {nn.name = "y"})
    -> (tensor<?x2x6xf32> {nn.name = "z"}) {
  %index = nn.constant dense<3> : tensor<i32>
  %0 = nn.update %x, %y, %index axis 2 : tensor<?x2x6xf32>, tensor<?x2x1xf32>
  %1 = nn.neg %0 : tensor<?x2x6xf32>
  %2 = nn.softmax %1 axis 2 : tensor<?x2x6xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x2x6xf32>
  return %3 : tensor<?x2x6xf32>
}

// A reshape of the result moves behind what reads it; a residual is reshaped,
// which is free, and a bias of each row stays as it is.
// CHECK-LABEL: func.func @reshape_between
// CHECK-SAME:  %[[Y:[a-z0-9]+]]: tensor<?x3x2x5xf32>
// CHECK:       %[[RESIDUAL:.*]] = nn.reshape %[[Y]] : tensor<?x3x2x5xf32> to tensor<?x6x5xf32>
// CHECK-NEXT:  %[[SUM:.*]] = nn.fusion
// CHECK-NEXT:    %[[PRODUCT:.*]] = nn.linear
// CHECK-NEXT:    %[[BIASED:.*]] = nn.mul %[[PRODUCT]], %{{.*}} : tensor<?x6x5xf32>, tensor<5xf32>
// CHECK-NEXT:    nn.add %[[RESIDUAL]], %[[BIASED]]
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  nn.reshape %[[SUM]] : tensor<?x6x5xf32> to tensor<?x3x2x5xf32>
func.func @reshape_between(%x: tensor<?x6x4xf32> {nn.name = "x"},
                           %y: tensor<?x3x2x5xf32> {nn.name = "y"})
    -> (tensor<?x3x2x5xf32> {nn.name = "z"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %gamma = nn.parameter "gamma" : tensor<5xf32>
  %0 = nn.linear %x, %weight : tensor<?x6x4xf32>, tensor<5x4xf32>
  %1 = nn.reshape %0 : tensor<?x6x5xf32> to tensor<?x3x2x5xf32>
  %2 = nn.mul %1, %gamma : tensor<?x3x2x5xf32>, tensor<5xf32>
  %3 = nn.add %y, %2 : tensor<?x3x2x5xf32>, tensor<?x3x2x5xf32>
  return %3 : tensor<?x3x2x5xf32>
}

// It stays if something else broadcasts in another way, or if reshaping what
// else is read would store it.
// CHECK-LABEL: func.func @reshape_stays
// CHECK:       %[[PRODUCT:.*]] = nn.linear
// CHECK:       nn.reshape %[[PRODUCT]]
// CHECK:       nn.mul
// CHECK:       %[[PRODUCT:.*]] = nn.linear
// CHECK:       nn.reshape %[[PRODUCT]]
// CHECK:       nn.add
func.func @reshape_stays(%x: tensor<?x6x4xf32> {nn.name = "x"},
                         %r: tensor<3x?x4xf32> {nn.name = "r"},
                         %y: tensor<5x?xf32, #nn.batch<3>> {nn.name = "y"},
                         %u: tensor<3x2x1xf32> {nn.name = "u"})
    -> (tensor<?x3x2x5xf32> {nn.name = "z"},
        tensor<?x5xf32, #nn.batch<3>> {nn.name = "v"}) {
  %weight = nn.parameter "weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %weight : tensor<?x6x4xf32>, tensor<5x4xf32>
  %1 = nn.reshape %0 : tensor<?x6x5xf32> to tensor<?x3x2x5xf32>
  %2 = nn.mul %1, %u : tensor<?x3x2x5xf32>, tensor<3x2x1xf32>
  %3 = nn.linear %r, %weight : tensor<3x?x4xf32>, tensor<5x4xf32>
  %4 = nn.reshape %3 : tensor<3x?x5xf32> to tensor<?x5xf32, #nn.batch<3>>
  %5 = nn.transpose %y [1, 0] : tensor<5x?xf32, #nn.batch<3>>
  %6 = nn.add %4, %5
      : tensor<?x5xf32, #nn.batch<3>>, tensor<?x5xf32, #nn.batch<3>>
  return %2, %6 : tensor<?x3x2x5xf32>, tensor<?x5xf32, #nn.batch<3>>
}
