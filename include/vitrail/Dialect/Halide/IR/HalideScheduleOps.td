//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Schedules of the `halide` dialect: each operation is named after the call of
// Halide's that it mirrors, and takes effect in the order of the text.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_HALIDESCHEDULEOPS_TD
#define VITRAIL_DIALECT_HALIDE_IR_HALIDESCHEDULEOPS_TD

include "vitrail/Dialect/Halide/IR/HalideDialect.td"

//===----------------------------------------------------------------------===//
// Schedules of stages. `update N` names a stage; without it, the pure
// definition.
//===----------------------------------------------------------------------===//

def Halide_UpdateIndex : ConfinedAttr<I64Attr, [IntNonNegative]>;

// `builderArguments` are the stage's arguments as builders in C++ take them.
class Halide_StageScheduleOp<string mnemonic, dag stageArguments,
                             dag builderArguments>
    : Halide_Op<mnemonic, [Halide_InPipeline]> {
  let arguments = !con((ins FlatSymbolRefAttr:$func,
                            OptionalAttr<Halide_UpdateIndex>:$update),
                       stageArguments);
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<!con((ins "::llvm::StringRef":$func,
                                      "::std::optional<int64_t>":$update),
                                 builderArguments)>];
}

def Halide_SplitOp : Halide_StageScheduleOp<"split",
    (ins StrAttr:$var, StrAttr:$outer, StrAttr:$inner, I64Attr:$factor,
         DefaultValuedAttr<Halide_TailAttr,
                           "::vitrail::halide::TailStrategy::Auto">:$tail),
    (ins "::llvm::StringRef":$var, "::llvm::StringRef":$outer,
         "::llvm::StringRef":$inner, "int64_t":$factor,
         CArg<"::vitrail::halide::TailStrategy",
              "::vitrail::halide::TailStrategy::Auto">:$tail)> {
  let summary = "Splits a loop in two";
  let description = [{
    Calls `Func::split` or `Stage::split`.

    The loop `var` becomes the loop `inner` of `factor` iterations within the
    loop `outer`; either may keep the old name. `tail` says what happens if the
    factor does not divide the extent: `round_up` computes more, `guard_with_if`
    tests each iteration, `shift_inwards` computes parts twice, the `predicate`s
    mask loads and stores, and `auto` leaves it to Halide.

    Reductions can only be split exactly (`auto`, `guard_with_if`, `predicate`),
    and updates not with `shift_inwards`. Factors known only at run time are not
    supported.

    ```mlir
    halide.split @C "n" into "no", "ni" by 16 tail round_up
    ```
  }];
  let assemblyFormat = [{
    $func (`update` $update^)? $var `into` $outer `,` $inner `by` $factor
    (`tail` `` $tail^)? attr-dict
  }];
}

def Halide_FuseOp : Halide_StageScheduleOp<"fuse",
    (ins StrAttr:$inner, StrAttr:$outer, StrAttr:$fused),
    (ins "::llvm::StringRef":$inner, "::llvm::StringRef":$outer,
         "::llvm::StringRef":$fused)> {
  let summary = "Joins two loops into one";
  let description = [{
    Calls `Func::fuse` or `Stage::fuse`.

    The loop `fused` runs over all pairs of `inner` and `outer`, `inner`
    fastest. It takes the place of `inner`; the loop `outer` is no more.

    Fusing more than two loops at once is not supported.

    ```mlir
    halide.fuse @C "n", "m" into "nm"
    halide.parallel @C "nm"
    ```
  }];
  let assemblyFormat = [{
    $func (`update` $update^)? $inner `,` $outer `into` $fused attr-dict
  }];
}

def Halide_ReorderOp : Halide_StageScheduleOp<"reorder",
    (ins StrArrayAttr:$vars),
    (ins "::llvm::ArrayRef<::llvm::StringRef>":$vars)> {
  let summary = "Changes the order of loops";
  let description = [{
    Calls `Func::reorder` or `Stage::reorder`.

    The loops named come in the order given, innermost first, in the places that
    they had together. Loops not named keep their places.

    Orders of reductions that change the result are not supported; Halide
    rejects them.

    ```mlir
    halide.reorder @acc update 0 ["ni", "m", "k", "no"]
    ```
  }];
  let assemblyFormat = "$func (`update` $update^)? $vars attr-dict";
}

class Halide_LoopKindOp<string mnemonic>
    : Halide_StageScheduleOp<mnemonic, (ins StrAttr:$var),
                             (ins "::llvm::StringRef":$var)> {
  let assemblyFormat = "$func (`update` $update^)? $var attr-dict";
}

