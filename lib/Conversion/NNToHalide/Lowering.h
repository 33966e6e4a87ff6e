//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the kernel families share: the kernel at hand (KernelLowering), a stage
// of a func whose schedule is being written (Stage), and the families' entry
// points, one file each.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_LOWERING_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_LOWERING_H

#include "PipelineExprBuilder.h"
#include "vitrail/Conversion/NNToHalide/Tiling.h"

#include <string>

namespace vitrail {

/// Loop variables by name, innermost first unless said otherwise.
using Names = llvm::SmallVector<std::string>;

/// The schedule of one stage of a func: each method adds the operation of its
/// name and returns the stage.
class Stage {
public:
  Stage(mlir::OpBuilder &builder, mlir::Location loc, std::string func,
        std::optional<int64_t> update = std::nullopt)
      : builder(builder), loc(loc), func(std::move(func)), update(update) {}

  Stage &split(llvm::StringRef var, llvm::StringRef outer,
               llvm::StringRef inner, int64_t factor,
               halide::TailStrategy tail);
  Stage &reorder(const Names &vars);
  Stage &vectorize(llvm::StringRef var);
  Stage &unroll(llvm::StringRef var);
  Stage &atomic();
  Stage &allowRaceConditions();
  Stage &multiplyOnTiles();

  /// Fuses `vars`, if any, into one loop that runs in parallel; returns its
  /// name.
  std::string parallel(const Names &vars);

  // On a GPU.
  /// Fuses `vars` into one loop of blocks; returns its name.
  std::string blocks(const Names &vars);
  /// Fuses `vars`, at least one, into one loop; returns its name.
  std::string fuse(const Names &vars);
  Stage &threads(llvm::StringRef var);
  Stage &singleThread();

  // Of the func rather than the stage.
  Stage &computeAt(llvm::StringRef at, llvm::StringRef var);
  Stage &computeRoot();
  Stage &boundExtent(llvm::StringRef var, int64_t extent);
  /// Keeps the func, of at most `elements` of f32, on the thread's stack if it
  /// is small. Halide takes memory from the heap where the extents vary from
  /// one tile to the next.
  Stage &storeOnStack(int64_t elements);
  Stage &storeIn(halide::MemoryType memory);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  std::string func;
  std::optional<int64_t> update;
};

/// One kernel on its way from a function of `nn` operations to a pipeline.
class KernelLowering {
public:
  /// `kernel` has one block; the inputs are made, and known to `elements`. An
  /// argument that an update returned by the kernel writes to is none.
  KernelLowering(mlir::func::FuncOp kernel, halide::PipelineOp pipeline,
                 const Machine &machine);

  using Body = llvm::function_ref<mlir::Value(
      PipelineExprBuilder &, llvm::ArrayRef<mlir::Value> variables)>;

  /// Defines a func of elements of `type`, f32 if none is given; `body` gets
  /// its variables in the order of `vars`.
  halide::FuncOp defineFunc(llvm::StringRef name, const Names &vars, Body body,
                            mlir::Type type = nullptr);

  /// Adds an update over `rdom` (may be null); `body` gets the func's
  /// variables, then the reduction's.
  void addUpdate(halide::FuncOp func, halide::RDomOp rdom, Body body);

  /// Adds an update over `rdom` (may be null) that stores a value elsewhere:
  /// `body` gets the func's variables, then the domain's, and yields.
  void addStore(halide::FuncOp func, halide::RDomOp rdom,
                llvm::function_ref<void(PipelineExprBuilder &,
                                        llvm::ArrayRef<mlir::Value>)>
                    body);

  halide::RDomOp defineRDom(llvm::StringRef name, const Names &vars,
                            llvm::ArrayRef<int64_t> extents);

  /// Defines the output func as the elements of the kernel's result, its
  /// variables being `dimNames` (in the order of the tensor's dimensions).
  void defineOutput(llvm::ArrayRef<std::string> dimNames);

  /// Makes a func, which there is, the output of the pipeline that is `value`.
  void declareOutput(llvm::StringRef func, mlir::Value value);

  Stage stage(llvm::StringRef func,
              std::optional<int64_t> update = std::nullopt) {
    return Stage(builder, loc, func.str(), update);
  }
  Stage outputStage() { return stage(outputName); }

  static constexpr llvm::StringLiteral outputName = "out";

  /// The first result, of the func "out".
  mlir::Value result() const { return resultValue; }
  const Machine &machine() const { return machineModel; }
  /// The kernel's `nn.schedule`, or null.
  nn::ScheduleAttr givenSchedule() const { return schedule; }
  Elements elements;

private:
  void hideFromBounds(mlir::Value argument, llvm::StringRef input);

  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::Value resultValue;
  Machine machineModel;
  nn::ScheduleAttr schedule;
  bool hasZero = false; ///< whether there is a func "zero" (see addUpdate)
};

/// The extents of `type` known while compiling; ShapedType::kDynamic elsewhere.
inline llvm::ArrayRef<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

/// RoundUp where `factor` divides the extent, GuardWithIf elsewhere: exact,
/// unlike ShiftInwards, also where the result is written over an operand.
halide::TailStrategy exactTail(int64_t extent, int64_t factor);

/// "name", "name_0", "name_1"... for each dimension of `count`.
Names numberedNames(llvm::StringRef name, size_t count);

/// The largest power of two that is at most `extent` and the machine's lanes.
int64_t chooseLanes(int64_t extent, const Machine &machine);

// The families. Each gets a kernel whose anchor is one of its operations.
void lowerContraction(KernelLowering &kernel, mlir::Operation *anchor);
void lowerAttention(KernelLowering &kernel, nn::AttentionOp attention);
void lowerSoftmax(KernelLowering &kernel, nn::SoftmaxOp softmax);
void lowerLayerNorm(KernelLowering &kernel, nn::LayerNormOp norm);
void lowerReduce(KernelLowering &kernel, nn::ReduceOp reduce);
void lowerUpdate(KernelLowering &kernel, nn::UpdateOp update,
                 llvm::StringRef func = KernelLowering::outputName);
void lowerPointwise(KernelLowering &kernel);

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_LOWERING_H
