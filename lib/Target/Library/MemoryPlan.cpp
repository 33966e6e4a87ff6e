//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which tensors share memory, and where it is.
//
//===----------------------------------------------------------------------===//

#include "MemoryPlan.h"
#include "PackArena.h"

#include "vitrail/Dialect/Halide/IR/InPlace.h"
#include "vitrail/Dialect/NN/IR/NN.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace vitrail;
using runtime::Place;

Value vitrail::getStorage(Value value) {
  while (auto reshape = value.getDefiningOp<nn::ReshapeOp>())
    value = reshape.getInput();
  return value;
}

SmallVector<Operation *> vitrail::getLaunches(func::FuncOp entry) {
  SmallVector<Operation *> launches;
  for (auto launch : entry.getOps<halide::LaunchOp>())
    launches.push_back(launch);
  return launches;
}

ValueRange vitrail::getReturned(func::FuncOp entry) {
  return entry.front().getTerminator()->getOperands();
}

/// Succeeds if `op` is one of those that LibraryTarget.h lists.
static LogicalResult checkOperation(Operation &op) {
  if (isa<halide::LaunchOp, nn::ReshapeOp, func::ReturnOp>(op))
    return success();
  bool isNN = isa_and_nonnull<nn::NNDialect>(op.getDialect());
  if (isNN && llvm::all_of(op.getResults(), nn::isConstantExpression))
    return success();
  return op.emitOpError("is not lowered: an entry runs kernels by "
                        "'halide.launch', and computes only constants itself");
}

//===----------------------------------------------------------------------===//
// The planner
//===----------------------------------------------------------------------===//

namespace vitrail {

/// Plans one entry. Steps have the numbers of their launches; what happens
/// after the last launch has the number of launches.
class MemoryPlanner {
public:
  MemoryPlanner(func::FuncOp entry, ArrayRef<State> states)
      : entry(entry), states(states), launches(getLaunches(entry)),
        end(launches.size()) {}

  MemoryPlan run();

private:
  /// Bytes that hold one tensor and, after it, what launches made of it in
  /// place.
  struct Memory {
    /// The step that first writes it; -1 for an argument's.
    int64_t begin;
    /// The last step that needs one of its tensors.
    int64_t lastUse;
    bool isWritable;
    int64_t size;
    std::optional<Placement> placement;
  };

  /// A returned tensor that is not where it must be in the end.
  struct EndCopy {
    Value source;
    Placement to;
  };

  Placement getPlace(unsigned state) const {
    return {Place::State, int32_t(state), states[state].offset};
  }
  std::optional<unsigned> findState(Attribute name) const;
  Memory *getMemory(Value value);
  void addMemory(Value value, Memory memory);

  void collectUses();
  void placeArguments();
  bool canOverwrite(Value storage, int64_t step);
  bool canHold(const Memory &memory, Value result);
  Value findOverwritten(halide::LaunchOp launch, Value result,
                        halide::OutputOp output, int64_t step);
  void shareMemory();
  void placeResult(Value result, Value overwritten, int64_t step);
  void placeStates();
  bool placeState(unsigned state, Value storage);
  void placeOutputs();
  SmallVector<unsigned> findStateMoves();
  void packArena(unsigned numMoves);
  void addCopy(Value source, Placement from, Placement to);
  void addSteps(ArrayRef<unsigned> moves);

  func::FuncOp entry;
  ArrayRef<State> states;
  SymbolTableCollection symbols;
  SmallVector<Operation *> launches;
  int64_t end;
  MemoryPlan plan;

  /// The steps that use a tensor, one for each use.
  llvm::DenseMap<Value, SmallVector<int64_t>> uses;
  std::vector<Memory> memories;
  llvm::DenseMap<Value, unsigned> memoryOf;
  /// The memory that holds a state from the beginning.
  llvm::DenseMap<unsigned, unsigned> memoryOfState;

  /// For launches that write into copies: what is copied, and where to.
  llvm::DenseMap<Operation *, SmallVector<std::pair<Value, Value>>> copying;
  SmallVector<EndCopy> outputCopies, stateCopies;
  /// Where states go that other states are about to overwrite.
  SmallVector<Placement> moved;
};

} // namespace vitrail

FailureOr<MemoryPlan> MemoryPlan::create(func::FuncOp entry,
                                         ArrayRef<State> states) {
  if (!llvm::hasSingleElement(entry.getBody()))
    return entry.emitOpError("has ")
           << entry.getBody().getBlocks().size() << " blocks, expected one";
  for (Operation &op : entry.front())
    if (failed(checkOperation(op)))
      return failure();
  return MemoryPlanner(entry, states).run();
}

MemoryPlan MemoryPlanner::run() {
  collectUses();
  placeArguments();
  shareMemory();
  placeStates();
  placeOutputs();
  SmallVector<unsigned> moves = findStateMoves();
  packArena(moves.size());
  for (auto [value, number] : memoryOf)
    plan.placements[value] = *memories[number].placement;
  addSteps(moves);
  return std::move(plan);
}