def Halide_VectorizeOp : Halide_LoopKindOp<"vectorize"> {
  let summary = "Makes a loop one vector operation";
  let description = [{
    Calls `Func::vectorize` or `Stage::vectorize` without a factor.

    All iterations become the lanes of vectors, so that their number has to be
    constant: that of an inner loop of a split, or of a bound variable.

    Reductions need a `halide.atomic` or `halide.allow_race_conditions` above,
    unless Halide can prove that iterations do not meet.

    ```mlir
    halide.split @C "n" into "no", "ni" by 16
    halide.vectorize @C "ni"
    ```
  }];
}
def Halide_UnrollOp : Halide_LoopKindOp<"unroll"> {
  let summary = "Writes out all iterations of a loop";
  let description = [{
    Calls `Func::unroll` or `Stage::unroll` without a factor.

    The loop's body is repeated for each of its iterations, whose number has to
    be constant. Indices that depend on the loop become constants, which is what
    lets a func stored within be kept in registers.

    Unrolling in part is not supported: split first.

    ```mlir
    halide.split @C "m" into "mo", "mi" by 4
    halide.unroll @C "mi"
    ```
  }];
}
def Halide_ParallelOp : Halide_LoopKindOp<"parallel"> {
  let summary = "Runs the iterations of a loop as tasks";
  let description = [{
    Calls `Func::parallel` or `Stage::parallel` without a factor.

    Each iteration is a task of the run time's thread pool, in any order and at
    the same time. Parallel loops may be nested.

    Reductions need a `halide.atomic` or `halide.allow_race_conditions` above,
    as for `halide.vectorize`.

    ```mlir
    halide.parallel @C "m"
    ```
  }];
}

def Halide_GPUBlocksOp : Halide_LoopKindOp<"gpu_blocks"> {
  let summary = "Runs the iterations of a loop as blocks of a GPU";
  let description = [{
    Calls `Func::gpu_blocks` or `Stage::gpu_blocks`.

    The loop and those inside of it become a kernel of the GPU, each iteration a
    block of threads. Blocks run in any order and at the same time. At most three
    loops are blocks; the innermost one may have more than 65535.

    Targets without a GPU are not supported; nor are blocks without threads.

    ```mlir
    halide.split @C "n" into "no", "ni" by 256 tail guard_with_if
    halide.gpu_blocks @C "no"
    halide.gpu_threads @C "ni"
    ```
  }];
}
def Halide_GPUThreadsOp : Halide_LoopKindOp<"gpu_threads"> {
  let summary = "Runs the iterations of a loop as threads of a block";
  let description = [{
    Calls `Func::gpu_threads` or `Stage::gpu_threads`.

    Iterations run at the same time. Their number has to have a constant bound;
    a block has as many threads as the largest of its funcs needs. What a func
    computed within blocks stores is complete before the next one starts.

    Loops outside of blocks are not supported.

    ```mlir
    halide.gpu_blocks @C "m"
    halide.gpu_threads @C "n"
    ```
  }];
}
def Halide_GPULanesOp : Halide_LoopKindOp<"gpu_lanes"> {
  let summary = "Runs the iterations of a loop as lanes of a warp";
  let description = [{
    Calls `Func::gpu_lanes` or `Stage::gpu_lanes`.

    As `halide.gpu_threads`, of at most 32 threads that can read each other's
    registers: a func of lanes that is stored there is read by shuffles.

    GPUs of OpenCL are not supported.

    ```mlir
    halide.split @C "n" into "no", "ni" by 32
    halide.gpu_blocks @C "no"
    halide.gpu_lanes @C "ni"
    ```
  }];
}

class Halide_StageFlagOp<string mnemonic>
    : Halide_StageScheduleOp<mnemonic, (ins), (ins)> {
  let assemblyFormat = "$func (`update` $update^)? attr-dict";
}

def Halide_AtomicOp : Halide_StageFlagOp<"atomic"> {
  let summary = "Lets an update meet itself";
  let description = [{
    Calls `Stage::atomic`, which proves that the update is associative.

    Reductions of the stage can then be vectorized, as vector reductions, or run
    in parallel, with atomic stores. It stands above the operations that need
    it.

    Overriding the proof is not supported; see `halide.allow_race_conditions`.

    ```mlir
    halide.split @acc update 0 "k" into "ko", "ki" by 4
    halide.atomic @acc update 0
    halide.vectorize @acc update 0 "ki"
    ```
  }];
}
def Halide_AllowRaceConditionsOp : Halide_StageFlagOp<"allow_race_conditions"> {
  let summary = "Takes an update's iterations as independent";
  let description = [{
    Calls `Stage::allow_race_conditions`.

    Reductions of the stage can then be vectorized or run in parallel without
    proof. It is for scatters that are known to write each element once.

    Nothing is checked: an update that does meet itself has any result.

    ```mlir
    halide.allow_race_conditions @acc update 0
    halide.parallel @acc update 0 "k"
    ```
  }];
}
def Halide_GPUSingleThreadOp : Halide_StageFlagOp<"gpu_single_thread"> {
  let summary = "Runs a stage as one thread of a GPU";
  let description = [{
    Calls `Func::gpu_single_thread` or `Stage::gpu_single_thread`.

    All loops run in one thread: for funcs without loops, or of few elements.

    Stages with `halide.gpu_blocks` are not supported.

    ```mlir
    halide.gpu_single_thread @C
    ```
  }];
}

