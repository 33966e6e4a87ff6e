//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Verifies the schedule of a pipeline: carries it out, in the order of the
// text, on the loop nests of the stages, then checks that each func is computed
// where all that call it can find it.
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"
#include "Names.h"
#include "VerifyPipeline.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

namespace {

/// A func with its schedule so far.
struct ScheduledFunc {
  FuncOp func;
  /// The pure definition's loops, then each update's.
  SmallVector<LoopNest> stages;
  /// halide.compute_at or halide.compute_root, and so on: at most one of each.
  Operation *compute = nullptr;
  Operation *storeAt = nullptr;
  Operation *storeIn = nullptr;
  /// The funcs, other than itself, that call it.
  llvm::SmallSetVector<StringRef, 4> callers;
};

class ScheduleVerifier {
public:
  explicit ScheduleVerifier(PipelineOp pipeline) : pipeline(pipeline) {}

  LogicalResult verify();

private:
  template <typename DefinitionOp>
  void addStage(StringRef func, DefinitionOp definition);
  ScheduledFunc *find(Operation *op, StringRef func);

  // Carry out an operation on a stage, or note it with its func.
  LogicalResult apply(Operation *op);
  template <typename StageOp> LogicalResult applyToStage(StageOp op);
  LogicalResult setOnce(Operation *op, StringRef func,
                        Operation *ScheduledFunc::*member);
  LogicalResult verifyVar(Operation *op, StringRef func, StringRef var,
                          StringRef what, int64_t size);
  LogicalResult verify(ReorderStorageOp op);

  // Check where a func is computed and stored.
  LogicalResult verifyPlace(ScheduledFunc &scheduled);
  LogicalResult verifyInlined(ScheduledFunc &scheduled);
  template <typename AtOp>
  LogicalResult verifyAt(ScheduledFunc &scheduled, AtOp op);
  LogicalResult verifyLoop(Operation *op, ScheduledFunc &at, StringRef var);

  bool isInlined(const ScheduledFunc &scheduled);
  bool isInside(StringRef func, StringRef at);
  bool calls(StringRef caller, StringRef func);

  PipelineOp pipeline;
  llvm::MapVector<StringRef, ScheduledFunc> funcs;
};

} // namespace

LogicalResult ScheduleVerifier::verify() {
  bool failed = false;
  for (auto &op : *pipeline.getBodyBlock()) {
    if (auto func = dyn_cast<FuncOp>(op)) {
      funcs[func.getSymName()].func = func;
      addStage(func.getSymName(), func);
    } else if (auto update = dyn_cast<UpdateOp>(op)) {
      addStage(update.getFunc(), update);
    } else {
      failed |= apply(&op).failed();
    }
  }
  // Loops that could not be made would only be missed again.
  if (failed)
    return failure();
  for (auto &[name, scheduled] : funcs)
    failed |= verifyPlace(scheduled).failed();
  return failure(failed);
}

template <typename DefinitionOp>
void ScheduleVerifier::addStage(StringRef func, DefinitionOp definition) {
  funcs[func].stages.emplace_back(definition);
  definition.walk([&](CallOp call) {
    auto callee = funcs.find(call.getCallee());
    if (callee != funcs.end() && call.getCallee() != func)
      callee->second.callers.insert(func);
  });
}

/// The func that `op` schedules; null, and reported, if there is none.
ScheduledFunc *ScheduleVerifier::find(Operation *op, StringRef func) {
  auto found = funcs.find(func);
  if (found != funcs.end())
    return &found->second;
  auto names =
      llvm::map_to_vector(funcs, [](const auto &entry) { return entry.first; });
  auto *symbol = SymbolTable::lookupSymbolIn(pipeline, func);
  auto diag = op->emitOpError() << "there is no func '@" << func << "' above";
  if (symbol)
    diag.attachNote(symbol->getLoc()) << "symbol defined here";
  else
    diag << suggestName(func, names);
  return nullptr;
}

//===----------------------------------------------------------------------===//
// One operation after another
//===----------------------------------------------------------------------===//

