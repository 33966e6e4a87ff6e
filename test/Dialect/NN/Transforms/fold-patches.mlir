// RUN: vitrail-opt %s --pass-pipeline='builtin.module(func.func(nn-fold-patches))' | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t \
// RUN:   --pass pass-pipeline='builtin.module(func.func(nn-fold-patches))'

// The patches of an image are part of the product that reads them.
// CHECK-LABEL: func.func @patch_embedding
// CHECK-SAME:  %[[X:[a-z0-9]+]]: tensor<?x3x8x8xf32>
// CHECK:       nn.fusion
// CHECK-NEXT:    %[[PATCHES:.*]] = nn.unfold %[[X]]
// CHECK-NEXT:    nn.linear %[[PATCHES]]
// CHECK-NEXT:    nn.yield
// CHECK-NOT:   nn.unfold
func.func @patch_embedding(%x: tensor<?x3x8x8xf32> {nn.name = "x"})
    -> (tensor<?x2x2x5xf32> {nn.name = "y"}) {
  %weight = nn.parameter "weight" : tensor<5x3x4x4xf32>
  %0 = nn.unfold %x kernel [4, 4] strides [4, 4] padding [0, 0]
      : tensor<?x3x8x8xf32>
  %1 = nn.linear %0, %weight
      : tensor<?x2x2x3x4x4xf32>, tensor<5x3x4x4xf32>
  return %1 : tensor<?x2x2x5xf32>
}

// Each reader has its own copy, with a reshape between index maps; the kernel of
// several operations has one.
// CHECK-LABEL: func.func @two_readers
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    %[[MAP:.*]] = nn.transpose
// CHECK-NEXT:    %[[SPLIT:.*]] = nn.reshape %[[MAP]]
// CHECK-NEXT:    %[[PART:.*]] = nn.slice %[[SPLIT]]
// CHECK-NEXT:    nn.softmax %[[PART]]
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.reshape
// CHECK-NEXT:    %[[PART:.*]] = nn.slice
// CHECK-NEXT:    %[[TANH:.*]] = nn.tanh %[[PART]]
// CHECK-NEXT:    nn.mul %[[TANH]], %[[PART]]
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  return
func.func @two_readers(%x: tensor<?x6x8xf32> {nn.name = "x"})
    -> (tensor<?x4x1x6xf32> {nn.name = "y"},
        tensor<?x4x1x6xf32> {nn.name = "z"}) {
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x6x8xf32>
  %1 = nn.reshape %0 : tensor<?x8x6xf32> to tensor<?x4x2x6xf32>
  %2 = nn.slice %1 [0, 0, 1, 0] [?, 4, 1, 6] [1, 1, 1, 1] : tensor<?x4x2x6xf32>
  %3 = nn.softmax %2 axis 3 : tensor<?x4x1x6xf32>
  %4 = nn.fusion {
    %5 = nn.tanh %2 : tensor<?x4x1x6xf32>
    %6 = nn.mul %5, %2 : tensor<?x4x1x6xf32>, tensor<?x4x1x6xf32>
    nn.yield %6 : tensor<?x4x1x6xf32>
  } : tensor<?x4x1x6xf32>
  return %3, %4 : tensor<?x4x1x6xf32>, tensor<?x4x1x6xf32>
}

// A reshape next to a stored tensor is free outside.
// CHECK-LABEL: func.func @free_reshape
// CHECK-NEXT:  nn.reshape
// CHECK-NEXT:  nn.softmax
func.func @free_reshape(%x: tensor<?x6x8xf32> {nn.name = "x"})
    -> (tensor<?x6x2x4xf32> {nn.name = "y"}) {
  %0 = nn.reshape %x : tensor<?x6x8xf32> to tensor<?x6x2x4xf32>
  %1 = nn.softmax %0 axis 3 : tensor<?x6x2x4xf32>
  return %1 : tensor<?x6x2x4xf32>
}

// What leaves the function is stored, through the maps before it.
// CHECK-LABEL: func.func @returned
// CHECK-NEXT:  %[[STORED:.*]] = nn.fusion
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.slice
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  return %[[STORED]]
func.func @returned(%x: tensor<?x4x3xf32> {nn.name = "x"})
    -> (tensor<?x3x2xf32> {nn.name = "y"}) {
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x4x3xf32>
  %1 = nn.slice %0 [0, 0, 1] [?, 3, 2] [1, 1, 1] : tensor<?x3x4xf32>
  return %1 : tensor<?x3x2xf32>
}

