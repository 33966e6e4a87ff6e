// Every operation survives printing and parsing, and infers its result's type.
// RUN: vitrail-opt %s | vitrail-opt | FileCheck %s
// RUN: vitrail-opt %s -mlir-print-op-generic | vitrail-opt | FileCheck %s

// CHECK-LABEL: func.func @sources
func.func @sources() -> (tensor<768xf32>, tensor<2x2xi64>) {
  // CHECK: nn.parameter "blocks.0.norm1.weight" : tensor<768xf32>
  %p = nn.parameter "blocks.0.norm1.weight" : tensor<768xf32>
  // CHECK: nn.constant dense<{{\[\[}}0, 1], [2, 3]]> : tensor<2x2xi64>
  %c = nn.constant dense<[[0, 1], [2, 3]]> : tensor<2x2xi64>
  return %p, %c : tensor<768xf32>, tensor<2x2xi64>
}

// CHECK-LABEL: func.func @unary
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>
func.func @unary(%x: tensor<?x4xf32>, %h: tensor<2xbf16>, %s: tensor<f16>) {
  // CHECK: nn.neg %[[X]] : tensor<?x4xf32>
  %0 = nn.neg %x : tensor<?x4xf32>
  // CHECK: nn.exp %{{.*}} : tensor<2xbf16>
  %1 = nn.exp %h : tensor<2xbf16>
  // CHECK: nn.sqrt %{{.*}} : tensor<f16>
  %2 = nn.sqrt %s : tensor<f16>
  // CHECK: nn.log
  // CHECK: nn.sin
  // CHECK: nn.cos
  %l = nn.log %x : tensor<?x4xf32>
  %i = nn.sin %h : tensor<2xbf16>
  %c = nn.cos %s : tensor<f16>
  // CHECK: nn.tanh
  %3 = nn.tanh %0 : tensor<?x4xf32>
  // CHECK: nn.sigmoid
  %4 = nn.sigmoid %3 : tensor<?x4xf32>
  // CHECK: nn.relu
  %5 = nn.relu %4 : tensor<?x4xf32>
  // CHECK: nn.gelu
  %6 = nn.gelu %5 : tensor<?x4xf32>
  // CHECK: nn.round_tf32 %{{.*}} : tensor<?x4xf32>
  %7 = nn.round_tf32 %6 : tensor<?x4xf32>
  return
}

// CHECK-LABEL: func.func @binary
func.func @binary(%x: tensor<?x197x8xf32>, %row: tensor<8xf32>,
                  %column: tensor<197x1xf32>, %scalar: tensor<f32>,
                  %one: tensor<1x1x1xf32>)
    -> (tensor<?x197x8xf32>, tensor<197x8xf32>) {
  // CHECK: nn.add %{{.*}}, %{{.*}} : tensor<?x197x8xf32>, tensor<8xf32>
  %0 = nn.add %x, %row : tensor<?x197x8xf32>, tensor<8xf32>
  // CHECK: nn.sub %{{.*}}, %{{.*}} : tensor<197x1xf32>, tensor<?x197x8xf32>
  %1 = nn.sub %column, %0 : tensor<197x1xf32>, tensor<?x197x8xf32>
  // CHECK: nn.mul %{{.*}}, %{{.*}} : tensor<f32>, tensor<?x197x8xf32>
  %2 = nn.mul %scalar, %1 : tensor<f32>, tensor<?x197x8xf32>
  // CHECK: nn.div %{{.*}}, %{{.*}} : tensor<?x197x8xf32>, tensor<?x197x8xf32>
  %3 = nn.div %2, %0 : tensor<?x197x8xf32>, tensor<?x197x8xf32>
  // CHECK: nn.max %{{.*}}, %{{.*}} : tensor<1x1x1xf32>, tensor<?x197x8xf32>
  %4 = nn.max %one, %3 : tensor<1x1x1xf32>, tensor<?x197x8xf32>
  // CHECK: nn.min %{{.*}}, %{{.*}} : tensor<197x1xf32>, tensor<8xf32>
  %5 = nn.min %column, %row : tensor<197x1xf32>, tensor<8xf32>
  return %4, %5 : tensor<?x197x8xf32>, tensor<197x8xf32>
}