template <typename StageOp>
LogicalResult ScheduleVerifier::applyToStage(StageOp op) {
  auto *scheduled = find(op, op.getFunc());
  if (!scheduled)
    return failure();
  size_t stage = op.getUpdate() ? *op.getUpdate() + 1 : 0;
  if (stage < scheduled->stages.size())
    return scheduled->stages[stage].apply(op);
  auto diag = op.emitOpError()
              << "there is no update " << *op.getUpdate() << " of '@"
              << op.getFunc() << "' above, which has "
              << scheduled->stages.size() - 1;
  diag.attachNote(scheduled->func.getLoc()) << "func defined here";
  return diag;
}

LogicalResult ScheduleVerifier::apply(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<SplitOp, FuseOp, ReorderOp, VectorizeOp, UnrollOp, ParallelOp,
            GPUBlocksOp, GPUThreadsOp, GPULanesOp, GPUSingleThreadOp, AtomicOp,
            AllowRaceConditionsOp, MultiplyOnTilesOp>(
          [&](auto op) { return applyToStage(op); })
      .Case<ComputeRootOp, ComputeAtOp>([&](auto op) {
        return setOnce(op, op.getFunc(), &ScheduledFunc::compute);
      })
      .Case([&](StoreAtOp op) {
        return setOnce(op, op.getFunc(), &ScheduledFunc::storeAt);
      })
      .Case([&](StoreInOp op) {
        return setOnce(op, op.getFunc(), &ScheduledFunc::storeIn);
      })
      .Case<BoundOp, BoundExtentOp>([&](auto op) {
        return verifyVar(op, op.getFunc(), op.getVar(), "extent",
                         op.getExtent());
      })
      .Case([&](AlignStorageOp op) {
        return verifyVar(op, op.getFunc(), op.getVar(), "alignment",
                         op.getAlignment());
      })
      .Case([&](ReorderStorageOp op) { return verify(op); })
      .Default(success());
}

/// Notes `op` with the func; each func has at most one of each kind.
LogicalResult ScheduleVerifier::setOnce(Operation *op, StringRef func,
                                        Operation *ScheduledFunc::*member) {
  auto *scheduled = find(op, func);
  if (!scheduled)
    return failure();
  auto *&previous = scheduled->*member;
  if (!previous) {
    previous = op;
    return success();
  }
  auto diag = op->emitOpError() << "'@" << func << "' has a "
                                << previous->getName() << " already";
  diag.attachNote(previous->getLoc()) << "given here";
  return diag;
}

/// Checks that `var` is a variable of the func, and `size`, which is `what`.
LogicalResult ScheduleVerifier::verifyVar(Operation *op, StringRef func,
                                          StringRef var, StringRef what,
                                          int64_t size) {
  auto *scheduled = find(op, func);
  if (!scheduled)
    return failure();
  if (size <= 0)
    return op->emitOpError() << what << ' ' << size << " is not positive";
  auto names = scheduled->func.getVarNames();
  if (llvm::is_contained(names, var))
    return success();
  auto diag = op->emitOpError() << "'@" << func << "' has no variable '" << var
                                << "'; its variables are " << listNames(names)
                                << suggestName(var, names);
  diag.attachNote(scheduled->func.getLoc()) << "func defined here";
  return diag;
}

