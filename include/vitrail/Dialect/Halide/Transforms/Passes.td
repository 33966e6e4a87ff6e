//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes from `halide` to `halide`.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_TD
#define VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def NameKernels : Pass<"halide-name-kernels", "::mlir::ModuleOp"> {
  let summary = "Name the functions of kernels by their text";
  let description = [{
    Gives each pipeline a `link_name`, a hash of its text without its name,
    locations and discardable attributes; after that the target, if one is
    given, so that a library can have the kernel for several. The functions of its object are called
    so: the object does not depend on what a model calls the kernel, and kernels
    of different text never meet in a library.

    Before:

    ```mlir
    halide.pipeline @iota_3 {
      halide.func @f ["i"] : i32 {
      ^bb0(%i: i32):
        halide.yield %i : i32
      }
      halide.output @f [8]
    }
    ```

    After:

    ```mlir
    halide.pipeline @iota_3
        attributes {link_name = "kernel_6da34809a5fd2a1123c8a26b94474c20"} {
      halide.func @f ["i"] : i32 {
      ^bb0(%i: i32):
        halide.yield %i : i32
      }
      halide.output @f [8]
    }
    ```

    Afterwards two pipelines have one link name if and only if they are the same
    kernel. A pass that changes a pipeline has to come before this one.
  }];
  let options = [Option<"target", "target", "std::string", "",
                        "the processor that kernels will be compiled for">];
}

#endif // VITRAIL_DIALECT_HALIDE_TRANSFORMS_PASSES_TD
