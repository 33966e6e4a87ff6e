// RUN: vitrail-opt %s --convert-nn-to-halide='lanes=16 registers=32 bf16=true' | FileCheck %s
// RUN: vitrail-opt %s --convert-nn-to-halide='lanes=16 registers=32' | FileCheck %s --check-prefix=ALONE

// Pairs that lie in memory as they are multiplied are read there: the two lanes
// of a pair are reduced to one.
// CHECK-LABEL: halide.pipeline @stored_pairs
// CHECK:       halide.input @in0 : bf16 [8, 5, ?]
// CHECK:       halide.input @in1 : bf16 [2, 16, 4, 1]
// CHECK-NOT:   halide.func @converted
// CHECK:       halide.rdom @k ["kg", "k0"] min [0, 0] extent [2, 4]
// CHECK:       halide.update @sums over @k
// CHECK:         %[[LEFT:.*]] = halide.call @in0({{.*}}) : bf16
// CHECK:         arith.extf %[[LEFT]] : bf16 to f32
// CHECK:         %[[RIGHT:.*]] = halide.call @in1(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : bf16
// CHECK:         arith.extf %[[RIGHT]] : bf16 to f32
// CHECK:       halide.func @out {{.*}} : f32
// CHECK:       halide.atomic @sums update 0
// CHECK-NEXT:  halide.vectorize @sums update 0 "kg"
// Without the instruction they are read one by one, in products of f32.
// ALONE-LABEL: halide.pipeline @stored_pairs
// ALONE:       halide.func @converted {{.*}} : f32
// ALONE-NOT:   halide.atomic
// ALONE:       halide.unroll @sums update 0 "kg"
// ALONE:       halide.reorder @sums update 0 ["nl", "nv", "mb", "kg", "k0", "ma"]
// CHECK:       halide.reorder @sums update 0 ["kg", "nl", "nv", "mb", "k0", "ma"]
func.func private @stored_pairs(%x: tensor<?x5x8xbf16>,
                                %panels: tensor<1x4x16x2xbf16>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16 group 2
      : tensor<?x5x8xbf16>, tensor<1x4x16x2xbf16>
  return %0 : tensor<?x5x16xf32>
}

// An odd number of elements is copied with a zero after it, and what is
// computed is rounded once.
// CHECK-LABEL: halide.pipeline @odd
// CHECK:       halide.func @converted ["d2", "d1", "d0"] : bf16 {
// CHECK:         halide.call @in0
// CHECK:         arith.truncf {{.*}} : f32 to bf16
// CHECK:         arith.select {{.*}} : bf16
// CHECK:       halide.update @sums
// CHECK:         halide.call @converted({{.*}}) : bf16
// CHECK:       halide.compute_at @converted at @out
func.func private @odd(%x: tensor<?x5x7xf32>, %panels: tensor<1x4x16x2xbf16>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x5x7xf32> to tensor<?x5x7xbf16>
  %1 = nn.packed_linear %0, %panels features 16 group 2
      : tensor<?x5x7xbf16>, tensor<1x4x16x2xbf16>
  return %1 : tensor<?x5x16xf32>
}

// Rows of a norm are stored as pairs.
// CHECK-LABEL: halide.pipeline @norm
// CHECK:       halide.func @normalized ["d2", "d1", "d0"] : bf16 {
// CHECK:         arith.truncf {{.*}} : f32 to bf16
func.func private @norm(%x: tensor<?x5x8xf32>, %panels: tensor<1x4x16x2xbf16>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x5x8xf32>
  %1 = nn.cast %0 : tensor<?x5x8xf32> to tensor<?x5x8xbf16>
  %2 = nn.packed_linear %1, %panels features 16 group 2
      : tensor<?x5x8xbf16>, tensor<1x4x16x2xbf16>
  return %2 : tensor<?x5x16xf32>
}

// Without groups, products are those of f32: the left-hand side is copied, a
// weight converted as it is read.
// CHECK-LABEL: halide.pipeline @without_pairs
// CHECK:       halide.func @converted ["d2", "d1", "d0"] : f32 {
// CHECK:         %[[X:.*]] = halide.call @in0({{.*}}) : bf16
// CHECK:         arith.extf %[[X]]
// CHECK:       halide.update @sums
// CHECK:         halide.call @converted({{.*}}) : f32
// CHECK:         %[[W:.*]] = halide.call @in1({{.*}}) : bf16
// CHECK:         arith.extf %[[W]]
// CHECK-NOT:   halide.atomic
func.func private @without_pairs(%x: tensor<?x5x8xbf16>,
                                 %panels: tensor<1x8x16xbf16>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16
      : tensor<?x5x8xbf16>, tensor<1x8x16xbf16>
  return %0 : tensor<?x5x16xf32>
}

// A weight that no pass packed is converted in its panels; a result may be
// stored in bf16.
// CHECK-LABEL: halide.pipeline @unpacked
// CHECK:       halide.func @panels {{.*}} : f32
// CHECK:       halide.func @out {{.*}} : bf16
func.func private @unpacked(%x: tensor<?x5x8xbf16>, %weight: tensor<16x8xbf16>)
    -> tensor<?x5x16xbf16> attributes {nn.kernel} {
  %0 = nn.linear %x, %weight : tensor<?x5x8xbf16>, tensor<16x8xbf16>
  %1 = nn.cast %0 : tensor<?x5x16xf32> to tensor<?x5x16xbf16>
  return %1 : tensor<?x5x16xbf16>
}
