//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From kernels of `nn` operations to Halide pipelines.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOHALIDE_PASSES_TD
#define VITRAIL_CONVERSION_NNTOHALIDE_PASSES_TD

include "mlir/Pass/PassBase.td"

// The machine's description is the same for every pass that chooses a schedule.
class MachinePass<string flag> : Pass<flag, "::mlir::ModuleOp"> {
  let options = [
    Option<"lanes", "lanes", "int64_t", "16", "f32 lanes of a vector">,
    Option<"registers", "registers", "int64_t", "32", "vector registers">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "1048576",
           "size of a core's second-level cache">,
    Option<"multipliesBF16", "bf16", "bool", "false",
           "whether there is an instruction for products of bf16">,
    Option<"multipliesTiles", "tiles", "bool", "false",
           "whether there is a matrix unit for bf16 and 8-bit integers">,
    Option<"multipliesInt8", "int8", "bool", "false",
           "whether there is an instruction for products of 8-bit integers">,
    Option<"wantsUnsigned", "unsigned", "bool", "false",
           "whether it takes those of the left-hand side to be unsigned">,
    Option<"gpu", "gpu", "std::string", [{""}],
           "schedule for a GPU: 'cuda' or 'opencl'">];
}

def ApplyTuning : Pass<"nn-apply-tuning", "::mlir::ModuleOp"> {
  let summary = "Give kernels the schedules that were measured for them";
  let description = [{
    `vitrailc --tune` measures schedules, each for a kernel and a target, and
    keeps them in a file (docs/schedules.md). A kernel that is in there, known by
    a hash of its text, gets the schedule for the target as `nn.schedule`, which
    takes the place of what the cost model would choose.

    Before, with a file `tuned.txt` that has a line
    `zen4 <hash of @linear> linear #nn.schedule<rows = 6, columns = 64>`
    and the options `file=tuned.txt target=zen4`:

    ```mlir
    func.func private @linear(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>)
        -> tensor<?x64xf32> attributes {nn.kernel} {
      %0 = nn.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32>
      return %0 : tensor<?x64xf32>
    }
    ```

    After:

    ```mlir
    func.func private @linear(%x: tensor<?x64xf32>, %w: tensor<64x64xf32>)
        -> tensor<?x64xf32>
        attributes {nn.kernel, nn.schedule = #nn.schedule<rows = 6, columns = 64>} {
      %0 = nn.linear %x, %w : tensor<?x64xf32>, tensor<64x64xf32>
      return %0 : tensor<?x64xf32>
    }
    ```

    In a library for several targets, weights have the panels of the first,
    `panels`; if that has a schedule with another number of columns than
    `target`'s, it becomes `nn.panel_columns`.

    Precondition: nn-form-kernels, and no pass that chooses layouts. Without a
    file nothing changes. One that cannot be read or has a mistake is an error.
  }];
  let options = [
    Option<"file", "file", "std::string", "",
           "the text of measured schedules; empty: none">,
    Option<"target", "target", "std::string", "", "the target's name">,
    Option<"panels", "panels", "std::string", "",
           "that for which weights are packed, if another one">];
  let statistics = [Statistic<"applied", "applied", "kernels with a schedule">];
}

def PackWeights : MachinePass<"nn-pack-weights"> {
  let summary = "Lay the weights of linear layers out in panels";
  let description = [{
    A product runs fastest when each step reads one row of a panel of the weight,
    as wide as its register tile (Goto & van de Geijn 2008). Where all callers of
    a kernel give its weight as an expression of parameters, the callers pad,
    reshape and transpose it (which costs nothing at run time: such expressions
    are evaluated while compiling), and the kernel's `nn.linear` becomes an
    `nn.packed_linear`. The cost model in Tiling.cpp chooses the width; kernels
    that share a weight have one width, that of the kernel with the most rows,
    so that the weight is stored once. Their kernels, and those for other
    machines, may read a panel in parts. A kernel's `nn.schedule` takes the place
    of the cost model: that of the kernel that chooses decides, and others whose
    columns do not divide the panel's lose theirs. `nn.panel_columns` goes before
    both. Panels that GPUs alone read have 64 columns, a line of the cache of 16
    bits each, or, where 64 do not divide them, all columns.

    Before:

    ```mlir
    %w = nn.parameter "fc.weight" : tensor<1000x768xf32>
    %y = call @linear(%x, %w)
        : (tensor<?x768xf32>, tensor<1000x768xf32>) -> tensor<?x1000xf32>
    ```

    After:

    ```mlir
    %w = nn.parameter "fc.weight" : tensor<1000x768xf32>
    %0 = nn.pad %w [0, 0] [24, 0] value 0.0 : tensor<1000x768xf32>
    %1 = nn.reshape %0 : tensor<1024x768xf32> to tensor<16x64x768xf32>
    %2 = nn.transpose %1 [0, 2, 1] : tensor<16x64x768xf32>
    %y = call @linear(%x, %2)
        : (tensor<?x768xf32>, tensor<16x768x64xf32>) -> tensor<?x1000xf32>
    ```

    Where the processor multiplies pairs of bf16 and adds both in one step, in
    vectors or on a matrix unit, for which MatrixUnit.cpp chooses the width, a
    weight of bf16 has its pairs of the last contracted dimension as neighbours,
    filled up with a zero:

    ```mlir
    %w = nn.parameter "fc.weight" : tensor<64x767xbf16>
    %0 = nn.pad %w [0, 0] [0, 1] value 0.0 : tensor<64x767xbf16>
    %1 = nn.reshape %0 : tensor<64x768xbf16> to tensor<1x64x384x2xbf16>
    %2 = nn.transpose %1 [0, 2, 1, 3] : tensor<1x64x384x2xbf16>
    ```

    Groups of four 8-bit integers are neighbours alike. Where an instruction
    takes those of the left-hand side to be unsigned, the kernel reads the sums
    of the panels as well, to subtract 128 times these:

    ```mlir
    %w = nn.constant dense<1> : tensor<64x768xi8>
    %0 = nn.reshape %w : tensor<64x768xi8> to tensor<1x64x192x4xi8>
    %1 = nn.transpose %0 [0, 2, 1, 3] : tensor<1x64x192x4xi8>
    %2 = nn.cast %1 : tensor<1x192x64x4xi8> to tensor<1x192x64x4xf32>
    %3 = nn.reduce sum %2 axes [1, 3] : tensor<1x192x64x4xf32>
    %4 = nn.cast %3 : tensor<1x64xf32> to tensor<1x64xi32>
    ```

    A weight that is not such an expression stays as it is: its kernel copies it
    into panels each time.
  }];
  let statistics = [Statistic<"packed", "packed", "linear layers packed">];
}

