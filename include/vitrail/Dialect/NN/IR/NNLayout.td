//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Operations that move elements: results hold those of the operands, or zeros.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNLAYOUT_TD
#define VITRAIL_DIALECT_NN_IR_NNLAYOUT_TD

include "vitrail/Dialect/NN/IR/NNBase.td"

// An operation whose result type is explicit.
class NN_RetypingOp<string mnemonic> : NN_Op<mnemonic> {
  let arguments = (ins NN_AnyTensor:$input);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDeclaration = [{
    /// Whether `input` can take the type `result`; if not, says why at
    /// `location`.
    static ::llvm::LogicalResult
    verifyTypes(std::optional<::mlir::Location> location,
                ::mlir::RankedTensorType input,
                ::mlir::RankedTensorType result);
  }];
}

def NN_ReshapeOp : NN_RetypingOp<"reshape"> {
  let summary = "Same elements in another shape";
  let description = [{
    Gives the elements, in row-major order, another shape.

    Input and result have equal numbers of elements, for any batch, and equal
    types of element. The extent that depends on the batch may merge with
    others, split and move: it is then another one, or has another factor.

    No extent is inferred: the result's type is explicit.

    ```mlir
    func.func @tokens(%x: tensor<?x197x768xf32>)
        -> tensor<?x768xf32, #nn.batch<197>> {
      %y = nn.reshape %x
          : tensor<?x197x768xf32> to tensor<?x768xf32, #nn.batch<197>>
      return %y : tensor<?x768xf32, #nn.batch<197>>
    }
    ```
  }];
}

