//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Operations whose elements depend on whole rows of their input.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNROWS_TD
#define VITRAIL_DIALECT_NN_IR_NNROWS_TD

include "vitrail/Dialect/NN/IR/NNBase.td"

def NN_ReduceOp : NN_InferredOp<"reduce"> {
  let summary = "Sum, mean, maximum or largest magnitude over dimensions";
  let description = [{
    Reduces the dimensions `axes` to one number each.

    y[i] = sum over j of x[i, j], that sum divided by the number of its terms
    (`mean`), the greatest of these x (`max`) or of their magnitudes |x|
    (`max_abs`), where j runs over the dimensions `axes` and i over the others.
    `axes` are distinct and in ascending order, at least one. Reduced dimensions
    vanish, or are left with an extent of 1 (`keep_dims`). The input holds
    floats.

    An extent that depends on the batch cannot be reduced.

    ```mlir
    func.func @pool(%x: tensor<?x196x768xf32>) -> tensor<?x768xf32> {
      %y = nn.reduce mean %x axes [1] : tensor<?x196x768xf32>
      return %y : tensor<?x768xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_ReduceKindAttr:$kind,
                       DenseI64ArrayAttr:$axes, UnitAttr:$keep_dims);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = [{
    `` $kind $input `axes` $axes (`keep_dims` $keep_dims^)? attr-dict
    `:` type($input)
  }];
}

def NN_SoftmaxOp : NN_InferredOp<"softmax"> {
  let summary = "Softmax over one dimension";
  let description = [{
    Turns the scores along `axis` into probabilities.

    y[i] = e^(x[i] - m) / sum over j of e^(x[j] - m), where i and j run along
    `axis` and m is the maximum of x[j], which changes nothing but keeps the
    exponentials finite (Vaswani et al. 2017, eq. 1). The result has the
    input's type, of floats. `axis` counts from 0.

    An extent that depends on the batch cannot be normalised.

    ```mlir
    func.func @attend(%s: tensor<?x12x197x197xf32>)
        -> tensor<?x12x197x197xf32> {
      %p = nn.softmax %s axis 3 : tensor<?x12x197x197xf32>
      return %p : tensor<?x12x197x197xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, I64Attr:$axis);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input)";
}

def NN_LayerNormOp : NN_InferredOp<"layer_norm", [AttrSizedOperandSegments]> {
  let summary = "Layer normalisation over the last dimension";
  let description = [{
    Normalises each row to mean 0 and variance 1, then scales and shifts it.

    y = (x - mean) / sqrt(variance + epsilon) * scale + bias, where mean and
    variance are those of the row, that is of the last dimension, and the
    variance is biased: the mean of (x - mean)^2 (Ba et al. 2016, eq. 4).
    scale and bias have the last extent as their only one and may be absent,
    each by itself. `epsilon` is finite and at least 0. The result has the
    input's type, of floats, which scale and bias share.

    The last extent does not depend on the batch. Other dimensions cannot be
    normalised: transpose first.

    ```mlir
    func.func @norm(%x: tensor<?x197x768xf32>, %scale: tensor<768xf32>,
                    %bias: tensor<768xf32>) -> tensor<?x197x768xf32> {
      %y = nn.layer_norm %x scale %scale : tensor<768xf32>
          bias %bias : tensor<768xf32> epsilon 1.0e-6 : tensor<?x197x768xf32>
      return %y : tensor<?x197x768xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, Optional<NN_FloatTensor>:$scale,
                       Optional<NN_FloatTensor>:$bias, F64Attr:$epsilon);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = [{
    $input (`scale` $scale^ `:` type($scale))? (`bias` $bias^ `:` type($bias))?
    `epsilon` $epsilon attr-dict `:` type($input)
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNROWS_TD
