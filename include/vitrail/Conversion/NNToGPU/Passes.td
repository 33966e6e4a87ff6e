//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From kernels of `nn` operations to kernels of MLIR's gpu dialects.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_CONVERSION_NNTOGPU_PASSES_TD
#define VITRAIL_CONVERSION_NNTOGPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def SplitNorms : Pass<"nn-split-norms", "::mlir::ModuleOp"> {
  let summary = "Make norms around products on tensor cores kernels of their own";
  let description = [{
    A processor normalises rows while it multiplies them. Tensor cores are done
    with a tile before its rows are normalised, once for each tile of features: a
    norm that is read from memory is faster. So a kernel that has a product of f16,
    bf16, tf32 or 8-bit integers and a norm, of its left-hand side or of its result,
    becomes two, unless its rows are so short that a warp has them in registers (see
    `convert-nn-to-gpu`), those of the result, too, if it is what is normalised. A
    norm whose rows become integers in ranges of their own stays for
    `nn-split-ranges`.

    Before:

    ```mlir
    func.func private @layer_norm_cast_linear(%x: tensor<?x256xf32>,
        %w: tensor<1x256x64xf16>) -> tensor<?x64xf32> attributes {nn.kernel} {
      %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
      %1 = nn.cast %0 : tensor<?x256xf32> to tensor<?x256xf16>
      %2 = nn.packed_linear %1, %w features 64
          : tensor<?x256xf16>, tensor<1x256x64xf16>
      return %2 : tensor<?x64xf32>
    }
    ```

    After:

    ```mlir
    func.func private @layer_norm_cast_linear_norm(%x: tensor<?x256xf32>)
        -> tensor<?x256xf16> attributes {nn.kernel} {
      %0 = nn.layer_norm %x epsilon 1.0e-6 : tensor<?x256xf32>
      %1 = nn.cast %0 : tensor<?x256xf32> to tensor<?x256xf16>
      return %1 : tensor<?x256xf16>
    }
    func.func private @layer_norm_cast_linear(%w: tensor<1x256x64xf16>,
        %0: tensor<?x256xf16>) -> tensor<?x64xf32> attributes {nn.kernel} {
      %1 = nn.packed_linear %0, %w features 64
          : tensor<?x256xf16>, tensor<1x256x64xf16>
      return %1 : tensor<?x64xf32>
    }
    ```

    Precondition: nn-pack-weights.
  }];
  let statistics = [Statistic<"divided", "divided", "kernels divided">];
}

def SplitRanges : Pass<"nn-split-ranges", "::mlir::ModuleOp"> {
  let summary = "Make rows integers in kernels of their own, for tensor cores";
  let description = [{
    The range of a row, which its integers are made with, is known when all of it
    has been read. Tensor cores multiply integers in tiles, each of many rows and
    few features: what finds the ranges comes before. So a kernel with a product
    of 8-bit integers whose left-hand side is quantized in ranges that are computed, too,
    becomes two. The first, which normalises rows, if there is a norm, stores
    integers and ranges; the second multiplies both.

    Before:

    ```mlir
    func.func private @reduce_quantize_linear(%x: tensor<?x256xf32>,
        %w: tensor<1x256x64xi8>) -> tensor<?x64xf32> attributes {nn.kernel} {
      %0 = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x256xf32>
      %1 = nn.quantize %x by %0 : tensor<?x256xf32>, tensor<?x1xf32>
      %2 = nn.packed_linear %1, %w features 64
          : tensor<?x256xi8>, tensor<1x256x64xi8>
      %3 = nn.cast %2 : tensor<?x64xi32> to tensor<?x64xf32>
      %4 = nn.mul %3, %0 : tensor<?x64xf32>, tensor<?x1xf32>
      return %4 : tensor<?x64xf32>
    }
    ```

    After:

    ```mlir
    func.func private @reduce_quantize_linear_range(%x: tensor<?x256xf32>)
        -> (tensor<?x256xi8>, tensor<?x1xf32>) attributes {nn.kernel} {
      %0 = nn.reduce max_abs %x axes [1] keep_dims : tensor<?x256xf32>
      %1 = nn.quantize %x by %0 : tensor<?x256xf32>, tensor<?x1xf32>
      return %1, %0 : tensor<?x256xi8>, tensor<?x1xf32>
    }
    func.func private @reduce_quantize_linear(%w: tensor<1x256x64xi8>,
        %0: tensor<?x256xi8>, %1: tensor<?x1xf32>) -> tensor<?x64xf32>
        attributes {nn.kernel} {
      %2 = nn.packed_linear %0, %w features 64
          : tensor<?x256xi8>, tensor<1x256x64xi8>
      %3 = nn.cast %2 : tensor<?x64xi32> to tensor<?x64xf32>
      %4 = nn.mul %3, %1 : tensor<?x64xf32>, tensor<?x1xf32>
      return %4 : tensor<?x64xf32>
    }
    ```

    Rows are a multiple of 8 elements, at most 4096, and patches rows of one
    dimension. Other kernels stay as they are.

    Precondition: nn-split-norms.
  }];
  let statistics = [Statistic<"divided", "divided", "kernels divided">];
}

