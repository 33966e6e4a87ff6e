//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Schedule operations become the Halide calls that they are named after, one to
// one and in the order of the text.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vitrail;
using Halide::VarOrRVar;

static Halide::TailStrategy translateTail(halide::TailStrategy tail) {
  switch (tail) {
  case halide::TailStrategy::Auto:
    return Halide::TailStrategy::Auto;
  case halide::TailStrategy::RoundUp:
    return Halide::TailStrategy::RoundUp;
  case halide::TailStrategy::GuardWithIf:
    return Halide::TailStrategy::GuardWithIf;
  case halide::TailStrategy::Predicate:
    return Halide::TailStrategy::Predicate;
  case halide::TailStrategy::PredicateLoads:
    return Halide::TailStrategy::PredicateLoads;
  case halide::TailStrategy::PredicateStores:
    return Halide::TailStrategy::PredicateStores;
  case halide::TailStrategy::ShiftInwards:
    return Halide::TailStrategy::ShiftInwards;
  }
  llvm_unreachable("unknown tail strategy");
}

static Halide::MemoryType translateMemory(halide::MemoryType memory) {
  switch (memory) {
  case halide::MemoryType::Auto:
    return Halide::MemoryType::Auto;
  case halide::MemoryType::Heap:
    return Halide::MemoryType::Heap;
  case halide::MemoryType::Stack:
    return Halide::MemoryType::Stack;
  case halide::MemoryType::Register:
    return Halide::MemoryType::Register;
  case halide::MemoryType::GPUShared:
    return Halide::MemoryType::GPUShared;
  }
  llvm_unreachable("unknown memory type");
}

namespace {
/// A stage that is being scheduled, and which of its loops reduce.
struct StageSchedule {
  Halide::Stage stage;
  llvm::StringSet<> &reductionLoops;

  VarOrRVar loop(llvm::StringRef name) const {
    return VarOrRVar(name.str(), reductionLoops.contains(name));
  }

  std::vector<VarOrRVar> loops(ArrayAttr names) const {
    std::vector<VarOrRVar> result;
    for (auto name : names.getAsRange<StringAttr>())
      result.push_back(loop(name.getValue()));
    return result;
  }
};
} // namespace

/// The stage that a schedule operation names.
template <typename OpTy>
static StageSchedule getStage(Translator &translator, OpTy op) {
  Halide::Func func = translator.funcs.at(op.getFunc());
  std::optional<uint64_t> update = op.getUpdate();
  Translator::Stage stage(op.getFunc().str(),
                          update ? int64_t(*update) : pureStage);
  translator.scheduledStages.insert(stage);
  return {update ? func.update(int(*update)) : Halide::Stage(func),
          translator.reductionLoops[stage]};
}

static Halide::Func getFunc(Translator &translator, llvm::StringRef name) {
  return translator.funcs.at(name);
}

/// The parts of a reduction loop are reduction loops.
static void split(Translator &translator, halide::SplitOp op) {
  StageSchedule schedule = getStage(translator, op);
  if (schedule.reductionLoops.contains(op.getVar())) {
    schedule.reductionLoops.insert(op.getOuter());
    schedule.reductionLoops.insert(op.getInner());
  }
  schedule.stage.split(schedule.loop(op.getVar()), schedule.loop(op.getOuter()),
                       schedule.loop(op.getInner()), toInt(op.getFactor()),
                       translateTail(op.getTail()));
}

/// A loop fused with a reduction loop is a reduction loop.
static void fuse(Translator &translator, halide::FuseOp op) {
  StageSchedule schedule = getStage(translator, op);
  if (schedule.reductionLoops.contains(op.getInner()) ||
      schedule.reductionLoops.contains(op.getOuter()))
    schedule.reductionLoops.insert(op.getFused());
  schedule.stage.fuse(schedule.loop(op.getInner()),
                      schedule.loop(op.getOuter()),
                      schedule.loop(op.getFused()));
}

