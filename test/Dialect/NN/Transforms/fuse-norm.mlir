// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fuse-norm))' | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fuse-norm))'

// A norm before a linear layer, with what that is fused with already.
// CHECK-LABEL: func.func @prologue
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x4xf32>
// CHECK:       nn.fusion
// CHECK-NEXT:    %[[NORM:.*]] = nn.layer_norm %[[X]]
// CHECK-NEXT:    %[[PRODUCT:.*]] = nn.linear %[[NORM]],
// CHECK-NEXT:    %[[GELU:.*]] = nn.gelu %[[PRODUCT]]
// CHECK-NEXT:    nn.yield %[[GELU]]
// CHECK:       return
func.func @prologue(%x: tensor<?x3x4xf32> {nn.name = "x"})
    -> (tensor<?x3x5xf32> {nn.name = "y"}) {
  %w = nn.parameter "prologue.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x3x4xf32>
  %1 = nn.fusion {
    %2 = nn.linear %0, %w : tensor<?x3x4xf32>, tensor<5x4xf32>
    %3 = nn.gelu %2 : tensor<?x3x5xf32>
    nn.yield %3 : tensor<?x3x5xf32>
  } : tensor<?x3x5xf32>
  return %1 : tensor<?x3x5xf32>
}

// A norm after a linear layer and a residual, with what follows the norm.
// CHECK-LABEL: func.func @epilogue
// CHECK:       nn.fusion
// CHECK-NEXT:    %[[PRODUCT:.*]] = nn.linear
// CHECK-NEXT:    %[[SUM:.*]] = nn.add %{{.*}}, %[[PRODUCT]]
// CHECK-NEXT:    %[[NORM:.*]] = nn.layer_norm %[[SUM]]
// CHECK-NEXT:    %[[TANH:.*]] = nn.tanh %[[NORM]]
// CHECK-NEXT:    nn.yield %[[TANH]]
// CHECK:       return
func.func @epilogue(%x: tensor<?x3x4xf32> {nn.name = "x"},
                    %y: tensor<?x3x5xf32> {nn.name = "y"})
    -> (tensor<?x3x5xf32> {nn.name = "z"}) {
  %w = nn.parameter "epilogue.weight" : tensor<5x4xf32>
  %0 = nn.fusion {
    %3 = nn.linear %x, %w : tensor<?x3x4xf32>, tensor<5x4xf32>
    %4 = nn.add %y, %3 : tensor<?x3x5xf32>, tensor<?x3x5xf32>
    nn.yield %4 : tensor<?x3x5xf32>
  } : tensor<?x3x5xf32>
  %1 = nn.fusion {
    %5 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x3x5xf32>
    %6 = nn.tanh %5 : tensor<?x3x5xf32>
    nn.yield %6 : tensor<?x3x5xf32>
  } : tensor<?x3x5xf32>
  return %1 : tensor<?x3x5xf32>
}

// Between two layers it is part of the second; the one after that, too.
// CHECK-LABEL: func.func @between
// CHECK:       %[[FIRST:.*]] = nn.linear
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    nn.layer_norm %[[FIRST]]
// CHECK-NEXT:    nn.linear
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  nn.layer_norm
// CHECK-NEXT:  return
func.func @between(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}) {
  %w = nn.parameter "between.a.weight" : tensor<6x4xf32>
  %v = nn.parameter "between.b.weight" : tensor<5x6xf32>
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<6x4xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x6xf32>
  %2 = nn.linear %1, %v : tensor<?x6xf32>, tensor<5x6xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x5xf32>
  return %3 : tensor<?x5xf32>
}

// Several layers read the norm, or the rows before it are read elsewhere.
// CHECK-LABEL: func.func @several_readers
// CHECK-NOT:   nn.fusion
// CHECK:       return
func.func @several_readers(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x5xf32> {nn.name = "y"}, tensor<?x5xf32> {nn.name = "z"},
        tensor<?x4xf32> {nn.name = "r"}) {
  %u = nn.parameter "several.c.weight" : tensor<4x4xf32>
  %w = nn.parameter "several.a.weight" : tensor<5x4xf32>
  %v = nn.parameter "several.b.weight" : tensor<5x4xf32>
  %0 = nn.linear %x, %u : tensor<?x4xf32>, tensor<4x4xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x4xf32>
  %2 = nn.linear %1, %w : tensor<?x4xf32>, tensor<5x4xf32>
  %3 = nn.linear %1, %v : tensor<?x4xf32>, tensor<5x4xf32>
  return %2, %3, %0 : tensor<?x5xf32>, tensor<?x5xf32>, tensor<?x4xf32>
}

// A single row; no linear layer; rows that are not those of the product.
// CHECK-LABEL: func.func @no_rows_of_a_layer
// CHECK:       %[[ROW:.*]] = nn.layer_norm
// CHECK-NEXT:  nn.linear %[[ROW]]
// CHECK:       %[[SOFTMAX:.*]] = nn.softmax
// CHECK-NEXT:  nn.layer_norm %[[SOFTMAX]]
// CHECK:       %[[TRANSPOSED:.*]] = nn.fusion
// CHECK-NEXT:    nn.linear
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  nn.layer_norm %[[TRANSPOSED]]
func.func @no_rows_of_a_layer(%x: tensor<4xf32> {nn.name = "x"},
                              %y: tensor<?x3x4xf32> {nn.name = "y"})
    -> (tensor<5xf32> {nn.name = "a"}, tensor<?x3x4xf32> {nn.name = "b"},
        tensor<?x5x3xf32> {nn.name = "c"}) {
  %w = nn.parameter "row.weight" : tensor<5x4xf32>
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<4xf32>
  %1 = nn.linear %0, %w : tensor<4xf32>, tensor<5x4xf32>
  %2 = nn.softmax %y axis 2 : tensor<?x3x4xf32>
  %3 = nn.layer_norm %2 epsilon 1.0e-2 : tensor<?x3x4xf32>
  %4 = nn.fusion {
    %6 = nn.linear %y, %w : tensor<?x3x4xf32>, tensor<5x4xf32>
    %7 = nn.transpose %6 [0, 2, 1] : tensor<?x3x5xf32>
    nn.yield %7 : tensor<?x5x3xf32>
  } : tensor<?x5x3xf32>
  %5 = nn.layer_norm %4 epsilon 1.0e-2 : tensor<?x5x3xf32>
  return %1, %3, %5 : tensor<5xf32>, tensor<?x3x4xf32>, tensor<?x5x3xf32>
}