LogicalResult ScheduleVerifier::verify(ReorderStorageOp op) {
  auto vars = llvm::to_vector(op.getVars().getAsValueRange<StringAttr>());
  for (auto [position, var] : llvm::enumerate(vars)) {
    if (failed(verifyVar(op, op.getFunc(), var, "position", position + 1)))
      return failure();
    if (llvm::is_contained(ArrayRef(vars).take_front(position), var))
      return op.emitOpError() << "variable '" << var << "' occurs twice";
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

/// Whether the func has no loops of its own: its value is computed wherever it
/// is called. One with updates is computed in the innermost loop that needs it.
bool ScheduleVerifier::isInlined(const ScheduledFunc &scheduled) {
  auto func = scheduled.func;
  return !scheduled.compute && scheduled.stages.size() == 1 &&
         !pipeline.isOutput(func.getSymName());
}

/// Whether `caller`, or a func that it calls, calls `func`.
bool ScheduleVerifier::calls(StringRef caller, StringRef func) {
  llvm::SmallSetVector<StringRef, 4> callers = funcs[func].callers;
  for (size_t i = 0; i < callers.size(); ++i)
    callers.insert_range(funcs[callers[i]].callers);
  return callers.contains(caller);
}

/// Whether all of `func` is computed within the loops of `at`.
bool ScheduleVerifier::isInside(StringRef func, StringRef at) {
  // What must be inside for `func` to be. Places may be wrong still: they can
  // lead in a circle, or to a func that does not exist.
  llvm::SmallSetVector<StringRef, 8> names;
  names.insert(func);
  for (size_t i = 0; i < names.size(); ++i) {
    auto found = funcs.find(names[i]);
    if (names[i] == at || found == funcs.end())
      continue;
    auto &scheduled = found->second;
    if (auto computeAt = dyn_cast_or_null<ComputeAtOp>(scheduled.compute))
      names.insert(computeAt.getAt());
    else if (scheduled.compute || pipeline.isOutput(names[i]))
      return false;
    else
      names.insert_range(scheduled.callers);
  }
  return true;
}

LogicalResult ScheduleVerifier::verifyPlace(ScheduledFunc &scheduled) {
  if (failed(verifyInlined(scheduled)))
    return failure();
  if (auto computeAt = dyn_cast_or_null<ComputeAtOp>(scheduled.compute))
    if (failed(verifyAt(scheduled, computeAt)))
      return failure();
  auto storeAt = dyn_cast_or_null<StoreAtOp>(scheduled.storeAt);
  if (!storeAt)
    return success();
  if (!isa_and_present<ComputeAtOp>(scheduled.compute))
    return storeAt.emitOpError()
           << "'@" << storeAt.getFunc() << "' has no halide.compute_at";
  return verifyAt(scheduled, storeAt);
}

/// A func without loops can have none of a kind.
LogicalResult ScheduleVerifier::verifyInlined(ScheduledFunc &scheduled) {
  if (!isInlined(scheduled))
    return success();
  for (auto &loop : scheduled.stages.front().getLoops())
    if (loop.kind) {
      auto diag = loop.kind->emitOpError()
                  << "'@" << scheduled.func.getSymName()
                  << "' is inlined and has no loops: it has neither "
                     "halide.compute_at nor halide.compute_root";
      diag.attachNote(scheduled.func.getLoc()) << "func defined here";
      return diag;
    }
  return success();
}

/// Checks that all callers of the func are computed within the loop that `op`
/// names.
template <typename AtOp>
LogicalResult ScheduleVerifier::verifyAt(ScheduledFunc &scheduled, AtOp op) {
  auto *at = find(op, op.getAt());
  if (!at || failed(verifyLoop(op, *at, op.getVar())))
    return failure();
  if (!calls(op.getAt(), op.getFunc())) {
    auto diag = op.emitOpError() << "'@" << op.getAt() << "' does not call '@"
                                 << op.getFunc() << "'";
    diag.attachNote(at->func.getLoc()) << "defined here";
    return diag;
  }
  for (auto caller : scheduled.callers)
    if (!isInside(caller, op.getAt())) {
      auto diag = op.emitOpError()
                  << "'@" << caller << "', which calls '@" << op.getFunc()
                  << "', is not computed inside the loops of '@" << op.getAt()
                  << "'";
      diag.attachNote(funcs[caller].func.getLoc()) << "caller defined here";
      return diag;
    }
  return success();
}

/// Checks that a stage of `at` has, after its whole schedule, the loop `var`.
LogicalResult ScheduleVerifier::verifyLoop(Operation *op, ScheduledFunc &at,
                                           StringRef var) {
  llvm::SmallSetVector<StringRef, 8> names;
  for (auto &stage : at.stages)
    names.insert_range(stage.getNames());
  bool inlined = isInlined(at);
  if (!inlined && names.contains(var))
    return success();
  auto diag = op->emitOpError();
  diag << "'@" << at.func.getSymName() << "' ";
  if (inlined)
    diag << "is inlined and has no loops";
  else
    diag << "has no loop '" << var << "'; innermost first, its loops are "
         << listNames(names.getArrayRef())
         << suggestName(var, names.getArrayRef());
  diag.attachNote(at.func.getLoc()) << "func defined here";
  return diag;
}

LogicalResult vitrail::halide::verifySchedule(PipelineOp pipeline) {
  return ScheduleVerifier(pipeline).verify();
}
