// Packed weights of bf16 and of integers, and attention of bf16, on a matrix unit.
//
// RUN: vitrail-opt %s --convert-nn-to-halide='tiles=true l2-bytes=2097152' | FileCheck %s

// A call computes 96 of the rows, of a panel: with 24 panels there are tasks
// enough. Rows of pairs in memory are read there.
// CHECK-LABEL: halide.pipeline @few_rows
// CHECK-NOT:   @converted
// CHECK:       halide.update @sums over @k
// CHECK:         halide.call @in0({{.*}}) : bf16
// CHECK:         halide.call @in1({{.*}}) : bf16
// CHECK:       halide.split @out "m" into "mc", "mt" by 96 tail guard_with_if
// CHECK-NEXT:  halide.split @out "mt" into "mo", "mi" by 96 tail guard_with_if
// CHECK-NOT:   halide.unroll @out "mi"
// CHECK:       halide.bound_extent @sums "ni" extent 32
// CHECK-NEXT:  halide.bound_extent @sums "no" extent 1
// CHECK-NEXT:  halide.compute_at @sums at @out "mo"
// CHECK-NEXT:  halide.store_in @sums stack
// CHECK-NEXT:  halide.multiply_on_tiles @sums update 0
// CHECK-NOT:   halide.{{.*}} @sums
func.func private @few_rows(%x: tensor<?x197x768xbf16>,
                            %panels: tensor<24x384x32x2xbf16>)
    -> tensor<?x197x768xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 768 group 2
      : tensor<?x197x768xbf16>, tensor<24x384x32x2xbf16>
  return %0 : tensor<?x197x768xf32>
}

// Many rows, and a weight that stays in the cache: tasks are rows, which are
// converted there.
// CHECK-LABEL: halide.pipeline @many_rows
// CHECK:       halide.func @converted ["d2", "d1", "d0"] : bf16
// CHECK:       halide.split @out "m" into "mo", "mi" by 32 tail round_up
// CHECK:       halide.reorder @out ["nl", "nv", "mi", "no", "mo", "o0"]
// CHECK:       halide.compute_at @sums at @out "no"
// CHECK:       halide.multiply_on_tiles @sums update 0
// CHECK:       halide.compute_at @converted at @out "task_0"
func.func private @many_rows(%x: tensor<?x3136x96xf32>,
                             %panels: tensor<3x48x128x2xbf16>)
    -> tensor<?x3136x384xf32> attributes {nn.kernel} {
  %0 = nn.cast %x : tensor<?x3136x96xf32> to tensor<?x3136x96xbf16>
  %1 = nn.packed_linear %0, %panels features 384 group 2
      : tensor<?x3136x96xbf16>, tensor<3x48x128x2xbf16>
  return %1 : tensor<?x3136x384xf32>
}

// A row for each sample.
// CHECK-LABEL: halide.pipeline @batch
// CHECK:       halide.split @out "m" into "mc", "mt" by 32 tail guard_with_if
// CHECK:       halide.multiply_on_tiles @sums update 0
func.func private @batch(%x: tensor<?x768xbf16>,
                         %panels: tensor<32x384x32x2xbf16>)
    -> tensor<?x1000xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 1000 group 2
      : tensor<?x768xbf16>, tensor<32x384x32x2xbf16>
  return %0 : tensor<?x1000xf32>
}

// Groups of four integers, with a sign: their sums start at zero, and are
// multiplied by the ranges of rows where they are stored. What an instruction
// would subtract for unsigned ones, which other targets read, is left alone.
// CHECK-LABEL: halide.pipeline @integers
// CHECK:       halide.func @quantized ["d2", "d1", "d0"] : i8 {
// CHECK-NOT:   c-128
// CHECK:       halide.func @sums {{.*}} : i32 {
// CHECK-NEXT:  ^bb0
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant 0 : i32
// CHECK-NEXT:    halide.yield %[[ZERO]] : i32
// CHECK:       halide.rdom @k ["kg", "k0"] min [0, 0] extent [4, 192]
// CHECK:       halide.update @sums over @k
// CHECK:         arith.extsi {{.*}} : i8 to i32
// CHECK:         arith.extsi {{.*}} : i8 to i32
// CHECK-NOT:   halide.call @in2
// CHECK:       halide.func @out
// CHECK:         arith.sitofp {{.*}} : i32 to f32
// CHECK:       halide.store_in @sums stack
// CHECK-NEXT:  halide.multiply_on_tiles @sums update 0
func.func private @integers(%x: tensor<?x197x767xf32>,
                            %panels: tensor<24x192x32x4xi8>,
                            %sums: tensor<24x32xi32>)
    -> tensor<?x197x768xf32> attributes {nn.kernel} {
  %range = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x197x767xf32>
  %0 = nn.quantize %x by %range : tensor<?x197x767xf32>, tensor<?x197x1xf32>
  %1 = nn.packed_linear %0, %panels sums %sums : tensor<24x32xi32>
      features 768 group 4 : tensor<?x197x767xi8>, tensor<24x192x32x4xi8>
  %2 = nn.cast %1 : tensor<?x197x768xi32> to tensor<?x197x768xf32>
  %3 = nn.mul %2, %range : tensor<?x197x768xf32>, tensor<?x197x1xf32>
  return %3 : tensor<?x197x768xf32>
}