// Factors of the batch are part of the type.
// CHECK-LABEL: func.func @batched_binary
func.func @batched_binary(%x: tensor<?x49x96xf32, #nn.batch<64>>,
                          %y: tensor<?x1x1xf32, #nn.batch<64>>)
    -> tensor<?x49x96xf32, #nn.batch<64>> {
  // CHECK: nn.add %{{.*}}, %{{.*}} : tensor<?x49x96xf32, #nn.batch<64>>, tensor<?x1x1xf32, #nn.batch<64>>
  %0 = nn.add %x, %y : tensor<?x49x96xf32, #nn.batch<64>>, tensor<?x1x1xf32, #nn.batch<64>>
  return %0 : tensor<?x49x96xf32, #nn.batch<64>>
}

// CHECK-LABEL: func.func @linear
func.func @linear(%x: tensor<?x197x8xf32>, %w: tensor<24x8xf32>,
                  %b: tensor<24xf32>, %v: tensor<8xf32>,
                  %patches: tensor<?x14x14x3x16x16xf32>,
                  %kernel: tensor<24x3x16x16xf32>)
    -> (tensor<?x197x24xf32>, tensor<24xf32>, tensor<?x14x14x24xf32>) {
  // CHECK: nn.linear %{{.*}}, %{{.*}} bias %{{.*}} : tensor<?x197x8xf32>, tensor<24x8xf32>, tensor<24xf32>
  %0 = nn.linear %x, %w bias %b : tensor<?x197x8xf32>, tensor<24x8xf32>, tensor<24xf32>
  // CHECK: nn.linear %{{.*}}, %{{.*}} : tensor<8xf32>, tensor<24x8xf32>
  %1 = nn.linear %v, %w : tensor<8xf32>, tensor<24x8xf32>
  // CHECK: nn.linear %{{.*}}, %{{.*}} : tensor<?x14x14x3x16x16xf32>, tensor<24x3x16x16xf32>
  %2 = nn.linear %patches, %kernel : tensor<?x14x14x3x16x16xf32>, tensor<24x3x16x16xf32>
  return %0, %1, %2 : tensor<?x197x24xf32>, tensor<24xf32>, tensor<?x14x14x24xf32>
}

// CHECK-LABEL: func.func @packed_linear
func.func @packed_linear(%x: tensor<?x8xf32, #nn.batch<197>>,
                         %panels: tensor<2x8x16xf32>, %b: tensor<24xf32>,
                         %patches: tensor<?x3x2x2xf32>,
                         %kernel: tensor<2x3x2x2x16xf32>)
    -> (tensor<?x24xf32, #nn.batch<197>>, tensor<?x32xf32>) {
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} bias %{{.*}} features 24 : tensor<?x8xf32, #nn.batch<197>>, tensor<2x8x16xf32>, tensor<24xf32>
  %0 = nn.packed_linear %x, %panels bias %b features 24 : tensor<?x8xf32, #nn.batch<197>>, tensor<2x8x16xf32>, tensor<24xf32>
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} features 32 : tensor<?x3x2x2xf32>, tensor<2x3x2x2x16xf32>
  %1 = nn.packed_linear %patches, %kernel features 32 : tensor<?x3x2x2xf32>, tensor<2x3x2x2x16xf32>
  return %0, %1 : tensor<?x24xf32, #nn.batch<197>>, tensor<?x32xf32>
}

