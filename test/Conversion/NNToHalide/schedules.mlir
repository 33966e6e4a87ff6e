// The choices of `nn.schedule` in the loops.
// RUN: vitrail-opt %s --convert-nn-to-halide | FileCheck %s

// Tasks of rows, two tiles each: the tiles pass a panel before the next one.
// CHECK-LABEL: halide.pipeline @rows
// CHECK:       halide.split @out "n" into "no", "ni" by 48
// CHECK:       halide.split @out "m" into "mc", "mt" by 8 tail guard_with_if
// CHECK:       halide.split @out "mt" into "mo", "mi" by 4
// CHECK:       halide.reorder @out ["nl", "nv", "mi", "mo", "no", "mc", "o0"]
// CHECK-NEXT:  halide.fuse @out "mc", "o0" into "task_0"
// CHECK-NEXT:  halide.parallel @out "task_0"
// CHECK:       halide.compute_at @sums at @out "mo"
func.func private @rows(%x: tensor<?x37x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x37x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, columns = 48, tasks = rows, grain = 2>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x37x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x37x90xf32>
}

// Tasks of a part of a panel, and of 3 tiles of rows: these are guarded although
// they fill the rows, since those of the last task do not.
// CHECK-LABEL: halide.pipeline @panels
// CHECK:       halide.split @out "n" into "no", "ni" by 16
// CHECK:       halide.split @out "m" into "mc", "mt" by 15 tail guard_with_if
// CHECK-NEXT:  halide.split @out "mt" into "mo", "mi" by 5 tail guard_with_if
// CHECK:       halide.reorder @out ["nl", "nv", "mi", "mo", "mc", "no", "o0"]
// CHECK-NEXT:  halide.fuse @out "mc", "no" into "task_0"
// CHECK:       halide.bound_extent @sums "no" extent 1
func.func private @panels(%x: tensor<?x40x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x40x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 5, columns = 16, tasks = panels, grain = 3>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x40x60xf32>, tensor<2x60x48xf32>
  return %0 : tensor<?x40x90xf32>
}

// A norm of each task's rows, those of both its tiles.
// CHECK-LABEL: halide.pipeline @norm_in_tasks
// CHECK:       halide.compute_at @normalized at @out "task_0"
// CHECK-LABEL: halide.pipeline @norm_apart
// CHECK:       halide.compute_root @normalized
func.func private @norm_in_tasks(%x: tensor<?x37x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x37x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = rows, grain = 2>} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x37x60xf32>
  %1 = nn.packed_linear %0, %w features 90 : tensor<?x37x60xf32>, tensor<2x60x48xf32>
  return %1 : tensor<?x37x90xf32>
}
func.func private @norm_apart(%x: tensor<?x37x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x37x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<tasks = rows, norms = apart>} {
  %0 = nn.layer_norm %x epsilon 1.0e-2 : tensor<?x37x60xf32>
  %1 = nn.packed_linear %0, %w features 90 : tensor<?x37x60xf32>, tensor<2x60x48xf32>
  return %1 : tensor<?x37x90xf32>
}

// The rows of a norm behind the product are those of the task.
// CHECK-LABEL: halide.pipeline @norm_of_result
// CHECK:       halide.split @out "m" into "mo", "mi" by 8
// CHECK:       halide.compute_at @raw at @out "task_0"
func.func private @norm_of_result(%x: tensor<?x37x60xf32>, %w: tensor<2x60x48xf32>)
    -> tensor<?x37x90xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 4, tasks = rows, grain = 2>} {
  %0 = nn.packed_linear %x, %w features 90 : tensor<?x37x60xf32>, tensor<2x60x48xf32>
  %1 = nn.layer_norm %0 epsilon 1.0e-2 : tensor<?x37x90xf32>
  return %1 : tensor<?x37x90xf32>
}

// CHECK-LABEL: halide.pipeline @attention
// CHECK:       halide.split @out "m" into "mt", "mm" by 24
// CHECK:       halide.split @q "i" into "iv", "il" by 8
func.func private @attention(%q: tensor<?x60x8xf32>, %k: tensor<?x60x8xf32>,
    %v: tensor<?x60x8xf32>) -> tensor<?x60x8xf32>
    attributes {nn.kernel, nn.schedule = #nn.schedule<queries = 24, lanes = 8>} {
  %0 = nn.attention %q, %k, %v scale 1.0
      : tensor<?x60x8xf32>, tensor<?x60x8xf32>, tensor<?x60x8xf32>
  return %0 : tensor<?x60x8xf32>
}
