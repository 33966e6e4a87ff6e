//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes from `nn` to `nn`. Those that decide what shares a kernel are in
// FusionPasses.td.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_TD
#define VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"
include "vitrail/Dialect/NN/Transforms/FusionPasses.td"

def DecomposeConv : Pass<"nn-decompose-conv", "::mlir::func::FuncOp"> {
  let summary = "Write a convolution as a product over its patches";
  let description = [{
    A convolution is the product of its unfolded input with its weight
    (Chellapilla et al. 2006). The unfolded tensor is an index map, never
    stored: the product's kernel reads the image through it.

    Before:

    ```mlir
    %y = nn.conv %x, %w bias %b strides [16, 16] padding [0, 0]
        : tensor<?x3x224x224xf32>, tensor<768x3x16x16xf32>, tensor<768xf32>
    ```

    After:

    ```mlir
    %p = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
        : tensor<?x3x224x224xf32>
    %l = nn.linear %p, %w bias %b : tensor<?x14x14x3x16x16xf32>,
        tensor<768x3x16x16xf32>, tensor<768xf32>
    %y = nn.transpose %l [0, 3, 1, 2] : tensor<?x14x14x768xf32>
    ```

    Afterwards no `nn.conv` is left.
  }];
  let statistics = [
    Statistic<"decomposed", "decomposed", "convolutions rewritten">
  ];
}

def FoldScale : Pass<"nn-fold-scale", "::mlir::ModuleOp"> {
  let summary = "Fold the scale of attention's scores into a weight";
  let description = [{
    Attention divides its scores Q K^T by a constant (Vaswani et al. 2017, eq.
    1). Where Q is the result of a linear layer, or some of its features, and
    reaches the division through reshapes, transposes, slices and products that
    nothing else reads, the layer's weight and bias are scaled instead, while
    compiling. The same holds of a layer on the right-hand side of the product
    where there is none on the left, and of a scale before the product.

    Before:

    ```mlir
    %q = nn.linear %x, %w bias %b
        : tensor<?x197x48xf32>, tensor<48x48xf32>, tensor<48xf32>
    %s = nn.matmul %q, %k : tensor<?x197x48xf32>, tensor<?x48x197xf32>
    %c = nn.constant dense<6.9> : tensor<f32>
    %d = nn.div %s, %c : tensor<?x197x197xf32>, tensor<f32>
    ```

    After:

    ```mlir
    %c = nn.constant dense<6.9> : tensor<f32>
    %v = nn.div %w, %c : tensor<48x48xf32>, tensor<f32>
    %a = nn.div %b, %c : tensor<48xf32>, tensor<f32>
    %q = nn.linear %x, %v bias %a
        : tensor<?x197x48xf32>, tensor<48x48xf32>, tensor<48xf32>
    %d = nn.matmul %q, %k : tensor<?x197x48xf32>, tensor<?x48x197xf32>
    ```

    A weight is scaled only if all layers of the module that have it need it
    so: no weight is stored twice. Operations stay as they are, besides, where
    a weight or a bias is computed when the model runs.
  }];
  let statistics = [
    Statistic<"folded", "folded", "scales folded">
  ];
}

def FuseQKV : Pass<"nn-fuse-qkv", "::mlir::ModuleOp"> {
  let summary = "Make one product of linear layers on one input";
  let description = [{
    Queries, keys and values are linear layers on one input, and keys and values
    are where attention looks at another sequence. Layers whose results meet, be
    it in any function of the module, become one: their weights and biases are
    joined while compiling (zeros stand for a bias that one of them lacks), and
    slices of the result take the place of the results. One product of all is
    one kernel rather than three, and reads the input once.

    Before:

    ```mlir
    %q = nn.linear %x, %wq bias %bq
        : tensor<?x197x48xf32>, tensor<48x48xf32>, tensor<48xf32>
    %k = nn.linear %x, %wk : tensor<?x197x48xf32>, tensor<48x48xf32>
    %t = nn.transpose %k [0, 2, 1] : tensor<?x197x48xf32>
    %s = nn.matmul %q, %t : tensor<?x197x48xf32>, tensor<?x48x197xf32>
    ```

    After:

    ```mlir
    %w = nn.concat %wq, %wk axis 0 : tensor<48x48xf32>, tensor<48x48xf32>
    %bk = nn.constant dense<0.0> : tensor<48xf32>
    %b = nn.concat %bq, %bk axis 0 : tensor<48xf32>, tensor<48xf32>
    %y = nn.linear %x, %w bias %b
        : tensor<?x197x48xf32>, tensor<96x48xf32>, tensor<96xf32>
    %q = nn.slice %y [0, 0, 0] [?, 197, 48] [1, 1, 1] : tensor<?x197x96xf32>
    %k = nn.slice %y [0, 0, 48] [?, 197, 48] [1, 1, 1] : tensor<?x197x96xf32>
    %t = nn.transpose %k [0, 2, 1] : tensor<?x197x48xf32>
    %s = nn.matmul %q, %t : tensor<?x197x48xf32>, tensor<?x48x197xf32>
    ```

    A layer is left out if it would cost a copy: where its result leaves the
    function or is otherwise stored as it is, or where its kernel goes on with
    elementwise operations. So is one whose weight is computed when the model
    runs, and layers whose weights other layers of the module join in another
    way: no weight is stored twice.

    Slices of one parameter are joined in their order there, so that
    canonicalisation finds the parameter again. Precondition: equal values are
    one (`cse`).
  }];
  let statistics = [
    Statistic<"fused", "fused", "linear layers that became part of another">
  ];
}