// Panels of columns that fill no tile, as another target has them, and weights
// of f32, are multiplied in vectors.
// CHECK-LABEL: halide.pipeline @narrow
// CHECK-NOT:   multiply_on_tiles
func.func private @narrow(%x: tensor<?x5x8xbf16>, %panels: tensor<2x4x8x2xbf16>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16 group 2
      : tensor<?x5x8xbf16>, tensor<2x4x8x2xbf16>
  return %0 : tensor<?x5x16xf32>
}
// CHECK-LABEL: halide.pipeline @single
// CHECK-NOT:   multiply_on_tiles
func.func private @single(%x: tensor<?x5x8xf32>, %panels: tensor<1x8x16xf32>)
    -> tensor<?x5x16xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %panels features 16
      : tensor<?x5x8xf32>, tensor<1x8x16xf32>
  return %0 : tensor<?x5x16xf32>
}

// A call may compute what a schedule says, of a part of each panel.
// CHECK-LABEL: halide.pipeline @scheduled
// CHECK:       halide.split @out "n" into "no", "ni" by 16 tail round_up
// CHECK:       halide.split @out "m" into "mc", "mt" by 128 tail guard_with_if
// CHECK-NEXT:  halide.split @out "mt" into "mo", "mi" by 64 tail guard_with_if
// CHECK:       halide.multiply_on_tiles @sums update 0
func.func private @scheduled(%x: tensor<?x197x768xbf16>,
                             %panels: tensor<24x384x32x2xbf16>)
    -> tensor<?x197x768xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<
        rows = 64, columns = 16, tasks = panels, grain = 2>} {
  %0 = nn.packed_linear %x, %panels features 768 group 2
      : tensor<?x197x768xbf16>, tensor<24x384x32x2xbf16>
  return %0 : tensor<?x197x768xf32>
}

// Both products of attention, for seven blocks of 29 queries; a matrix is a
// task, which copies keys and values into panels. Keys are filled up
// to 224, whose weights are zero.
// CHECK-LABEL: halide.pipeline @attention
// CHECK:       halide.func @q ["c", "i", "o1", "o0"] : bf16
// CHECK:       halide.func @key_panels ["g", "j", "c", "o1", "o0"] : bf16
// CHECK:       halide.func @value_panels ["g", "d", "j", "o1", "o0"] : bf16
// CHECK:       halide.rdom @features ["g_dot", "k_dot"] min [0, 0] extent [2, 32]
// CHECK:       halide.update @dot over @features
// CHECK:       halide.func @e ["j", "i", "o1", "o0"] : bf16 {
// CHECK-NEXT:  ^bb0
// CHECK-NEXT:    %[[ZERO:.*]] = arith.constant 0.0{{.*}} : bf16
// CHECK-NEXT:    halide.yield %[[ZERO]] : bf16
// CHECK:       halide.rdom @vectors ["jl", "jv"] min [0, 0] extent [16, 12]
// CHECK:       halide.update @e over @vectors
// CHECK:       halide.rdom @last_vector ["jr"] min [0] extent [16]
// CHECK:       halide.update @e over @last_vector
// CHECK:         %[[LAST:.*]] = arith.constant 181 : i32
// CHECK:       halide.rdom @keys ["g_mix", "k_mix"] min [0, 0] extent [2, 112]
// CHECK:       halide.update @mix over @keys
// CHECK:       halide.split @out "m" into "mo", "mi" by 29 tail guard_with_if
// CHECK-NEXT:  halide.reorder @out ["dl", "dv", "mi", "mo", "o1", "o0"]
// CHECK:       halide.compute_at @key_panels at @out "task_0"
// CHECK:       halide.compute_at @value_panels at @out "task_0"
// CHECK:       halide.compute_at @dot at @out "mo"
// CHECK:       halide.bound_extent @dot "j" extent 224
// CHECK:       halide.multiply_on_tiles @dot update 0
// CHECK:       halide.allow_race_conditions @e update 0
// CHECK-NEXT:  halide.vectorize @e update 0 "jl"
// CHECK:       halide.bound_extent @mix "d" extent 64
// CHECK:       halide.multiply_on_tiles @mix update 0
func.func private @attention(%x: tensor<?x12x197x64xbf16>)
    -> tensor<?x12x197x64xf32> attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 1.0
      : tensor<?x12x197x64xbf16>, tensor<?x12x197x64xbf16>, tensor<?x12x197x64xbf16>
  return %0 : tensor<?x12x197x64xf32>
}

// Where matrices are few, blocks of queries are tasks.
// CHECK-LABEL: halide.pipeline @matrix
// CHECK:       halide.split @out "m" into "mc", "mt" by 29 tail guard_with_if
// CHECK-NEXT:  halide.split @out "mt" into "mo", "mi" by 29 tail guard_with_if
func.func private @matrix(%x: tensor<?x197x64xbf16>) -> tensor<?x197x64xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 1.0
      : tensor<?x197x64xbf16>, tensor<?x197x64xbf16>, tensor<?x197x64xbf16>
  return %0 : tensor<?x197x64xf32>
}

// f32 is multiplied in vectors.
// CHECK-LABEL: halide.pipeline @wide
// CHECK-NOT:   multiply_on_tiles
func.func private @wide(%x: tensor<?x197x64xf32>) -> tensor<?x197x64xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %x, %x, %x scale 1.0
      : tensor<?x197x64xf32>, tensor<?x197x64xf32>, tensor<?x197x64xf32>
  return %0 : tensor<?x197x64xf32>
}
