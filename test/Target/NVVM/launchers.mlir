// Functions on memory choose between kernels by what the device can do and by how
// long kernels take, and give them tensor maps; the runtime has what they ask it.

// RUN: vitrail-translate --model-to-library --target=cuda --library=%t.so \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %s -o %t.h
// RUN: grep -a -o "target sm_.*\|griddepcontrol.*\|param .align 64 .*" %t.so \
// RUN:   | FileCheck %s
// RUN: llvm-objdump -d --no-show-raw-insn --disassemble-symbols=choose_argv %t.so \
// RUN:   | FileCheck %s --check-prefix=HOST

// A tensor map is an argument by value.

// CHECK-DAG: target sm_80
// CHECK-DAG: target sm_90a
// CHECK-DAG: griddepcontrol.wait;
// CHECK-DAG: param .align 64 .b8 new_param_1[128]

// What waits by itself for the kernel before it may be launched early.

// HOST: <vitrail_cuda_capability>
// HOST-NOT: cuda_run
// HOST-DAG: <vitrail_cuda_run_early>
// HOST-DAG: <halide_cuda_run>
// HOST-NOT: cuda_run
module attributes {gpu.container_module} {
  gpu.module @kernels {
    gpu.func @old(%y: memref<f32>) kernel {
      gpu.return
    }
  }
  gpu.module @kernels_sm_90a [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
    gpu.func @new(%y: memref<f32>, %map: !llvm.ptr {llvm.byval = !llvm.array<128 x i8>, llvm.align = 64 : i64})
        kernel {
      nvvm.griddepcontrol wait
      nvvm.prefetch tensormap, %map : !llvm.ptr
      gpu.return
    }
  }
  func.func private @make(%x: memref<8x64xf16>) {
    return
  }
  func.func private @choose(%x: memref<8x64xf16>, %y: memref<8xf32>) {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c8 = arith.constant 8 : index
    %c64 = arith.constant 64 : index
    %c90 = arith.constant 90 : index
    %bytes = arith.constant 0 : i32
    %base, %offset, %size, %stride = memref.extract_strided_metadata %y
        : memref<8xf32> -> memref<f32>, index, index, index
    %capability = halide.device_capability
    %is_hopper = arith.cmpi eq, %capability, %c90 : index
    scf.if %is_hopper {
      %most = halide.device_multiprocessors
      %sum = arith.addi %c1, %c2 : index
      %blocks = arith.minui %most, %sum : index
      %rows, %o, %s:2, %t:2 = memref.extract_strided_metadata %x
          : memref<8x64xf16> -> memref<f16>, index, index, index, index, index
      %map = halide.tensor_map %rows[%c8, %c64] box [8, 64] : memref<f16> -> !llvm.ptr
      gpu.launch_func @kernels_sm_90a::@new blocks in (%blocks, %c1, %c1)
          threads in (%c1, %c1, %c1) dynamic_shared_memory_size %bytes
          args(%base : memref<f32>, %map : !llvm.ptr)
    } else {
      gpu.launch_func @kernels::@old blocks in (%c1, %c1, %c1)
          threads in (%c1, %c1, %c1) dynamic_shared_memory_size %bytes
          args(%base : memref<f32>)
    }
    return
  }
  func.func @run() -> (tensor<8xf32> {nn.name = "y"}) {
    %x = halide.launch @make() : () -> tensor<8x64xf16>
    %y = halide.launch @choose(%x) : (tensor<8x64xf16>) -> tensor<8xf32>
    return %y : tensor<8xf32>
  }
}
