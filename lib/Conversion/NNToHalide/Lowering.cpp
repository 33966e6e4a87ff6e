//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Helpers that the kernel families share.
//
//===----------------------------------------------------------------------===//

#include "Lowering.h"

#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

namespace vitrail {

using namespace mlir;

static SmallVector<StringRef> toRefs(ArrayRef<std::string> names) {
  return SmallVector<StringRef>(names.begin(), names.end());
}

//===----------------------------------------------------------------------===//
// Stage
//===----------------------------------------------------------------------===//

Stage &Stage::split(StringRef var, StringRef outer, StringRef inner,
                    int64_t factor, halide::TailStrategy tail) {
  halide::SplitOp::create(builder, loc, func, update, var, outer, inner, factor,
                          tail);
  return *this;
}

Stage &Stage::reorder(const Names &vars) {
  if (vars.size() > 1)
    halide::ReorderOp::create(builder, loc, func, update, toRefs(vars));
  return *this;
}

Stage &Stage::vectorize(StringRef var) {
  halide::VectorizeOp::create(builder, loc, func, update, var);
  return *this;
}

Stage &Stage::unroll(StringRef var) {
  halide::UnrollOp::create(builder, loc, func, update, var);
  return *this;
}

Stage &Stage::atomic() {
  halide::AtomicOp::create(builder, loc, func, update);
  return *this;
}

Stage &Stage::allowRaceConditions() {
  halide::AllowRaceConditionsOp::create(builder, loc, func, update);
  return *this;
}

Stage &Stage::multiplyOnTiles() {
  halide::MultiplyOnTilesOp::create(builder, loc, func, update);
  return *this;
}

std::string Stage::fuse(const Names &vars) {
  std::string task = vars.front();
  for (auto [i, var] : llvm::enumerate(ArrayRef(vars).drop_front())) {
    std::string fused = "task_" + std::to_string(i);
    halide::FuseOp::create(builder, loc, func, update, task, var, fused);
    task = fused;
  }
  return task;
}

std::string Stage::parallel(const Names &vars) {
  if (vars.empty())
    return "";
  std::string task = fuse(vars);
  halide::ParallelOp::create(builder, loc, func, update, task);
  return task;
}

std::string Stage::blocks(const Names &vars) {
  std::string task = fuse(vars);
  halide::GPUBlocksOp::create(builder, loc, func, update, task);
  return task;
}

Stage &Stage::threads(StringRef var) {
  halide::GPUThreadsOp::create(builder, loc, func, update, var);
  return *this;
}

Stage &Stage::singleThread() {
  halide::GPUSingleThreadOp::create(builder, loc, func, update);
  return *this;
}

Stage &Stage::computeAt(StringRef at, StringRef var) {
  halide::ComputeAtOp::create(builder, loc, func, at, var);
  return *this;
}

Stage &Stage::computeRoot() {
  halide::ComputeRootOp::create(builder, loc, func);
  return *this;
}

Stage &Stage::boundExtent(StringRef var, int64_t extent) {
  halide::BoundExtentOp::create(builder, loc, func, var, extent);
  return *this;
}

Stage &Stage::storeOnStack(int64_t elements) {
  constexpr int64_t largest = 1 << 15;
  if (elements * int64_t(sizeof(float)) <= largest)
    storeIn(halide::MemoryType::Stack);
  return *this;
}

Stage &Stage::storeIn(halide::MemoryType memory) {
  halide::StoreInOp::create(builder, loc, func, memory);
  return *this;
}

//===----------------------------------------------------------------------===//
// KernelLowering
//===----------------------------------------------------------------------===//

/// Extents in Halide's order; what depends on the batch stays unknown.
static SmallVector<int64_t> bufferExtents(Value tensor) {
  return llvm::to_vector(llvm::reverse(shapeOf(tensor)));
}

KernelLowering::KernelLowering(func::FuncOp kernel, halide::PipelineOp pipeline,
                               const Machine &machine)
    : builder(OpBuilder::atBlockEnd(pipeline.getBodyBlock())),
      loc(pipeline.getLoc()),
      resultValue(kernel.front().getTerminator()->getOperand(0)),
      machineModel(machine),
      schedule(kernel->getAttrOfType<nn::ScheduleAttr>("nn.schedule")) {
  SmallVector<Value> written;
  for (Value returned : kernel.front().getTerminator()->getOperands())
    if (auto update = returned.getDefiningOp<nn::UpdateOp>())
      written.push_back(update.getInput());
  for (BlockArgument argument : kernel.getArguments()) {
    if (llvm::is_contained(written, argument))
      continue;
    std::string name = "in" + std::to_string(argument.getArgNumber());
    auto type = cast<RankedTensorType>(argument.getType());
    halide::InputOp::create(builder, loc, name, type.getElementType(),
                            bufferExtents(argument),
                            /*strides=*/nullptr);
    elements.setSource(argument, name);
    if (machine.isGPU && type.getRank() == 0 &&
        isa<IntegerType>(type.getElementType()))
      hideFromBounds(argument, name);
  }
}

/// Halide would ask the processor how much of a buffer is read at an index that
/// is the same for all threads, and the processor cannot read it. What a func
/// with an update may be, it does not ask. The update adds to the zero before
/// it: Halide warns of one that does not need what it replaces.
void KernelLowering::hideFromBounds(Value argument, StringRef input) {
  Type type = cast<RankedTensorType>(argument.getType()).getElementType();
  std::string name = (input + "_value").str();
  halide::FuncOp func = defineFunc(
      name, {},
      [&](ExprBuilder &expr, ArrayRef<Value>) { return expr.number(0, type); },
      type);
  addStore(func, nullptr, [&](PipelineExprBuilder &expr, ArrayRef<Value>) {
    expr.yield(expr.add(expr.call(name, {}, type), expr.call(input, {}, type)));
  });
  elements.setSource(argument, name);
}

halide::FuncOp KernelLowering::defineFunc(StringRef name, const Names &vars,
                                          Body body, Type type) {
  auto func = halide::FuncOp::create(builder, loc, name, toRefs(vars),
                                     type ? type : builder.getF32Type());
  PipelineExprBuilder expr(func.getBodyBlock(), loc);
  SmallVector<Value> variables(func.getBodyBlock()->getArguments());
  expr.yield(body(expr, variables));
  return func;
}

/// Whether anything of `block` that its terminator needs uses one of
/// `variables`. Removes what it does not need.
static bool usesAny(Block &block, ArrayRef<Value> variables) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return llvm::any_of(variables, [](Value var) { return !var.use_empty(); });
}

