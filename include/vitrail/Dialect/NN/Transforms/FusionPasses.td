//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes that decide which operations share a kernel, and make a function of
// each.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_TRANSFORMS_FUSIONPASSES_TD
#define VITRAIL_DIALECT_NN_TRANSFORMS_FUSIONPASSES_TD

include "mlir/Pass/PassBase.td"

def FuseEpilogue : Pass<"nn-fuse-epilogue", "::mlir::func::FuncOp"> {
  let summary = "Compute elementwise operations where a kernel stores its result";
  let description = [{
    What is worth a loop nest of its own (product, attention, softmax, norm,
    reduction) is fused with the elementwise operations and transposes that
    alone use its result, as long as they keep its elements one to one: bias,
    activation, layer scale, residual. They are computed in registers, before
    the result is stored.

    Before:

    ```mlir
    %0 = nn.linear %x, %w bias %b
        : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
    %1 = nn.gelu %0 : tensor<?x197x3072xf32>
    ```

    After:

    ```mlir
    %1 = nn.fusion {
      %0 = nn.linear %x, %w bias %b
          : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
      %2 = nn.gelu %0 : tensor<?x197x3072xf32>
      nn.yield %2 : tensor<?x197x3072xf32>
    } : tensor<?x197x3072xf32>
    ```

    The fusion is where the last of the operations was, after whatever else they
    read. An update stores one position, and has no epilogue.
  }];
  let statistics = [
    Statistic<"fused", "fused", "operations that became part of an epilogue">
  ];
}

def FuseNorm : Pass<"nn-fuse-norm", "::mlir::func::FuncOp"> {
  let summary = "Compute a layer norm in the kernel of a linear layer";
  let description = [{
    A layer norm that one linear layer alone reads is fused with it: the kernel
    normalises the rows that it reads. If several layers read the norm, it is
    stored; those of attention are one after `nn-fuse-qkv`.

    Before:

    ```mlir
    %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x197x48xf32>
    %y = nn.linear %0, %w : tensor<?x197x48xf32>, tensor<96x48xf32>
    ```

    After:

    ```mlir
    %y = nn.fusion {
      %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x197x48xf32>
      %1 = nn.linear %0, %w : tensor<?x197x48xf32>, tensor<96x48xf32>
      nn.yield %1 : tensor<?x197x96xf32>
    } : tensor<?x197x96xf32>
    ```

    A layer norm of what a linear layer computes, elementwise operations such as
    a residual included, is fused with that one, if nothing else reads the rows
    before they are normalised (Vaswani et al. 2017, section 5.4).

    Before:

    ```mlir
    %0 = nn.fusion {
      %1 = nn.linear %z, %w : tensor<?x197x96xf32>, tensor<48x96xf32>
      %2 = nn.add %x, %1 : tensor<?x197x48xf32>, tensor<?x197x48xf32>
      nn.yield %2 : tensor<?x197x48xf32>
    } : tensor<?x197x48xf32>
    %y = nn.layer_norm %0 epsilon 1.0e-6 : tensor<?x197x48xf32>
    ```

    After:

    ```mlir
    %y = nn.fusion {
      %1 = nn.linear %z, %w : tensor<?x197x96xf32>, tensor<48x96xf32>
      %2 = nn.add %x, %1 : tensor<?x197x48xf32>, tensor<?x197x48xf32>
      %3 = nn.layer_norm %2 epsilon 1.0e-6 : tensor<?x197x48xf32>
      nn.yield %3 : tensor<?x197x48xf32>
    } : tensor<?x197x48xf32>
    ```
  }];
  let statistics = [
    Statistic<"fused", "fused", "norms that became part of a product's kernel">
  ];
}