def Halide_MultiplyOnTilesOp : Halide_StageFlagOp<"multiply_on_tiles"> {
  let summary = "Carries out an update on a matrix unit";
  let description = [{
    Calls `Pipeline::add_custom_lowering_pass` with a pass that replaces the
    loops of the update, and those that set its func to zeros before it, by a
    call of the library's runtime, which multiplies on the tile registers of AMX.

    The func is zero at first and has this one update, which adds products of
    two bf16 to f32 elements, or of two i8 with a sign to i32 ones: f(n, ..., m)
    += lhs(k, m) * rhs(n, k). Its loops are serial. With the strides of memory,
    of which constants are known, one loop runs over a group of two bf16 or four
    i8, side by side in either operand, one over groups of neighbouring columns
    in `rhs`, in multiples of 16, others, if any, over further groups, as one
    loop over all would, and one, if any, over rows; that is checked when the
    loops are lowered. Any number of rows and of groups will do.

    The `MemoryType::AMXTile` of Halide 21 is not used: it keeps one tile of sums
    for each func, so that each product of tiles waits for the one before.

    ```mlir
    halide.pipeline @multiplied {
      halide.input @x : bf16 [40, 20]
      halide.input @w : bf16 [2, 16, 20]
      halide.rdom @k ["kg", "k0"] min [0, 0] extent [2, 20]
      halide.func @sums ["n", "m"] : f32 {
      ^bb0(%n: i32, %m: i32):
        %zero = arith.constant 0.0 : f32
        halide.yield %zero : f32
      }
      halide.update @sums over @k {
      ^bb0(%n: i32, %m: i32, %kg: i32, %k0: i32):
        %sum = halide.call @sums(%n, %m) : f32
        %two = arith.constant 2 : i32
        %pair = arith.muli %k0, %two : i32
        %k = arith.addi %pair, %kg : i32
        %x = halide.call @x(%k, %m) : bf16
        %w = halide.call @w(%kg, %n, %k0) : bf16
        %left = arith.extf %x : bf16 to f32
        %right = arith.extf %w : bf16 to f32
        %term = arith.mulf %left, %right : f32
        %next = arith.addf %sum, %term : f32
        halide.yield %next : f32
      }
      halide.func @out ["n", "m"] : f32 {
      ^bb0(%n: i32, %m: i32):
        %sum = halide.call @sums(%n, %m) : f32
        halide.yield %sum : f32
      }
      halide.output @out [16, 20]
      halide.compute_root @sums
      halide.bound_extent @sums "n" extent 16
      halide.multiply_on_tiles @sums update 0
    }
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Schedules of funcs
//===----------------------------------------------------------------------===//

class Halide_FuncScheduleOp<string mnemonic, dag funcArguments>
    : Halide_Op<mnemonic, [Halide_InPipeline]> {
  let arguments = !con((ins FlatSymbolRefAttr:$func), funcArguments);
}
def Halide_ComputeRootOp : Halide_FuncScheduleOp<"compute_root", (ins)> {
  let summary = "Computes a func before all that call it";
  let description = [{
    Calls `Func::compute_root`.

    All of the func that is needed is computed once, outside the loops of other
    funcs, and stored until its last use.

    A second place to compute the func, in this operation or in
    `halide.compute_at`, is not supported.

    ```mlir
    halide.compute_root @acc
    ```
  }];
  let assemblyFormat = "$func attr-dict";
}
def Halide_ComputeAtOp : Halide_FuncScheduleOp<"compute_at",
    (ins FlatSymbolRefAttr:$at, StrAttr:$var)> {
  let summary = "Computes a func within a loop of another";
  let description = [{
    Calls `Func::compute_at`.

    At the start of each iteration of the loop `var` of `at`, what that
    iteration needs of the func is computed and stored. The loop is looked up in
    all stages of `at` after their whole schedule. Every func that calls this
    one has to be `at`, or to be computed within the loops of `at`, or to be
    inlined there.

    Loops of one given stage are not supported: the name decides.

    ```mlir
    halide.split @C "m" into "mo", "mi" by 4
    halide.compute_at @acc at @C "mo"
    ```
  }];
  let assemblyFormat = "$func `at` $at $var attr-dict";
}
def Halide_StoreAtOp : Halide_FuncScheduleOp<"store_at",
    (ins FlatSymbolRefAttr:$at, StrAttr:$var)> {
  let summary = "Keeps a func's values for a loop outside its own";
  let description = [{
    Calls `Func::store_at`.

    The storage of a func with `halide.compute_at` begins at the loop `var` of
    `at`, at or around the loop that computes it, so that iterations can use
    what earlier ones computed.

    Storing at the root of a pipeline what is computed within is not supported.

    ```mlir
    halide.compute_at @acc at @C "n"
    halide.store_at @acc at @C "m"
    ```
  }];
  let assemblyFormat = "$func `at` $at $var attr-dict";
}
def Halide_StoreInOp : Halide_FuncScheduleOp<"store_in",
    (ins Halide_MemoryAttr:$memory)> {
  let summary = "Chooses a func's kind of memory";
  let description = [{
    Calls `Func::store_in`.

    `heap` is memory of the run time's allocator, `stack` the caller's stack;
    `register` asks for constant indices, or is each thread's part of a func that
    a GPU's block computes around its threads; `gpu_shared` is what these share,
    which serial loops load an iteration ahead. `auto` leaves it to Halide.

    Heap memory within the blocks of a GPU is not supported.

    ```mlir
    halide.compute_root @acc
    halide.store_in @acc heap
    ```
  }];
  let assemblyFormat = "$func `` $memory attr-dict";
}
def Halide_BoundOp : Halide_FuncScheduleOp<"bound",
    (ins StrAttr:$var, I64Attr:$min, I64Attr:$extent)> {
  let summary = "Declares the range of a variable";
  let description = [{
    Calls `Func::bound`.

    The func is computed from `min` on for `extent` values of the variable,
    which become constants in its loops. If more is needed, the kernel fails
    when it starts.

    Ranges known only at run time are not supported.

    ```mlir
    halide.compute_root @acc
    halide.bound @acc "no" min 0 extent 48
    ```
  }];
  let assemblyFormat = "$func $var `min` $min `extent` $extent attr-dict";
}
def Halide_BoundExtentOp : Halide_FuncScheduleOp<"bound_extent",
    (ins StrAttr:$var, I64Attr:$extent)> {
  let summary = "Declares the extent of a variable";
  let description = [{
    Calls `Func::bound_extent`.

    The func is computed for `extent` values of the variable, from whatever min
    is needed: the number of iterations becomes a constant, so that the loop can
    be vectorized or unrolled. If more is needed, the kernel fails when it
    starts.

    Extents known only at run time are not supported.

    ```mlir
    halide.compute_at @acc at @C "m"
    halide.bound_extent @acc "ni" extent 16
    halide.vectorize @acc "ni"
    ```
  }];
  let assemblyFormat = "$func $var `extent` $extent attr-dict";
}
def Halide_AlignStorageOp : Halide_FuncScheduleOp<"align_storage",
    (ins StrAttr:$var, I64Attr:$alignment)> {
  let summary = "Rounds up an extent in memory";
  let description = [{
    Calls `Func::align_storage`.

    The extent that is allocated for the dimension is a multiple of `alignment`
    elements, so that the stride of the next one is too.

    It does not apply to outputs and inputs, whose strides are their own.

    ```mlir
    halide.compute_root @acc
    halide.align_storage @acc "ni" by 16
    ```
  }];
  let assemblyFormat = "$func $var `by` $alignment attr-dict";
}
def Halide_ReorderStorageOp : Halide_FuncScheduleOp<"reorder_storage",
    (ins StrArrayAttr:$vars)> {
  let summary = "Changes the order of dimensions in memory";
  let description = [{
    Calls `Func::reorder_storage`.

    The variables named vary in the order given in memory, the first fastest,
    while the func's own order still holds for its calls.

    It does not apply to outputs and inputs, whose strides are their own.

    ```mlir
    halide.compute_root @acc
    halide.reorder_storage @acc ["m", "ni", "no"]
    ```
  }];
  let assemblyFormat = "$func $vars attr-dict";
  let skipDefaultBuilders = 1;
  let builders = [OpBuilder<(ins
      "::llvm::StringRef":$func,
      "::llvm::ArrayRef<::llvm::StringRef>":$vars)>];
}

#endif // VITRAIL_DIALECT_HALIDE_IR_HALIDESCHEDULEOPS_TD
