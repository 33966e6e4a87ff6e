// Schedules for GPUs: blocks and threads, what threads share, and nothing that
// runs on the processor.
// RUN: vitrail-opt --convert-nn-to-halide=gpu=opencl --split-input-file %s | FileCheck %s
// RUN: not vitrail-opt --convert-nn-to-halide=gpu=metal %s 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: gpu is 'metal', must be 'cuda' or 'opencl'
// CHECK-NOT: halide.parallel

// Each element has a thread, whatever the shape.
// CHECK-LABEL: halide.pipeline @relu
// CHECK:       halide.fuse @out "d1", "d0" into "task_0"
// CHECK-NEXT:  halide.split @out "task_0" into "block", "thread" by 128 tail guard_with_if
// CHECK-NEXT:  halide.gpu_threads @out "thread"
// CHECK-NEXT:  halide.gpu_blocks @out "block"
func.func private @relu(%x: tensor<?x63xf32>) -> tensor<?x63xf32>
    attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<?x63xf32>
  return %0 : tensor<?x63xf32>
}

// -----

// A single element has the only thread.
// CHECK-LABEL: halide.pipeline @scalar
// CHECK:       halide.gpu_single_thread @out
func.func private @scalar(%x: tensor<f32>) -> tensor<f32>
    attributes {nn.kernel} {
  %0 = nn.relu %x : tensor<f32>
  return %0 : tensor<f32>
}

// -----

// Rows of a block: 32 threads each, whose sums are in shared memory.
// CHECK-LABEL: halide.pipeline @norm
// CHECK:       halide.split @out "d2" into "xo", "xl" by 32
// CHECK-NEXT:  halide.gpu_threads @out "xl"
// CHECK-NEXT:  halide.split @out "d1" into "group", "row" by 7
// CHECK-NEXT:  halide.gpu_threads @out "row"
// CHECK:       halide.gpu_blocks @out "task_0"
// CHECK:       halide.compute_at @sum_lanes at @out "task_0"
// CHECK-NEXT:  halide.store_in @sum_lanes gpu_shared
// CHECK:       halide.gpu_threads @sum_lanes "l"
// CHECK-NEXT:  halide.gpu_threads @sum_lanes "d1"
func.func private @norm(%x: tensor<?x1050x96xf32>) -> tensor<?x1050x96xf32>
    attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x1050x96xf32>
  return %0 : tensor<?x1050x96xf32>
}

// -----

// Exponentials that fill shared memory go to the device's memory.
// CHECK-LABEL: halide.pipeline @long_softmax
// CHECK:       halide.store_in @e heap
func.func private @long_softmax(%x: tensor<?x12000xf32>) -> tensor<?x12000xf32>
    attributes {nn.kernel} {
  %0 = nn.softmax %x axis 1 : tensor<?x12000xf32>
  return %0 : tensor<?x12000xf32>
}

// -----

// The threads of a block load what a step of k multiplies into shared memory,
// in vectors, and have their sums in registers. Rows beyond the last are the
// last; several threads have the same sums, each of a part of k.
// CHECK-LABEL: halide.pipeline @product
// CHECK:       halide.func @left ["ki", "kq", "r", "step", "mb", "o0"]
// CHECK:         arith.minsi
// CHECK:       halide.vectorize @out "ni"
// CHECK:       halide.gpu_threads @out "tx"
// CHECK-NEXT:  halide.gpu_threads @out "ty"
// CHECK-NEXT:  halide.gpu_threads @out "tz"
// CHECK:       halide.gpu_blocks @out "[[BLOCK:.*]]"
// CHECK:       halide.compute_at @sums at @out "[[BLOCK]]"
// CHECK-NEXT:  halide.store_in @sums register
// CHECK:       halide.compute_at @slices at @out "[[BLOCK]]"
// CHECK-NEXT:  halide.store_in @slices gpu_shared
// CHECK:       halide.compute_at @rows at @sums "kq"
// CHECK:       halide.compute_at @columns at @sums "ki"
// CHECK:       halide.compute_at @left at @sums "step"
// CHECK-NEXT:  halide.store_in @left gpu_shared
// CHECK:       halide.align_storage @left "kq"
// CHECK:       halide.vectorize @left "ki"
// CHECK:       halide.compute_at @right at @sums "step"
// CHECK:       halide.vectorize @right "ni"
func.func private @product(%x: tensor<?x197x64xf32>, %w: tensor<2x64x48xf32>)
    -> tensor<?x197x96xf32> attributes {nn.kernel} {
  %0 = nn.packed_linear %x, %w features 96
      : tensor<?x197x64xf32>, tensor<2x64x48xf32>
  return %0 : tensor<?x197x96xf32>
}

// -----