def SplitGathers : Pass<"nn-split-gathers", "::mlir::ModuleOp"> {
  let summary = "Store patches that several tiles of a product multiply";
  let description = [{
    A tile of a product has some of the result's columns. Where the left-hand side
    is gathered or computed, such as patches of an image in f32, all tiles of the
    same rows do so. A kernel with a product for tensor cores of this kind becomes
    two, if that takes less time: the first stores rows of the left-hand side, as
    they are multiplied, and the second copies them.

    Time is counted in bytes for each element of the left-hand side. To gather it
    takes b + 4, where b is what is read of it, for each tile of 128 columns; or
    once, with 2 to store it, and then 2 for each tile.

    Before:

    ```mlir
    func.func private @linear(%x: tensor<?x3x224x224xf32>,
        %w: tensor<16x3x16x16x48xf16>) -> tensor<?x14x14x768xf32>
        attributes {nn.kernel} {
      %0 = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
          : tensor<?x3x224x224xf32>
      %1 = nn.cast %0
          : tensor<?x14x14x3x16x16xf32> to tensor<?x14x14x3x16x16xf16>
      %2 = nn.packed_linear %1, %w features 768
          : tensor<?x14x14x3x16x16xf16>, tensor<16x3x16x16x48xf16>
      return %2 : tensor<?x14x14x768xf32>
    }
    ```

    After:

    ```mlir
    func.func private @linear_gather(%x: tensor<?x3x224x224xf32>)
        -> tensor<?x14x14x768xf16> attributes {nn.kernel} {
      %0 = nn.unfold %x kernel [16, 16] strides [16, 16] padding [0, 0]
          : tensor<?x3x224x224xf32>
      %1 = nn.cast %0
          : tensor<?x14x14x3x16x16xf32> to tensor<?x14x14x3x16x16xf16>
      %2 = nn.reshape %1
          : tensor<?x14x14x3x16x16xf16> to tensor<?x14x14x768xf16>
      return %2 : tensor<?x14x14x768xf16>
    }
    func.func private @linear(%w: tensor<16x3x16x16x48xf16>,
        %0: tensor<?x14x14x768xf16>) -> tensor<?x14x14x768xf32>
        attributes {nn.kernel} {
      %1 = nn.reshape %0
          : tensor<?x14x14x768xf16> to tensor<?x14x14x3x16x16xf16>
      %2 = nn.packed_linear %1, %w features 768
          : tensor<?x14x14x3x16x16xf16>, tensor<16x3x16x16x48xf16>
      return %2 : tensor<?x14x14x768xf32>
    }
    ```

    k is a multiple of 8; where it is more than 2048, a row is stored in parts of
    equal length. What lies in memory in chunks of 8 elements is copied from there,
    wherever these are.

    Precondition: nn-split-ranges.
  }];
  let statistics = [Statistic<"divided", "divided", "kernels divided">];
}