def TransposeAddends : Pass<"nn-transpose-addends", "::mlir::ModuleOp"> {
  let summary = "Lay biases of attention out by key";
  let description = [{
    The lanes of attention's kernel are queries, so it reads a bias [..., queries,
    keys] or a mask fastest where neighbouring queries are neighbours in memory.
    Where all callers of a kernel give it as an expression of parameters, they
    transpose it (while compiling), and the kernel transposes it back, which is
    index arithmetic.

    Before:

    ```mlir
    %b = nn.parameter "bias" : tensor<3x49x49xf32>
    %y = call @attention(%x, %b)
        : (tensor<?x49x288xf32>, tensor<3x49x49xf32>) -> tensor<?x49x3x32xf32>
    ```

    After:

    ```mlir
    %b = nn.parameter "bias" : tensor<3x49x49xf32>
    %0 = nn.transpose %b [0, 2, 1] : tensor<3x49x49xf32>
    %y = call @attention(%x, %0)
        : (tensor<?x49x288xf32>, tensor<3x49x49xf32>) -> tensor<?x49x3x32xf32>
    ```

    An addend that is the same for all queries, or for all keys, stays as it is,
    as does one of queries too few to be lanes.
  }];
  let statistics = [Statistic<"transposed", "transposed", "addends transposed">];
}

def ConvertNNToHalide : MachinePass<"convert-nn-to-halide"> {
  let summary = "Turn kernels into scheduled Halide pipelines";
  let description = [{
    Each function marked `nn.kernel` becomes a `halide.pipeline` of the same name
    and its calls become `halide.launch`. The family of the kernel's anchor
    (product, attention, softmax, norm, reduction, update; none: pointwise) gives
    algorithm and schedule; what surrounds the anchor is computed in the same loops. The
    kernel of an update writes one position: its calls launch `into` what they
    write to.

    Before:

    ```mlir
    func.func private @relu(%x: tensor<?x64xf32>) -> tensor<?x64xf32>
        attributes {nn.kernel} {
      %0 = nn.relu %x : tensor<?x64xf32>
      return %0 : tensor<?x64xf32>
    }
    ```

    After (constants named for brevity):

    ```mlir
    halide.pipeline @relu {
      halide.input @in0 : f32 [64, ?]
      halide.func @out ["d1", "d0"] : f32 {
      ^bb0(%d1: i32, %d0: i32):
        %x = halide.call @in0(%d1, %d0) : f32
        %y = arith.maxnumf %x, %zero : f32
        halide.yield %y : f32
      }
      halide.output @out [64, ?]
      halide.split @out "d1" into "xo", "xl" by 16 tail round_up
      halide.vectorize @out "xl"
      halide.parallel @out "d0"
    }
    ```

    The cost model chooses schedules (docs/schedules.md), but for what the
    kernel's `nn.schedule` says. One that the kernel cannot have is an error.

    Halide takes floats to be numbers. Products, sums and norms pass a NaN on;
    what maxima, comparisons and exponentials make of one is not specified.

    Tensors may be stored in f16 or bf16: kernels convert them, and compute in
    f32. Of a product of these, whose sums are f32, the left-hand side is copied
    row by row if it has to be converted: to pairs of bf16, or to f32 where the
    processor does not multiply them. So is one of integers; their products are
    added up in i32, or in f32 where there is no instruction for them. With a
    matrix unit, packed weights of bf16 or integers are multiplied there
    (`halide.multiply_on_tiles`).

    Precondition: nn-form-kernels. An element type other than f32, f16, bf16 and
    integers, operations on f16 and bf16 other than casts, products, index maps
    and updates, and an operation without a scalar form, are errors.
  }];
  let dependentDialects = ["::vitrail::halide::HalideDialect"];
}

#endif // VITRAIL_CONVERSION_NNTOHALIDE_PASSES_TD
