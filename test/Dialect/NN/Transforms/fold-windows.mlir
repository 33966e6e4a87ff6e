// RUN: vitrail-opt %s --nn-fold-windows --canonicalize | FileCheck %s
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t/pass --pass nn-fold-windows
// RUN: %python %S/../../../Conversion/NNToHalide/Inputs/compare.py %s %t/all --pass vitrail-kernels
// RUN: vitrail-opt %s --nn-fold-windows --remarks-filter=nn-.* --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | grep Missed | FileCheck %s --check-prefix=MISSED --implicit-check-not=Missed

// MISSED: [Missed] FoldWindows {{.*}}Function=read_elsewhere | {{.*}}"the result of the layer before is read where it lies, too"
// MISSED: [Missed] FoldWindows {{.*}}Function=no_attention | {{.*}}"rows that have been moved are read elsewhere than by attention"
// MISSED: [Missed] FoldWindows {{.*}}Function=added_to | {{.*}}"rows that have been moved are read elsewhere than by attention"
// MISSED: [Missed] FoldWindows {{.*}}Function=late | {{.*}}"what the layer makes of padding is not known while compiling"

// Shifted windows of 8 in a row of 13 tokens, which are filled up with 3: layers
// work on the 13 tokens, in their order, and added tokens have the layer's bias.
// CHECK-LABEL: func.func @windows
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x13x4xf32>
// CHECK-DAG:   %[[BIAS:.*]] = nn.parameter "windows.bq"
// CHECK-DAG:   %[[NORM:.*]] = nn.layer_norm %[[X]] {{.*}} : tensor<?x13x4xf32>
// CHECK:       %[[Q:.*]] = nn.linear %[[NORM]], {{.*}} bias %[[BIAS]] : tensor<?x13x4xf32>
// CHECK-NEXT:  %[[ROLLED:.*]] = nn.roll %[[Q]] by 9 axis 1 : tensor<?x13x6xf32>
// CHECK-NEXT:  %[[PADDED:.*]] = nn.pad %[[ROLLED]] [0, 0, 0] [0, 3, 0] value 0.000000e+00 fill %[[BIAS]]
// CHECK-NEXT:  %[[WINDOWS:.*]] = nn.reshape %[[PADDED]] : tensor<?x16x6xf32> to tensor<?x2x8x6xf32>
// CHECK-NEXT:  %[[Y:.*]] = nn.attention %[[WINDOWS]], %[[WINDOWS]], %[[WINDOWS]]
// CHECK-NEXT:  %[[MERGED:.*]] = nn.reshape %[[Y]] : tensor<?x2x8x6xf32> to tensor<?x16x6xf32>
// CHECK-NEXT:  %[[CROPPED:.*]] = nn.slice %[[MERGED]] [0, 0, 0] [?, 13, 6] [1, 1, 1]
// CHECK-NEXT:  %[[BACK:.*]] = nn.roll %[[CROPPED]] by 4 axis 1 : tensor<?x13x6xf32>
// CHECK-NEXT:  %[[P:.*]] = nn.linear %[[BACK]]
// CHECK-NEXT:  %[[SUM:.*]] = nn.add %[[X]], %[[P]]
// CHECK-NEXT:  return %[[SUM]]
func.func @windows(%x: tensor<?x13x4xf32> {nn.name = "x"})
    -> (tensor<?x13x4xf32> {nn.name = "y"}) {
  %wq = nn.parameter "windows.wq" : tensor<6x4xf32>
  %bq = nn.parameter "windows.bq" : tensor<6xf32>
  %wp = nn.parameter "windows.wp" : tensor<4x6xf32>
  %norm = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x13x4xf32>
  %r = nn.roll %norm by 9 axis 1 : tensor<?x13x4xf32>
  %p = nn.pad %r [0, 0, 0] [0, 3, 0] value 0.0 : tensor<?x13x4xf32>
  %w = nn.reshape %p : tensor<?x16x4xf32> to tensor<?x2x8x4xf32>
  %q = nn.linear %w, %wq bias %bq
      : tensor<?x2x8x4xf32>, tensor<6x4xf32>, tensor<6xf32>
  %y = nn.attention %q, %q, %q scale 0.5
      : tensor<?x2x8x6xf32>, tensor<?x2x8x6xf32>, tensor<?x2x8x6xf32>
  %z = nn.linear %y, %wp : tensor<?x2x8x6xf32>, tensor<4x6xf32>
  %m = nn.reshape %z : tensor<?x2x8x4xf32> to tensor<?x16x4xf32>
  %c = nn.slice %m [0, 0, 0] [?, 13, 4] [1, 1, 1] : tensor<?x16x4xf32>
  %b = nn.roll %c by 4 axis 1 : tensor<?x13x4xf32>
  %s = nn.add %x, %b : tensor<?x13x4xf32>, tensor<?x13x4xf32>
  return %s : tensor<?x13x4xf32>
}

