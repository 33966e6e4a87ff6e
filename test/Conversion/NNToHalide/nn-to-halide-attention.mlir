// Queries are lanes, scores live in a tile, and keys and values are read in place.
// RUN: vitrail-opt %s --convert-nn-to-halide | FileCheck %s

// CHECK-LABEL: halide.pipeline @attention
// CHECK: halide.input @in0 : f32 [64, 49, 3, ?]
// CHECK: halide.func @q ["i", "c", "o1", "o0"] : f32
// CHECK: halide.func @dot ["i", "j", "o1", "o0"] : f32
// CHECK: halide.call @in1
// CHECK: halide.func @s ["i", "j", "o1", "o0"] : f32
// CHECK: halide.call @in3
// CHECK: halide.func @max ["i", "o1", "o0"] : f32
// CHECK: halide.func @e ["i", "j", "o1", "o0"] : f32
// CHECK: halide.func @sum ["i", "o1", "o0"] : f32
// CHECK: halide.func @mix ["d", "i", "o1", "o0"] : f32
// CHECK: halide.call @in2
// The output has the heads side by side.
// CHECK: halide.func @out ["d", "o1", "m", "o0"] : f32
// CHECK: halide.output @out [64, 3, 49, ?]
// A task is the queries of a head.
// CHECK: halide.parallel @out
// CHECK: halide.bound_extent @q "i" {{.*}}56
// CHECK: halide.compute_at @dot{{.*}}@s
// CHECK: halide.compute_at @mix{{.*}}@out
// Rows that are one after the other are read in place.
// CHECK-NOT: _rows
// CHECK: }
func.func private @attention(%q: tensor<?x3x49x64xf32>, %k: tensor<?x3x49x64xf32>,
                             %v: tensor<?x3x49x64xf32>, %b: tensor<3x49x49xf32>)
    -> tensor<?x49x3x64xf32> attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %v scale 0.125 add %b
      : tensor<?x3x49x64xf32>, tensor<?x3x49x64xf32>, tensor<?x3x49x64xf32>,
        tensor<3x49x49xf32>
  %1 = nn.transpose %0 [0, 2, 1, 3] : tensor<?x3x49x64xf32>
  return %1 : tensor<?x49x3x64xf32>
}

// Of one query, lanes are features, then keys; the heads of a sample are a task.
// CHECK-LABEL: halide.pipeline @step
// CHECK: halide.func @dot_lanes ["l", "j", "i", "o1", "o0"] : f32
// CHECK: halide.func @s ["j", "i", "o1", "o0"] : f32
// CHECK: halide.func @mix ["d", "i", "o1", "o0"] : f32
// CHECK: halide.output @out [24, 4, 1, ?]
// CHECK: halide.reorder @out ["dl", "dv", "m", "row", "chunk", "o0"]
// CHECK: halide.compute_at @dot at @s "j"
// CHECK: halide.compute_at @s at @out "row"
// CHECK: halide.vectorize @mix update 0 "dl"
func.func private @step(%q: tensor<?x4x1x24xf32>, %k: tensor<?x4x12x24xf32>,
                        %v: tensor<?x4x12x24xf32>, %b: tensor<12xf32>)
    -> tensor<?x1x4x24xf32> attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %v scale 0.125 add %b
      : tensor<?x4x1x24xf32>, tensor<?x4x12x24xf32>, tensor<?x4x12x24xf32>,
        tensor<12xf32>
  %1 = nn.transpose %0 [0, 2, 1, 3] : tensor<?x4x1x24xf32>
  return %1 : tensor<?x1x4x24xf32>
}

// Shifted windows of 3 x 5 of a grid: rows are copied first, those of a window's
// row in a loop of their own; a query, its key and its value are slices of one row.
// CHECK-LABEL: halide.pipeline @windows
// CHECK: halide.func @query_rows ["c", "r", "o1", "o0"] : f32
// CHECK: halide.mod
// CHECK: halide.call @in0
// CHECK: halide.func @key_rows ["c", "r", "o1", "o0"] : f32
// CHECK: halide.func @value_rows ["c", "r", "o1", "o0"] : f32
// CHECK: halide.func @q ["i", "c", "o1", "o0"] : f32
// CHECK: halide.call @query_rows
// CHECK: halide.func @dot
// CHECK: halide.call @key_rows
// CHECK: halide.func @mix
// CHECK: halide.call @value_rows
// CHECK: halide.compute_at @query_rows
// CHECK: halide.bound_extent @query_rows "r" {{.*}}15
// CHECK: halide.split @query_rows "c"
// CHECK: halide.vectorize @query_rows
// CHECK: halide.split @query_rows "r" {{.*}}"ro"{{.*}}"ri"{{.*}}5
// CHECK: halide.compute_at @key_rows
// CHECK: halide.compute_at @value_rows
func.func private @windows(%x: tensor<?x6x10x48xf32>) -> tensor<?x4x15x16xf32>
    attributes {nn.kernel} {
  %0 = nn.roll %x by 5 axis 1 : tensor<?x6x10x48xf32>
  %1 = nn.roll %0 by 8 axis 2 : tensor<?x6x10x48xf32>
  %2 = nn.reshape %1 : tensor<?x6x10x48xf32> to tensor<?x2x3x2x5x48xf32>
  %3 = nn.transpose %2 [0, 1, 3, 2, 4, 5] : tensor<?x2x3x2x5x48xf32>
  %4 = nn.reshape %3 : tensor<?x2x2x3x5x48xf32> to tensor<?x4x15x48xf32>
  %q = nn.slice %4 [0, 0, 0, 0] [?, 4, 15, 16] [1, 1, 1, 1] : tensor<?x4x15x48xf32>
  %k = nn.slice %4 [0, 0, 0, 16] [?, 4, 15, 16] [1, 1, 1, 1] : tensor<?x4x15x48xf32>
  %v = nn.slice %4 [0, 0, 0, 32] [?, 4, 15, 16] [1, 1, 1, 1] : tensor<?x4x15x48xf32>
  %y = nn.attention %q, %k, %v scale 1.0
      : tensor<?x4x15x16xf32>, tensor<?x4x15x16xf32>, tensor<?x4x15x16xf32>
  return %y : tensor<?x4x15x16xf32>
}