def FusePointwise : Pass<"nn-fuse-pointwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise operations with each other";
  let description = [{
    Elementwise operations, concatenations and gathers that no other kernel has
    taken with it are fused with those that compute their operands, where nothing
    else reads these; paddings between them, too.

    Before:

    ```mlir
    %0 = nn.tanh %x : tensor<?x4xf32>
    %1 = nn.pad %0 [0, 1] [0, 0] value 1.0 : tensor<?x4xf32>
    %2 = nn.gelu %1 : tensor<?x5xf32>
    ```

    After:

    ```mlir
    %2 = nn.fusion {
      %0 = nn.tanh %x : tensor<?x4xf32>
      %1 = nn.pad %0 [0, 1] [0, 0] value 1.0 : tensor<?x4xf32>
      %3 = nn.gelu %1 : tensor<?x5xf32>
      nn.yield %3 : tensor<?x5xf32>
    } : tensor<?x5xf32>
    ```
  }];
  let statistics = [
    Statistic<"fused", "fused", "operations that share a loop nest">
  ];
}

def FoldPatches : Pass<"nn-fold-patches", "::mlir::func::FuncOp"> {
  let summary = "Read through index maps";
  let description = [{
    Transposes, slices, rolls, paddings, broadcasts and the patches of an image
    are index arithmetic: each element is one of the operand's, or what a margin is
    filled with. Kernels read through them, so that each becomes part of every
    fusion that reads it, repeated, and is not stored. So does a reshape between
    two of them, where splitting a dimension costs a multiplication; next to a
    stored tensor it costs nothing outside. Attention also looks up in a table
    which matrix it adds, or masks with, where there are fewer in the table.

    Before:

    ```mlir
    %p = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
        : tensor<?x3x224x224xf32>
    %y = nn.linear %p, %w : tensor<?x14x14x3x16x16xf32>,
        tensor<768x3x16x16xf32>
    ```

    After:

    ```mlir
    %y = nn.fusion {
      %p = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
          : tensor<?x3x224x224xf32>
      %0 = nn.linear %p, %w : tensor<?x14x14x3x16x16xf32>,
          tensor<768x3x16x16xf32>
      nn.yield %0 : tensor<?x14x14x768xf32>
    } : tensor<?x14x14x768xf32>
    ```

    Index maps stay where what reads them is no kernel: where they leave the
    function, enter a reshape that merges or splits dimensions around the batch,
    which no index can follow, or are what an update writes to.
  }];
  let statistics = [
    Statistic<"folded", "folded", "index maps that became part of a kernel">
  ];
}

def FuseUpdates : Pass<"nn-fuse-updates", "::mlir::func::FuncOp"> {
  let summary = "Store what a product computes where it computes it";
  let description = [{
    A step of a decoder computes queries, keys and values by one product, and
    puts keys and values into caches. The updates of the caches become part of
    the product's fusion, which has their results besides its own: one kernel
    rather than three.

    Before:

    ```mlir
    %y = nn.linear %x, %w : tensor<?x1x96xf32>, tensor<288x96xf32>
    %0 = nn.fusion {
      %k = nn.slice %y [0, 0, 96] [?, 1, 96] [1, 1, 1] : tensor<?x1x288xf32>
      %1 = nn.update %cache, %k, %i axis 1
          : tensor<?x12x96xf32>, tensor<?x1x96xf32>
      nn.yield %1 : tensor<?x12x96xf32>
    } : tensor<?x12x96xf32>
    ```

    After:

    ```mlir
    %y:2 = nn.fusion {
      %0 = nn.linear %x, %w : tensor<?x1x96xf32>, tensor<288x96xf32>
      %k = nn.slice %0 [0, 0, 96] [?, 1, 96] [1, 1, 1] : tensor<?x1x288xf32>
      %1 = nn.update %cache, %k, %i axis 1
          : tensor<?x12x96xf32>, tensor<?x1x96xf32>
      nn.yield %0, %1 : tensor<?x1x288xf32>, tensor<?x12x96xf32>
    } : tensor<?x1x288xf32>, tensor<?x12x96xf32>
    ```

    Updates stay apart where something else that they read is computed after the
    product, and where nothing but updates reads the product.

    Precondition: updates read through their index maps (`nn-fold-patches`).
  }];
  let statistics = [
    Statistic<"fused", "fused", "updates that became part of a product's kernel">
  ];
}