std::optional<unsigned> MemoryPlanner::findState(Attribute name) const {
  if (!name)
    return std::nullopt;
  const State *state = llvm::find_if(states, [&](const State &state) {
    return state.name == cast<StringAttr>(name).getValue();
  });
  assert(state != states.end() && "a state that the module does not have");
  return state - states.begin();
}

/// Null for a constant's.
MemoryPlanner::Memory *MemoryPlanner::getMemory(Value value) {
  auto it = memoryOf.find(getStorage(value));
  return it == memoryOf.end() ? nullptr : &memories[it->second];
}

void MemoryPlanner::addMemory(Value value, Memory memory) {
  memoryOf[value] = memories.size();
  for (int64_t step : uses[value])
    memory.lastUse = std::max(memory.lastUse, step);
  memories.push_back(memory);
}

void MemoryPlanner::collectUses() {
  for (auto [step, launch] : llvm::enumerate(launches))
    for (Value operand : launch->getOperands())
      uses[getStorage(operand)].push_back(step);
  for (Value returned : getReturned(entry))
    uses[getStorage(returned)].push_back(end);
}

void MemoryPlanner::placeArguments() {
  int32_t numInputs = 0;
  for (BlockArgument argument : entry.getArguments()) {
    std::optional<unsigned> state =
        findState(entry.getArgAttr(argument.getArgNumber(), "nn.state"));
    Placement place =
        state ? getPlace(*state) : Placement{Place::Input, numInputs++};
    if (state)
      memoryOfState[*state] = memories.size();
    addMemory(argument, {-1, -1, state.has_value(), 0, place});
  }
}

//===----------------------------------------------------------------------===//
// Writing in place
//===----------------------------------------------------------------------===//

/// Whether the launch at `step`, one of the users of `storage`, is the last of
/// them and may write into its memory.
bool MemoryPlanner::canOverwrite(Value storage, int64_t step) {
  Memory *memory = getMemory(storage);
  if (!memory || !memory->isWritable)
    return false;
  ArrayRef<int64_t> steps = uses[storage];
  return llvm::count_if(steps, [&](int64_t use) { return use >= step; }) == 1;
}

/// Whether a result may be computed in memory that a kernel's operand is in. A
/// result that leaves has a place of its own where it goes, and a state changes
/// only into its next value.
bool MemoryPlanner::canHold(const Memory &memory, Value result) {
  bool isReturned = false, isNextState = false;
  for (auto [i, returned] : llvm::enumerate(getReturned(entry))) {
    if (getStorage(returned) != result)
      continue;
    isReturned = true;
    auto state = findState(entry.getResultAttr(i, "nn.state"));
    isNextState |=
        state && memory.placement && memory.placement->index == int32_t(*state);
  }
  return memory.placement ? isNextState : !isReturned;
}

/// The operand that the launch at `step` may write `result`, its `output`,
/// over, as an addition to a residual may; null if there is none.
Value MemoryPlanner::findOverwritten(halide::LaunchOp launch, Value result,
                                     halide::OutputOp output, int64_t step) {
  auto pipeline = output->getParentOfType<halide::PipelineOp>();
  for (auto [input, operand] :
       llvm::zip_equal(pipeline.getInputOps(), launch.getInputs())) {
    Value storage = getStorage(operand);
    if (operand.getType() == result.getType() && canOverwrite(storage, step) &&
        canHold(*getMemory(storage), result) &&
        halide::canBeOverwritten(input, output))
      return operand;
  }
  return {};
}

/// Gives the launches' results memory: its own, or what it writes into.
void MemoryPlanner::shareMemory() {
  for (auto [step, op] : llvm::enumerate(launches)) {
    auto launch = cast<halide::LaunchOp>(op);
    auto pipeline = symbols.lookupNearestSymbolFrom<halide::PipelineOp>(
        launch, launch.getPipelineAttr());
    SmallVector<halide::OutputOp> outputs;
    if (pipeline)
      outputs = llvm::to_vector(pipeline.getOutputOps());
    for (auto [i, result, destination] :
         llvm::enumerate(launch.getResults(), launch.getResultDestinations())) {
      Value overwritten = destination;
      if (!destination && pipeline)
        overwritten = findOverwritten(launch, result, outputs[i], step);
      else if (destination && !canOverwrite(getStorage(destination), step)) {
        copying[op].push_back({destination, result});
        overwritten = {};
      }
      placeResult(result, overwritten, step);
    }
  }
}

