//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Attention as one operation, so that scores never leave a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNATTENTION_TD
#define VITRAIL_DIALECT_NN_IR_NNATTENTION_TD

include "vitrail/Dialect/NN/IR/NNBase.td"

def NN_AttentionOp : NN_InferredOp<"attention", [AttrSizedOperandSegments]> {
  let summary = "Scaled dot-product attention";
  let description = [{
    Looks up values by how much their keys resemble queries.

    z[..., i, :] = sum over j of p[..., i, j] * value[..., j, :], where
    p[..., i, :] is the softmax over j of

        scale * (sum over c of query[..., i, c] * key[..., j, c])
            + sum over the addends of addend[..., i, j]

    (Vaswani et al. 2017, eq. 1, and for biases by position Liu et al. 2021,
    eq. 4). query is [..., m, c], key [..., n, c], value [..., n, d], the result
    [..., m, d]; the leading dimensions, heads among them, are equal in number
    and extents. Each addend, a bias or a mask (very negative where a query must
    not look), broadcasts to [..., m, n]. Where `keep`, a mask that broadcasts
    likewise, does not hold, the number after `else` takes the place of all that
    is before the softmax. Operands have the same type of float, but for the
    mask; softmax is computed as by `nn.softmax`.

    Of queries, keys and values in f16 or bf16, products are summed in f32, which
    addends and the result are of, too. The weights exp(s[..., i, j] - max over j
    of s[..., i, j]) of scores s are rounded to the type of the values; p is these
    over their sum.

    With `tf32`, query, key and value are f32, and all that is read of them are
    numbers of tf32 (see `nn.round_tf32`): a processor may multiply them as such.
    Then it rounds the weights to tf32, too.

    Neither m, n, c nor d depends on the batch. Model authors write the products
    and the softmax; this form is made by `nn-form-attention`.

    ```mlir
    func.func @attend(%q: tensor<?x12x197x64xf32>, %k: tensor<?x12x197x64xf32>,
                      %v: tensor<?x12x197x64xf32>, %bias: tensor<12x197x197xf32>)
        -> tensor<?x12x197x64xf32> {
      %z = nn.attention %q, %k, %v scale 0.125 add %bias
          : tensor<?x12x197x64xf32>, tensor<?x12x197x64xf32>,
            tensor<?x12x197x64xf32>, tensor<12x197x197xf32>
      return %z : tensor<?x12x197x64xf32>
    }

    func.func @look_back(%q: tensor<?x8x64xf32>, %k: tensor<?x8x64xf32>,
                         %v: tensor<?x8x64xf32>, %keep: tensor<8x8xi1>)
        -> tensor<?x8x64xf32> {
      %z = nn.attention %q, %k, %v scale 0.125
          where %keep : tensor<8x8xi1> else -1.0e9
          : tensor<?x8x64xf32>, tensor<?x8x64xf32>, tensor<?x8x64xf32>
      return %z : tensor<?x8x64xf32>
    }

    func.func @attend_rounded(%q: tensor<?x49x32xbf16>,
                              %bias: tensor<49x49xf32>) -> tensor<?x49x32xf32> {
      %z = nn.attention %q, %q, %q scale 1.0 add %bias
          : tensor<?x49x32xbf16>, tensor<?x49x32xbf16>, tensor<?x49x32xbf16>,
            tensor<49x49xf32>
      return %z : tensor<?x49x32xf32>
    }

    func.func @attend_tf32(%x: tensor<?x49x32xf32>) -> tensor<?x49x32xf32> {
      %q = nn.round_tf32 %x : tensor<?x49x32xf32>
      %z = nn.attention %q, %q, %q scale 1.0 tf32
          : tensor<?x49x32xf32>, tensor<?x49x32xf32>, tensor<?x49x32xf32>
      return %z : tensor<?x49x32xf32>
    }
    ```
  }];
  let arguments = (ins NN_FloatTensor:$query, NN_FloatTensor:$key,
                       NN_FloatTensor:$value, Variadic<NN_FloatTensor>:$addends,
                       Optional<NN_BooleanTensor>:$keep,
                       F64Attr:$scale, OptionalAttr<F64Attr>:$masked,
                       UnitAttr:$tf32);
  let results = (outs NN_FloatTensor:$result);
  let assemblyFormat = [{
    $query `,` $key `,` $value `scale` $scale (`add` $addends^)?
    (`where` $keep^ `:` type($keep) `else` $masked)? (`tf32` $tf32^)? attr-dict
    `:` type($query) `,` type($key) `,` type($value) (`,` type($addends)^)?
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNATTENTION_TD
