//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What kernels of MLIR's gpu dialects share: a kernel on its way from a
// function of `nn` operations to a gpu.func and the function that launches it
// (DeviceKernel), scalar expressions in it, and the families.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEKERNEL_H
#define VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEKERNEL_H

#include "vitrail/Conversion/Expressions/Expressions.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/StringMap.h"

namespace vitrail {

/// The threads of a warp.
inline constexpr int64_t warpSize = 32;

/// Emits expressions at the end of a block of a gpu.func. What is called are
/// tensors in memory; indices are not negative.
class DeviceExprBuilder : public ExprBuilder {
public:
  using Memory = llvm::StringMap<mlir::Value>;

  DeviceExprBuilder(mlir::OpBuilder builder, mlir::Location loc,
                    const Memory &memory)
      : ExprBuilder(builder, loc), memory(memory) {}

  using ExprBuilder::call;
  mlir::Value call(llvm::StringRef callee, mlir::ValueRange indices,
                   mlir::Type type) override;

  /// An i32 as an index of memory.
  mlir::Value toMemory(mlir::Value i32);
  llvm::SmallVector<mlir::Value> toMemory(mlir::ValueRange i32s);

  // Of i32.
  mlir::Value xorIndex(mlir::Value lhs, mlir::Value rhs);
  mlir::Value minIndex(mlir::Value lhs, mlir::Value rhs);
  mlir::Value belowIndex(mlir::Value lhs, mlir::Value rhs);
  mlir::Value notAboveIndex(mlir::Value lhs, mlir::Value rhs);

  /// gelu(x) of which 11 digits are kept (f32). DeviceMath.cpp states the
  /// error.
  mlir::Value roundedGelu(mlir::Value x);
  /// What `nn.round_tf32` makes of an f32, by the instruction for it.
  mlir::Value convertToTF32(mlir::Value x);

protected:
  mlir::Value createModulo(mlir::Value value, int64_t divisor) override;

  const Memory &memory;
};

/// Finds where an element lies instead of reading it: for values that index
/// maps alone lie between and a stored tensor.
class AddressFinder : public DeviceExprBuilder {
public:
  using DeviceExprBuilder::DeviceExprBuilder;
  mlir::Value call(llvm::StringRef callee, mlir::ValueRange indices,
                   mlir::Type type) override;

  mlir::Value source;                           ///< the tensor's memory
  llvm::SmallVector<mlir::Value> sourceIndices; ///< in its order, of memory
};

/// How a kernel copies boxes of an operand: seen as a row-major tensor of these
/// extents, outermost first.
struct TensorMap {
  unsigned operand;
  llvm::SmallVector<nn::Extent> extents;
  llvm::SmallVector<int64_t> box;
};

/// A gpu.func, which starts empty, for the work of a kernel of `nn` operations.
class DeviceKernel {
public:
  /// Makes it in `module` for blocks of `threads` threads. `kernel` has one
  /// block.
  DeviceKernel(mlir::func::FuncOp kernel, mlir::gpu::GPUModuleOp module,
               llvm::StringRef name, int64_t threads);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return loc; }
  /// An expression builder where the builder is.
  DeviceExprBuilder getExpr() const { return {builder, loc, memory}; }
  const DeviceExprBuilder::Memory &getMemory() const { return memory; }

  /// The memory of an operand.
  mlir::Value getMemoryOf(mlir::BlockArgument operand) const {
    return memory.lookup(getName(operand.getArgNumber()));
  }
  /// The memory of a result.
  mlir::Value getResult(unsigned number = 0) const {
    return memory.lookup(getResultName(number));
  }

  // Of the thread: i32.
  mlir::Value getThread() const { return thread; }
  mlir::Value getBlock() const { return block; }

  /// The batch (i32).
  mlir::Value getBatch() const { return batch; }

  /// Memory that a block shares, from `offset` bytes on.
  mlir::Value getShared(llvm::ArrayRef<int64_t> shape, mlir::Type element,
                        int64_t offset);

