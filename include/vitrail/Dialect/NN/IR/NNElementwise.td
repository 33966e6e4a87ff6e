//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Elementwise operations: each element of the result is a function of the
// elements at the same index of the operands.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNELEMENTWISE_TD
#define VITRAIL_DIALECT_NN_IR_NNELEMENTWISE_TD

include "vitrail/Dialect/NN/IR/NNBase.td"

def NN_Elementwise : NativeOpTrait<"Elementwise"> {
  let cppNamespace = "::vitrail::nn";
}

//===----------------------------------------------------------------------===//
// Of one operand
//===----------------------------------------------------------------------===//

// The constraint of each kind of operand that inference knows.
class NN_TensorOfKind<string kind> {
  TypeConstraint constraint =
      !if(!eq(kind, "Floats"), NN_FloatTensor, NN_NumberTensor);
}

class NN_UnaryOp<string mnemonic, string kind = "Floats">
    : NN_InferredOp<mnemonic, [NN_Elementwise]> {
  let arguments = (ins NN_TensorOfKind<kind>.constraint:$input);
  let results = (outs NN_TensorOfKind<kind>.constraint:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> location,
        Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferUnary({location, getOperationName()}, ElementKind::}] # kind # [{,
                        adaptor.getInput(), types);
    }
  }];
}