def ChainProducts : Pass<"nn-chain-products", "::mlir::ModuleOp"> {
  let summary = "Multiply rows that stay in registers twice";
  let description = [{
    Two kernels with a product of f16 or bf16 each become one, if the second
    alone multiplies what the first stores, and rows are so short that a warp has
    them in registers (see `convert-nn-to-gpu`): the first product has at most 128
    elements a row and 512 features, the second at most 96.

    Three kernels become one if the second attends to what the first stores, as
    parts of its features, and the third multiplies what that stores: sequences of
    1, 2, 4, 8 or 16 tokens, whose queries, keys and values, in 8 columns for each
    8 features of a head, take at most 64 columns each, without masks or biases.

    Before:

    ```mlir
    func.func private @up(%x: tensor<?x96xf16>, %w: tensor<6x96x64xf16>)
        -> tensor<?x384xf16> attributes {nn.kernel} {
      %0 = nn.packed_linear %x, %w features 384
          : tensor<?x96xf16>, tensor<6x96x64xf16>
      %1 = nn.cast %0 : tensor<?x384xf32> to tensor<?x384xf16>
      return %1 : tensor<?x384xf16>
    }
    func.func private @down(%x: tensor<?x384xf16>, %w: tensor<1x384x96xf16>)
        -> tensor<?x96xf32> attributes {nn.kernel} {
      %0 = nn.packed_linear %x, %w features 96
          : tensor<?x384xf16>, tensor<1x384x96xf16>
      return %0 : tensor<?x96xf32>
    }
    ```

    After:

    ```mlir
    func.func private @up_down(%x: tensor<?x96xf16>, %w: tensor<6x96x64xf16>,
        %v: tensor<1x384x96xf16>) -> tensor<?x96xf32> attributes {nn.kernel} {
      %0 = nn.packed_linear %x, %w features 384
          : tensor<?x96xf16>, tensor<6x96x64xf16>
      %1 = nn.cast %0 : tensor<?x384xf32> to tensor<?x384xf16>
      %2 = nn.packed_linear %1, %v features 96
          : tensor<?x384xf16>, tensor<1x384x96xf16>
      return %2 : tensor<?x96xf32>
    }
    ```

    Precondition: nn-pack-weights.
  }];
  let statistics = [Statistic<"chained", "chained", "chains of calls made one">];
}

