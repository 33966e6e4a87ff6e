//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Outside of pipelines: the operation that runs one, and what functions on
// memory, which take their place, ask the device.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_HALIDE_IR_HALIDELAUNCHOP_TD
#define VITRAIL_DIALECT_HALIDE_IR_HALIDELAUNCHOP_TD

include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "vitrail/Dialect/Halide/IR/HalideDialect.td"

def Halide_LaunchOp : Halide_Op<"launch", [
    Pure, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "Runs a kernel";
  let description = [{
    Calls the function that `Halide::Pipeline::compile_to_object` makes, or one
    on memory.

    Operands are the tensors of the pipeline's inputs, in their order; results
    are its outputs, in theirs, written afresh. The tensor of extents [d0, d1, d2] is
    the buffer of extents [d2, d1, d0]: element types are equal, and so is each
    extent that the pipeline knows. An extent that it does not know, `?`, fits
    any.

    An output that begins undefined (the func's pure definition yields
    `halide.undef`) is written only where its updates store. The result is a
    tensor after `into`, with that part replaced: the output's buffer holds the
    tensor before the kernel runs. It is the tensor's own memory where nobody
    reads it afterwards, else a copy. There is one such tensor for each of these
    outputs, in their order.

    Another result may be written over an operand that nobody reads afterwards
    and whose elements the pipeline reads, once, where it writes the result's
    (InPlace.h).

    Pipelines that read the tensor after `into`, unless it is an operand as well,
    are not supported.

    In place of a pipeline there may be a `func.func` whose arguments are memory
    (`memref`) of the inputs' types, then of the results', and which returns
    nothing: it launches kernels of MLIR's gpu dialect. Its last results are
    written into the tensors after `into`, in their order, others afresh.

    ```mlir
    halide.pipeline @ones {
      halide.func @f ["i", "j"] : f32 {
      ^bb0(%i: i32, %j: i32):
        %one = arith.constant 1.0 : f32
        halide.yield %one : f32
      }
      halide.output @f [64, ?]
    }
    func.func @run() -> tensor<?x64xf32> {
      %f = halide.launch @ones() : () -> tensor<?x64xf32>
      return %f : tensor<?x64xf32>
    }

    halide.pipeline @clear_first {
      halide.func @f ["i"] : f32 {
      ^bb0(%i: i32):
        %nothing = halide.undef : f32
        halide.yield %nothing : f32
      }
      halide.update @f {
      ^bb0(%i: i32):
        %zero = arith.constant 0.0 : f32
        %first = arith.constant 0 : i32
        halide.yield %zero at %first : f32
      }
      halide.output @f [64]
    }
    func.func @clear(%x: tensor<64xf32>) -> tensor<64xf32> {
      %y = halide.launch @clear_first() into (%x : tensor<64xf32>)
          : () -> tensor<64xf32>
      return %y : tensor<64xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$pipeline,
                       Variadic<AnyRankedTensor>:$inputs,
                       Variadic<AnyRankedTensor>:$destinations);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $pipeline `(` $inputs `)`
    (`into` ` ` `(` $destinations^ `:` type($destinations) `)`)? attr-dict
    `:` functional-type($inputs, $results)
  }];
  let extraClassDeclaration = [{
    /// For each result the tensor that it is written into; null for one that is
    /// written afresh.
    ::llvm::SmallVector<::mlir::Value> getResultDestinations();

    /// The pipeline; null if a function on memory takes its place.
    PipelineOp lookupPipeline();

    /// What the function in the kernel's object is called.
    ::llvm::StringRef getFunctionName();
  }];
}

def Halide_DeviceCapabilityOp : Halide_Op<"device_capability", [Pure]> {
  let summary = "What the GPU can do that kernels run on";
  let description = [{
    Gives the compute capability of the CUDA device of the call's context: ten
    times its major number plus its minor number.

    It stands in functions on memory, which choose between kernels by it.

    Devices of OpenCL, which have none, are not supported.

    ```mlir
    func.func private @choose(%x: memref<?xf32>) {
      %capability = halide.device_capability // 90 on an H100
      %c90 = arith.constant 90 : index
      %isHopper = arith.cmpi eq, %capability, %c90 : index
      return
    }
    ```
  }];
  let results = (outs Index:$capability);
  let assemblyFormat = "attr-dict";
}

def Halide_DeviceMultiprocessorsOp : Halide_Op<"device_multiprocessors", [
    Pure]> {
  let summary = "How many blocks the GPU runs at a time, at least";
  let description = [{
    Gives the number of multiprocessors of the CUDA device of the call's
    context.

    It stands in functions on memory, which launch as many blocks where these
    divide all work among themselves, and count the turns of blocks that do not.

    Devices of OpenCL are not supported.

    ```mlir
    func.func private @count(%x: memref<?xf32>) {
      %multiprocessors = halide.device_multiprocessors // 132 on an H100
      return
    }
    ```
  }];
  let results = (outs Index:$count);
  let assemblyFormat = "attr-dict";
}

def Halide_TensorMapAddress
    : Type<CPred<"::llvm::isa<::mlir::LLVM::LLVMPointerType>($_self)">,
           "address of a tensor map">;

def Halide_TensorMapOp : Halide_Op<"tensor_map", [Pure]> {
  let summary = "Describes a tensor to a GPU's engine for copies";
  let description = [{
    Makes a tensor map, an argument of a kernel whose `cp.async.bulk.tensor`
    copies boxes of a tensor to shared memory.

    The tensor has elements of one, two or four bytes and lies in `memory` in row-major order
    (extents and box: outermost dimension first, one to five). Each copy is one
    box; what of it is beyond the tensor is zeros. The box's rows, its innermost
    extent, are 32, 64 or 128 bytes wide and are swizzled in shared memory as
    `wgmma` reads rows of this width. It stands in functions on memory; the map
    lives as long as a call of the function. Where the driver cannot make it,
    the function returns an error.

    GPUs before compute capability 9.0 are not supported, nor rows of a tensor
    that are no multiple of 16 bytes.

    ```mlir
    func.func private @describe(%x: memref<f16>, %rows: index, %k: index) {
      %map = halide.tensor_map %x[%rows, %k] box [128, 64]
          : memref<f16> -> !llvm.ptr
      return
    }
    ```
  }];
  let arguments = (ins AnyMemRef:$memory, Variadic<Index>:$extents,
                       DenseI64ArrayAttr:$box);
  let results = (outs Halide_TensorMapAddress:$map);
  let assemblyFormat = [{
    $memory `[` $extents `]` `box` $box attr-dict `:` type($memory) `->`
    type($map)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The bytes of a row of the box.
    int64_t getRowBytes() { return getElementBytes() * getBox().back(); }
    int64_t getElementBytes() {
      return ::llvm::cast<::mlir::MemRefType>(getMemory().getType())
                 .getElementTypeBitWidth() / 8;
    }
  }];
}

#endif // VITRAIL_DIALECT_HALIDE_IR_HALIDELAUNCHOP_TD