// Dilated windows (every third row and second column together), norm and layer
// behind them, and products that are no attention yet.
// CHECK-LABEL: func.func @dilated
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x6x4x5xf32>
// CHECK:       %[[NORM:.*]] = nn.layer_norm %[[X]]
// CHECK:       %[[L:.*]] = nn.linear %[[NORM]]
// CHECK:       %[[SPLIT:.*]] = nn.reshape %[[L]] : tensor<?x6x4x5xf32> to tensor<?x2x3x2x2x5xf32>
// CHECK:       %[[T:.*]] = nn.transpose %[[SPLIT]] [0, 2, 4, 1, 3, 5]
// CHECK:       nn.reshape %[[T]] : tensor<?x3x2x2x2x5xf32> to tensor<?x6x4x5xf32>
// CHECK:       nn.matmul
func.func @dilated(%x: tensor<?x6x4x5xf32> {nn.name = "x"})
    -> (tensor<?x6x4x4xf32> {nn.name = "y"}) {
  %scale = nn.parameter "dilated.scale" : tensor<5xf32>
  %wq = nn.parameter "dilated.wq" : tensor<5x5xf32>
  %s = nn.reshape %x : tensor<?x6x4x5xf32> to tensor<?x2x3x2x2x5xf32>
  %t = nn.transpose %s [0, 2, 4, 1, 3, 5] : tensor<?x2x3x2x2x5xf32>
  %w = nn.reshape %t : tensor<?x3x2x2x2x5xf32> to tensor<?x6x4x5xf32>
  %n = nn.layer_norm %w scale %scale : tensor<5xf32> epsilon 1.0e-5
      : tensor<?x6x4x5xf32>
  %q = nn.linear %n, %wq : tensor<?x6x4x5xf32>, tensor<5x5xf32>
  %k = nn.transpose %q [0, 1, 3, 2] : tensor<?x6x4x5xf32>
  %y = nn.matmul %q, %k : tensor<?x6x4x5xf32>, tensor<?x6x5x4xf32>
  return %y : tensor<?x6x4x4xf32>
}