// CHECK-LABEL: func.func @products_of_bf16
func.func @products_of_bf16(%x: tensor<?x7xbf16>, %w: tensor<24x7xbf16>,
                            %b: tensor<24xf32>, %pairs: tensor<2x4x16x2xbf16>)
    -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  // CHECK: nn.linear %{{.*}}, %{{.*}} bias %{{.*}} : tensor<?x7xbf16>, tensor<24x7xbf16>, tensor<24xf32>
  %0 = nn.linear %x, %w bias %b : tensor<?x7xbf16>, tensor<24x7xbf16>, tensor<24xf32>
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} features 24 group 2 : tensor<?x7xbf16>, tensor<2x4x16x2xbf16>
  %1 = nn.packed_linear %x, %pairs features 24 group 2 : tensor<?x7xbf16>, tensor<2x4x16x2xbf16>
  return %0, %1 : tensor<?x24xf32>, tensor<?x24xf32>
}

// CHECK-LABEL: func.func @products_of_tf32
func.func @products_of_tf32(%x: tensor<?x7xf32>, %w: tensor<24x7xf32>,
                            %b: tensor<24xf32>, %panels: tensor<2x7x16xf32>)
    -> (tensor<?x24xf32>, tensor<?x24xf32>) {
  // CHECK: nn.linear %{{.*}}, %{{.*}} bias %{{.*}} tf32 : tensor<?x7xf32>, tensor<24x7xf32>, tensor<24xf32>
  %0 = nn.linear %x, %w bias %b tf32 : tensor<?x7xf32>, tensor<24x7xf32>, tensor<24xf32>
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} features 24 tf32 : tensor<?x7xf32>, tensor<2x7x16xf32>
  %1 = nn.packed_linear %x, %panels features 24 tf32 : tensor<?x7xf32>, tensor<2x7x16xf32>
  return %0, %1 : tensor<?x24xf32>, tensor<?x24xf32>
}

// CHECK-LABEL: func.func @products_of_integers
func.func @products_of_integers(%x: tensor<?x7xi8>, %y: tensor<?x7xf32>,
                                %w: tensor<24x7xi8>, %b: tensor<24xi32>,
                                %c: tensor<24xf32>,
                                %groups: tensor<2x2x16x4xi8>,
                                %sums: tensor<2x16xi32>)
    -> (tensor<?x24xi32>, tensor<?x24xf32>, tensor<?x24xi32>,
        tensor<?x24xi32>) {
  // CHECK: nn.linear %{{.*}}, %{{.*}} bias %{{.*}} : tensor<?x7xi8>, tensor<24x7xi8>, tensor<24xi32>
  %0 = nn.linear %x, %w bias %b : tensor<?x7xi8>, tensor<24x7xi8>, tensor<24xi32>
  // CHECK: nn.linear %{{.*}}, %{{.*}} bias %{{.*}} : tensor<?x7xf32>, tensor<24x7xi8>, tensor<24xf32>
  %1 = nn.linear %y, %w bias %c : tensor<?x7xf32>, tensor<24x7xi8>, tensor<24xf32>
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} sums %{{.*}} : tensor<2x16xi32> features 24 group 4 : tensor<?x7xi8>, tensor<2x2x16x4xi8>
  %2 = nn.packed_linear %x, %groups sums %sums : tensor<2x16xi32> features 24 group 4 : tensor<?x7xi8>, tensor<2x2x16x4xi8>
  // CHECK: nn.packed_linear %{{.*}}, %{{.*}} bias %{{.*}} sums %{{.*}} : tensor<2x16xi32> features 24 group 4 : tensor<?x7xi8>, tensor<2x2x16x4xi8>, tensor<24xi32>
  %3 = nn.packed_linear %x, %groups bias %b sums %sums : tensor<2x16xi32> features 24 group 4 : tensor<?x7xi8>, tensor<2x2x16x4xi8>, tensor<24xi32>
  return %0, %1, %2, %3 : tensor<?x24xi32>, tensor<?x24xf32>, tensor<?x24xi32>, tensor<?x24xi32>
}