// So is what enters a reshape around the batch.
// CHECK-LABEL: func.func @batch_inside_reshape
// CHECK-NEXT:  %[[STORED:.*]] = nn.fusion
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  %[[MERGED:.*]] = nn.reshape %[[STORED]]
// CHECK-NEXT:  nn.softmax %[[MERGED]]
func.func @batch_inside_reshape(%x: tensor<?x4x3xf32> {nn.name = "x"})
    -> (tensor<?x3xf32, #nn.batch<4>> {nn.name = "y"}) {
  %0 = nn.transpose %x [1, 0, 2] : tensor<?x4x3xf32>
  %1 = nn.reshape %0 : tensor<4x?x3xf32> to tensor<?x3xf32, #nn.batch<4>>
  %2 = nn.softmax %1 axis 1 : tensor<?x3xf32, #nn.batch<4>>
  return %2 : tensor<?x3xf32, #nn.batch<4>>
}

// And what an update writes to, unlike the value that it writes. What is stored
// is read as it is.
// CHECK-LABEL: func.func @update
// CHECK:       %[[STORED:.*]] = nn.fusion
// CHECK-NEXT:    nn.transpose
// CHECK-NEXT:    nn.yield
// CHECK-NEXT:  }
// CHECK-NEXT:  nn.fusion
// CHECK-NEXT:    %[[VALUE:.*]] = nn.slice %[[STORED]]
// CHECK-NEXT:    nn.update %[[STORED]], %[[VALUE]]
func.func @update(%x: tensor<?x6x2xf32> {nn.name = "x"})
    -> (tensor<?x2x6xf32> {nn.name = "z"}) {
  %index = nn.constant dense<-1> : tensor<i32>
  %0 = nn.transpose %x [0, 2, 1] : tensor<?x6x2xf32>
  %1 = nn.slice %0 [0, 0, 4] [?, 2, 1] [1, 1, 1] : tensor<?x2x6xf32>
  %2 = nn.update %0, %1, %index axis 2
      : tensor<?x2x6xf32>, tensor<?x2x1xf32>
  return %2 : tensor<?x2x6xf32>
}

// Rolls and paddings are read through with what margins are filled with, and a mask
// is looked up in a table, as long as the table is the smaller one.
// CHECK-LABEL: func.func @windows
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x31x8xf32>
// CHECK-DAG:   %[[FILL:.*]] = nn.parameter "windows.fill"
// CHECK-DAG:   %[[TABLE:.*]] = nn.parameter "windows.table"
// CHECK-DAG:   %[[KIND:.*]] = nn.constant dense<[0, 1, 1, 0]>
// CHECK-DAG:   %[[BIAS:.*]] = nn.gather %{{.*}}, %[[KIND]] axis 0 : tensor<8x8x8xf32>
// CHECK:       nn.fusion {
// CHECK:         %[[ROLLED:.*]] = nn.roll %[[X]] by 3 axis 1
// CHECK-NEXT:    %[[PADDED:.*]] = nn.pad %[[ROLLED]] {{.*}} fill %[[FILL]]
// CHECK-NEXT:    %[[WINDOWS:.*]] = nn.reshape %[[PADDED]]
// CHECK-NEXT:    %[[MASK:.*]] = nn.gather %[[TABLE]], %[[KIND]]
// CHECK-NEXT:    nn.attention %[[WINDOWS]], %[[WINDOWS]], %[[WINDOWS]] {{.*}} add %[[MASK]], %[[BIAS]]
func.func @windows(%x: tensor<?x31x8xf32> {nn.name = "x"})
    -> (tensor<?x4x8x8xf32> {nn.name = "y"}) {
  %fill = nn.parameter "windows.fill" : tensor<8xf32>
  %table = nn.parameter "windows.table" : tensor<2x8x8xf32>
  %kind = nn.constant dense<[0, 1, 1, 0]> : tensor<4xi32>
  %mask = nn.gather %table, %kind axis 0 : tensor<2x8x8xf32>, tensor<4xi32>
  %biases = nn.parameter "windows.biases" : tensor<8x8x8xf32>
  %bias = nn.gather %biases, %kind axis 0 : tensor<8x8x8xf32>, tensor<4xi32>
  %0 = nn.roll %x by 3 axis 1 : tensor<?x31x8xf32>
  %1 = nn.pad %0 [0, 0, 0] [0, 1, 0] value 0.0 fill %fill : tensor<8xf32>
      : tensor<?x31x8xf32>
  %2 = nn.reshape %1 : tensor<?x32x8xf32> to tensor<?x4x8x8xf32>
  %3 = nn.attention %2, %2, %2 scale 1.0 add %mask, %bias
      : tensor<?x4x8x8xf32>, tensor<?x4x8x8xf32>, tensor<?x4x8x8xf32>,
        tensor<4x8x8xf32>, tensor<4x8x8xf32>
  return %3 : tensor<?x4x8x8xf32>
}
