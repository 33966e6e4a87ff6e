//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Conditions: comparisons, choices, and conversions between types of element.
// They are elementwise, but operands and results differ in type.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNCONDITIONS_TD
#define VITRAIL_DIALECT_NN_IR_NNCONDITIONS_TD

include "vitrail/Dialect/NN/IR/NNElementwise.td"

def NN_CompareOp : NN_InferredOp<"compare", [NN_Elementwise]> {
  let summary = "Comparison of elements";
  let description = [{
    Compares two tensors, element by element.

    z = 1 where x is equal (`eq`), not equal (`ne`), less (`lt`), at most
    (`le`), greater (`gt`) or at least (`ge`) y, and 0 elsewhere: a tensor of
    i1. Shapes broadcast as in NumPy: they are aligned at the last dimension,
    where an extent of 1 or an absent one repeats. Both operands have the same
    type of number.

    What comparisons with "not a number" give is not specified. Booleans are
    not compared.

    ```mlir
    func.func @padding(%tokens: tensor<?x28xi32>, %pad: tensor<i32>)
        -> tensor<?x28xi1> {
      %z = nn.compare eq %tokens, %pad : tensor<?x28xi32>, tensor<i32>
      return %z : tensor<?x28xi1>
    }
    ```
  }];
  let arguments = (ins NN_ComparePredicateAttr:$predicate,
                       NN_NumberTensor:$lhs, NN_NumberTensor:$rhs);
  let results = (outs NN_BooleanTensor:$result);
  let assemblyFormat =
      "`` $predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
}

def NN_SelectOp : NN_InferredOp<"select", [NN_Elementwise]> {
  let summary = "Choice between two tensors";
  let description = [{
    Takes each element from one of two tensors.

    z = x where the condition holds, and y elsewhere. All three shapes
    broadcast as in NumPy: they are aligned at the last dimension, where an
    extent of 1 or an absent one repeats. x and y have the same type of
    element, as has the result.

    An element that is not chosen has no effect, not even if it is not a number.

    ```mlir
    func.func @mask(%keep: tensor<197x197xi1>, %s: tensor<?x12x197x197xf32>,
                    %low: tensor<f32>) -> tensor<?x12x197x197xf32> {
      %z = nn.select %keep, %s, %low
          : tensor<197x197xi1>, tensor<?x12x197x197xf32>, tensor<f32>
      return %z : tensor<?x12x197x197xf32>
    }
    ```
  }];
  let arguments = (ins NN_BooleanTensor:$condition, NN_AnyTensor:$if_true,
                       NN_AnyTensor:$if_false);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = [{
    $condition `,` $if_true `,` $if_false attr-dict
    `:` type($condition) `,` type($if_true) `,` type($if_false)
  }];
}

def NN_CastOp : NN_Op<"cast", [NN_Elementwise]> {
  let summary = "Conversion to another type of element";
  let description = [{
    Converts each element to the type of the result.

    Integers and floats become the nearest float (of two the even one), or the
    next integer towards zero; true becomes 1 and false 0. Shapes are equal.

    What does not fit into the result's type gives an unspecified number. Numbers
    do not become booleans: see `nn.compare`.

    ```mlir
    func.func @positions(%i: tensor<197xi32>) -> tensor<197xf32> {
      %x = nn.cast %i : tensor<197xi32> to tensor<197xf32>
      return %x : tensor<197xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def NN_QuantizeOp : NN_InferredOp<"quantize", [NN_Elementwise]> {
  let summary = "Conversion to 8-bit integers of a range";
  let description = [{
    Converts each element to the integer nearest to its share of a range.

    y = x * 127 / max(range, 2^-100), rounded to the nearest integer (of two the
    even one), and not below -127 or above 127: what lies between -range and
    range becomes the integers between -127 and 127, 0 stays 0, and x is about
    y * range / 127. Both operands are f32; the result is i8. Shapes broadcast as
    in NumPy, but to none other than that of x: a range for all elements is a
    scalar, one for each row has an extent of 1 as its last.

    The range of rows is what `nn.reduce max_abs` gives.

    ```mlir
    func.func @quantize(%x: tensor<?x197x768xf32>) -> tensor<?x197x768xi8> {
      %range = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x197x768xf32>
      %y = nn.quantize %x by %range
          : tensor<?x197x768xf32>, tensor<?x197x1xf32>
      return %y : tensor<?x197x768xi8>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor:$range);
  let results = (outs NN_IntegerTensor:$result);
  let assemblyFormat = [{
    $input `by` $range attr-dict `:` type($input) `,` type($range)
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNCONDITIONS_TD
