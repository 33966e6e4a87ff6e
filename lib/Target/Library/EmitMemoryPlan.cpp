//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The memory plan as text, for tests and for those who look for memory.
//
//===----------------------------------------------------------------------===//

#include "ConstantPool.h"
#include "Interface.h"
#include "MemoryPlan.h"

#include "vitrail/Dialect/Halide/IR/HalideDialect.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Target/Library/ArenaMap.h"
#include "vitrail/Target/Library/LibraryTarget.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace vitrail;
using runtime::Place;

namespace {
/// Prints the plan of one entry.
class PlanPrinter {
public:
  PlanPrinter(const MemoryPlan &plan, const ConstantPool &constants,
              ArrayRef<State> states, llvm::raw_ostream &output)
      : plan(plan), constants(constants), states(states), output(output) {}

  void print(func::FuncOp entry);

private:
  void printPlace(Value value, Placement placement);

  const MemoryPlan &plan;
  const ConstantPool &constants;
  ArrayRef<State> states;
  llvm::raw_ostream &output;
};
} // namespace

/// A tensor's place, and in the arena its first and last byte.
void PlanPrinter::printPlace(Value value, Placement placement) {
  switch (placement.place) {
  case Place::Input:
    output << "input " << placement.index;
    return;
  case Place::Output:
    output << "output " << placement.index;
    return;
  case Place::Weights:
  case Place::Expanded:
    placement = constants.getPlacement(value);
    output << (placement.place == Place::Weights ? "weights " : "expanded ")
           << placement.offset;
    return;
  case Place::State:
    output << "state '" << states[placement.index].name << "'";
    return;
  case Place::Arena: {
    auto type = cast<RankedTensorType>(value.getType());
    int64_t size =
        nn::getElementsPerSample(type) * getElementSize(type.getElementType());
    output << "arena " << placement.offset << " to "
           << placement.offset + size - 1;
    return;
  }
  }
}

void PlanPrinter::print(func::FuncOp entry) {
  output << "entry @" << entry.getName() << ": arena of " << plan.getArenaSize()
         << " bytes for a sample, at least " << plan.getLowerBound()
         << " needed\n";
  auto printValue = [&](Value value) {
    printPlace(value, plan.getPlacement(value));
  };
  for (const MemoryPlan::Step &step : plan.getSteps()) {
    if (auto launch = step.launch) {
      output << "  @" << launch.getPipeline() << '(';
      llvm::interleaveComma(launch.getInputs(), output, printValue);
      output << ") -> ";
      llvm::interleaveComma(launch.getResults(), output, printValue);
    } else {
      output << "  copy ";
      printPlace(step.source, step.from);
      output << " -> ";
      printPlace(step.source, step.to);
    }
    output << '\n';
  }
}

LogicalResult vitrail::emitMemoryPlan(ModuleOp module,
                                      llvm::raw_ostream &output) {
  FailureOr<std::vector<Interface>> interfaces = getInterfaces(module);
  FailureOr<std::vector<State>> states = getStates(module);
  if (failed(interfaces) || failed(states))
    return failure();
  ConstantPool constants;
  for (const Interface &interface : *interfaces) {
    FailureOr<MemoryPlan> plan =
        MemoryPlan::create(interface.function, *states);
    if (failed(plan))
      return failure();
    constants.add(interface.function);
    PlanPrinter(*plan, constants, *states, output).print(interface.function);
  }
  for (const State &state : *states)
    output << "state '" << state.name << "' at " << state.offset << ", "
           << state.size << " bytes for a sample\n";
  output << "weights of " << constants.getSize() << " bytes\n";
  if (constants.getExpandedSize() != 0)
    output << "expanded constants of " << constants.getExpandedSize()
           << " bytes\n";

  FailureOr<std::vector<ArenaMap>> maps = mapArenas(module);
  if (failed(maps))
    return failure();
  for (const ArenaMap &map : *maps) {
    output << "\n";
    drawArena(map, output);
  }
  return success();
}
