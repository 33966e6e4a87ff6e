// Updates: a kernel that stores one position, launched into what it writes to.
// RUN: vitrail-opt %s -split-input-file --convert-nn-to-halide | FileCheck %s

// The output begins undefined. The value is read through a transpose; vectors lie
// along the last dimension; nothing is worth a thread.
// CHECK-LABEL: halide.pipeline @append
// CHECK:       halide.input @in0 : f32 [24, 4, 1, ?]
// CHECK:       halide.input @in1 : i32 []
// CHECK-NOT:   halide.input
// CHECK:       halide.func @out ["d3", "d2", "d1", "d0"] : f32 {
// CHECK:         %[[NOTHING:.*]] = halide.undef : f32
// CHECK:         halide.yield %[[NOTHING]]
// CHECK:       halide.update @out {
// CHECK:         ^bb0(%[[D3:.*]]: i32, %[[D2:.*]]: i32, %[[D1:.*]]: i32, %[[D0:.*]]: i32):
// CHECK:         %[[VALUE:.*]] = halide.call @in0(%[[D3]], %[[D1]], %{{.*}}, %[[D0]])
// CHECK:         %[[INDEX:.*]] = halide.call @in1() : i32
// CHECK:         %[[LOW:.*]] = arith.maxsi %[[INDEX]], %{{.*}}
// CHECK:         %[[POSITION:.*]] = arith.minsi %[[LOW]], %{{.*}}
// CHECK:         halide.yield %[[VALUE]] at %[[D3]], %[[POSITION]], %[[D1]], %[[D0]]
// CHECK:       halide.output @out [24, 12, 4, ?]
// CHECK:       halide.split @out update 0 "d3" into "xo", "xl" by 16 tail guard_with_if
// CHECK:       halide.vectorize @out update 0 "xl"
// CHECK:       halide.reorder @out update 0 ["xl", "xo", "d1", "d0"]
// CHECK-NOT:   halide.parallel
// CHECK-LABEL: func.func @step
// CHECK:       halide.launch @append(%{{.*}}, %{{.*}}) into (%{{.*}} : tensor<?x4x12x24xf32>) : (tensor<?x1x4x24xf32>, tensor<i32>) -> tensor<?x4x12x24xf32>
func.func private @append(%v: tensor<?x1x4x24xf32>, %i: tensor<i32>,
                          %x: tensor<?x4x12x24xf32>) -> tensor<?x4x12x24xf32>
    attributes {nn.kernel} {
  %0 = nn.transpose %v [0, 2, 1, 3] : tensor<?x1x4x24xf32>
  %1 = nn.update %x, %0, %i axis 2
      : tensor<?x4x12x24xf32>, tensor<?x4x1x24xf32>
  return %1 : tensor<?x4x12x24xf32>
}
func.func @step(%v: tensor<?x1x4x24xf32>, %i: tensor<i32>,
                %x: tensor<?x4x12x24xf32>) -> tensor<?x4x12x24xf32> {
  %0 = call @append(%v, %i, %x)
      : (tensor<?x1x4x24xf32>, tensor<i32>, tensor<?x4x12x24xf32>)
      -> tensor<?x4x12x24xf32>
  return %0 : tensor<?x4x12x24xf32>
}

// -----

// Along the last dimension there are no vectors.
// CHECK-LABEL: halide.pipeline @last
// CHECK:       halide.func @out ["d1", "d0"] : i8
// CHECK:       halide.output @out [9, 7]
// CHECK-NOT:   halide.vectorize
func.func private @last(%v: tensor<7x1xi8>, %i: tensor<i32>, %x: tensor<7x9xi8>)
    -> tensor<7x9xi8> attributes {nn.kernel} {
  %0 = nn.update %x, %v, %i axis 1 : tensor<7x9xi8>, tensor<7x1xi8>
  return %0 : tensor<7x9xi8>
}

// -----

// A large position is stored by several threads.
// CHECK-LABEL: halide.pipeline @large
// CHECK:       halide.parallel @out update 0 "d0"
func.func private @large(%v: tensor<?x1x16384xf32>, %i: tensor<i32>,
                         %x: tensor<?x3x16384xf32>) -> tensor<?x3x16384xf32>
    attributes {nn.kernel} {
  %0 = nn.update %x, %v, %i axis 1
      : tensor<?x3x16384xf32>, tensor<?x1x16384xf32>
  return %0 : tensor<?x3x16384xf32>
}

// -----

// Updates that store what a product computes are further outputs of its kernel:
// they read the first. Outputs come in the order of the results, and so do the
// tensors that they are written into.
// CHECK-LABEL: halide.pipeline @linear_update
// CHECK:       halide.input @in0
// CHECK:       halide.input @in1
// CHECK:       halide.input @in2 : i32 []
// CHECK-NOT:   halide.input
// CHECK:       halide.output @out [16, 1, ?]
// CHECK:       halide.func @out1 ["d2", "d1", "d0"] : f32 {
// CHECK:         halide.undef
// CHECK:       halide.update @out1 {
// CHECK:         halide.call @out(
// CHECK:       halide.output @out1 [8, 12, ?]
// CHECK:       halide.func @out2 ["d2", "d1", "d0"] : f32 {
// CHECK:       halide.update @out2 {
// CHECK:         halide.call @out(
// CHECK:       halide.output @out2 [8, 12, ?]
// CHECK-LABEL: func.func @step2
// CHECK:       halide.launch @linear_update(%{{.*}}, %{{.*}}, %{{.*}}) into (%arg3, %arg4 : tensor<?x12x8xf32>, tensor<?x12x8xf32>)
// CHECK-SAME:      -> (tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>)
func.func private @linear_update(
    %x: tensor<?x1x5xf32>, %w: tensor<16x5xf32>, %i: tensor<i32>,
    %a: tensor<?x12x8xf32>, %b: tensor<?x12x8xf32>)
    -> (tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>)
    attributes {nn.kernel} {
  %y = nn.linear %x, %w : tensor<?x1x5xf32>, tensor<16x5xf32>
  %k = nn.slice %y [0, 0, 0] [?, 1, 8] [1, 1, 1] : tensor<?x1x16xf32>
  %v = nn.slice %y [0, 0, 8] [?, 1, 8] [1, 1, 1] : tensor<?x1x16xf32>
  %0 = nn.update %a, %k, %i axis 1 : tensor<?x12x8xf32>, tensor<?x1x8xf32>
  %1 = nn.update %b, %v, %i axis 1 : tensor<?x12x8xf32>, tensor<?x1x8xf32>
  return %y, %0, %1
      : tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>
}
func.func @step2(%x: tensor<?x1x5xf32>, %w: tensor<16x5xf32>, %i: tensor<i32>,
                 %a: tensor<?x12x8xf32>, %b: tensor<?x12x8xf32>)
    -> (tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>) {
  %0:3 = call @linear_update(%x, %w, %i, %a, %b)
      : (tensor<?x1x5xf32>, tensor<16x5xf32>, tensor<i32>, tensor<?x12x8xf32>,
         tensor<?x12x8xf32>)
      -> (tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>)
  return %0#0, %0#1, %0#2
      : tensor<?x1x16xf32>, tensor<?x12x8xf32>, tensor<?x12x8xf32>
}