// CHECK-LABEL: func.func @quantize
func.func @quantize(%x: tensor<?x7x5xf32>, %r: tensor<f32>)
    -> (tensor<?x7x5xi8>, tensor<?x7x5xi8>) {
  // CHECK: nn.reduce max_abs %{{.*}} axes [2] keep_dims : tensor<?x7x5xf32>
  %range = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x7x5xf32>
  // CHECK: nn.quantize %{{.*}} by %{{.*}} : tensor<?x7x5xf32>, tensor<?x7x1xf32>
  %0 = nn.quantize %x by %range : tensor<?x7x5xf32>, tensor<?x7x1xf32>
  // CHECK: nn.quantize %{{.*}} by %{{.*}} : tensor<?x7x5xf32>, tensor<f32>
  %1 = nn.quantize %x by %r : tensor<?x7x5xf32>, tensor<f32>
  return %0, %1 : tensor<?x7x5xi8>, tensor<?x7x5xi8>
}

// CHECK-LABEL: func.func @matmul
func.func @matmul(%q: tensor<?x12x197x64xf32>, %k: tensor<?x12x64x197xf32>,
                  %rows: tensor<?x64xf32, #nn.batch<197>>,
                  %matrix: tensor<64x32xf32>)
    -> (tensor<?x12x197x197xf32>, tensor<?x32xf32, #nn.batch<197>>) {
  // CHECK: nn.matmul %{{.*}}, %{{.*}} : tensor<?x12x197x64xf32>, tensor<?x12x64x197xf32>
  %0 = nn.matmul %q, %k : tensor<?x12x197x64xf32>, tensor<?x12x64x197xf32>
  // CHECK: nn.matmul %{{.*}}, %{{.*}} : tensor<?x64xf32, #nn.batch<197>>, tensor<64x32xf32>
  %1 = nn.matmul %rows, %matrix : tensor<?x64xf32, #nn.batch<197>>, tensor<64x32xf32>
  return %0, %1 : tensor<?x12x197x197xf32>, tensor<?x32xf32, #nn.batch<197>>
}

// CHECK-LABEL: func.func @conv
func.func @conv(%image: tensor<?x3x224x225xf32>, %w: tensor<8x3x16x16xf32>,
                %b: tensor<8xf32>, %small: tensor<8x3x3x3xf32>)
    -> (tensor<?x8x14x14xf32>, tensor<?x8x112x225xf32>) {
  // CHECK: nn.conv %{{.*}}, %{{.*}} bias %{{.*}} strides [16, 16] padding [0, 0] : tensor<?x3x224x225xf32>, tensor<8x3x16x16xf32>, tensor<8xf32>
  %0 = nn.conv %image, %w bias %b strides [16, 16] padding [0, 0] : tensor<?x3x224x225xf32>, tensor<8x3x16x16xf32>, tensor<8xf32>
  // CHECK: nn.conv %{{.*}}, %{{.*}} strides [2, 1] padding [1, 1] : tensor<?x3x224x225xf32>, tensor<8x3x3x3xf32>
  %1 = nn.conv %image, %small strides [2, 1] padding [1, 1] : tensor<?x3x224x225xf32>, tensor<8x3x3x3xf32>
  return %0, %1 : tensor<?x8x14x14xf32>, tensor<?x8x112x225xf32>
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: tensor<?x14x14x8xf32>, %scale: tensor<8xf32>,
                %bias: tensor<8xf32>)
    -> (tensor<?x8xf32>, tensor<?x14x1x8xf32>, tensor<?x14x14xf32>,
        tensor<?x14x14x8xf32>) {
  // CHECK: nn.reduce mean %{{.*}} axes [1, 2] : tensor<?x14x14x8xf32>
  %0 = nn.reduce mean %x axes [1, 2] : tensor<?x14x14x8xf32>
  // CHECK: nn.reduce sum %{{.*}} axes [2] keep_dims : tensor<?x14x14x8xf32>
  %1 = nn.reduce sum %x axes [2] keep_dims : tensor<?x14x14x8xf32>
  // CHECK: nn.reduce max %{{.*}} axes [3] : tensor<?x14x14x8xf32>
  %2 = nn.reduce max %x axes [3] : tensor<?x14x14x8xf32>
  // CHECK: nn.softmax %{{.*}} axis 1 : tensor<?x14x14x8xf32>
  %3 = nn.softmax %x axis 1 : tensor<?x14x14x8xf32>
  // CHECK: nn.layer_norm %{{.*}} scale %{{.*}} : tensor<8xf32> bias %{{.*}} : tensor<8xf32> epsilon 1.000000e-05 : tensor<?x14x14x8xf32>
  %4 = nn.layer_norm %3 scale %scale : tensor<8xf32> bias %bias : tensor<8xf32> epsilon 1.0e-5 : tensor<?x14x14x8xf32>
  // CHECK: nn.layer_norm %{{.*}} bias %{{.*}} : tensor<8xf32> epsilon 0.000000e+00 : tensor<?x14x14x8xf32>
  %5 = nn.layer_norm %4 bias %bias : tensor<8xf32> epsilon 0.0 : tensor<?x14x14x8xf32>
  // CHECK: nn.layer_norm %{{.*}} epsilon 1.000000e+00 : tensor<?x14x14x8xf32>
  %6 = nn.layer_norm %5 epsilon 1.0 : tensor<?x14x14x8xf32>
  return %0, %1, %2, %6 : tensor<?x8xf32>, tensor<?x14x1x8xf32>, tensor<?x14x14xf32>, tensor<?x14x14x8xf32>
}

