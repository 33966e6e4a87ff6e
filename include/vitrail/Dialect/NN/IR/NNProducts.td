//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Products: sums over one or more dimensions that two operands share.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNPRODUCTS_TD
#define VITRAIL_DIALECT_NN_IR_NNPRODUCTS_TD

include "vitrail/Dialect/NN/IR/NNBase.td"

def NN_LinearOp : NN_InferredOp<"linear"> {
  let summary = "Linear layer";
  let description = [{
    Multiplies vectors by a weight matrix and adds a bias.

    y[..., n] = sum over k of x[..., k] * weight[n, k] + bias[n], where n is a
    feature of the result. All dimensions of the weight but the first are
    contracted with the last ones of x, of equal extents, so that the weight
    of a convolution, [n, c, kh, kw], serves as it is. bias [n] may be absent.
    x and weight have the same type of float. Bias and result are f32 even where
    x and weight are f16 or bf16: sums are kept in f32. A weight may be of i8,
    too: with x of i8 the sums are i32, with x of f32 they
    are f32.

    With `tf32`, x and weight are f32, and all that is read of them are numbers
    of tf32 (see `nn.round_tf32`): a processor may multiply them as such.

    Neither weight nor bias depends on the batch, and neither do the
    contracted extents. See `nn.matmul` for products of activations.

    ```mlir
    func.func @linear(%x: tensor<?x197x768xf32>, %weight: tensor<3072x768xf32>,
                      %bias: tensor<3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.linear %x, %weight bias %bias
          : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    func.func @rounded(%x: tensor<?x197x768xf32>,
                       %weight: tensor<3072x768xf32>)
        -> tensor<?x197x3072xf32> {
      %rows = nn.round_tf32 %x : tensor<?x197x768xf32>
      %columns = nn.round_tf32 %weight : tensor<3072x768xf32>
      %y = nn.linear %rows, %columns tf32
          : tensor<?x197x768xf32>, tensor<3072x768xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
  let arguments = (ins NN_FactorTensor:$input, NN_FactorTensor:$weight,
                       Optional<NN_SumTensor>:$bias, UnitAttr:$tf32);
  let results = (outs NN_SumTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? (`tf32` $tf32^)? attr-dict
    `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
}

def NN_PackedLinearOp : NN_InferredOp<"packed_linear", [
    AttrSizedOperandSegments]> {
  let summary = "Linear layer with its weight in panels";
  let description = [{
    Computes `nn.linear` with a weight that is stored in panels of r features.

    panels[n / r, k..., n % r] = weight[n, k...], and zero where n is not less
    than `features`: ceil(features / r) panels, whose inner loop reads r
    neighbouring numbers for each k. The result has `features` features. Types,
    and `tf32`, are those of `nn.linear`.

    With a `group` g above 1, numbers that a processor multiplies and adds in
    one step are neighbours: panels[n / r, ..., k / g, n % r, k % g], where k is
    the last contracted dimension; beyond its extent the numbers are zero.

    `sums` [n / r, n % r] of i32, in panels of i8, are sums of the panels over
    all k. They change nothing: an instruction that takes the numbers of x to be
    at least 0 is given x + 128, and 128 times the sums are subtracted.

    Neither panels nor bias depends on the batch. Model authors write
    `nn.linear`; this form is made by `nn-pack-weights`.

    ```mlir
    func.func @packed_linear(%x: tensor<?x197x768xf32>,
                             %panels: tensor<63x768x16xf32>,
                             %bias: tensor<1000xf32>)
        -> tensor<?x197x1000xf32> {
      %y = nn.packed_linear %x, %panels bias %bias features 1000
          : tensor<?x197x768xf32>, tensor<63x768x16xf32>, tensor<1000xf32>
      return %y : tensor<?x197x1000xf32>
    }
    func.func @pairs(%x: tensor<?x197x767xbf16>,
                     %panels: tensor<63x384x16x2xbf16>)
        -> tensor<?x197x1000xf32> {
      %y = nn.packed_linear %x, %panels features 1000 group 2
          : tensor<?x197x767xbf16>, tensor<63x384x16x2xbf16>
      return %y : tensor<?x197x1000xf32>
    }
    func.func @groups(%x: tensor<?x197x767xi8>,
                      %panels: tensor<63x192x16x4xi8>,
                      %sums: tensor<63x16xi32>) -> tensor<?x197x1000xi32> {
      %y = nn.packed_linear %x, %panels sums %sums : tensor<63x16xi32>
          features 1000 group 4
          : tensor<?x197x767xi8>, tensor<63x192x16x4xi8>
      return %y : tensor<?x197x1000xi32>
    }
    ```
  }];
  let arguments = (ins NN_FactorTensor:$input, NN_FactorTensor:$panels,
                       Optional<NN_SumTensor>:$bias,
                       Optional<NN_SumTensor>:$sums, I64Attr:$features,
                       DefaultValuedAttr<I64Attr, "1">:$group,
                       UnitAttr:$tf32);
  let results = (outs NN_SumTensor:$result);
  let assemblyFormat = [{
    $input `,` $panels (`bias` $bias^)? (`sums` $sums^ `:` type($sums))?
    `features` $features (`group` $group^)? (`tf32` $tf32^)? attr-dict
    `:` type($input) `,` type($panels) (`,` type($bias)^)?
  }];
  let extraClassDeclaration = [{
    /// How many of the input's last dimensions are contracted.
    int64_t countContracted() {
      return getPanels().getType().getRank() - (getGroup() == 1 ? 2 : 3);
    }
  }];
}

def NN_MatmulOp : NN_InferredOp<"matmul"> {
  let summary = "Product of matrices";
  let description = [{
    Multiplies matrices, one pair for each leading index.

    z[..., m, n] = sum over k of x[..., m, k] * y[..., k, n]. The leading
    dimensions are equal, in number and extents; one of them, m or n may
    depend on the batch. Both operands have the same type of float.

    Leading dimensions do not broadcast: see `nn.broadcast`. k does not depend
    on the batch.

    ```mlir
    func.func @scores(%q: tensor<?x12x197x64xf32>, %k: tensor<?x12x64x197xf32>)
        -> tensor<?x12x197x197xf32> {
      %s = nn.matmul %q, %k
          : tensor<?x12x197x64xf32>, tensor<?x12x64x197xf32>
      return %s : tensor<?x12x197x197xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$lhs, NN_FloatTensor:$rhs);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
  let hasCanonicalizer = 1;
}

def NN_ConvOp : NN_InferredOp<"conv"> {
  let summary = "Two-dimensional convolution";
  let description = [{
    Correlates an image with a kernel of weights.

    y[b, n, i, j] = sum over c, p, q of
        x[b, c, i * sh + p - ph, j * sw + q - pw] * weight[n, c, p, q] + bias[n]

    with zeros outside the image: a cross-correlation, as networks compute it
    (LeCun et al. 1989), not a convolution, which would mirror the weight.
    `strides` is [sh, sw], `padding` is [ph, pw], the same on both sides. Of x
    [b, c, h, w] and weight [n, c, kh, kw] the result is [b, n, (h + 2 ph -
    kh) / sh + 1, (w + 2 pw - kw) / sw + 1], rounded down. bias [n] may be
    absent. All operands have the same type of float.

    Only b depends on the batch. Groups, dilation and other numbers of
    dimensions are not supported.

    ```mlir
    func.func @patches(%image: tensor<?x3x224x224xf32>,
                       %weight: tensor<768x3x16x16xf32>)
        -> tensor<?x768x14x14xf32> {
      %y = nn.conv %image, %weight strides [16, 16] padding [0, 0]
          : tensor<?x3x224x224xf32>, tensor<768x3x16x16xf32>
      return %y : tensor<?x768x14x14xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, NN_FloatTensor:$weight,
                       Optional<NN_FloatTensor>:$bias,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`bias` $bias^)? `strides` $strides `padding` $padding
    attr-dict `:` type($input) `,` type($weight) (`,` type($bias)^)?
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNPRODUCTS_TD