// What a padding adds passes other work, too: a number, one row, and several
// layers of which the second has no bias.
// CHECK-LABEL: func.func @paddings
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x5x4xf32>
// CHECK-DAG:   %[[W:.*]] = nn.parameter "paddings.w"
// CHECK-DAG:   %[[B:.*]] = nn.parameter "paddings.b"
// CHECK-DAG:   %[[ONES:.*]] = nn.constant dense<1.000000e+00> : tensor<4xf32>
// CHECK-DAG:   %[[V:.*]] = nn.parameter "paddings.v"
// CHECK-DAG:   %[[FILL:.*]] = nn.linear %[[ONES]], %[[W]] bias %[[B]] : tensor<4xf32>
// CHECK-DAG:   %[[FILLGELU:.*]] = nn.gelu %[[FILL]]
// CHECK-DAG:   %[[FILLED:.*]] = nn.linear %[[FILLGELU]], %[[V]] : tensor<4xf32>
// CHECK-DAG:   %[[L:.*]] = nn.linear %[[X]], %[[W]] bias %[[B]] : tensor<?x5x4xf32>
// CHECK-DAG:   %[[GELU:.*]] = nn.gelu %[[L]]
// CHECK-DAG:   %[[SECOND:.*]] = nn.linear %[[GELU]], %[[V]] : tensor<?x5x4xf32>
// CHECK:       nn.pad %[[SECOND]] [0, 1, 0] [0, 2, 0] value 0.000000e+00 fill %[[FILLED]]
// CHECK:       nn.pad %{{.*}} [0, 1, 0] [0, 2, 0] value 0.000000e+00 : tensor<?x5x3xf32>
func.func @paddings(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x8x8xf32> {nn.name = "y"}) {
  %w = nn.parameter "paddings.w" : tensor<4x4xf32>
  %b = nn.parameter "paddings.b" : tensor<4xf32>
  %v = nn.parameter "paddings.v" : tensor<3x4xf32>
  %ones = nn.pad %x [0, 1, 0] [0, 2, 0] value 1.0 : tensor<?x5x4xf32>
  %0 = nn.linear %ones, %w bias %b
      : tensor<?x8x4xf32>, tensor<4x4xf32>, tensor<4xf32>
  %1 = nn.gelu %0 : tensor<?x8x4xf32>
  %2 = nn.linear %1, %v : tensor<?x8x4xf32>, tensor<3x4xf32>
  %zeros = nn.pad %x [0, 1, 0] [0, 2, 0] value 0.0 : tensor<?x5x4xf32>
  %3 = nn.linear %zeros, %v : tensor<?x8x4xf32>, tensor<3x4xf32>
  %t = nn.transpose %3 [0, 2, 1] : tensor<?x8x3xf32>
  %y = nn.matmul %2, %t : tensor<?x8x3xf32>, tensor<?x3x8xf32>
  return %y : tensor<?x8x8xf32>
}

// A layer between two reshapes works in the outer shape, so that what it is added
// to has the same.
// CHECK-LABEL: func.func @taken_back
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x3x2x4xf32>
// CHECK:       %[[L:.*]] = nn.linear %[[X]]
// CHECK-NEXT:  %[[G:.*]] = nn.gelu %[[L]]
// CHECK-NEXT:  %[[Y:.*]] = nn.add %[[X]], %[[G]]
// CHECK-NEXT:  return %[[Y]]
func.func @taken_back(%x: tensor<?x3x2x4xf32> {nn.name = "x"})
    -> (tensor<?x3x2x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "taken_back.w" : tensor<4x4xf32>
  %f = nn.reshape %x : tensor<?x3x2x4xf32> to tensor<?x6x4xf32>
  %l = nn.linear %f, %w : tensor<?x6x4xf32>, tensor<4x4xf32>
  %g = nn.gelu %l : tensor<?x6x4xf32>
  %b = nn.reshape %g : tensor<?x6x4xf32> to tensor<?x3x2x4xf32>
  %y = nn.add %x, %b : tensor<?x3x2x4xf32>, tensor<?x3x2x4xf32>
  return %y : tensor<?x3x2x4xf32>
}

// The class token alone is normalised.
// CHECK-LABEL: func.func @class_token
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x5x4xf32>
// CHECK:       %[[TOKEN:.*]] = nn.slice %[[X]]
// CHECK-NEXT:  %[[Y:.*]] = nn.layer_norm %[[TOKEN]] {{.*}} tensor<?x1x4xf32>
// CHECK-NEXT:  return %[[Y]]
func.func @class_token(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x1x4xf32> {nn.name = "y"}) {
  %n = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x5x4xf32>
  %y = nn.slice %n [0, 0, 0] [?, 1, 4] [1, 1, 1] : tensor<?x5x4xf32>
  return %y : tensor<?x1x4xf32>
}

