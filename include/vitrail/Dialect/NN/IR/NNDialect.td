//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `nn` dialect: whole-tensor operations of transformers, as papers write
// them. Types, attributes and constraints that its operations share.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNDIALECT_TD
#define VITRAIL_DIALECT_NN_IR_NNDIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"

def NN_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::vitrail::nn";
  let summary = "Whole-tensor operations of transformer networks";
  let description = [{
    Operations have value semantics and no side effects; each means what its
    equation says, in exact arithmetic. A model is a `func.func` whose arguments
    and results carry `nn.name` (a string) and, for images, `nn.preprocess` (a
    dictionary: `resize`, `filter`, `crop`, `scale`, `mean`, `std`). A private
    `func.func` with the unit attribute `nn.kernel` is compiled to one kernel, by
    the choices of its `nn.schedule` if it has that (`#nn.schedule`).

    What a model keeps between calls is a state: an argument with `nn.state`
    (the state's name) has the value that the last call left, zeros at first; a
    result with `nn.state` is the value that the next call finds. A function has
    an argument for a state that it reads and a result for one that it replaces.
    Arguments and results of a name have one type throughout the module, whose
    extent that depends on the batch, if there is one, is the first.

    ```mlir
    func.func @count(%n: tensor<i32> {nn.state = "count"})
        -> (tensor<i32> {nn.name = "old"}, tensor<i32> {nn.state = "count"}) {
      %one = nn.constant dense<1> : tensor<i32>
      %next = nn.add %n, %one : tensor<i32>, tensor<i32>
      return %n, %next : tensor<i32>, tensor<i32>
    }
    ```

    A module whose models generate sequences says how by `nn.generate`, a
    dictionary: `encode` and `step` (the entries), `start`, `end` and `pad`
    (special tokens), `max_length` (the most steps), and, if tokens stand for
    text, `vocabulary` (the text of each). See docs/language.md.

    Parameters are named, never stored: `nn.parameter "blocks.0.norm1.weight"`.
    Their values live beside the IR (see lib/Weights).

    One extent of a tensor may depend on the batch, which is known only when the
    model runs: it is written `?` and is the batch times a factor. The factor
    is 1, or that of the type's encoding `#nn.batch<factor>`:

    ```mlir
    tensor<?x197x768xf32>                     // [batch, 197, 768]
    tensor<?x49x96xf32, #nn.batch<64>>        // [64 * batch, 49, 96]
    ```

    The samples of a batch are independent: no operation reduces, contracts,
    concatenates, pads or takes a part of the extent that depends on the batch.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def NN_BatchAttr : AttrDef<NN_Dialect, "Batch",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let mnemonic = "batch";
  let summary = "Factor by which a dynamic extent exceeds the batch";
  let description = [{
    As a tensor's encoding: its only dynamic extent is `factor` times the batch.
    A factor of 1 is written as no encoding at all, so that equal types are
    equal.

    Example: `tensor<?x49x96xf32, #nn.batch<64>>`.
  }];
  let parameters = (ins "int64_t":$factor);
  let assemblyFormat = "`<` $factor `>`";
  let genVerifyDecl = 1;
}

def NN_TaskKind : I32EnumAttr<"TaskKind", "what a product is divided into", [
    I32EnumAttrCase<"Rows", 0, "rows">,
    I32EnumAttrCase<"Panels", 1, "panels">]> {
  let cppNamespace = "::vitrail::nn";
  let genSpecializedAttr = 0;
}
def NN_NormPlace : I32EnumAttr<"NormPlace", "where norms are computed", [
    I32EnumAttrCase<"InTasks", 0, "in_tasks">,
    I32EnumAttrCase<"Apart", 1, "apart">]> {
  let cppNamespace = "::vitrail::nn";
  let genSpecializedAttr = 0;
}

def NN_ScheduleAttr : AttrDef<NN_Dialect, "Schedule"> {
  let mnemonic = "schedule";
  let summary = "What has been chosen of a kernel's schedule";
  let description = [{
    As `nn.schedule` of a kernel: choices that take the place of the cost
    model's (docs/schedules.md), which makes those that are left out.

    - `rows` and `columns`: the register tile of a product. The columns are a
      multiple of the vector's lanes, and divide those of the weight's panels if
      it is packed.
    - `tasks`: whether a task has some rows and all panels, or some rows and one
      panel. With the panels of an activation, which each task copies, it is
      rows.
    - `grain`: how many tiles of rows a task has.
    - `norms`: whether each task computes the norms of its rows, or all are
      computed before (or after) the product, as they must be where tasks have
      one panel.
    - `queries` and `lanes`: the tile of attention, and the queries of a vector.

    On GPUs a product has others (docs/gpu.md):

    - `block_rows`, `block_columns` and `depth`: the tile of a block, and how many
      k are in shared memory in each step.
    - `slices`, `thread_rows` and `thread_columns`: how many threads have the same
      sums, each of a part of k, and what sums a thread has. Tensor cores do
      without.

    Examples: `#nn.schedule<rows = 8, columns = 48, tasks = rows, grain = 2>`,
    `#nn.schedule<block_rows = 128, block_columns = 256, depth = 64>`.
  }];
  let parameters = (ins
    OptionalParameter<"std::optional<int64_t>">:$rows,
    OptionalParameter<"std::optional<int64_t>">:$columns,
    OptionalParameter<"std::optional<TaskKind>">:$tasks,
    OptionalParameter<"std::optional<int64_t>">:$grain,
    OptionalParameter<"std::optional<NormPlace>">:$norms,
    OptionalParameter<"std::optional<int64_t>">:$queries,
    OptionalParameter<"std::optional<int64_t>">:$lanes,
    OptionalParameter<"std::optional<int64_t>">:$block_rows,
    OptionalParameter<"std::optional<int64_t>">:$block_columns,
    OptionalParameter<"std::optional<int64_t>">:$depth,
    OptionalParameter<"std::optional<int64_t>">:$slices,
    OptionalParameter<"std::optional<int64_t>">:$thread_rows,
    OptionalParameter<"std::optional<int64_t>">:$thread_columns);
  let builders = [
    AttrBuilder<(ins "std::optional<int64_t>":$rows,
                     "std::optional<int64_t>":$columns,
                     "std::optional<TaskKind>":$tasks,
                     "std::optional<int64_t>":$grain,
                     "std::optional<NormPlace>":$norms,
                     "std::optional<int64_t>":$queries,
                     "std::optional<int64_t>":$lanes), [{
      return $_get($_ctxt, rows, columns, tasks, grain, norms, queries, lanes,
                   std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                   std::nullopt, std::nullopt);
    }]>];
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def NN_ReduceKind : I32EnumAttr<"ReduceKind", "what a reduction computes", [
    I32EnumAttrCase<"Sum", 0, "sum">,
    I32EnumAttrCase<"Mean", 1, "mean">,
    I32EnumAttrCase<"Max", 2, "max">,
    I32EnumAttrCase<"MaxAbs", 3, "max_abs">]> {
  let cppNamespace = "::vitrail::nn";
  let genSpecializedAttr = 0;
}
def NN_ReduceKindAttr : EnumAttr<NN_Dialect, NN_ReduceKind, "reduce_kind">;

def NN_ComparePredicate : I32EnumAttr<"ComparePredicate", "a comparison", [
    I32EnumAttrCase<"Equal", 0, "eq">,
    I32EnumAttrCase<"NotEqual", 1, "ne">,
    I32EnumAttrCase<"Less", 2, "lt">,
    I32EnumAttrCase<"LessEqual", 3, "le">,
    I32EnumAttrCase<"Greater", 4, "gt">,
    I32EnumAttrCase<"GreaterEqual", 5, "ge">]> {
  let cppNamespace = "::vitrail::nn";
  let genSpecializedAttr = 0;
}
def NN_ComparePredicateAttr
    : EnumAttr<NN_Dialect, NN_ComparePredicate, "compare_predicate">;

// See the dialect's description.
def NN_ModelShape : CPred<
    "::vitrail::nn::hasModelShape("
    "::llvm::cast<::mlir::RankedTensorType>($_self))">;
class NN_TensorOf<list<Type> elements, string elementSummary>
    : ConfinedType<RankedTensorOf<elements>, [NN_ModelShape],
                   "tensor of " # elementSummary #
                   " with positive extents, at most one of them dynamic",
                   "::mlir::RankedTensorType">;
def NN_FloatTensor : NN_TensorOf<[F32, F16, BF16], "floats">;
def NN_FactorTensor : NN_TensorOf<[F32, F16, BF16, I8],
                                  "floats or 8-bit integers">;
def NN_SumTensor : NN_TensorOf<[F32, F16, I32], "f32, f16 or i32">;
def NN_NumberTensor : NN_TensorOf<[F32, F16, BF16, I8, I32, I64], "numbers">;
def NN_IntegerTensor : NN_TensorOf<[I8, I32, I64], "integers">;
def NN_BooleanTensor : NN_TensorOf<[I1], "booleans">;
def NN_AnyTensor : NN_TensorOf<[F32, F16, BF16, I1, I8, I32, I64],
                               "floats or integers">;

// A position known only when the model runs.
def NN_IndexTensor : Type<
    CPred<"$_self == ::mlir::RankedTensorType::get("
          "{}, ::mlir::IntegerType::get($_self.getContext(), 32))">,
    "tensor of one 32-bit integer", "::mlir::RankedTensorType">,
    BuildableType<
        "::mlir::RankedTensorType::get({}, $_builder.getIntegerType(32))">;

#endif // VITRAIL_DIALECT_NN_IR_NNDIALECT_TD