def FormAttention : Pass<"nn-form-attention", "::mlir::func::FuncOp"> {
  let summary = "Find attention in products and softmax";
  let description = [{
    A product, a scale, additions, a softmax and another product become
    `nn.attention`, whose kernel keeps the scores in cache. Additions are biases
    or masks, in any number; the scale comes before them. A choice between scores
    and a number is a mask, too, and comes last. Transposes of the operands
    become index maps of the kernel; reshapes of leading dimensions between the
    products, such as those that give each window its mask, move out of them.

    Before:

    ```mlir
    %kt = nn.transpose %k [0, 1, 3, 2] : tensor<?x12x197x64xf32>
    %0 = nn.matmul %q, %kt
        : tensor<?x12x197x64xf32>, tensor<?x12x64x197xf32>
    %1 = nn.mul %0, %eighth : tensor<?x12x197x197xf32>, tensor<f32>
    %2 = nn.add %1, %bias : tensor<?x12x197x197xf32>, tensor<12x197x197xf32>
    %3 = nn.softmax %2 axis 3 : tensor<?x12x197x197xf32>
    %y = nn.matmul %3, %v : tensor<?x12x197x197xf32>, tensor<?x12x197x64xf32>
    ```

    After:

    ```mlir
    %y = nn.attention %q, %k, %v scale 1.250000e-01 add %bias
        : tensor<?x12x197x64xf32>, tensor<?x12x197x64xf32>,
          tensor<?x12x197x64xf32>, tensor<12x197x197xf32>
    ```

    Scores that something else uses, too, stay as they are.

    Precondition: the canonical form of products (`canonicalize`).
  }];
  let statistics = [
    Statistic<"formed", "formed", "attentions formed">
  ];
}

def FoldWindows : Pass<"nn-fold-windows", "::mlir::func::FuncOp"> {
  let summary = "Make windows, shifts and paddings what attention reads through";
  let description = [{
    Shifting an image's rows, filling them up and cutting them into windows (Liu
    et al. 2021, section 3.2) moves whole rows of features, and what computes
    each row from itself alone (linear layers, norms over features, elementwise
    operations with one feature vector at most) may come before or after. So
    such layers work on rows where they lie, and reshapes, transposes, rolls and
    paddings of rows move towards the attention, or the products that it is made
    of, whose kernels read through them; on the way from attention to a
    layer, the layer reads through them. Whatever order windows have, they never
    are tensors of their own.

    Before:

    ```mlir
    %p = nn.pad %x [0, 0, 0] [0, 1, 0] value 0.0 : tensor<?x15x24xf32>
    %r = nn.roll %p by 13 axis 1 : tensor<?x16x24xf32>
    %w = nn.reshape %r : tensor<?x16x24xf32> to tensor<?x2x8x24xf32>
    %q = nn.linear %w, %wq bias %bq
        : tensor<?x2x8x24xf32>, tensor<24x24xf32>, tensor<24xf32>
    %y = nn.attention %q, %q, %q scale 1.0
        : tensor<?x2x8x24xf32>, tensor<?x2x8x24xf32>, tensor<?x2x8x24xf32>
    %b = nn.reshape %y : tensor<?x2x8x24xf32> to tensor<?x16x24xf32>
    %c = nn.slice %b [0, 0, 0] [?, 15, 24] [1, 1, 1] : tensor<?x16x24xf32>
    %z = nn.add %x, %c : tensor<?x15x24xf32>, tensor<?x15x24xf32>
    ```

    After:

    ```mlir
    %l = nn.linear %x, %wq bias %bq
        : tensor<?x15x24xf32>, tensor<24x24xf32>, tensor<24xf32>
    %p = nn.pad %l [0, 0, 0] [0, 1, 0] value 0.0 fill %bq : tensor<24xf32>
        : tensor<?x15x24xf32>
    %r = nn.roll %p by 13 axis 1 : tensor<?x16x24xf32>
    %q = nn.reshape %r : tensor<?x16x24xf32> to tensor<?x2x8x24xf32>
    %y = nn.attention %q, %q, %q scale 1.0
        : tensor<?x2x8x24xf32>, tensor<?x2x8x24xf32>, tensor<?x2x8x24xf32>
    %b = nn.reshape %y : tensor<?x2x8x24xf32> to tensor<?x16x24xf32>
    %c = nn.slice %b [0, 0, 0] [?, 15, 24] [1, 1, 1] : tensor<?x16x24xf32>
    %z = nn.add %x, %c : tensor<?x15x24xf32>, tensor<?x15x24xf32>
    ```

    Rows that a padding adds become what the layer makes of the padding, known
    while compiling. Slices of rows go before the layer wherever they are, which
    then computes less.

    Layers between two reshapes of which the second takes back what the first
    did work in the outer shape, so that what is added to their result has it.
    Layers between which rows are mixed otherwise (concatenation, reduction) or
    added to rows in the windows' order stay as they are.

    Precondition: the canonical form (`canonicalize`), which knows exchanged
    halves for a roll.
  }];
  let statistics = [
    Statistic<"moved", "moved", "movements of rows that passed a layer">
  ];
}

