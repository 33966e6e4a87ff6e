//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `halide` dialect: one operation for each call of Halide's C++ interface
// that the project uses, so that an algorithm and its schedule can be read,
// tested and edited as text, and the target has no decision left to make.
// Here pipelines and algorithms; schedules are in HalideScheduleOps.td, and what
// runs pipelines in HalideLaunchOp.td.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_HALIDEOPS_TD
#define VITRAIL_DIALECT_HALIDE_IR_HALIDEOPS_TD

include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "vitrail/Dialect/Halide/IR/HalideDialect.td"
include "vitrail/Dialect/Halide/IR/HalideLaunchOp.td"
include "vitrail/Dialect/Halide/IR/HalideScheduleOps.td"

//===----------------------------------------------------------------------===//
// Pipelines
//===----------------------------------------------------------------------===//

def Halide_PipelineOp : Halide_Op<"pipeline", [
    IsolatedFromAbove, Symbol, SymbolTable, NoTerminator, SingleBlock,
    NoRegionArguments]> {
  let summary = "One kernel: an algorithm and its schedule";
  let description = [{
    Describes what one `Halide::Pipeline` is made of.

    The body is a block of inputs, reduction domains, funcs, updates, outputs
    and schedule operations. Their order is that of the calls to Halide: what is
    called, updated or scheduled has been defined above, and a func has its last
    update before another func calls it. Schedules are checked against the loops
    that they leave; where a func is computed is checked at the end.

    The object of the pipeline defines functions of its link name, or of its own
    name if it has none. Pipelines of one link name are one kernel: it is
    compiled once.

    Tuples, scalar parameters and extern stages are not supported.

    ```mlir
    halide.pipeline @twice {
      halide.input @x : f32 [64]
      halide.func @y ["i"] : f32 {
      ^bb0(%i: i32):
        %x = halide.call @x(%i) : f32
        %sum = arith.addf %x, %x : f32
        halide.yield %sum : f32
      }
      halide.output @y [64]
      halide.parallel @y "i"
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       OptionalAttr<StrAttr>:$link_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins "::llvm::StringRef":$name)>];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }

    /// The op of the given symbol, or null.
    InputOp lookupInput(::llvm::StringRef name);
    FuncOp lookupFunc(::llvm::StringRef name);
    RDomOp lookupRDom(::llvm::StringRef name);

    /// The inputs, in the order of a launch's operands.
    ::std::vector<InputOp> getInputOps();

    /// The outputs, in the order of a launch's results; none only before
    /// verification.
    ::std::vector<OutputOp> getOutputOps();

    /// Whether `func` is an output, with a buffer of the caller's.
    bool isOutput(::llvm::StringRef func);

    /// The updates of a func, in their order: `update N` is the N-th.
    ::std::vector<UpdateOp> getUpdateOps(::llvm::StringRef func);

    /// What the functions in the pipeline's object are called.
    ::llvm::StringRef getFunctionName() {
      return getLinkName().value_or(getSymName());
    }

    /// All that the pipeline's object depends on, if its functions are called
    /// `name`: the pipeline without locations and discardable attributes.
    ::std::string getText(::llvm::StringRef name);
  }];
  let hasRegionVerifier = 1;
}

def Halide_InputOp : Halide_Op<"input", [Halide_InPipeline, Symbol]> {
  let summary = "Buffer that a pipeline reads";
  let description = [{
    Declares a `Halide::ImageParam` with its extents, strides and mins.

    Extents are in elements, the fastest varying dimension first; `?` is an
    extent known only when the kernel runs. Strides are in elements too; without
    them the buffer is dense. A stride of 0 repeats elements. Mins are 0.

    Negative strides and other mins are not supported.

    ```mlir
    halide.input @X : f32 [768, ?] strides [1, 784]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<Halide_Scalar>:$element_type,
                       DenseI64ArrayAttr:$extents,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let assemblyFormat = [{
    $sym_name `:` $element_type custom<Extents>($extents)
    (`strides` custom<Extents>($strides)^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Halide_OutputOp : Halide_Op<"output", [Halide_InPipeline]> {
  let summary = "Func that a pipeline computes";
  let description = [{
    Makes a func an output of the `Halide::Pipeline`, its buffer described as an
    input's.

    Extents are in elements, one for each of the func's variables; `?` is an
    extent known only when the kernel runs. Without strides, in elements, the
    buffer is dense. Mins are 0. A pipeline has one output or more; a func is
    one of them at most once, and may call another.

    Strides less than 1 are not supported: elements would be written twice.

    ```mlir
    halide.pipeline @count {
      halide.func @f ["i", "j"] : i32 {
      ^bb0(%i: i32, %j: i32):
        halide.yield %i : i32
      }
      halide.output @f [60, ?] strides [1, 64]
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$func, DenseI64ArrayAttr:$extents,
                       OptionalAttr<DenseI64ArrayAttr>:$strides);
  let assemblyFormat = [{
    $func custom<Extents>($extents)
    (`strides` custom<Extents>($strides)^)? attr-dict
  }];
  let hasVerifier = 1;
}

def Halide_RDomOp : Halide_Op<"rdom", [Halide_InPipeline, Symbol]> {
  let summary = "Reduction domain";
  let description = [{
    Declares a `Halide::RDom`: a box of points that an update runs over.

    Variable i takes the values mins[i] to mins[i] + extents[i] - 1, the first
    variable fastest. Updates name the domain and get its variables as block
    arguments. Names of variables are those of the loops in schedules.

    Extents known only at run time and predicates (`RDom::where`) are not
    supported.

    ```mlir
    halide.rdom @window ["dx", "dy"] min [-1, -1] extent [3, 3]
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$vars,
                       DenseI64ArrayAttr:$mins, DenseI64ArrayAttr:$extents);
  let assemblyFormat =
      "$sym_name $vars `min` $mins `extent` $extents attr-dict";
  let skipDefaultBuilders = 1;
  let builders = [
    // Each reduction starts at 0.
    OpBuilder<(ins "::llvm::StringRef":$name,
                   "::llvm::ArrayRef<::llvm::StringRef>":$vars,
                   "::llvm::ArrayRef<int64_t>":$extents)>,
    OpBuilder<(ins "::llvm::StringRef":$name,
                   "::llvm::ArrayRef<::llvm::StringRef>":$vars,
                   "::llvm::ArrayRef<int64_t>":$mins,
                   "::llvm::ArrayRef<int64_t>":$extents)>];
  let extraClassDeclaration = [{
    ::llvm::SmallVector<::llvm::StringRef> getVarNames();
  }];
  let hasVerifier = 1;
}

def Halide_FuncOp : Halide_Op<"func", [
    Halide_InPipeline, IsolatedFromAbove, Symbol, SingleBlock,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>
  ]> {
  let summary = "Func with its pure definition";
  let description = [{
    Defines a `Halide::Func` for all values of its variables.

    The body has an i32 block argument for each variable, the fastest varying
    first, and yields the func's value there, of its element type. It is made of
    scalar operations of `arith` and `math` with `halide.call`, `halide.mod` and
    `halide.undef`, all without side effects. Unless scheduled, a func without
    updates is inlined where it is called.

    Values of type `index`, vectors, tuples, control flow and calls of the func
    itself are not supported.

    ```mlir
    halide.func @scaled ["i", "j"] : f32 {
    ^bb0(%i: i32, %j: i32):
      %a = halide.call @A(%i, %j) : f32
      %half = arith.constant 0.5 : f32
      %scaled = arith.mulf %a, %half : f32
      halide.yield %scaled : f32
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrArrayAttr:$vars,
                       TypeAttrOf<Halide_Scalar>:$element_type);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat =
      "$sym_name $vars `:` $element_type attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [
    // Makes the body's block with its arguments; the caller fills it.
    OpBuilder<(ins "::llvm::StringRef":$name,
                   "::llvm::ArrayRef<::llvm::StringRef>":$vars,
                   "::mlir::Type":$elementType)>];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }

    /// Names of the block arguments, the first varying fastest.
    ::llvm::SmallVector<::llvm::StringRef> getVarNames();

    /// The block argument of a variable, which must exist.
    ::mlir::BlockArgument getVariable(::llvm::StringRef name);
  }];
  let hasRegionVerifier = 1;
}

def Halide_UpdateOp : Halide_Op<"update", [
    Halide_InPipeline, IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>
  ]> {
  let summary = "Update of a func";
  let description = [{
    Adds an update definition, `f(...) = ...`, to a `Halide::Func`.

    Block arguments are the func's variables, then those of the reduction
    domain. The value yielded is stored at the coordinates yielded, by default
    the func's variables; it may read the func, also elsewhere. A variable of
    the func may be used only if it is the coordinate of its own dimension,
    which the update then covers. Updates run in their order: `update 0` of a
    schedule is the first. The loops of an update are, innermost first, the
    domain's variables and then the func's variables that are used as
    coordinates.

    More than one reduction domain and updates after another func's call are not
    supported.

    ```mlir
    halide.rdom @cols ["c"] min [0] extent [768]
    halide.func @sums ["i"] : f32 {
    ^bb0(%i: i32):
      %zero = arith.constant 0.0 : f32
      halide.yield %zero : f32
    }
    halide.update @sums over @cols {
    ^bb0(%i: i32, %c: i32):
      %sum = halide.call @sums(%i) : f32
      %a = halide.call @A(%c, %i) : f32
      %next = arith.addf %sum, %a : f32
      halide.yield %next : f32
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$func,
                       OptionalAttr<FlatSymbolRefAttr>:$rdom);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat =
      "$func (`over` $rdom^)? attr-dict-with-keyword $body";
  let skipDefaultBuilders = 1;
  let builders = [
    // Makes the body's block with its arguments; the caller fills it.
    OpBuilder<(ins "FuncOp":$func, "RDomOp":$rdom)>];
  let extraClassDeclaration = [{
    ::mlir::Block *getBodyBlock() { return &getBody().front(); }

    FuncOp getFuncOp();

    /// Null where the update has no reduction domain.
    RDomOp getRDomOp();

    /// Names of the block arguments: the func's variables, then the domain's.
    ::llvm::SmallVector<::llvm::StringRef> getVarNames();

    /// The block argument of a variable, which must exist.
    ::mlir::BlockArgument getVariable(::llvm::StringRef name);

    /// Where the value is stored: one for each dimension of the func.
    ::llvm::SmallVector<::mlir::Value> getCoordinates();
  }];
  let hasRegionVerifier = 1;
}

def Halide_YieldOp : Halide_Op<"yield", [
    Pure, Terminator, Halide_InDefinition]> {
  let summary = "Value of a definition";
  let description = [{
    Ends the right-hand side that is assigned to a `Halide::FuncRef`.

    The value has the func's element type. After `at` are the coordinates that
    an update stores it to, one for each of the func's variables; without them
    it is stored at the variables themselves.

    Coordinates in a pure definition are not supported.

    ```mlir
    halide.rdom @pad ["p"] min [0] extent [16]
    halide.func @row ["i"] : f32 {
    ^bb0(%i: i32):
      %one = arith.constant 1.0 : f32
      halide.yield %one : f32
    }
    halide.update @row over @pad {
    ^bb0(%i: i32, %p: i32):
      %zero = arith.constant 0.0 : f32
      %width = arith.constant 768 : i32
      %end = arith.addi %width, %p : i32
      halide.yield %zero at %end : f32
    }
    ```
  }];
  let arguments = (ins Halide_Scalar:$value, Variadic<I32>:$coordinates);
  let assemblyFormat =
      "$value (`at` $coordinates^)? attr-dict `:` type($value)";
  let builders = [OpBuilder<(ins "::mlir::Value":$value), [{
    build($_builder, $_state, value, ::mlir::ValueRange());
  }]>];
}

//===----------------------------------------------------------------------===//
// Scalar expressions
//===----------------------------------------------------------------------===//

def Halide_CallOp : Halide_Op<"call", [
    Pure, Halide_InDefinition,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "Value of a func or an input";
  let description = [{
    Calls a `Halide::Func` or a `Halide::ImageParam`.

    Indices are i32, one for each dimension, in the callee's order. The result
    has its element type. An update that calls its own func reads what has been
    stored so far. Halide derives from all calls which part of a func is
    computed; an index outside an input is an error when the kernel starts.

    Funcs defined below, and reading an input outside its extents as 0, are not
    supported.

    ```mlir
    halide.func @transposed ["i", "j"] : f32 {
    ^bb0(%i: i32, %j: i32):
      %a = halide.call @A(%j, %i) : f32
      halide.yield %a : f32
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<I32>:$indices);
  let results = (outs Halide_Scalar:$result);
  let assemblyFormat =
      "$callee `(` $indices `)` attr-dict `:` type($result)";
}

def Halide_ModOp : Halide_Op<"mod", [Pure, Halide_InDefinition]> {
  let summary = "Remainder that is never negative";
  let description = [{
    Computes `lhs % rhs` of `Halide::Expr`, the Euclidean remainder.

    lhs - rhs * floor(lhs / rhs) for positive rhs: from 0 to rhs - 1 for any
    sign of lhs, where `arith.remsi` has the sign of lhs. It is 0 if rhs is 0.
    With `arith.floordivsi` it takes an index apart.

    Types other than i32 are not supported.

    ```mlir
    halide.func @rolled ["i", "j"] : f32 {
    ^bb0(%i: i32, %j: i32):
      %rows = arith.constant 197 : i32
      %shift = arith.constant 3 : i32
      %from = arith.subi %j, %shift : i32
      %row = halide.mod %from, %rows
      %a = halide.call @A(%i, %row) : f32
      halide.yield %a : f32
    }
    ```
  }];
  let arguments = (ins I32:$lhs, I32:$rhs);
  let results = (outs I32:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict";
}

def Halide_UndefOp : Halide_Op<"undef", [Pure, Halide_InDefinition]> {
  let summary = "Value that is not stored";
  let description = [{
    Stands for `Halide::undef` of the type.

    A definition of only this value has no loops: elements keep whatever the
    memory holds until an update stores them. It is for funcs whose updates
    write every element that is read.

    Parts of expressions that may be undefined are not supported: the whole
    value yielded is defined or not.

    ```mlir
    halide.func @scattered ["i"] : f32 {
    ^bb0(%i: i32):
      %nothing = halide.undef : f32
      halide.yield %nothing : f32
    }
    ```
  }];
  let results = (outs Halide_Scalar:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

#endif // VITRAIL_DIALECT_HALIDE_IR_HALIDEOPS_TD