// The extent of the batch merges with others, splits and moves.
// CHECK-LABEL: func.func @reshape
func.func @reshape(%x: tensor<?x4x8xf32>) -> tensor<4x?x2xf32, #nn.batch<4>> {
  // CHECK: nn.reshape %{{.*}} : tensor<?x4x8xf32> to tensor<?x8xf32, #nn.batch<4>>
  %0 = nn.reshape %x : tensor<?x4x8xf32> to tensor<?x8xf32, #nn.batch<4>>
  // CHECK: nn.reshape %{{.*}} : tensor<?x8xf32, #nn.batch<4>> to tensor<?xf32, #nn.batch<32>>
  %1 = nn.reshape %0 : tensor<?x8xf32, #nn.batch<4>> to tensor<?xf32, #nn.batch<32>>
  // CHECK: nn.reshape %{{.*}} : tensor<?xf32, #nn.batch<32>> to tensor<4x?x2xf32, #nn.batch<4>>
  %2 = nn.reshape %1 : tensor<?xf32, #nn.batch<32>> to tensor<4x?x2xf32, #nn.batch<4>>
  return %2 : tensor<4x?x2xf32, #nn.batch<4>>
}

// CHECK-LABEL: func.func @layout
func.func @layout(%x: tensor<?x49x8xf32, #nn.batch<4>>, %i: tensor<2x3xi32>,
                  %scalar: tensor<f32>)
    -> (tensor<8x?x49xf32, #nn.batch<4>>, tensor<?x20x1xf32, #nn.batch<4>>,
        tensor<2x12xi32>) {
  // CHECK: nn.transpose %{{.*}} [2, 0, 1] : tensor<?x49x8xf32, #nn.batch<4>>
  %0 = nn.transpose %x [2, 0, 1] : tensor<?x49x8xf32, #nn.batch<4>>
  // CHECK: nn.transpose %{{.*}} [] : tensor<f32>
  %1 = nn.transpose %scalar [] : tensor<f32>
  // CHECK: nn.slice %{{.*}} [0, 9, 7] [?, 20, 1] [1, 2, 5] : tensor<?x49x8xf32, #nn.batch<4>>
  %2 = nn.slice %x [0, 9, 7] [?, 20, 1] [1, 2, 5] : tensor<?x49x8xf32, #nn.batch<4>>
  // CHECK: nn.concat %{{.*}}, %{{.*}}, %{{.*}} axis 1 : tensor<2x3xi32>, tensor<2x3xi32>, tensor<2x3xi32>
  %3 = nn.concat %i, %i, %i axis 1 : tensor<2x3xi32>, tensor<2x3xi32>, tensor<2x3xi32>
  // CHECK: nn.pad %{{.*}} [0, 1] [0, 2] value -1.000000e+00 : tensor<2x9xi32>
  %4 = nn.pad %3 [0, 1] [0, 2] value -1.0 : tensor<2x9xi32>
  return %0, %2, %4 : tensor<8x?x49xf32, #nn.batch<4>>, tensor<?x20x1xf32, #nn.batch<4>>, tensor<2x12xi32>
}