def NarrowProducts : Pass<"nn-narrow-products", "::mlir::ModuleOp"> {
  let summary = "Multiply tf32, bf16 or integers in linear layers";
  let description = [{
    With precision `bf16`, a linear layer multiplies numbers of 8 binary digits
    (Kalamkar et al. 2019): its weight is rounded while compiling, and its input
    where that is stored, if all that reads it are such layers, else where the
    layer reads it. Sums, and all other computations, stay in f32: bias,
    activations, residuals, norms, softmax.

    Before:

    ```mlir
    %h = nn.fusion {
      %0 = nn.linear %x, %w1 bias %b1
          : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
      %1 = nn.gelu %0 : tensor<?x197x3072xf32>
      nn.yield %1 : tensor<?x197x3072xf32>
    } : tensor<?x197x3072xf32>
    %y = nn.linear %h, %w2 : tensor<?x197x3072xf32>, tensor<768x3072xf32>
    ```

    After:

    ```mlir
    %v1 = nn.cast %w1 : tensor<3072x768xf32> to tensor<3072x768xbf16>
    %v2 = nn.cast %w2 : tensor<768x3072xf32> to tensor<768x3072xbf16>
    %h = nn.fusion {
      %2 = nn.cast %x : tensor<?x197x768xf32> to tensor<?x197x768xbf16>
      %0 = nn.linear %2, %v1 bias %b1
          : tensor<?x197x768xbf16>, tensor<3072x768xbf16>, tensor<3072xf32>
      %1 = nn.gelu %0 : tensor<?x197x3072xf32>
      %3 = nn.cast %1 : tensor<?x197x3072xf32> to tensor<?x197x3072xbf16>
      nn.yield %3 : tensor<?x197x3072xbf16>
    } : tensor<?x197x3072xbf16>
    %y = nn.linear %h, %v2 : tensor<?x197x3072xbf16>, tensor<768x3072xbf16>
    ```

    With `tf32` numbers are rounded to 11 binary digits, and stored as f32 (see
    `nn.round_tf32`): weights while compiling, inputs where those of bf16 are.
    Such layers are marked, for processors that multiply tf32, and so is attention
    of 16 queries or more whose queries, keys and values such layers compute: these
    are rounded likewise.

    Before:

    ```mlir
    %y = nn.linear %x, %w : tensor<?x197x768xf32>, tensor<3072x768xf32>
    ```

    After:

    ```mlir
    %v = nn.round_tf32 %w : tensor<3072x768xf32>
    %y = nn.fusion {
      %0 = nn.round_tf32 %x : tensor<?x197x768xf32>
      %1 = nn.linear %0, %v tf32 : tensor<?x197x768xf32>, tensor<3072x768xf32>
      nn.yield %1 : tensor<?x197x3072xf32>
    } : tensor<?x197x3072xf32>
    ```

    With `int8` it multiplies 8-bit integers (Jacob et al. 2018): its weight is
    quantized while compiling, in the range of each feature, and its input where
    the layer reads it, in the range of each row. Sums are i32; times both
    ranges, they are f32 again.

    Before:

    ```mlir
    %y = nn.linear %x, %w bias %b
        : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
    ```

    After:

    ```mlir
    %range = nn.reduce max_abs %w axes [1] keep_dims : tensor<3072x768xf32>
    %v = nn.quantize %w by %range : tensor<3072x768xf32>, tensor<3072x1xf32>
    %factor = nn.constant dense<6.2000124E-5> : tensor<f32>
    %ranges = nn.reshape %range : tensor<3072x1xf32> to tensor<3072xf32>
    %scale = nn.mul %ranges, %factor : tensor<3072xf32>, tensor<f32>
    %y = nn.fusion {
      %row = nn.reduce max_abs %x axes [2] keep_dims : tensor<?x197x768xf32>
      %0 = nn.quantize %x by %row : tensor<?x197x768xf32>, tensor<?x197x1xf32>
      %1 = nn.linear %0, %v : tensor<?x197x768xi8>, tensor<3072x768xi8>
      %2 = nn.cast %1 : tensor<?x197x3072xi32> to tensor<?x197x3072xf32>
      %3 = nn.mul %2, %row : tensor<?x197x3072xf32>, tensor<?x197x1xf32>
      %4 = nn.mul %3, %scale : tensor<?x197x3072xf32>, tensor<3072xf32>
      %5 = nn.add %4, %b : tensor<?x197x3072xf32>, tensor<3072xf32>
      nn.yield %5 : tensor<?x197x3072xf32>
    } : tensor<?x197x3072xf32>
    ```

    Where `ranges` is a file with the range of what a layer reads, as one number,
    the input is quantized in that, and no row has a range of its own:

    ```mlir
    %table = nn.constant dense<[4.0, 2.5]> : tensor<2xf32>
    %range = nn.slice %table [1] [1] [1] : tensor<2xf32>
    %0 = nn.quantize %x by %range : tensor<?x197x768xf32>, tensor<1xf32>
    ```

    A line of the file is a number and the names of the parameters in the layer's
    weight; `#` begins a comment. With `record` nothing becomes narrow: entries
    give these ranges as results, a number for each sample, called by a number
    and those names.

    With `attention`, which is for processors whose matrix unit multiplies bf16,
    attention multiplies bf16 where layers do, and where layers multiply 8-bit
    integers: queries, keys and values are rounded as the inputs of layers are,
    and the operation rounds the weights of values. It has 16 queries or more,
    which is as many as the unit takes, and queries, keys and values that such
    layers compute. If one of these layers stays in f32, attention does.

    Before:

    ```mlir
    %q = nn.slice %qkv [0, 0, 0] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
    %k = nn.slice %qkv [0, 0, 64] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
    %v = nn.slice %qkv [0, 0, 128] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xf32>
    %z = nn.attention %q, %k, %v scale 1.0
        : tensor<?x197x64xf32>, tensor<?x197x64xf32>, tensor<?x197x64xf32>
    ```

    After:

    ```mlir
    %q = nn.slice %r [0, 0, 0] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xbf16>
    %k = nn.slice %r [0, 0, 64] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xbf16>
    %v = nn.slice %r [0, 0, 128] [?, 197, 64] [1, 1, 1] : tensor<?x197x192xbf16>
    %z = nn.attention %q, %k, %v scale 1.0
        : tensor<?x197x64xbf16>, tensor<?x197x64xbf16>, tensor<?x197x64xbf16>
    ```

    where the kernel that computed `%qkv` casts it to `%r`.

    With `int8-weights` the weight is quantized alone, and multiplied as f32:
    less memory is read, which is what one row, as in a step of a decoder, waits
    for.

    A layer stays in f32 if a name of the parameters in its weight matches a
    pattern of `keep`, or one of the module's `nn.precision` (a dictionary in
    which `f32` is an array of patterns: what the model file says), or if its
    weight is computed when the model runs. Patterns are those of file names
    (`*`, `?`, `[a-z]`, `{a,b}`); one of `keep` that matches nothing is an error.

    This changes what a model means, by rounding, as `nn-narrow-storage` does and
    no other pass.

    Precondition: the other passes that form fusions, which match operations on
    f32.
  }];
  let options = [
    Option<"precision", "precision", "std::string", "\"f32\"",
           "what linear layers multiply: tf32, bf16, int8, or int8-weights; "
           "nothing is done for f32, and for f16, which is of storage">,
    ListOption<"keep", "keep", "std::string",
               "patterns of parameters whose layers stay in f32">,
    Option<"attention", "attention", "bool", "false",
           "multiply bf16 in attention, too, with bf16 and int8">,
    Option<"ranges", "ranges", "std::string", "\"\"",
           "file of ranges of what layers read, for int8">,
    Option<"record", "record", "bool", "false",
           "give the ranges of what layers read as results, and do nothing else">
  ];
  let statistics = [
    Statistic<"narrowed", "narrowed", "linear layers that multiply tf32, bf16 or integers">,
    Statistic<"narrowedAttention", "narrowed-attention",
              "attention operations that multiply tf32 or bf16">
  ];
}