def ConvertNNToGPU : Pass<"convert-nn-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Turn products, attention and norms into kernels of the gpu dialect";
  let description = [{
    A function marked `nn.kernel` that multiplies f16, bf16, tf32 or 8-bit integers, or stores one
    of these, becomes a function on memory: it launches a `gpu.func`, which multiplies by
    `nvgpu.mma.sync`. Its calls become `halide.launch`. Other kernels stay as they
    are, for `convert-nn-to-halide`; a remark says why.

    Before:

    ```mlir
    func.func private @linear(%x: tensor<?x768xf16>, %w: tensor<36x768x64xf16>)
        -> tensor<?x2304xf32> attributes {nn.kernel} {
      %y = nn.packed_linear %x, %w features 2304
          : tensor<?x768xf16>, tensor<36x768x64xf16>
      return %y : tensor<?x2304xf32>
    }
    ```

    After (shortened):

    ```mlir
    gpu.module @linear_device {
      gpu.func @linear(%x: memref<f16>, %w: memref<f16>, %y: memref<f32>,
                       %extent: index) kernel {
        ...
        %c = nvgpu.mma.sync(%a, %b, %c0) {mmaShape = [16, 8, 16]}
            : (vector<4x2xf16>, vector<2x2xf16>, vector<2x2xf32>) -> vector<2x2xf32>
        ...
      }
    }
    gpu.module @linear_device_sm_90a [#nvvm.target<chip = "sm_90a">] {
      ...
    }
    func.func private @linear(%x: memref<?x768xf16>, %w: memref<36x768x64xf16>,
                              %y: memref<?x2304xf32>) {
      ...
      gpu.launch_func @linear_device::@linear blocks in (%blocks, %c1, %c1)
          threads in (%c128, %c1, %c1) dynamic_shared_memory_size %bytes
          args(...)
      return
    }
    ```

    Both operands have f16 or bf16 elements, the weight is in panels whose columns
    are a multiple of 8, and sums are f32. Or they are f32 that `nn.packed_linear`
    has as `tf32`: then each caller has to know the weight, which is laid out in
    rows of k, one for each feature, while compiling. Tensor cores want k side by
    side, and have no instruction that transposes elements of four bytes. Or they are
    8-bit integers, whose weight is laid out in the same way, since none transposes
    single bytes, and sums are i32. What surrounds the product is computed
    in the kernel: index maps and casts while the left-hand side is copied to
    shared memory, elementwise operations where sums are stored. A block has a
    tile of the result; its parts of both operands pass through a ring of stages
    in shared memory, which asynchronous copies fill ahead.

    Results after the first may be `nn.update`s that store elements of the first,
    such as the keys and values of a step of decoding: threads that store these
    store them there, too, in the tensor after `into` of `halide.launch`.

    A product of rows of at most 128 stored elements, to at most 512 features, has
    its rows in registers of a warp instead, which normalises them there; the
    weight is laid out anew while compiling, as fragments in the order in which
    threads read them. Patches of an image in memory are such rows, too, of at most
    192 pixels with the zeros that make each of their rows begin where the image
    is aligned. Results of at most 128 features can be normalised, since a group
    of threads has whole rows of them. Of two products (see `nn-chain-products`),
    sums of the first become the left-hand side of the second in registers. So do,
    where there is attention between them, sums of queries, keys and values: a
    warp has 16 rows, which are whole sequences, and each head of these as
    fragments.

    GPUs of compute capability 9.0 have a second form of products, in a
    `gpu.module` for `sm_90a` alone, which multiplies by `nvvm.wgmma.mma_async`:
    four warps multiply 64 rows and all columns of a tile, straight from shared
    memory. Where both operands lie in memory row by row, one thread has boxes of
    them copied by `nvvm.cp.async.bulk.tensor`, which the function on memory
    describes by `halide.tensor_map`, and no more blocks are launched than run at
    a time. The function on memory chooses by `halide.device_capability`, and
    among tiles by how many rows there are.

    Attention whose operands are stored in f16 or bf16, or are `tf32`, is computed
    in one kernel, too: a warp has 16 queries of a head, keys and values pass through shared
    memory in tiles of 64, and scores, with what is added to them and masks, stay
    in registers. Their softmax is computed in f32; weights are rounded to the
    type of the values. Heads of at most 16 queries, keys and features do not pass
    through shared memory, but those of tf32 do. What is added and known while compiling is laid out
    anew, in the order in which threads have scores. A second form of f16 and bf16, for
    compute capability 9.0, has 64 queries for four warps, and up to 208 keys at a time.

    Up to 4 queries, such as one of a step of decoding, would leave most rows of
    `nvgpu.mma.sync` idle. There threads read 16 bytes of a key's or value's row each,
    of f32, too, and multiply them in f32; weights are not rounded. A block has a head, whose
    keys its warps share out: each keeps the largest score and the sums of what came
    by, and these are put together in shared memory. Where a warp has several keys one
    after the other, those that masks hide from all queries are not read.

    A norm of rows, and what computes elements alone, of which an operand or the
    result is f16 or bf16, or which rounds to tf32 or quantizes, is a kernel of 16-byte chunks of rows: neighbouring
    threads have a row in registers, find its mean and then the variance of
    differences from it by shuffles, and store the result, with what is computed
    of it element by element. Rows are a multiple of 8 elements, at most 2048. So are kernels of
    `nn-split-ranges`, which store integers and the range of each row, of at most 4096.

    In all of these, `nn.gelu` that is rounded to f16, bf16 or tf32 is computed by
    instructions that approximate, with an absolute error of 2.6e-5.

    Precondition: nn-chain-products, nn-split-norms, nn-split-ranges,
    nn-split-gathers.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect",
    "::mlir::nvgpu::NVGPUDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::vitrail::halide::HalideDialect"];
  let statistics = [Statistic<"converted", "converted", "kernels of the gpu dialect">];
}