def FoldNorm : Pass<"nn-fold-norm", "::mlir::ModuleOp"> {
  let summary = "Fold what a layer norm multiplies and adds into a weight";
  let description = [{
    A layer norm multiplies its rows by a scale and adds a bias. Where only
    linear layers read it, their weights are multiplied instead, and their
    biases hold the product of the weight with the norm's, while compiling:
    W (g x + b) + a = (W g) x + (W b + a).

    Before:

    ```mlir
    %0 = nn.layer_norm %x scale %g : tensor<48xf32> bias %b : tensor<48xf32>
        epsilon 1.0e-6 : tensor<?x197x48xf32>
    %y = nn.linear %0, %w bias %a
        : tensor<?x197x48xf32>, tensor<96x48xf32>, tensor<96xf32>
    ```

    After:

    ```mlir
    %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x197x48xf32>
    %c = nn.linear %b, %w bias %a
        : tensor<48xf32>, tensor<96x48xf32>, tensor<96xf32>
    %v = nn.mul %w, %g : tensor<96x48xf32>, tensor<48xf32>
    %y = nn.linear %0, %v bias %c
        : tensor<?x197x48xf32>, tensor<96x48xf32>, tensor<96xf32>
    ```

    A norm keeps its scale and bias if something else reads it, too, if a weight
    is computed when the model runs, or if a weight is read elsewhere without
    this norm: no weight is stored twice.

    Slices, transposes and reshapes of whole rows that alone read a norm move
    before it, so that a classifier that reads one token normalises one.
  }];
  let statistics = [
    Statistic<"folded", "folded", "norms without scale and bias now">
  ];
}