def FormKernels : Pass<"nn-form-kernels", "::mlir::ModuleOp"> {
  let summary = "Make a function of each kernel";
  let description = [{
    Each fusion becomes a private function marked `nn.kernel`, and so does each
    operation that is in none and has to be computed when the model runs.
    Reshapes between kernels stay outside, where they are free: tensors are
    dense. Operations on parameters alone stay outside, to be evaluated while
    compiling. Scalar constants are part of the kernels that read them.

    A kernel has the name of what it computes; one without a product, attention,
    softmax, norm, reduction or update is called `pointwise_...`. Its arguments
    are what it reads, and then what updates in it write to, in the order of the
    results.

    Before:

    ```mlir
    %1 = nn.fusion {
      %0 = nn.linear %x, %w bias %b
          : tensor<?x197x768xf32>, tensor<3072x768xf32>, tensor<3072xf32>
      %2 = nn.gelu %0 : tensor<?x197x3072xf32>
      nn.yield %2 : tensor<?x197x3072xf32>
    } : tensor<?x197x3072xf32>
    ```

    After:

    ```mlir
    %1 = call @linear_gelu(%x, %w, %b) : (tensor<?x197x768xf32>,
        tensor<3072x768xf32>, tensor<3072xf32>) -> tensor<?x197x3072xf32>
    ```

    Afterwards the entry functions hold only calls of kernels, reshapes,
    operations on parameters, and the return.
  }];
  let statistics = [
    Statistic<"formed", "formed", "kernels formed">
  ];
}