/// In the memory of `overwritten`, or in its own if that is null.
void MemoryPlanner::placeResult(Value result, Value overwritten, int64_t step) {
  if (overwritten) {
    unsigned number = memoryOf[getStorage(overwritten)];
    memoryOf[result] = number;
    for (int64_t use : uses[result])
      memories[number].lastUse = std::max(memories[number].lastUse, use);
    return;
  }
  auto type = cast<RankedTensorType>(result.getType());
  int64_t size = llvm::alignTo(nn::getElementsPerSample(type) *
                                   getElementSize(type.getElementType()),
                               64);
  addMemory(result, {step, step, true, size, std::nullopt});
}

/// Has `storage` computed where the state is kept, if it is not there already.
/// False where that is too early: the old state is still needed.
bool MemoryPlanner::placeState(unsigned state, Value storage) {
  Memory *memory = getMemory(storage);
  if (!memory)
    return false;
  if (memory->placement)
    return memory->placement->place == Place::State &&
           memory->placement->index == int32_t(state);
  auto old = memoryOfState.find(state);
  if (old != memoryOfState.end() &&
      memories[old->second].lastUse >= memory->begin)
    return false;
  memory->placement = getPlace(state);
  return true;
}

void MemoryPlanner::placeStates() {
  for (auto [i, returned] : llvm::enumerate(getReturned(entry)))
    if (auto state = findState(entry.getResultAttr(i, "nn.state")))
      if (!placeState(*state, getStorage(returned)))
        stateCopies.push_back({returned, getPlace(*state)});
}

/// Gives each result to the kernel that computes it, unless the kernel writes
/// elsewhere already.
void MemoryPlanner::placeOutputs() {
  int32_t numOutputs = 0;
  for (auto [i, returned] : llvm::enumerate(getReturned(entry))) {
    if (entry.getResultAttr(i, "nn.state"))
      continue;
    Placement here = {Place::Output, numOutputs++};
    Memory *memory = getMemory(returned);
    if (memory && !memory->placement)
      memory->placement = here;
    else
      outputCopies.push_back({returned, here});
  }
}

//===----------------------------------------------------------------------===//
// The arena and the steps
//===----------------------------------------------------------------------===//

/// The copies of states from where other copies go: all such sources are moved
/// away before any of them is overwritten.
SmallVector<unsigned> MemoryPlanner::findStateMoves() {
  SmallVector<unsigned> moves;
  for (auto [i, copy] : llvm::enumerate(stateCopies)) {
    Memory *memory = getMemory(copy.source);
    bool isOverwritten = memory && memory->placement &&
                         memory->placement->place == Place::State &&
                         llvm::any_of(stateCopies, [&](const EndCopy &other) {
                           return other.to.index == memory->placement->index;
                         });
    if (isOverwritten)
      moves.push_back(i);
  }
  return moves;
}

void MemoryPlanner::packArena(unsigned numMoves) {
  SmallVector<LiveRange> ranges;
  SmallVector<Memory *> inArena;
  for (Memory &memory : memories)
    if (!memory.placement) {
      ranges.push_back({memory.size, memory.begin, memory.lastUse});
      inArena.push_back(&memory);
    }
  int64_t largest = 0;
  for (const State &state : states)
    largest = std::max<int64_t>(largest, llvm::alignTo(state.size, 64));
  for (unsigned i = 0; i < numMoves; ++i)
    ranges.push_back({largest, end, end});
  plan.arenaSize = packRanges(ranges);
  plan.lowerBound = getLowerBound(ranges);
  for (auto [memory, range] : llvm::zip(inArena, ranges))
    memory->placement = {Place::Arena, 0, range.offset};
  for (const LiveRange &range : ArrayRef(ranges).take_back(numMoves))
    moved.push_back({Place::Arena, 0, range.offset});
  plan.ranges = std::move(ranges);
}

void MemoryPlanner::addCopy(Value source, Placement from, Placement to) {
  plan.steps.push_back({nullptr, source, from, to, entry.getLoc()});
}

void MemoryPlanner::addSteps(ArrayRef<unsigned> moves) {
  for (Operation *op : launches) {
    auto launch = cast<halide::LaunchOp>(op);
    for (auto [destination, result] : copying.lookup(op))
      addCopy(destination, plan.getPlacement(destination),
              plan.getPlacement(result));
    plan.steps.push_back({launch, nullptr, {}, {}, launch.getLoc()});
  }
  for (const EndCopy &copy : outputCopies)
    addCopy(copy.source, plan.getPlacement(copy.source), copy.to);
  for (auto [move, place] : llvm::zip_equal(moves, moved)) {
    Value source = stateCopies[move].source;
    addCopy(source, plan.getPlacement(source), place);
  }
  const Placement *next = moved.begin();
  for (auto [i, copy] : llvm::enumerate(stateCopies))
    addCopy(copy.source,
            llvm::is_contained(moves, i) ? *next++
                                         : plan.getPlacement(copy.source),
            copy.to);
}

Placement MemoryPlan::getPlacement(Value value) const {
  auto it = placements.find(getStorage(value));
  return it == placements.end() ? Placement{Place::Weights} : it->second;
}