// CHECK-LABEL: func.func @moved_rows
func.func @moved_rows(%x: tensor<?x14x8xf32>, %fill: tensor<8xf32>)
    -> (tensor<?x16x8xf32>, tensor<?x14x8xf32>) {
  // CHECK: nn.pad %{{.*}} [0, 0, 0] [0, 2, 0] value 0.000000e+00 fill %{{.*}} : tensor<8xf32> : tensor<?x14x8xf32>
  %0 = nn.pad %x [0, 0, 0] [0, 2, 0] value 0.0 fill %fill : tensor<8xf32> : tensor<?x14x8xf32>
  // CHECK: nn.roll %{{.*}} by 13 axis 1 : tensor<?x14x8xf32>
  %1 = nn.roll %x by 13 axis 1 : tensor<?x14x8xf32>
  return %0, %1 : tensor<?x16x8xf32>, tensor<?x14x8xf32>
}

// CHECK-LABEL: func.func @broadcast
func.func @broadcast(%token: tensor<1x1x8xf32>, %scalar: tensor<i1>)
    -> (tensor<?x1x8xf32>, tensor<2x3xi1>) {
  // CHECK: nn.broadcast %{{.*}} : tensor<1x1x8xf32> to tensor<?x1x8xf32>
  %0 = nn.broadcast %token : tensor<1x1x8xf32> to tensor<?x1x8xf32>
  // CHECK: nn.broadcast %{{.*}} : tensor<i1> to tensor<2x3xi1>
  %1 = nn.broadcast %scalar : tensor<i1> to tensor<2x3xi1>
  return %0, %1 : tensor<?x1x8xf32>, tensor<2x3xi1>
}

// CHECK-LABEL: func.func @unfold
func.func @unfold(%x: tensor<?x3x224x224xf32>)
    -> tensor<?x14x15x3x16x2xf32> {
  // CHECK: nn.unfold %{{.*}} kernel [16, 2] strides [16, 16] padding [0, 8] : tensor<?x3x224x224xf32>
  %0 = nn.unfold %x kernel [16, 2] strides [16, 16] padding [0, 8] : tensor<?x3x224x224xf32>
  return %0 : tensor<?x14x15x3x16x2xf32>
}

// CHECK-LABEL: func.func @update
func.func @update(%x: tensor<?x4x12x24xi8, #nn.batch<2>>,
                  %value: tensor<?x4x1x24xi8, #nn.batch<2>>,
                  %index: tensor<i32>)
    -> tensor<?x4x12x24xi8, #nn.batch<2>> {
  // CHECK: nn.update %{{.*}}, %{{.*}}, %{{.*}} axis 2 : tensor<?x4x12x24xi8, #nn.batch<2>>, tensor<?x4x1x24xi8, #nn.batch<2>>
  %0 = nn.update %x, %value, %index axis 2 : tensor<?x4x12x24xi8, #nn.batch<2>>, tensor<?x4x1x24xi8, #nn.batch<2>>
  return %0 : tensor<?x4x12x24xi8, #nn.batch<2>>
}

// States: one that is read, one that is replaced, one that is both.
// CHECK-LABEL: func.func @states
// CHECK-SAME: nn.state = "position"
// CHECK-SAME: nn.state = "cache"
// CHECK-SAME: nn.state = "last"
// CHECK-SAME: nn.state = "cache"
func.func @states(%x: tensor<?x1xf32> {nn.name = "x"},
                  %position: tensor<i32> {nn.state = "position"},
                  %cache: tensor<?x7xf32> {nn.state = "cache"})
    -> (tensor<?x1xf32> {nn.state = "last"},
        tensor<?x7xf32> {nn.state = "cache"}) {
  %0 = nn.update %cache, %x, %position axis 1
      : tensor<?x7xf32>, tensor<?x1xf32>
  return %x, %0 : tensor<?x1xf32>, tensor<?x7xf32>
}