/// A loop of any stage of `func`. Halide finds it by its name, which it has to
/// be told in the right class; so a loop that reduces in one stage and not in
/// another is found in both.
static Halide::LoopLevel getLoopLevel(Translator &translator,
                                      llvm::StringRef func,
                                      llvm::StringRef loop) {
  bool reduces = llvm::any_of(translator.reductionLoops, [&](auto &entry) {
    return entry.first.first == func && entry.second.contains(loop);
  });
  return Halide::LoopLevel(getFunc(translator, func),
                           VarOrRVar(loop.str(), reduces));
}

/// Whether `op` gives a loop of a stage to a GPU; if so, it is done.
static bool scheduleGPU(Translator &translator, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](halide::GPUBlocksOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.gpu_blocks(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::GPUThreadsOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.gpu_threads(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::GPULanesOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.gpu_lanes(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::GPUSingleThreadOp op) {
        getStage(translator, op).stage.gpu_single_thread();
        return true;
      })
      .Default(false);
}

/// Whether `op` schedules a stage; if so, it is done.
static bool scheduleStage(Translator &translator, Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](halide::SplitOp op) { return split(translator, op), true; })
      .Case([&](halide::FuseOp op) { return fuse(translator, op), true; })
      .Case([&](halide::ReorderOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.reorder(schedule.loops(op.getVars()));
        return true;
      })
      .Case([&](halide::VectorizeOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.vectorize(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::UnrollOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.unroll(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::ParallelOp op) {
        StageSchedule schedule = getStage(translator, op);
        schedule.stage.parallel(schedule.loop(op.getVar()));
        return true;
      })
      .Case([&](halide::AtomicOp op) {
        getStage(translator, op).stage.atomic();
        return true;
      })
      .Case([&](halide::AllowRaceConditionsOp op) {
        getStage(translator, op).stage.allow_race_conditions();
        return true;
      })
      .Case([&](halide::MultiplyOnTilesOp op) {
        translator.tileProducts[op.getFunc()] = op;
        return true;
      })
      .Default(false);
}

static void scheduleFunc(Translator &translator, Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](halide::ComputeRootOp op) {
        getFunc(translator, op.getFunc()).compute_root();
      })
      .Case([&](halide::ComputeAtOp op) {
        getFunc(translator, op.getFunc())
            .compute_at(getLoopLevel(translator, op.getAt(), op.getVar()));
      })
      .Case([&](halide::StoreAtOp op) {
        getFunc(translator, op.getFunc())
            .store_at(getLoopLevel(translator, op.getAt(), op.getVar()));
      })
      .Case([&](halide::StoreInOp op) {
        getFunc(translator, op.getFunc())
            .store_in(translateMemory(op.getMemory()));
      })
      .Case([&](halide::BoundOp op) {
        getFunc(translator, op.getFunc())
            .bound(Halide::Var(op.getVar().str()), toInt(op.getMin()),
                   toInt(op.getExtent()));
      })
      .Case([&](halide::BoundExtentOp op) {
        getFunc(translator, op.getFunc())
            .bound_extent(Halide::Var(op.getVar().str()),
                          toInt(op.getExtent()));
      })
      .Case([&](halide::AlignStorageOp op) {
        getFunc(translator, op.getFunc())
            .align_storage(Halide::Var(op.getVar().str()),
                           toInt(op.getAlignment()));
      })
      .Case([&](halide::ReorderStorageOp op) {
        std::vector<Halide::Var> vars;
        for (auto name : op.getVars().getAsRange<StringAttr>())
          vars.emplace_back(name.str());
        getFunc(translator, op.getFunc()).reorder_storage(vars);
      });
}

void vitrail::translateSchedules(Translator &translator) {
  for (Operation &op : translator.pipeline.getBody().front()) {
    translator.current = &op;
    if (!scheduleStage(translator, &op) && !scheduleGPU(translator, &op))
      scheduleFunc(translator, &op);
  }
  translator.current = translator.pipeline;
  // Halide warns of updates that may have been forgotten. These are as the text
  // has them.
  for (auto &entry : translator.funcs) {
    Halide::Func func = entry.second;
    for (int update = 0; update < func.num_update_definitions(); ++update)
      if (!translator.scheduledStages.contains({entry.first().str(), update}))
        func.update(update).unscheduled();
  }
}