def OverlapLaunches : Pass<"gpu-overlap-launches", "::mlir::ModuleOp"> {
  let summary = "Let kernels begin while the one before them ends";
  let description = [{
    On GPUs of compute capability 9.0 and later a kernel can begin while the one
    before it runs (programmatic dependent launch). Each `gpu.func` gets two
    instructions for that. `griddepcontrol.wait` waits until the kernel before has
    ended and all that it wrote is seen; it comes before the first access to memory,
    except to what is a constant expression wherever the kernel is launched. No
    kernel writes that, so that the first stage of a weight is on its way before.
    `griddepcontrol.launch_dependents` lets the next kernel begin, once all blocks
    of this one have waited.

    All threads of a kernel wait, whatever they do. So a kernel ends after the one
    before it, and what waits for one kernel has waited for all before it.

    Kernels for all GPUs are copied for those that can overlap; the function that
    launches them asks for the device's capability. Where it does so already, the
    kernels that it has for GPUs of compute capability 9.0 are changed in place,
    and its others stay.

    Before:

    ```mlir
    gpu.module @scale_device {
      gpu.func @scale(%x: memref<f16> {llvm.noalias},
                      %w: memref<f32> {llvm.noalias},
                      %y: memref<f16> {llvm.noalias}) kernel {
        %a = memref.load %w[] : memref<f32>
        %b = memref.load %x[] : memref<f16>
        ...
      }
    }
    func.func private @scale(%x: memref<1xf16>, %w: memref<1xf32>,
                             %y: memref<1xf16>) {
      ...
      gpu.launch_func @scale_device::@scale blocks in (%c1, %c1, %c1)
          threads in (%c1, %c1, %c1) args(...)
      return
    }
    ```

    After:

    ```mlir
    gpu.module @scale_device {
      ...
    }
    gpu.module @scale_device_sm_90 [#nvvm.target<chip = "sm_90">] {
      gpu.func @scale(%x: memref<f16>, %w: memref<f32> {llvm.noalias},
                      %y: memref<f16>) kernel {
        %a = memref.load %w[] : memref<f32>
        nvvm.griddepcontrol wait
        nvvm.griddepcontrol launch_dependents
        %b = memref.load %x[] : memref<f16>
        ...
      }
    }
    func.func private @scale(%x: memref<1xf16>, %w: memref<1xf32>,
                             %y: memref<1xf16>) {
      %capability = halide.device_capability
      %is_later = arith.cmpi uge, %capability, %c90 : index
      ...
      scf.if %is_later {
        gpu.launch_func @scale_device_sm_90::@scale blocks in (%c1, %c1, %c1)
            threads in (%c1, %c1, %c1) args(...)
      } else {
        gpu.launch_func @scale_device::@scale blocks in (%c1, %c1, %c1)
            threads in (%c1, %c1, %c1) args(...)
      }
      return
    }
    ```

    Precondition: convert-nn-to-gpu; constants are `nn` operations.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::vitrail::halide::HalideDialect"];
  let statistics = [Statistic<"overlapped", "overlapped", "kernels that begin early">];
}

#endif // VITRAIL_CONVERSION_NNTOGPU_PASSES_TD