// Not so if other rows are read, too; and features are no rows.
// CHECK-LABEL: func.func @read_elsewhere
// CHECK:       nn.layer_norm %{{.*}} tensor<?x5x4xf32>
// CHECK:       nn.relu %{{.*}} : tensor<?x5x4xf32>
func.func @read_elsewhere(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x1x4xf32> {nn.name = "y"}, tensor<?x5x4xf32> {nn.name = "z"},
        tensor<?x5x2xf32> {nn.name = "f"}) {
  %n = nn.layer_norm %x epsilon 1.0e-5 : tensor<?x5x4xf32>
  %y = nn.slice %n [0, 0, 0] [?, 1, 4] [1, 1, 1] : tensor<?x5x4xf32>
  %r = nn.relu %x : tensor<?x5x4xf32>
  %f = nn.slice %r [0, 0, 0] [?, 5, 2] [1, 1, 1] : tensor<?x5x4xf32>
  return %y, %n, %f : tensor<?x1x4xf32>, tensor<?x5x4xf32>, tensor<?x5x2xf32>
}

// Without attention rows stay where they have been moved: the next to read them
// would have to move them.
// CHECK-LABEL: func.func @no_attention
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x5x4xf32>
// CHECK:       %[[R:.*]] = nn.roll %[[X]]
// CHECK:       %[[L:.*]] = nn.linear %[[R]]
// CHECK:       return %[[L]]
func.func @no_attention(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "no_attention.w" : tensor<4x4xf32>
  %r = nn.roll %x by 1 axis 1 : tensor<?x5x4xf32>
  %l = nn.linear %r, %w : tensor<?x5x4xf32>, tensor<4x4xf32>
  return %l : tensor<?x5x4xf32>
}

// Windows that are added to, too, stay windows.
// CHECK-LABEL: func.func @added_to
// CHECK-SAME:  %[[X:[^:]*]]: tensor<?x16x4xf32>
// CHECK:       %[[R:.*]] = nn.roll %[[X]]
// CHECK:       %[[W:.*]] = nn.reshape %[[R]]
// CHECK:       %[[L:.*]] = nn.linear %[[W]]
// CHECK:       %[[Y:.*]] = nn.attention %[[L]]
// CHECK:       nn.add %[[W]], %[[Y]]
func.func @added_to(%x: tensor<?x16x4xf32> {nn.name = "x"})
    -> (tensor<?x2x8x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "added_to.w" : tensor<4x4xf32>
  %r = nn.roll %x by 1 axis 1 : tensor<?x16x4xf32>
  %s = nn.reshape %r : tensor<?x16x4xf32> to tensor<?x2x8x4xf32>
  %l = nn.linear %s, %w : tensor<?x2x8x4xf32>, tensor<4x4xf32>
  %a = nn.attention %l, %l, %l scale 0.5
      : tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>
  %y = nn.add %s, %a : tensor<?x2x8x4xf32>, tensor<?x2x8x4xf32>
  return %y : tensor<?x2x8x4xf32>
}

// A padding stays before a layer whose weight is known only when the model runs;
// one of features is none of rows.
// CHECK-LABEL: func.func @late
// CHECK:       %[[P:.*]] = nn.pad %{{.*}} [0, 0, 0] [0, 3, 0]
// CHECK-NEXT:  %[[L:.*]] = nn.linear %[[P]]
// CHECK-NEXT:  %[[F:.*]] = nn.pad %[[L]] [0, 0, 0] [0, 0, 1]
// CHECK-NEXT:  %[[G:.*]] = nn.gelu %[[F]]
// CHECK-NEXT:  nn.attention %[[G]]
func.func @late(%x: tensor<?x5x4xf32> {nn.name = "x"},
                %w: tensor<4x4xf32> {nn.name = "w"})
    -> (tensor<?x8x5xf32> {nn.name = "y"}) {
  %p = nn.pad %x [0, 0, 0] [0, 3, 0] value 1.0 : tensor<?x5x4xf32>
  %l = nn.linear %p, %w : tensor<?x8x4xf32>, tensor<4x4xf32>
  %f = nn.pad %l [0, 0, 0] [0, 0, 1] value 0.0 : tensor<?x8x4xf32>
  %g = nn.gelu %f : tensor<?x8x5xf32>
  %a = nn.attention %g, %g, %g scale 0.5
      : tensor<?x8x5xf32>, tensor<?x8x5xf32>, tensor<?x8x5xf32>
  return %a : tensor<?x8x5xf32>
}
