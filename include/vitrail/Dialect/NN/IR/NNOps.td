//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// The operations of the `nn` dialect. This is the file to include; those that
// compute are in files of their own.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNOPS_TD
#define VITRAIL_DIALECT_NN_IR_NNOPS_TD

include "vitrail/Dialect/NN/IR/NNBase.td"
include "vitrail/Dialect/NN/IR/NNAttention.td"
include "vitrail/Dialect/NN/IR/NNElementwise.td"
include "vitrail/Dialect/NN/IR/NNConditions.td"
include "vitrail/Dialect/NN/IR/NNProducts.td"
include "vitrail/Dialect/NN/IR/NNRows.td"
include "vitrail/Dialect/NN/IR/NNLayout.td"
include "vitrail/Dialect/NN/IR/NNFusion.td"

def NN_ParameterOp : NN_Op<"parameter"> {
  let summary = "A named parameter of the model";
  let description = [{
    Stands for the values that a checkpoint has under `name`.

    The name is not empty; the type has no dynamic extent, and is checked
    against the checkpoint when weights are bound. Operations with equal names
    stand for equal values.

    The values themselves are never part of the IR.

    ```mlir
    func.func @scale() -> tensor<768xf32> {
      %scale = nn.parameter "blocks.0.norm1.weight" : tensor<768xf32>
      return %scale : tensor<768xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def NN_ConstantOp : NN_Op<"constant", [
    ConstantLike, AllTypesMatch<["value", "result"]>]> {
  let summary = "A tensor of values known to the model's text";
  let description = [{
    Gives the tensor `value`.

    The result has the type of `value`. Meant for the numbers of equations, such
    as the square root of a head's size, and for small tables.

    Large tensors belong to the parameters: see `nn.parameter`.

    ```mlir
    func.func @head_scale() -> tensor<f32> {
      %scale = nn.constant dense<0.125> : tensor<f32>
      return %scale : tensor<f32>
    }
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = "$value attr-dict";
  let hasFolder = 1;
}

#endif // VITRAIL_DIALECT_NN_IR_NNOPS_TD
