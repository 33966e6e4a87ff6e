// Functions on memory choose between kernels by what the device can do and by how
// long kernels take; the runtime has what they ask it.

// RUN: vitrail-translate --model-to-library --target=cuda --library=%t.so \
// RUN:   --runtime=%build/lib/libvitrail_runtime.a %s -o %t.h
// RUN: grep -a -o "target sm_.*\|griddepcontrol.*" %t.so | FileCheck %s
// RUN: llvm-objdump -d --no-show-raw-insn --disassemble-symbols=choose_argv %t.so \
// RUN:   | FileCheck %s --check-prefix=HOST

// CHECK-DAG: target sm_80
// CHECK-DAG: target sm_90a
// CHECK-DAG: griddepcontrol.wait;

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
    gpu.func @new(%y: memref<f32>) kernel {
      nvvm.griddepcontrol wait
      gpu.return
    }
  }
  func.func private @choose(%y: memref<8xf32>) {
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %c90 = arith.constant 90 : index
    %bytes = arith.constant 0 : i32
    %base, %offset, %size, %stride = memref.extract_strided_metadata %y
        : memref<8xf32> -> memref<f32>, index, index, index
    %capability = halide.device_capability
    %is_hopper = arith.cmpi eq, %capability, %c90 : index
    scf.if %is_hopper {
      %blocks = arith.minui %c1, %c2 : index
      gpu.launch_func @kernels_sm_90a::@new blocks in (%blocks, %c1, %c1)
          threads in (%c1, %c1, %c1) dynamic_shared_memory_size %bytes
          args(%base : memref<f32>)
    } else {
      gpu.launch_func @kernels::@old blocks in (%c1, %c1, %c1)
          threads in (%c1, %c1, %c1) dynamic_shared_memory_size %bytes
          args(%base : memref<f32>)
    }
    return
  }
  func.func @run() -> (tensor<8xf32> {nn.name = "y"}) {
    %y = halide.launch @choose() : () -> tensor<8xf32>
    return %y : tensor<8xf32>
  }
}