// A norm before a product is a kernel of the device by itself.
// CHECK-LABEL: halide.pipeline @normed
// CHECK:       halide.gpu_blocks @normalized
// CHECK:       halide.compute_root @normalized
// CHECK:       halide.gpu_blocks @out
func.func private @normed(%x: tensor<?x5x64xf32>, %w: tensor<2x64x48xf32>)
    -> tensor<?x5x96xf32> attributes {nn.kernel} {
  %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x5x64xf32>
  %1 = nn.packed_linear %0, %w features 96
      : tensor<?x5x64xf32>, tensor<2x64x48xf32>
  return %1 : tensor<?x5x96xf32>
}

// -----

// Rows that are quantised are so before the product, in their ranges.
// CHECK-LABEL: halide.pipeline @quantized
// CHECK:       halide.gpu_blocks @ranges
// CHECK-NEXT:  halide.compute_root @ranges
// CHECK:       halide.gpu_blocks @quantized
// CHECK-NEXT:  halide.compute_root @quantized
// CHECK:       halide.func @left
// CHECK:       halide.call @quantized({{.*}}) : i8
// CHECK:       arith.sitofp {{.*}} : i8 to f32
func.func private @quantized(%x: tensor<?x5x64xf32>, %w: tensor<2x64x48xi8>)
    -> tensor<?x5x96xi32> attributes {nn.kernel} {
  %0 = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x5x64xf32>
  %1 = nn.quantize %x by %0 : tensor<?x5x64xf32>, tensor<?x5x1xf32>
  %2 = nn.packed_linear %1, %w features 96
      : tensor<?x5x64xi8>, tensor<2x64x48xi8>
  return %2 : tensor<?x5x96xi32>
}

// -----

// A thread has an element of a mean of columns, and loads all that it is of
// at a time, unless that is too much.
// CHECK-LABEL: halide.pipeline @columns
// CHECK:       halide.compute_at @total at @out "thread"
// CHECK-NEXT:  halide.unroll @total update 0 "a0"
// CHECK-NEXT:  halide.unroll @total update 0 "a1"
// CHECK-LABEL: halide.pipeline @many_columns
// CHECK:       halide.unroll @total update 0 "a0"
// CHECK-NOT:   halide.unroll
func.func private @columns(%x: tensor<?x7x7x63xf32>) -> tensor<?x63xf32>
    attributes {nn.kernel} {
  %0 = nn.reduce mean %x axes [1, 2] : tensor<?x7x7x63xf32>
  return %0 : tensor<?x63xf32>
}
func.func private @many_columns(%x: tensor<?x7x70x63xf32>) -> tensor<?x63xf32>
    attributes {nn.kernel} {
  %0 = nn.reduce mean %x axes [1, 2] : tensor<?x7x70x63xf32>
  return %0 : tensor<?x63xf32>
}

// -----

// A block has a head's tile of queries; scores never leave it. A thread has a
// vector of features.
// CHECK-LABEL: halide.pipeline @attention
// CHECK:       halide.vectorize @out "dv"
// CHECK:       halide.gpu_threads @out "do"
// CHECK-NEXT:  halide.gpu_threads @out "mo"
// CHECK:       halide.gpu_blocks @out "[[TASK:.*]]"
// CHECK:       halide.compute_at @s at @out "[[TASK]]"
// CHECK-NEXT:  halide.store_in @s gpu_shared
// CHECK:       halide.gpu_threads @s "jl"
// CHECK-NEXT:  halide.gpu_threads @s "jy"
// CHECK:       halide.compute_at @dot at @s "jo"
// CHECK:       halide.compute_at @e at @out "[[TASK]]"
// CHECK-NEXT:  halide.store_in @e gpu_shared
// CHECK:       halide.compute_at @max at @e "jl"
// CHECK:       halide.compute_at @mix at @out "do"
// CHECK:       halide.vectorize @value "dv"
func.func private @attention(%q: tensor<?x3x50x32xf32>,
                             %k: tensor<?x3x50x32xf32>,
                             %v: tensor<?x3x50x32xf32>) -> tensor<?x3x50x32xf32>
    attributes {nn.kernel} {
  %0 = nn.attention %q, %k, %v scale 0.125 : tensor<?x3x50x32xf32>,
      tensor<?x3x50x32xf32>, tensor<?x3x50x32xf32>
  return %0 : tensor<?x3x50x32xf32>
}

// -----

// The processor is not asked for the place of an update or a row of a table.
// CHECK-LABEL: halide.pipeline @row
// CHECK:       halide.func @in1_value []
// CHECK:       halide.update @in1_value
// CHECK:         halide.call @in1()
// CHECK:       halide.func @out
// CHECK:         halide.call @in1_value()
func.func private @row(%table: tensor<24x48xf32>, %i: tensor<i32>)
    -> tensor<48xf32> attributes {nn.kernel} {
  %0 = nn.gather %table, %i axis 0 : tensor<24x48xf32>, tensor<i32>
  return %0 : tensor<48xf32>
}
