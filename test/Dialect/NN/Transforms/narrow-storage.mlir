// RUN: vitrail-opt %s --nn-narrow-storage='precision=f16 keep=kept*' | FileCheck %s
// RUN: vitrail-opt %s --nn-narrow-storage='precision=bf16' | FileCheck %s --check-prefix=NONE
// RUN: vitrail-opt %s --nn-narrow-storage='precision=f16 keep=kept*' \
// RUN:   --remarks-filter='nn-.*' --remark-format=emitRemark -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=WHY

// NONE-NOT: f16

// What one kernel leaves to another is f16, inputs and outputs are f32. Weights
// are rounded while compiling; what has one dimension stays as it is.
// WHY: narrow-storage.mlir:[[@LINE+15]]:{{.*}}stores its result in f16
// CHECK-LABEL: func.func @layers
// CHECK-SAME:  %arg0: tensor<?x5x4xf32>
// CHECK:       %[[W1:.*]] = nn.cast %{{.*}} : tensor<6x4xf32> to tensor<6x4xf16>
// CHECK:       %[[H:.*]] = call @norm_linear_gelu(%arg0, %[[W1]], %{{.*}}) : (tensor<?x5x4xf32>, tensor<6x4xf16>, tensor<6xf32>) -> tensor<?x5x6xf16>
// CHECK:       %[[V:.*]] = nn.reshape %[[H]] : tensor<?x5x6xf16> to tensor<?x5x1x6xf16>
// CHECK:       %[[W2:.*]] = nn.cast %{{.*}} : tensor<4x6xf32> to tensor<4x6xf16>
// CHECK:       %[[Y:.*]] = call @linear_add(%[[V]], %[[W2]], %arg0)
// CHECK-SAME:    -> tensor<?x5x1x4xf32>
// CHECK:       return %[[Y]]
func.func @layers(%x: tensor<?x5x4xf32> {nn.name = "x"})
    -> (tensor<?x5x1x4xf32> {nn.name = "y"}) {
  %w1 = nn.parameter "w1" : tensor<6x4xf32>
  %b = nn.parameter "b" : tensor<6xf32>
  %w2 = nn.parameter "w2" : tensor<4x6xf32>
  %h = call @norm_linear_gelu(%x, %w1, %b)
      : (tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>) -> tensor<?x5x6xf32>
  %v = nn.reshape %h : tensor<?x5x6xf32> to tensor<?x5x1x6xf32>
  %y = call @linear_add(%v, %w2, %x)
      : (tensor<?x5x1x6xf32>, tensor<4x6xf32>, tensor<?x5x4xf32>)
      -> tensor<?x5x1x4xf32>
  return %y : tensor<?x5x1x4xf32>
}

// A layer multiplies f16, rounded from what a norm gives in f32; what follows
// it is f32, and rounded in the end.
// CHECK-LABEL: func.func private @norm_linear_gelu
// CHECK-NEXT:    %[[NORM:.*]] = nn.layer_norm %arg0 epsilon
// CHECK-NEXT:    %[[X:.*]] = nn.cast %[[NORM]] : tensor<?x5x4xf32> to tensor<?x5x4xf16>
// CHECK-NEXT:    %[[SUM:.*]] = nn.linear %[[X]], %arg1 bias %arg2 : tensor<?x5x4xf16>, tensor<6x4xf16>, tensor<6xf32>
// CHECK-NEXT:    %[[GELU:.*]] = nn.gelu %[[SUM]] : tensor<?x5x6xf32>
// CHECK-NEXT:    %[[Y:.*]] = nn.cast %[[GELU]] : tensor<?x5x6xf32> to tensor<?x5x6xf16>
// CHECK-NEXT:    return %[[Y]]
func.func private @norm_linear_gelu(%x: tensor<?x5x4xf32>, %w: tensor<6x4xf32>,
    %b: tensor<6xf32>) -> tensor<?x5x6xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x5x4xf32>
  %1 = nn.linear %0, %w bias %b : tensor<?x5x4xf32>, tensor<6x4xf32>, tensor<6xf32>
  %2 = nn.gelu %1 : tensor<?x5x6xf32>
  return %2 : tensor<?x5x6xf32>
}