def NN_NegOp : NN_UnaryOp<"neg", "Numbers"> {
  let summary = "Negation";
  let description = [{
    Computes the negative of each element.

    y = -x. The result has the input's type: numbers of any shape.

    Booleans are not supported.

    ```mlir
    func.func @neg(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.neg %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_ExpOp : NN_UnaryOp<"exp"> {
  let summary = "Exponential";
  let description = [{
    Computes the exponential of each element.

    y = e^x. The result has the input's type: floats of any shape.

    Integers are not supported.

    ```mlir
    func.func @exp(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.exp %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_SqrtOp : NN_UnaryOp<"sqrt"> {
  let summary = "Square root";
  let description = [{
    Computes the square root of each element.

    y = sqrt(x), not a number where x < 0. The result has the input's type:
    floats of any shape.

    Integers are not supported.

    ```mlir
    func.func @sqrt(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.sqrt %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_LogOp : NN_UnaryOp<"log"> {
  let summary = "Natural logarithm";
  let description = [{
    Computes the natural logarithm of each element.

    y = ln(x), not a number where x < 0. The result has the input's type: floats
    of any shape.

    Integers are not supported.

    ```mlir
    func.func @log(%x: tensor<?x12x64xf32>) -> tensor<?x12x64xf32> {
      %y = nn.log %x : tensor<?x12x64xf32>
      return %y : tensor<?x12x64xf32>
    }
    ```
  }];
}

def NN_SinOp : NN_UnaryOp<"sin"> {
  let summary = "Sine";
  let description = [{
    Computes the sine of each element.

    y = sin(x), x in radians. The result has the input's type: floats
    of any shape.

    Integers are not supported.

    ```mlir
    func.func @sin(%x: tensor<?x12x64xf32>) -> tensor<?x12x64xf32> {
      %y = nn.sin %x : tensor<?x12x64xf32>
      return %y : tensor<?x12x64xf32>
    }
    ```
  }];
}

def NN_CosOp : NN_UnaryOp<"cos"> {
  let summary = "Cosine";
  let description = [{
    Computes the cosine of each element.

    y = cos(x), x in radians. The result has the input's type: floats
    of any shape.

    Integers are not supported.

    ```mlir
    func.func @cos(%x: tensor<?x12x64xf32>) -> tensor<?x12x64xf32> {
      %y = nn.cos %x : tensor<?x12x64xf32>
      return %y : tensor<?x12x64xf32>
    }
    ```
  }];
}

def NN_TanhOp : NN_UnaryOp<"tanh"> {
  let summary = "Hyperbolic tangent";
  let description = [{
    Computes the hyperbolic tangent of each element.

    y = (e^x - e^-x) / (e^x + e^-x). The result has the input's type: floats
    of any shape.

    Integers are not supported.

    ```mlir
    func.func @tanh(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.tanh %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_SigmoidOp : NN_UnaryOp<"sigmoid"> {
  let summary = "Logistic function";
  let description = [{
    Computes the logistic function of each element.

    y = 1 / (1 + e^-x). The result has the input's type: floats of any shape.

    Integers are not supported.

    ```mlir
    func.func @sigmoid(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.sigmoid %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_ReluOp : NN_UnaryOp<"relu"> {
  let summary = "Rectified linear unit";
  let description = [{
    Replaces each negative element by zero.

    y = max(x, 0) (Nair & Hinton 2010). The result has the input's type:
    floats of any shape.

    Integers are not supported.

    ```mlir
    func.func @relu(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.relu %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_GeluOp : NN_UnaryOp<"gelu"> {
  let summary = "Gaussian error linear unit";
  let description = [{
    Multiplies each element by the probability that a normal variable is less.

    y = x * (1 + erf(x / sqrt(2))) / 2, the exact form of Hendrycks & Gimpel
    2016, section 2. The result has the input's type: floats of any shape.

    The approximations with tanh or sigmoid are other functions: write them
    with `nn.tanh` or `nn.sigmoid`. Integers are not supported.

    ```mlir
    func.func @gelu(%x: tensor<?x197x3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.gelu %x : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
}

def NN_RoundTF32Op : NN_UnaryOp<"round_tf32"> {
  let summary = "Rounding to the digits of tf32";
  let description = [{
    Rounds each element to 11 binary digits.

    y is the number of tf32 next to x, of two equally near ones that further
    from zero: a sign, 8 bits of exponent, those of f32, and 10 of fraction,
    those of f16. What is beyond the largest becomes infinite. The result has the
    input's type: floats of any shape. f16 and bf16 have no more digits, and stay
    what they are.

    There are no tensors of tf32: its numbers are stored as f32 and multiplied by
    `nn.linear` with `tf32`. Integers are not supported.

    ```mlir
    func.func @round_tf32(%x: tensor<?x197x768xf32>) -> tensor<?x197x768xf32> {
      %y = nn.round_tf32 %x : tensor<?x197x768xf32>
      return %y : tensor<?x197x768xf32>
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Of two operands
//===----------------------------------------------------------------------===//

// Shapes broadcast as in NumPy: aligned at the last dimension, an extent of 1
// or an absent one repeats.
class NN_BinaryOp<string mnemonic, string kind, list<Trait> traits = []>
    : NN_InferredOp<mnemonic, !listconcat([NN_Elementwise], traits)> {
  let arguments = (ins NN_TensorOfKind<kind>.constraint:$lhs,
                       NN_TensorOfKind<kind>.constraint:$rhs);
  let results = (outs NN_TensorOfKind<kind>.constraint:$result);
  let assemblyFormat =
      "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> location,
        Adaptor adaptor, ::llvm::SmallVectorImpl<::mlir::Type> &types) {
      return inferBinary({location, getOperationName()}, ElementKind::}] # kind # [{,
                         adaptor.getLhs(), adaptor.getRhs(), types);
    }
  }];
}

def NN_AddOp : NN_BinaryOp<"add", "Numbers", [Commutative]> {
  let summary = "Sum";
  let description = [{
    Adds two tensors.

    z = x + y. Shapes broadcast as in NumPy: they are aligned at the last
    dimension, where an extent of 1 or an absent one repeats. Extents that
    depend on the batch must have equal factors. Both operands have the same type of number, as has the result.

    There is no conversion between types: see `nn.cast`.

    ```mlir
    func.func @add(%x: tensor<?x197x768xf32>, %y: tensor<768xf32>)
        -> tensor<?x197x768xf32> {
      %z = nn.add %x, %y : tensor<?x197x768xf32>, tensor<768xf32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
  let hasFolder = 1;
}

def NN_SubOp : NN_BinaryOp<"sub", "Numbers"> {
  let summary = "Difference";
  let description = [{
    Subtracts one tensor from another.

    z = x - y. Shapes broadcast as in NumPy: they are aligned at the last
    dimension, where an extent of 1 or an absent one repeats. Extents that
    depend on the batch must have equal factors. Both operands have the same type of number, as has the result.

    There is no conversion between types: see `nn.cast`.

    ```mlir
    func.func @sub(%x: tensor<?x197x768xf32>, %y: tensor<?x197x1xf32>)
        -> tensor<?x197x768xf32> {
      %z = nn.sub %x, %y : tensor<?x197x768xf32>, tensor<?x197x1xf32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
  let hasFolder = 1;
}

def NN_MulOp : NN_BinaryOp<"mul", "Numbers", [Commutative]> {
  let summary = "Product of elements";
  let description = [{
    Multiplies two tensors, element by element.

    z = x * y. For products of matrices see `nn.matmul`. Shapes broadcast as
    in NumPy: they are aligned at the last dimension, where an extent of 1 or
    an absent one repeats. Extents that depend on the batch must have equal
    factors. Both operands have the same type of number, as has the result.

    There is no conversion between types: see `nn.cast`.

    ```mlir
    func.func @mul(%x: tensor<?x197x768xf32>, %y: tensor<f32>)
        -> tensor<?x197x768xf32> {
      %z = nn.mul %x, %y : tensor<?x197x768xf32>, tensor<f32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
  let hasFolder = 1;
}

def NN_DivOp : NN_BinaryOp<"div", "Floats"> {
  let summary = "Quotient";
  let description = [{
    Divides one tensor by another, element by element.

    z = x / y. Shapes broadcast as in NumPy: they are aligned at the last
    dimension, where an extent of 1 or an absent one repeats. Extents that
    depend on the batch must have equal factors. Both operands have the same
    type of float, as has the result.

    Integers are not supported. For conversions see `nn.cast`.

    ```mlir
    func.func @div(%x: tensor<?x197x768xf32>, %y: tensor<?x197x1xf32>)
        -> tensor<?x197x768xf32> {
      %z = nn.div %x, %y : tensor<?x197x768xf32>, tensor<?x197x1xf32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def NN_MaxOp : NN_BinaryOp<"max", "Numbers", [Commutative]> {
  let summary = "Greater of two";
  let description = [{
    Takes the greater of two elements.

    z = max(x, y), not a number where one of them is. Shapes broadcast as in
    NumPy: they are aligned at the last dimension, where an extent of 1 or an
    absent one repeats. Extents that depend on the batch must have equal
    factors. Both operands have the same type of number, as has the result.

    There is no conversion between types: see `nn.cast`.

    ```mlir
    func.func @max(%x: tensor<?x197x768xf32>, %y: tensor<f32>)
        -> tensor<?x197x768xf32> {
      %z = nn.max %x, %y : tensor<?x197x768xf32>, tensor<f32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
}

def NN_MinOp : NN_BinaryOp<"min", "Numbers", [Commutative]> {
  let summary = "Lesser of two";
  let description = [{
    Takes the lesser of two elements.

    z = min(x, y), not a number where one of them is. Shapes broadcast as in
    NumPy: they are aligned at the last dimension, where an extent of 1 or an
    absent one repeats. Extents that depend on the batch must have equal
    factors. Both operands have the same type of number, as has the result.

    There is no conversion between types: see `nn.cast`.

    ```mlir
    func.func @min(%x: tensor<?x197x768xf32>, %y: tensor<f32>)
        -> tensor<?x197x768xf32> {
      %z = nn.min %x, %y : tensor<?x197x768xf32>, tensor<f32>
      return %z : tensor<?x197x768xf32>
    }
    ```
  }];
}

#endif // VITRAIL_DIALECT_NN_IR_NNELEMENTWISE_TD