def NarrowStorage : Pass<"nn-narrow-storage", "::mlir::ModuleOp"> {
  let summary = "Store weights and activations in f16";
  let description = [{
    With precision `f16`, tensors that kernels leave to each other are stored in
    f16 (11 binary digits, up to 65504), and so are states and the parameters of
    more than one dimension that kernels read. A kernel converts what it reads,
    computes in f32, and rounds what it stores: sums, norms and their statistics,
    softmax, activations and residuals are as before. A linear layer, whose
    products are of two f16, also rounds what its kernel computes for it.

    Before:

    ```mlir
    func.func @mlp(%x: tensor<?x197x768xf32> {nn.name = "x"})
        -> (tensor<?x197x768xf32> {nn.name = "y"}) {
      %w1 = nn.parameter "fc1" : tensor<3072x768xf32>
      %w2 = nn.parameter "fc2" : tensor<768x3072xf32>
      %0 = call @linear_gelu(%x, %w1) : (tensor<?x197x768xf32>,
          tensor<3072x768xf32>) -> tensor<?x197x3072xf32>
      %1 = call @linear(%0, %w2) : (tensor<?x197x3072xf32>,
          tensor<768x3072xf32>) -> tensor<?x197x768xf32>
      return %1 : tensor<?x197x768xf32>
    }
    func.func private @linear_gelu(%x: tensor<?x197x768xf32>,
        %w: tensor<3072x768xf32>) -> tensor<?x197x3072xf32>
        attributes {nn.kernel} {
      %0 = nn.linear %x, %w : tensor<?x197x768xf32>, tensor<3072x768xf32>
      %1 = nn.gelu %0 : tensor<?x197x3072xf32>
      return %1 : tensor<?x197x3072xf32>
    }
    ```

    After:

    ```mlir
    func.func @mlp(%x: tensor<?x197x768xf32> {nn.name = "x"})
        -> (tensor<?x197x768xf32> {nn.name = "y"}) {
      %w1 = nn.parameter "fc1" : tensor<3072x768xf32>
      %w2 = nn.parameter "fc2" : tensor<768x3072xf32>
      %v1 = nn.cast %w1 : tensor<3072x768xf32> to tensor<3072x768xf16>
      %0 = call @linear_gelu(%x, %v1) : (tensor<?x197x768xf32>,
          tensor<3072x768xf16>) -> tensor<?x197x3072xf16>
      %v2 = nn.cast %w2 : tensor<768x3072xf32> to tensor<768x3072xf16>
      %1 = call @linear(%0, %v2) : (tensor<?x197x3072xf16>,
          tensor<768x3072xf16>) -> tensor<?x197x768xf32>
      return %1 : tensor<?x197x768xf32>
    }
    func.func private @linear_gelu(%x: tensor<?x197x768xf32>,
        %w: tensor<3072x768xf16>) -> tensor<?x197x3072xf16>
        attributes {nn.kernel} {
      %half = nn.cast %x : tensor<?x197x768xf32> to tensor<?x197x768xf16>
      %0 = nn.linear %half, %w : tensor<?x197x768xf16>, tensor<3072x768xf16>
      %1 = nn.gelu %0 : tensor<?x197x3072xf32>
      %2 = nn.cast %1 : tensor<?x197x3072xf32> to tensor<?x197x3072xf16>
      return %2 : tensor<?x197x3072xf16>
    }
    ```

    Inputs and outputs of entries stay f32. So does what a kernel reads of
    parameters, and what it stores, if a name of these parameters matches a
    pattern of `keep`, or one of the module's `nn.precision`, as of
    `nn-narrow-products`; constants of the model's text that f16 cannot hold; and
    states that hold any of these.

    As `nn-narrow-products`, this changes what a model means, by rounding.

    Precondition: kernels have one call each (`nn-form-kernels`).
  }];
  let options = [
    Option<"precision", "precision", "std::string", "\"f32\"",
           "f16; nothing is done for any other">,
    ListOption<"keep", "keep", "std::string",
               "patterns of parameters whose kernels keep f32">
  ];
  let statistics = [
    Statistic<"narrowed", "narrowed", "tensors stored in f16">
  ];
}

def ExposeKernels : Pass<"nn-expose-kernels", "::mlir::ModuleOp"> {
  let summary = "Make the result of every kernel an output";
  let description = [{
    For finding the first kernel that computes something wrong. Each entry gets
    an output for each call of a kernel, after its own, in the order of the
    calls. Its name is the call's number, the kernel, the place in the model
    file, and the scope of the parameters that the call reads, if any.

    Results of booleans, which libraries do not give, are left out. A module that
    says how it generates sequences does so no longer: a search wants one output.

    Before:

    ```mlir
    func.func @entry(%x: tensor<?x768xf32> {nn.name = "x"})
        -> (tensor<?x768xf32> {nn.name = "y"}) {
      %0 = call @tanh(%x) : (tensor<?x768xf32>) -> tensor<?x768xf32>
      %1 = call @gelu(%0) : (tensor<?x768xf32>) -> tensor<?x768xf32>
      return %1 : tensor<?x768xf32>
    }
    ```

    After:

    ```mlir
    func.func @entry(%x: tensor<?x768xf32> {nn.name = "x"})
        -> (tensor<?x768xf32> {nn.name = "y"},
            tensor<?x768xf32> {nn.name = "1 tanh model.vit:3:7"},
            tensor<?x768xf32> {nn.name = "2 gelu model.vit:4:10"}) {
      %0 = call @tanh(%x) : (tensor<?x768xf32>) -> tensor<?x768xf32>
      %1 = call @gelu(%0) : (tensor<?x768xf32>) -> tensor<?x768xf32>
      return %1, %0, %1 : tensor<?x768xf32>, tensor<?x768xf32>, tensor<?x768xf32>
    }
    ```
  }];
  let statistics = [
    Statistic<"exposed", "exposed", "results made outputs">
  ];
}

#endif // VITRAIL_DIALECT_NN_TRANSFORMS_PASSES_TD
