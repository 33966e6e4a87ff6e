//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `halide` dialect itself, its enumerations, and the classes that its
// operations share.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_TD
#define VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_TD

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def Halide_Dialect : Dialect {
  let name = "halide";
  let cppNamespace = "::vitrail::halide";
  let summary = "Halide's algorithms and schedules as IR";
  let description = [{
    A `halide.pipeline` holds inputs, reduction domains, funcs with their
    updates, outputs, and schedule operations, each named after the Halide
    call that it mirrors. Funcs and inputs are symbols; loop variables are
    strings, as in Halide, where a variable is its name.

    Dimensions are in Halide's order: the first varies fastest. A tensor of MLIR
    type `tensor<2x3x4xf32>` is a buffer of extents `[4, 3, 2]`.

    Right-hand sides are regions of scalar operations from the `arith` and
    `math` dialects with `halide.call`, `halide.mod` and `halide.undef`. Index
    values are `i32`.

    The following pipeline computes a product of matrices, W in panels of 16
    columns. Examples that are not pipelines themselves stand at its end.

    ```mlir
    halide.pipeline @product {
      halide.input @A : f32 [768, 197]
      halide.input @W : f32 [16, 768, 48]
      halide.rdom @r ["k"] min [0] extent [768]
      halide.func @acc ["ni", "no", "m"] : f32 {
      ^bb0(%ni: i32, %no: i32, %m: i32):
        %zero = arith.constant 0.0 : f32
        halide.yield %zero : f32
      }
      halide.update @acc over @r {
      ^bb0(%ni: i32, %no: i32, %m: i32, %k: i32):
        %acc = halide.call @acc(%ni, %no, %m) : f32
        %a = halide.call @A(%k, %m) : f32
        %w = halide.call @W(%ni, %k, %no) : f32
        %term = arith.mulf %a, %w : f32
        %sum = arith.addf %acc, %term : f32
        halide.yield %sum : f32
      }
      halide.func @C ["n", "m"] : f32 {
      ^bb0(%n: i32, %m: i32):
        %width = arith.constant 16 : i32
        %ni = halide.mod %n, %width
        %no = arith.floordivsi %n, %width : i32
        %acc = halide.call @acc(%ni, %no, %m) : f32
        halide.yield %acc : f32
      }
      halide.output @C [768, 197]
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();

    /// What the function in the object of a function on memory is called (see
    /// halide.launch): a string.
    static ::llvm::StringRef getLinkNameAttrName() { return "halide.link_name"; }
  }];
}

// Halide::TailStrategy: what a split does at the end of an extent that the
// factor does not divide.
def Halide_Tail : I32EnumAttr<"TailStrategy", "what a split does with a remainder", [
    I32EnumAttrCase<"Auto", 0, "auto">,
    I32EnumAttrCase<"RoundUp", 1, "round_up">,
    I32EnumAttrCase<"GuardWithIf", 2, "guard_with_if">,
    I32EnumAttrCase<"Predicate", 3, "predicate">,
    I32EnumAttrCase<"PredicateLoads", 4, "predicate_loads">,
    I32EnumAttrCase<"PredicateStores", 5, "predicate_stores">,
    I32EnumAttrCase<"ShiftInwards", 6, "shift_inwards">]> {
  let cppNamespace = "::vitrail::halide";
  let genSpecializedAttr = 0;
}
def Halide_TailAttr : EnumAttr<Halide_Dialect, Halide_Tail, "tail">;

// Halide::MemoryType: where a func is stored.
def Halide_Memory : I32EnumAttr<"MemoryType", "where a func is stored", [
    I32EnumAttrCase<"Auto", 0, "auto">,
    I32EnumAttrCase<"Heap", 1, "heap">,
    I32EnumAttrCase<"Stack", 2, "stack">,
    I32EnumAttrCase<"Register", 3, "register">,
    I32EnumAttrCase<"GPUShared", 4, "gpu_shared">]> {
  let cppNamespace = "::vitrail::halide";
  let genSpecializedAttr = 0;
}
def Halide_MemoryAttr : EnumAttr<Halide_Dialect, Halide_Memory, "memory">;

// What operations share.

class Halide_Op<string mnemonic, list<Trait> traits = []>
    : Op<Halide_Dialect, mnemonic, traits>;
def Halide_InPipeline : HasParent<"::vitrail::halide::PipelineOp">;
def Halide_InDefinition
    : ParentOneOf<["::vitrail::halide::FuncOp", "::vitrail::halide::UpdateOp"]>;
// Elements of buffers and values of expressions.
def Halide_Scalar : AnyTypeOf<[F32, F16, BF16, I1, I8, I16, I32, I64]>;

#endif // VITRAIL_DIALECT_HALIDE_IR_HALIDEDIALECT_TD