  /// Adds an argument, the address of a tensor map.
  mlir::Value addMap(TensorMap map);
  llvm::ArrayRef<TensorMap> getMaps() const { return maps; }

  /// Ends the gpu.func, and returns it.
  mlir::gpu::GPUFuncOp finish();

  Elements elements;

private:
  /// Elements that are rounded are computed to no more digits.
  void computeRounded(mlir::func::FuncOp kernel);

  static std::string getName(unsigned operand) {
    return "in" + std::to_string(operand);
  }
  static std::string getResultName(unsigned number) {
    return "out" + std::to_string(number);
  }

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::gpu::GPUFuncOp device;
  DeviceExprBuilder::Memory memory;
  mlir::Value batch, thread, block, shared;
  llvm::SmallVector<TensorMap> maps;
};

/// How a gpu.func is launched: with ceil(rows / `rowsPerBlock`) *
/// `blocksPerRows` blocks.
struct DeviceLaunch {
  mlir::gpu::GPUFuncOp device;
  int64_t threads;
  int64_t rowsPerBlock;
  int64_t blocksPerRows;
  int64_t sharedBytes;
  /// Arguments after all others.
  llvm::SmallVector<TensorMap> maps = {};
  /// For a GPU of the one kind that it is for: how many blocks each of its
  /// multiprocessors runs at a time, and how long such a turn takes, and what
  /// comes before the first, in any unit.
  int64_t blocksAtOnce = 0, turnTime = 0, startTime = 0;
  /// Whether there are no more blocks than run at a time: these do the work of
  /// all.
  bool isPersistent = false;
};

/// Makes the gpu.module for `kernel`: for GPUs of compute capability 8.0 and
/// later, or for those of Hopper's, 9.0, alone.
mlir::gpu::GPUModuleOp createDeviceModule(mlir::func::FuncOp kernel,
                                          bool isHopper = false);

/// Replaces `kernel` by a function on memory, and its calls by launches of
/// that. It launches the first of `launches` that has at least `fullBlocks`
/// blocks, or else the last; those with larger tiles come first. On a GPU of
/// compute capability 9.0 it launches that of `hopperLaunches`, if any, whose
/// turns take the least time.
void replaceKernel(mlir::func::FuncOp kernel, nn::Extent rows,
                   llvm::ArrayRef<DeviceLaunch> launches,
                   llvm::ArrayRef<DeviceLaunch> hopperLaunches = {});

/// The extents of `value` known while compiling; ShapedType::kDynamic
/// elsewhere.
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// How many rows there are of these extents.
nn::Extent countRows(llvm::ArrayRef<nn::Extent> extents);

/// The type in memory of a value that index maps and widening casts make of a
/// stored one; null if anything else does.
mlir::Type findStoredType(mlir::Value value);

/// Why no family that stores `results` results can compute `kernel`, as far as
/// its operands and results say; empty if one may.
std::string describeKernel(mlir::func::FuncOp kernel, unsigned results = 1);

/// The calls of `kernel`, each of which gives a constant expression for all of
/// `arguments`.
mlir::FailureOr<llvm::SmallVector<mlir::func::CallOp>>
findCallsWithConstants(mlir::func::FuncOp kernel,
                       llvm::ArrayRef<mlir::BlockArgument> arguments);

/// Whether all that follows `value` computes each element from the one of
/// `value` at the same place.
bool isFollowedByElements(mlir::Value value);

// The families. Each fails, changes nothing and sets `reason`, if the kernel is
// none of its own.
mlir::LogicalResult convertProduct(mlir::func::FuncOp kernel,
                                   std::string &reason);
mlir::LogicalResult convertAttention(mlir::func::FuncOp kernel,
                                     std::string &reason);
mlir::LogicalResult convertRows(mlir::func::FuncOp kernel, std::string &reason);
mlir::LogicalResult convertShortProduct(mlir::func::FuncOp kernel,
                                        std::string &reason);
mlir::LogicalResult convertShortAttention(mlir::func::FuncOp kernel,
                                          std::string &reason);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOGPU_DEVICEKERNEL_H
