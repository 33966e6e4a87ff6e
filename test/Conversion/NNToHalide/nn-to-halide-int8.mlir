// RUN: vitrail-opt %s --convert-nn-to-halide='int8=true unsigned=true' | FileCheck %s
// RUN: vitrail-opt %s --convert-nn-to-halide='int8=true' | FileCheck %s --check-prefix=SIGNED
// RUN: vitrail-opt %s --convert-nn-to-halide | FileCheck %s --check-prefix=ALONE

// The rows are copied as integers in their ranges, 128 more where the
// instruction wants them unsigned, which is subtracted before the first product.
// Four lanes are reduced to one.
// CHECK-LABEL: halide.pipeline @rows
// CHECK:       halide.func @range {{.*}} : f32
// CHECK:       halide.func @ranges ["d1", "d0"] : f32
// CHECK:       halide.func @quantized ["d2", "d1", "d0"] : i8 {
// CHECK:         %[[RANGE:.*]] = halide.call @ranges(
// CHECK:         arith.maxnumf %[[RANGE]]
// CHECK:         arith.bitcast {{.*}} : f32 to i32
// CHECK:         arith.subi {{.*}}, %c128_i32
// CHECK:         %[[INTEGER:.*]] = arith.trunci {{.*}} : i32 to i8
// CHECK:         arith.addi %[[INTEGER]], %c-128_i8
// CHECK:       halide.func @sums {{.*}} : i32 {
// CHECK:         %[[SUM:.*]] = halide.call @in2({{.*}}) : i32
// CHECK:         arith.muli %[[SUM]], %c-128_i32
// CHECK:       halide.rdom @k ["kg", "k0"] min [0, 0] extent [4, 2]
// CHECK:       halide.update @sums over @k
// CHECK:         %[[LEFT:.*]] = halide.call @quantized({{.*}}) : i8
// CHECK:         arith.extui %[[LEFT]] : i8 to i32
// CHECK:         %[[RIGHT:.*]] = halide.call @in1({{.*}}) : i8
// CHECK:         arith.extsi %[[RIGHT]] : i8 to i32
// CHECK:       halide.func @out
// CHECK:         arith.sitofp {{.*}} : i32 to f32
// CHECK:         halide.call @ranges(
// CHECK:       halide.atomic @sums update 0
// CHECK-NEXT:  halide.vectorize @sums update 0 "kg"
// SIGNED-LABEL: halide.pipeline @rows
// SIGNED-NOT:   extui
// SIGNED-NOT:   halide.call @in2
// SIGNED:       halide.call @quantized({{.*}}) : i8
// SIGNED:       halide.vectorize @sums update 0 "kg"
// Without an instruction the integers are multiplied as f32.
// ALONE-LABEL: halide.pipeline @rows
// ALONE:       halide.func @quantized {{.*}} : f32
// ALONE:       halide.func @sums {{.*}} : f32
// ALONE:         halide.call @in1({{.*}}) : i8
// ALONE:         arith.sitofp {{.*}} : i8 to f32
// ALONE:       halide.unroll @sums update 0 "kg"
func.func private @rows(%x: tensor<?x5x7xf32>, %panels: tensor<1x2x16x4xi8>,
                        %sums: tensor<1x16xi32>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %range = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x5x7xf32>
  %0 = nn.quantize %x by %range : tensor<?x5x7xf32>, tensor<?x5x1xf32>
  %1 = nn.packed_linear %0, %panels sums %sums : tensor<1x16xi32>
      features 16 group 4 : tensor<?x5x7xi8>, tensor<1x2x16x4xi8>
  %2 = nn.cast %1 : tensor<?x5x16xi32> to tensor<?x5x16xf32>
  %3 = nn.mul %2, %range : tensor<?x5x16xf32>, tensor<?x5x1xf32>
  return %3 : tensor<?x5x16xf32>
}

// What a norm gives is stored: ranges and integers are made of it.
// CHECK-LABEL: halide.pipeline @norm
// CHECK:       halide.func @normalized ["d2", "d1", "d0"] : f32
// CHECK:       halide.func @quantized
// CHECK:         halide.call @normalized(
func.func private @norm(%x: tensor<?x5x8xf32>, %panels: tensor<1x2x16x4xi8>,
                        %sums: tensor<1x16xi32>)
    -> tensor<?x5x16xi32> attributes {nn.kernel} {
  %n = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x5x8xf32>
  %range = nn.reduce max_abs %n axes [2] keep_dims : tensor<?x5x8xf32>
  %0 = nn.quantize %n by %range : tensor<?x5x8xf32>, tensor<?x5x1xf32>
  %1 = nn.packed_linear %0, %panels sums %sums : tensor<1x16xi32>
      features 16 group 4 : tensor<?x5x8xi8>, tensor<1x2x16x4xi8>
  return %1 : tensor<?x5x16xi32>
}

// Without the sums, the instruction for unsigned numbers is of no use.
// CHECK-LABEL: halide.pipeline @without_sums
// CHECK:       halide.func @sums {{.*}} : f32
// CHECK-NOT:   halide.atomic
// SIGNED-LABEL: halide.pipeline @without_sums
// SIGNED:       halide.func @sums {{.*}} : i32
func.func private @without_sums(%x: tensor<?x5x8xi8>,
                                %panels: tensor<1x2x16x4xi8>)
    -> tensor<?x5x16xi32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16 group 4
      : tensor<?x5x8xi8>, tensor<1x2x16x4xi8>
  return %0 : tensor<?x5x16xi32>
}

// A weight of integers by itself is widened as it is read.
// CHECK-LABEL: halide.pipeline @weight_alone
// CHECK-NOT:   halide.func @quantized
// CHECK:       halide.update @sums
// CHECK:         halide.call @in0({{.*}}) : f32
// CHECK:         %[[W:.*]] = halide.call @in1({{.*}}) : i8
// CHECK:         arith.sitofp %[[W]] : i8 to f32
func.func private @weight_alone(%x: tensor<?x5x8xf32>,
                                %panels: tensor<1x8x16xi8>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16
      : tensor<?x5x8xf32>, tensor<1x8x16xi8>
  return %0 : tensor<?x5x16xf32>
}
