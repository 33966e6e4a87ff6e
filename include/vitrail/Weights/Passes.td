//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Passes that look at the values of constants.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_PASSES_TD
#define VITRAIL_WEIGHTS_PASSES_TD

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"nn-fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Evaluate what is known without parameters";
  let description = [{
    Values that depend on constants alone are evaluated (see `vitrail-reference`)
    and become constants where they are small, or all elements are equal: a mask
    that hides nothing is 0. Others stay expressions, which are evaluated when
    the library is made, so that no table swells the module. The mask of shifted
    windows is one of them, whether the model's text computes it or holds it:
    a matrix for each window, although windows in the middle of an image have the
    same one. Where few kinds of matrices are among those that attention adds to
    its scores, only one of each kind is kept, and a constant says which one a
    window has; attention's kernel looks it up.

    Before:

    ```mlir
    %0 = nn.add %two, %three : tensor<i32>, tensor<i32>
    %y = nn.attention %q, %k, %v scale 1.0 add %mask
        : tensor<?x64x49x32xf32>, tensor<?x64x49x32xf32>,
          tensor<?x64x49x32xf32>, tensor<64x49x49xf32>
    ```

    After:

    ```mlir
    %0 = nn.constant dense<5> : tensor<i32>
    %first = nn.constant dense<[0, 7, 56, 63]> : tensor<4xi32>
    %kind = nn.constant dense<"0x..."> : tensor<64xi32>
    %kinds = nn.gather %mask, %first axis 0
        : tensor<64x49x49xf32>, tensor<4xi32>
    %m = nn.gather %kinds, %kind axis 0 : tensor<4x49x49xf32>, tensor<64xi32>
    %y = nn.attention %q, %k, %v scale 1.0 add %m
        : tensor<?x64x49x32xf32>, tensor<?x64x49x32xf32>,
          tensor<?x64x49x32xf32>, tensor<64x49x49xf32>
    ```
  }];
  let statistics = [
    Statistic<"folded", "folded", "values that became constants">,
    Statistic<"shared", "shared", "addends of attention that became tables">
  ];
}

#endif // VITRAIL_WEIGHTS_PASSES_TD