// A model's entry and a kernel.
// CHECK-LABEL: func.func @classify
// CHECK-SAME: nn.name = "image"
// CHECK-SAME: nn.preprocess = {crop = array<i64: 8, 8>
// CHECK-SAME: nn.name = "logits"
func.func @classify(
    %image: tensor<?x3x8x8xf32> {nn.name = "image", nn.preprocess = {
      resize = 10 : i64, filter = "bicubic", crop = array<i64: 8, 8>,
      scale = 0.0039 : f64, mean = array<f64: 0.5, 0.5, 0.5>,
      std = array<f64: 0.5, 0.5, 0.5>}})
    -> (tensor<?x3x8x8xf32> {nn.name = "logits"}) {
  %0 = func.call @kernel(%image) : (tensor<?x3x8x8xf32>) -> tensor<?x3x8x8xf32>
  return %0 : tensor<?x3x8x8xf32>
}

// CHECK-LABEL: func.func private @kernel
// CHECK-SAME: attributes {nn.kernel}
func.func private @kernel(%x: tensor<?x3x8x8xf32>) -> tensor<?x3x8x8xf32>
    attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x3x8x8xf32>
  return %0 : tensor<?x3x8x8xf32>
}

// CHECK-LABEL: func.func @integers
func.func @integers(%x: tensor<?x4xi32>, %y: tensor<4xi32>) {
  // CHECK: nn.add %{{.*}}, %{{.*}} : tensor<?x4xi32>, tensor<4xi32>
  %0 = nn.add %x, %y : tensor<?x4xi32>, tensor<4xi32>
  // CHECK: nn.max %{{.*}}, %{{.*}} : tensor<?x4xi32>, tensor<4xi32>
  %1 = nn.max %0, %y : tensor<?x4xi32>, tensor<4xi32>
  // CHECK: nn.neg %{{.*}} : tensor<?x4xi32>
  %2 = nn.neg %1 : tensor<?x4xi32>
  return
}

// CHECK-LABEL: func.func @conditions
func.func @conditions(%x: tensor<?x4xf32>, %n: tensor<4xi64>,
                      %m: tensor<3x1xi64>, %zero: tensor<f32>)
    -> (tensor<?x3x4xf32>, tensor<?x4xi1>) {
  // CHECK: nn.compare ge %{{.*}}, %{{.*}} : tensor<3x1xi64>, tensor<4xi64>
  %0 = nn.compare ge %m, %n : tensor<3x1xi64>, tensor<4xi64>
  // CHECK: nn.compare ne %{{.*}}, %{{.*}} : tensor<?x4xf32>, tensor<f32>
  %1 = nn.compare ne %x, %zero : tensor<?x4xf32>, tensor<f32>
  %2 = nn.reshape %x : tensor<?x4xf32> to tensor<?x1x4xf32>
  // CHECK: nn.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<3x4xi1>, tensor<?x1x4xf32>, tensor<f32>
  %3 = nn.select %0, %2, %zero : tensor<3x4xi1>, tensor<?x1x4xf32>, tensor<f32>
  // CHECK: nn.cast %{{.*}} : tensor<4xi64> to tensor<4xf32>
  %4 = nn.cast %n : tensor<4xi64> to tensor<4xf32>
  // CHECK: nn.cast %{{.*}} : tensor<?x4xi1> to tensor<?x4xi32>
  %5 = nn.cast %1 : tensor<?x4xi1> to tensor<?x4xi32>
  return %3, %1 : tensor<?x3x4xf32>, tensor<?x4xi1>
}