void KernelLowering::addUpdate(halide::FuncOp func, halide::RDomOp rdom,
                               Body body) {
  auto update = halide::UpdateOp::create(builder, loc, func, rdom);
  Block &block = *update.getBodyBlock();
  PipelineExprBuilder expr(&block, loc);
  SmallVector<Value> variables(block.getArguments());
  expr.yield(body(expr, variables));
  if (!rdom)
    return;

  // Where every term is the same element (of a repeated tensor), no variable of
  // the domain is left, through which Halide finds it: one takes part as zero.
  ArrayRef<Value> reduction =
      ArrayRef(variables).drop_front(func.getBodyBlock()->getNumArguments());
  if (usesAny(block, reduction))
    return;
  constexpr StringLiteral zero = "zero";
  if (!hasZero) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(update);
    defineFunc(zero, {"r"}, [](ExprBuilder &expr, ArrayRef<Value>) {
      return expr.number(0);
    });
    hasZero = true;
  }
  Operation *yield = block.getTerminator();
  Value value = yield->getOperand(0);
  yield->erase();
  expr.yield(expr.add(value, expr.call(zero, reduction.front())));
}

void KernelLowering::addStore(
    halide::FuncOp func, halide::RDomOp rdom,
    llvm::function_ref<void(PipelineExprBuilder &, ArrayRef<Value>)> body) {
  auto update = halide::UpdateOp::create(builder, loc, func, rdom);
  Block &block = *update.getBodyBlock();
  PipelineExprBuilder expr(&block, loc);
  SmallVector<Value> variables(block.getArguments());
  body(expr, variables);
}

halide::RDomOp KernelLowering::defineRDom(StringRef name, const Names &vars,
                                          ArrayRef<int64_t> extents) {
  return halide::RDomOp::create(builder, loc, name, toRefs(vars), extents);
}

void KernelLowering::defineOutput(ArrayRef<std::string> dimNames) {
  Names vars(llvm::reverse(dimNames));
  auto body = [&](ExprBuilder &expr, ArrayRef<Value> vars) {
    return elements.get(expr, resultValue,
                        llvm::to_vector(llvm::reverse(vars)));
  };
  defineFunc(outputName, vars, body,
             cast<RankedTensorType>(resultValue.getType()).getElementType());
  declareOutput(outputName, resultValue);
}

void KernelLowering::declareOutput(StringRef func, Value value) {
  halide::OutputOp::create(builder, loc, func, bufferExtents(value),
                           /*strides=*/nullptr);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

halide::TailStrategy exactTail(int64_t extent, int64_t factor) {
  bool divides = !ShapedType::isDynamic(extent) && extent % factor == 0;
  return divides ? halide::TailStrategy::RoundUp
                 : halide::TailStrategy::GuardWithIf;
}

Names numberedNames(StringRef name, size_t count) {
  Names names;
  for (size_t i : llvm::seq(count))
    names.push_back((name + std::to_string(i)).str());
  return names;
}

int64_t chooseLanes(int64_t extent, const Machine &machine) {
  int64_t powerOfTwo = static_cast<int64_t>(
      llvm::bit_floor(static_cast<uint64_t>(std::max<int64_t>(extent, 1))));
  return std::min(powerOfTwo, machine.lanes);
}

} // namespace vitrail