def FlattenRows : Pass<"nn-flatten-rows", "::mlir::ModuleOp"> {
  let summary = "Make one dimension of the rows of a layer";
  let description = [{
    A linear layer, with the norms and elementwise operations of its kernel,
    works on each row of features by itself. Where all tensors of a kernel are
    dense and have the same rows, or are the same for every row, the rows of a
    sample become one dimension: tiles of rows then fill up over the whole image
    rather than one line of it. Callers reshape, which is free.

    Before:

    ```mlir
    func.func private @linear_add(%x: tensor<?x7x7x48xf32>,
        %w: tensor<48x48xf32>, %r: tensor<?x7x7x48xf32>)
        -> tensor<?x7x7x48xf32> attributes {nn.kernel} {
      %0 = nn.linear %x, %w : tensor<?x7x7x48xf32>, tensor<48x48xf32>
      %1 = nn.add %r, %0 : tensor<?x7x7x48xf32>, tensor<?x7x7x48xf32>
      return %1 : tensor<?x7x7x48xf32>
    }
    ```

    After:

    ```mlir
    func.func private @linear_add(%x: tensor<?x49x48xf32>,
        %w: tensor<48x48xf32>, %r: tensor<?x49x48xf32>)
        -> tensor<?x49x48xf32> attributes {nn.kernel} {
      %0 = nn.linear %x, %w : tensor<?x49x48xf32>, tensor<48x48xf32>
      %1 = nn.add %r, %0 : tensor<?x49x48xf32>, tensor<?x49x48xf32>
      return %1 : tensor<?x49x48xf32>
    }
    ```

    Kernels that read through index maps keep their dimensions, and so do those
    of several results.
  }];
  let statistics = [
    Statistic<"flattened", "flattened", "kernels whose rows became one dimension">
  ];
}

#endif // VITRAIL_DIALECT_NN_TRANSFORMS_FUSIONPASSES_TD