// CHECK-LABEL: func.func @gather
func.func @gather(%table: tensor<2x9x5xf32>, %i: tensor<?x4xi64>,
                  %x: tensor<?x9xf32, #nn.batch<3>>, %j: tensor<i32>)
    -> (tensor<2x?x4x5xf32>, tensor<?xf32, #nn.batch<3>>) {
  // CHECK: nn.gather %{{.*}}, %{{.*}} axis 1 : tensor<2x9x5xf32>, tensor<?x4xi64>
  %0 = nn.gather %table, %i axis 1 : tensor<2x9x5xf32>, tensor<?x4xi64>
  // CHECK: nn.gather %{{.*}}, %{{.*}} axis 1 : tensor<?x9xf32, #nn.batch<3>>, tensor<i32>
  %1 = nn.gather %x, %j axis 1 : tensor<?x9xf32, #nn.batch<3>>, tensor<i32>
  return %0, %1 : tensor<2x?x4x5xf32>, tensor<?xf32, #nn.batch<3>>
}

// CHECK-LABEL: func.func @attention
func.func @attention(%q: tensor<?x3x9x4xf32>, %k: tensor<?x3x7x4xf32>,
                     %v: tensor<?x3x7x5xf32>, %bias: tensor<3x9x7xf32>,
                     %mask: tensor<?x1x1x7xf32>, %keep: tensor<9x7xi1>)
    -> tensor<?x3x9x5xf32> {
  // CHECK: nn.attention %{{.*}} scale 1.000000e+00 add %{{.*}} where %{{.*}} : tensor<9x7xi1> else -1.000000e+09 :
  %2 = nn.attention %q, %k, %v scale 1.0 add %bias where %keep : tensor<9x7xi1> else -1.0e9
      : tensor<?x3x9x4xf32>, tensor<?x3x7x4xf32>, tensor<?x3x7x5xf32>,
        tensor<3x9x7xf32>
  // CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 5.000000e-01 :
  %0 = nn.attention %q, %k, %v scale 0.5
      : tensor<?x3x9x4xf32>, tensor<?x3x7x4xf32>, tensor<?x3x7x5xf32>
  // CHECK: nn.attention %{{.*}}, %{{.*}}, %{{.*}} scale 1.000000e+00 add %{{.*}}, %{{.*}} :
  %1 = nn.attention %q, %k, %v scale 1.0 add %bias, %mask
      : tensor<?x3x9x4xf32>, tensor<?x3x7x4xf32>, tensor<?x3x7x5xf32>,
        tensor<3x9x7xf32>, tensor<?x1x1x7xf32>
  return %1 : tensor<?x3x9x5xf32>
}

// CHECK-LABEL: func.func @fusion
func.func @fusion(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK:      %[[RESULTS:.*]]:2 = nn.fusion {
  // CHECK-NEXT:   %[[EXP:.*]] = nn.exp
  // CHECK-NEXT:   %[[NEG:.*]] = nn.neg
  // CHECK-NEXT:   nn.yield %[[EXP]], %[[NEG]] : tensor<?x4xf32>, tensor<?x4xf32>
  // CHECK-NEXT: } : tensor<?x4xf32>, tensor<?x4xf32>
  %0:2 = nn.fusion {
    %1 = nn.exp %x : tensor<?x4xf32>
    %2 = nn.neg %1 : tensor<?x4xf32>
    nn.yield %1, %2 : tensor<?x4xf32>, tensor<?x4xf32>
  } : tensor<?x4xf32>, tensor<?x4xf32>
  return %0#0, %0#1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// A kernel with a schedule; choices come in one order, those that are left out
// stay out.
// CHECK-LABEL: func.func private @schedule
// CHECK-SAME:    nn.schedule = #nn.schedule<rows = 8, columns = 48, tasks = rows, grain = 2, norms = apart>
func.func private @schedule(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<norms = apart, rows = 8,
                                                      columns = 48, grain = 2, tasks = rows>} {
  return %x : tensor<?x4xf32>
}
// CHECK-LABEL: func.func private @no_choices
// CHECK-SAME:    nn.schedule = #nn.schedule<>
func.func private @no_choices() attributes {nn.kernel, nn.schedule = #nn.schedule<>}