def NN_TransposeOp : NN_InferredOp<"transpose"> {
  let summary = "Dimensions in another order";
  let description = [{
    Reorders the dimensions.

    Dimension i of the result is dimension permutation[i] of the input: y[i_0,
    i_1, ...] = x[j_0, j_1, ...], where j_permutation[k] = i_k. `permutation`
    names every dimension once.

    Negative numbers of dimensions are not supported.

    ```mlir
    func.func @heads_first(%x: tensor<?x197x12x64xf32>)
        -> tensor<?x12x197x64xf32> {
      %y = nn.transpose %x [0, 2, 1, 3] : tensor<?x197x12x64xf32>
      return %y : tensor<?x12x197x64xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_SliceOp : NN_InferredOp<"slice"> {
  let summary = "Part of a tensor";
  let description = [{
    Takes every stride-th element from an offset, in each dimension.

    y[i, ...] = x[offset + i * stride, ...]; the extents of the result are
    `sizes`. Offsets are at least 0, sizes and strides at least 1, and no
    element lies outside the input. Offsets, sizes and strides are written in
    this order, one for each dimension. The extent that depends on the batch
    is taken whole: offset 0, stride 1 and the size `?`
    (`ShapedType::kDynamic`).

    Negative offsets and strides, empty results and samples of the batch are
    not supported.

    ```mlir
    func.func @class_token(%x: tensor<?x197x768xf32>) -> tensor<?x1x768xf32> {
      %y = nn.slice %x [0, 0, 0] [?, 1, 768] [1, 1, 1] : tensor<?x197x768xf32>
      return %y : tensor<?x1x768xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input, DenseI64ArrayAttr:$offsets,
                       DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$strides);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = [{
    $input $offsets custom<Sizes>($sizes) $strides attr-dict `:` type($input)
  }];
  let hasFolder = 1;
}

def NN_ConcatOp : NN_InferredOp<"concat"> {
  let summary = "Tensors one after the other";
  let description = [{
    Joins tensors along `axis`.

    The inputs, at least one, have equal types but for the extent of `axis`,
    which is the sum of theirs in the result. `axis` counts from 0.

    The extent of `axis` does not depend on the batch.

    ```mlir
    func.func @with_class_token(%token: tensor<?x1x768xf32>,
                                %x: tensor<?x196x768xf32>)
        -> tensor<?x197x768xf32> {
      %y = nn.concat %token, %x axis 1
          : tensor<?x1x768xf32>, tensor<?x196x768xf32>
      return %y : tensor<?x197x768xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<NN_AnyTensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` type($inputs)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_BroadcastOp : NN_RetypingOp<"broadcast"> {
  let summary = "Repetition to a larger shape";
  let description = [{
    Repeats elements along extents of 1 and along new leading dimensions.

    Shapes are aligned at the last dimension, as in NumPy: each extent of the
    input is that of the result, or 1. Types of element are equal. A tensor
    that does not depend on the batch can be repeated for each sample.

    Extents other than 1 cannot be repeated, not even a whole number of times.

    ```mlir
    func.func @class_tokens(%token: tensor<1x1x768xf32>)
        -> tensor<?x1x768xf32> {
      %y = nn.broadcast %token : tensor<1x1x768xf32> to tensor<?x1x768xf32>
      return %y : tensor<?x1x768xf32>
    }
    ```
  }];
}

def NN_PadOp : NN_InferredOp<"pad"> {
  let summary = "Margins of a constant, or of a tensor's elements";
  let description = [{
    Adds `low` elements before and `high` elements after each dimension.

    Every element added is `value`, which must be an integer where the
    elements are. `low` and `high` have one number, at least 0, for each
    dimension. Instead of a value, which is 0 then, a tensor can be given that
    broadcasts to the result and does not depend on the batch: the elements added
    are those of `fill` at their place. So the result of a layer can be padded
    with what the layer makes of zeros.

    The extent that depends on the batch cannot be padded. Negative margins
    are slices: see `nn.slice`.

    ```mlir
    func.func @margins(%x: tensor<?x14x14x96xf32>) -> tensor<?x21x21x96xf32> {
      %y = nn.pad %x [0, 0, 0, 0] [0, 7, 7, 0] value 0.0
          : tensor<?x14x14x96xf32>
      return %y : tensor<?x21x21x96xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input, Optional<NN_AnyTensor>:$fill,
                       DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       F64Attr:$value);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = [{
    $input $low $high `value` $value (`fill` $fill^ `:` type($fill))? attr-dict
    `:` type($input)
  }];
  let hasFolder = 1;
}

def NN_RollOp : NN_InferredOp<"roll"> {
  let summary = "Elements moved along a dimension, in a circle";
  let description = [{
    Moves elements by `shift` along `axis`; what leaves at one end comes in at the
    other.

    y[..., i, ...] = x[..., (i - shift) mod n, ...], where n is the extent of
    `axis`, which counts from 0. `shift` is at least 0 and less than n: a shift
    towards the beginning is one by n less. It is how windows of an image are
    shifted (Liu et al. 2021, section 3.2).

    The extent of `axis` does not depend on the batch.

    ```mlir
    func.func @shifted(%x: tensor<?x14x14x96xf32>) -> tensor<?x14x14x96xf32> {
      %y = nn.roll %x by 11 axis 1 : tensor<?x14x14x96xf32>
      return %y : tensor<?x14x14x96xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input, I64Attr:$shift, I64Attr:$axis);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat =
      "$input `by` $shift `axis` $axis attr-dict `:` type($input)";
  let hasFolder = 1;
}

def NN_UnfoldOp : NN_InferredOp<"unfold"> {
  let summary = "Sliding patches of an image";
  let description = [{
    Gathers the patches that a convolution reads (im2col).

    y[b, i, j, c, p, q] = x[b, c, i * sh + p - ph, j * sw + q - pw], and zero
    outside the image. `kernel` is [kh, kw], `strides` is [sh, sw], `padding`
    is [ph, pw], the same on both sides. The result of x [b, c, h, w] is [b,
    (h + 2 ph - kh) / sh + 1, (w + 2 pw - kw) / sw + 1, c, kh, kw], rounded
    down. A convolution is `nn.linear` of the patches, transposed to [b, n, i,
    j].

    Height and width do not depend on the batch. Dilation is not supported.

    ```mlir
    func.func @patches(%image: tensor<?x3x224x224xf32>)
        -> tensor<?x14x14x3x16x16xf32> {
      %y = nn.unfold %image kernel [16, 16] strides [16, 16] padding [0, 0]
          : tensor<?x3x224x224xf32>
      return %y : tensor<?x14x14x3x16x16xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$input, DenseI64ArrayAttr:$kernel,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = [{
    $input `kernel` $kernel `strides` $strides `padding` $padding attr-dict
    `:` type($input)
  }];
}

def NN_GatherOp : NN_InferredOp<"gather"> {
  let summary = "Elements at computed indices";
  let description = [{
    Looks up parts of a table.

    y[a..., i..., b...] = table[a..., indices[i...], b...], where the
    dimensions a are those of the table before `axis` and b those after it:
    the axis is replaced by the shape of the indices. An index that is less
    than 0 counts as 0, one beyond the axis as its last: no element outside the
    table is read. With the table [tokens, features] and axis 0 this is an
    embedding.

    `axis` counts from 0 and its extent does not depend on the batch. Table
    and indices do not both depend on the batch.

    ```mlir
    func.func @embed(%table: tensor<1000x512xf32>, %tokens: tensor<?x64xi32>)
        -> tensor<?x64x512xf32> {
      %y = nn.gather %table, %tokens axis 0
          : tensor<1000x512xf32>, tensor<?x64xi32>
      return %y : tensor<?x64x512xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$table, NN_IntegerTensor:$indices,
                       I64Attr:$axis);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = [{
    $table `,` $indices `axis` $axis attr-dict
    `:` type($table) `,` type($indices)
  }];
}

def NN_UpdateOp : NN_InferredOp<"update"> {
  let summary = "One position replaced";
  let description = [{
    Replaces the part of a tensor that is at a position known at run time.

    y[..., i, ...] = value[..., 0, ...] where i, at `axis`, is the index, and
    input[..., i, ...] elsewhere. `value` has the type of `input` but for an
    extent of 1 at `axis`; `index` is one i32, brought into the range of the
    axis: less than 0 means 0, too large the last position. `axis` counts from
    0. It is how a model adds to what it keeps between calls: where nobody reads
    the input afterwards, nothing but the position is written.

    The extent of `axis` does not depend on the batch, and the position is one
    for all samples.

    ```mlir
    func.func @append(%keys: tensor<?x4x12x24xf32>, %key: tensor<?x4x1x24xf32>,
                      %position: tensor<i32>) -> tensor<?x4x12x24xf32> {
      %y = nn.update %keys, %key, %position axis 2
          : tensor<?x4x12x24xf32>, tensor<?x4x1x24xf32>
      return %y : tensor<?x4x12x24xf32>
    }
    ```
  }];
  let arguments = (ins NN_AnyTensor:$input, NN_AnyTensor:$value,
                       NN_IndexTensor:$index, I64Attr:$axis);
  let results = (outs NN_AnyTensor:$result);
  let assemblyFormat = [{
    $input `,` $value `,` $index `axis` $axis attr-dict
    `:` type($input) `,` type($value)
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNLAYOUT_TD
