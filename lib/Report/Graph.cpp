//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The layers of a model are the same operations again and again: a stretch that
// repeats is listed once.
//
//===----------------------------------------------------------------------===//

#include "Graph.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Report/Report.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace vitrail;

namespace {
struct GraphStep {
  Operation *op;
  std::string name, shape, place;
  std::vector<int64_t> inputs;

  /// The same as far as readers see.
  bool isLike(const GraphStep &other) const {
    return name == other.name && shape == other.shape && place == other.place;
  }
};

/// `length` steps from `begin` on, `times` times.
struct Stretch {
  size_t begin, length, times;
};
} // namespace

/// "vit.vit:163": the last place, which gives the result.
static std::string describePlace(Location location) {
  std::vector<SourceLine> places = getSourceLines(location);
  if (places.empty())
    return "";
  return places.back().file + ":" + std::to_string(places.back().line);
}

static std::vector<GraphStep> collectSteps(func::FuncOp entry) {
  std::vector<GraphStep> steps;
  llvm::DenseMap<Operation *, int64_t> numbers;
  for (Operation &op : entry.front().without_terminator()) {
    if (op.getNumResults() == 0 ||
        llvm::all_of(op.getResults(), nn::isConstantExpression))
      continue;
    GraphStep step;
    step.op = &op;
    auto call = dyn_cast<func::CallOp>(op);
    step.name = (call ? call.getCallee() : op.getName().stripDialect()).str();
    step.shape =
        nn::describeShape(cast<RankedTensorType>(op.getResult(0).getType()));
    step.place = describePlace(op.getLoc());
    llvm::SetVector<int64_t> inputs;
    for (Value operand : op.getOperands())
      if (auto it = numbers.find(operand.getDefiningOp()); it != numbers.end())
        inputs.insert(it->second);
    step.inputs = {inputs.begin(), inputs.end()};
    steps.push_back(std::move(step));
    numbers[&op] = steps.size();
  }
  return steps;
}

/// The stretch from `begin` on that says most at once; a single step where
/// folding would save little.
static Stretch findStretch(llvm::ArrayRef<GraphStep> steps, size_t begin) {
  constexpr size_t minSteps = 8;
  auto isSame = [&](size_t lhs, size_t rhs, size_t length) {
    for (size_t i = 0; i < length; ++i)
      if (!steps[lhs + i].isLike(steps[rhs + i]))
        return false;
    return true;
  };
  Stretch best = {begin, 1, 1};
  for (size_t length = 1; begin + 2 * length <= steps.size(); ++length) {
    size_t times = 1;
    while (begin + (times + 1) * length <= steps.size() &&
           isSame(begin, begin + times * length, length))
      ++times;
    if (times > 1 && length * times >= minSteps &&
        length * times > best.length * best.times)
      best = {begin, length, times};
  }
  return best;
}

/// Repetitions, and between them all that does not repeat as one.
static std::vector<Stretch> fold(llvm::ArrayRef<GraphStep> steps) {
  std::vector<Stretch> stretches;
  for (size_t begin = 0; begin < steps.size();) {
    Stretch found = findStretch(steps, begin);
    begin += found.length * found.times;
    bool goesOn = !stretches.empty() && stretches.back().times == 1;
    if (found.times == 1 && goesOn)
      stretches.back().length += found.length;
    else
      stretches.push_back(found);
  }
  return stretches;
}

llvm::json::Array vitrail::listGraph(func::FuncOp entry) {
  std::vector<GraphStep> steps = collectSteps(entry);
  llvm::json::Array stretches;
  for (const Stretch &stretch : fold(steps)) {
    llvm::json::Array list;
    for (size_t i = stretch.begin; i < stretch.begin + stretch.length; ++i)
      list.push_back(llvm::json::Object{
          {"number", int64_t(i + 1)},
          {"name", steps[i].name},
          {"shape", steps[i].shape},
          {"place", steps[i].place},
          {"reads", llvm::json::Array(steps[i].inputs)},
      });
    stretches.push_back(llvm::json::Object{{"times", int64_t(stretch.times)},
                                           {"steps", std::move(list)}});
  }
  return stretches;
}

int64_t vitrail::countSteps(func::FuncOp entry) {
  return collectSteps(entry).size();
}