// What is f16 in memory is multiplied as it is; residuals are added in f32.
// CHECK-LABEL: func.func private @linear_add
// CHECK-NEXT:    %[[SUM:.*]] = nn.linear %arg0, %arg1 : tensor<?x5x1x6xf16>, tensor<4x6xf16>
// CHECK-NEXT:    %[[R:.*]] = nn.reshape %arg2
// CHECK-NEXT:    %[[Y:.*]] = nn.add %[[SUM]], %[[R]] : tensor<?x5x1x4xf32>
// CHECK-NEXT:    return %[[Y]]
func.func private @linear_add(%x: tensor<?x5x1x6xf32>, %w: tensor<4x6xf32>,
    %r: tensor<?x5x4xf32>) -> tensor<?x5x1x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x5x1x6xf32>, tensor<4x6xf32>
  %1 = nn.reshape %r : tensor<?x5x4xf32> to tensor<?x5x1x4xf32>
  %2 = nn.add %0, %1 : tensor<?x5x1x4xf32>, tensor<?x5x1x4xf32>
  return %2 : tensor<?x5x1x4xf32>
}

// Index maps move f16; each operation on numbers reads f32. A constant that f16
// cannot hold stays f32, another does not.
// CHECK-LABEL: func.func @attend
// CHECK-DAG:   %[[BIAS:.*]] = nn.cast %{{.*}} : tensor<2x2xf32> to tensor<2x2xf16>
// CHECK:       call @slices(%{{.*}}, %[[BIAS]], %{{.*}}) : (tensor<?x2x12xf16>, tensor<2x2xf16>, tensor<2x2xf32>) -> tensor<?x2x4xf16>
func.func @attend(%x: tensor<?x2x12xf32> {nn.name = "x"})
    -> (tensor<?x2x4xf32> {nn.name = "y"}) {
  %bias = nn.constant dense<[[0.0, -100.0], [1.0, 0xFF800000]]> : tensor<2x2xf32>
  %mask = nn.constant dense<[[0.0, -1.0e9], [0.0, 0.0]]> : tensor<2x2xf32>
  %h = call @exp(%x) : (tensor<?x2x12xf32>) -> tensor<?x2x12xf32>
  %z = call @slices(%h, %bias, %mask)
      : (tensor<?x2x12xf32>, tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<?x2x4xf32>
  %y = call @transposed(%z) : (tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
  return %y : tensor<?x2x4xf32>
}

// CHECK-LABEL: func.func private @exp
// CHECK:         nn.exp %arg0 : tensor<?x2x12xf32>
// CHECK-NEXT:    nn.cast
func.func private @exp(%x: tensor<?x2x12xf32>) -> tensor<?x2x12xf32>
    attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<?x2x12xf32>
  return %0 : tensor<?x2x12xf32>
}

// CHECK-LABEL: func.func private @slices
// CHECK-NEXT:    %[[Q:.*]] = nn.slice %arg0 [0, 0, 0] {{.*}} : tensor<?x2x12xf16>
// CHECK-NEXT:    %[[K:.*]] = nn.slice %arg0 [0, 0, 4] {{.*}} : tensor<?x2x12xf16>
// CHECK-DAG:     %[[QUERY:.*]] = nn.cast %[[Q]] : tensor<?x2x4xf16> to tensor<?x2x4xf32>
// CHECK-DAG:     %[[KEY:.*]] = nn.cast %[[K]] : tensor<?x2x4xf16> to tensor<?x2x4xf32>
// CHECK-DAG:     %[[BIAS:.*]] = nn.cast %arg1 : tensor<2x2xf16> to tensor<2x2xf32>
// CHECK:         %[[Z:.*]] = nn.attention %[[QUERY]], %[[KEY]], %[[KEY]] scale {{.*}} add %[[BIAS]], %arg2
// CHECK-NEXT:    nn.cast %[[Z]] : tensor<?x2x4xf32> to tensor<?x2x4xf16>
func.func private @slices(%x: tensor<?x2x12xf32>, %bias: tensor<2x2xf32>,
    %mask: tensor<2x2xf32>) -> tensor<?x2x4xf32> attributes {nn.kernel} {
  %q = nn.slice %x [0, 0, 0] [?, 2, 4] [1, 1, 1] : tensor<?x2x12xf32>
  %k = nn.slice %x [0, 0, 4] [?, 2, 4] [1, 1, 1] : tensor<?x2x12xf32>
  %z = nn.attention %q, %k, %k scale 0.5 add %bias, %mask
      : tensor<?x2x4xf32>, tensor<?x2x4xf32>, tensor<?x2x4xf32>,
        tensor<2x2xf32>, tensor<2x2xf32>
  return %z : tensor<?x2x4xf32>
}

// A kernel that only moves numbers makes them f32 if that is its caller's.
// CHECK-LABEL: func.func private @transposed
// CHECK-SAME:    (%arg0: tensor<?x2x4xf16>) -> tensor<?x2x4xf32>
// CHECK-NEXT:    %[[R:.*]] = nn.roll %arg0 by 1 axis 1 : tensor<?x2x4xf16>
// CHECK-NEXT:    nn.cast %[[R]] : tensor<?x2x4xf16> to tensor<?x2x4xf32>
func.func private @transposed(%x: tensor<?x2x4xf32>) -> tensor<?x2x4xf32>
    attributes {nn.kernel} {
  %0 = nn.roll %x by 1 axis 1 : tensor<?x2x4xf32>
  return %0 : tensor<?x2x4xf32>
}

// A kernel that reads a parameter that is to be kept reads and stores f32.
// WHY: 'kept.w' is to be kept in f32
// CHECK-LABEL: func.func @kept
// CHECK-NOT:   f16
// CHECK:       return
func.func @kept(%x: tensor<?x4xf32> {nn.name = "x"})
    -> (tensor<?x4xf32> {nn.name = "y"}) {
  %w = nn.parameter "kept.w" : tensor<4x4xf32>
  %0 = call @keeps(%x, %w) : (tensor<?x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  %1 = call @exp2(%0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

func.func private @keeps(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.linear %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  return %0 : tensor<?x4xf32>
}

func.func private @exp2(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// States are f16, in all entries, and what is written into them is rounded; one
// that an output shows as it is stays f32. Numbers that are no floats stay, too.
// CHECK-LABEL: func.func @step
// CHECK-SAME:    %arg2: tensor<?x8x4xf16> {nn.state = "cache"}
// CHECK-SAME:    %{{.*}}: tensor<?x4xf32> {nn.state = "shown"}
// CHECK-SAME:    tensor<?x8x4xf16> {nn.state = "cache"}, tensor<?x4xf32> {nn.state = "shown"}
// CHECK:       call @store(%{{.*}}, %arg1, %arg2) : (tensor<?x4xf16>, tensor<i32>, tensor<?x8x4xf16>) -> (tensor<?x4xf32>, tensor<?x8x4xf16>)
func.func @step(%x: tensor<?x4xf32> {nn.name = "x"},
    %i: tensor<i32> {nn.name = "i"},
    %cache: tensor<?x8x4xf32> {nn.state = "cache"},
    %shown: tensor<?x4xf32> {nn.state = "shown"})
    -> (tensor<?x4xf32> {nn.name = "y"},
        tensor<?x8x4xf32> {nn.state = "cache"},
        tensor<?x4xf32> {nn.state = "shown"}) {
  %0 = call @add(%x, %shown) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %1:2 = call @store(%0, %i, %cache)
      : (tensor<?x4xf32>, tensor<i32>, tensor<?x8x4xf32>)
      -> (tensor<?x4xf32>, tensor<?x8x4xf32>)
  return %1#0, %1#1, %1#0 : tensor<?x4xf32>, tensor<?x8x4xf32>, tensor<?x4xf32>
}

func.func private @add(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>)
    -> tensor<?x4xf32> attributes {nn.kernel} {
  %0 = nn.add %x, %y : tensor<?x4xf32>, tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func private @store
// CHECK-NEXT:    %[[X:.*]] = nn.cast %arg0 : tensor<?x4xf16> to tensor<?x4xf32>
// CHECK-NEXT:    %[[Y:.*]] = nn.exp %[[X]]
// CHECK-NEXT:    %[[V:.*]] = nn.reshape %[[Y]] : tensor<?x4xf32> to tensor<?x1x4xf32>
// CHECK-NEXT:    %[[R:.*]] = nn.cast %[[V]] : tensor<?x1x4xf32> to tensor<?x1x4xf16>
// CHECK-NEXT:    %[[C:.*]] = nn.update %arg2, %[[R]], %arg1 axis 1 : tensor<?x8x4xf16>, tensor<?x1x4xf16>
// CHECK-NEXT:    return %[[Y]], %[[C]]
func.func private @store(%x: tensor<?x4xf32>, %i: tensor<i32>,
    %cache: tensor<?x8x4xf32>) -> (tensor<?x4xf32>, tensor<?x8x4xf32>)
    attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<?x4xf32>
  %1 = nn.reshape %0 : tensor<?x4xf32> to tensor<?x1x4xf32>
  %2 = nn.update %cache, %1, %i axis 1 : tensor<?x8x4xf32>, tensor<?x1x4xf32>
  return %0, %2 : tensor<?x4xf32>, tensor<?x8x4xf32>
}

// What is stored and, by an update, stored besides is rounded once.
// CHECK-LABEL: func.func @twice
// CHECK:       call @store_twice({{.*}}) : (tensor<?x4xf32>, tensor<i32>, tensor<?x8x4xf16>) -> (tensor<?x4xf16>, tensor<?x8x4xf16>)
func.func @twice(%x: tensor<?x4xf32> {nn.name = "x"},
    %i: tensor<i32> {nn.name = "i"},
    %cache: tensor<?x8x4xf32> {nn.state = "cache"})
    -> (tensor<?x4xf32> {nn.name = "y"},
        tensor<?x8x4xf32> {nn.state = "cache"}) {
  %0:2 = call @store_twice(%x, %i, %cache)
      : (tensor<?x4xf32>, tensor<i32>, tensor<?x8x4xf32>)
      -> (tensor<?x4xf32>, tensor<?x8x4xf32>)
  %1 = call @exp3(%0#0) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return %1, %0#1 : tensor<?x4xf32>, tensor<?x8x4xf32>
}

// CHECK-LABEL: func.func private @store_twice
// CHECK-NEXT:    %[[Y:.*]] = nn.exp %arg0
// CHECK-NEXT:    %[[R:.*]] = nn.cast %[[Y]] : tensor<?x4xf32> to tensor<?x4xf16>
// CHECK-NEXT:    %[[V:.*]] = nn.reshape %[[R]] : tensor<?x4xf16> to tensor<?x1x4xf16>
// CHECK-NEXT:    %[[C:.*]] = nn.update %arg2, %[[V]], %arg1 axis 1
// CHECK-NEXT:    return %[[R]], %[[C]]
func.func private @store_twice(%x: tensor<?x4xf32>, %i: tensor<i32>,
    %cache: tensor<?x8x4xf32>) -> (tensor<?x4xf32>, tensor<?x8x4xf32>)
    attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<?x4xf32>
  %1 = nn.reshape %0 : tensor<?x4xf32> to tensor<?x1x4xf32>
  %2 = nn.update %cache, %1, %i axis 1 : tensor<?x8x4xf32>, tensor<?x1x4xf32>
  return %0, %2 : tensor<?x4xf32>, tensor<?x8x4xf32>
}

func.func private @exp3(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
    attributes {nn.kernel} {
  %0 = nn.exp %x : tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
