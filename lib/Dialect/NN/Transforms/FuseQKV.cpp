//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// nn-fuse-qkv: linear layers on one input become one product. First the layers
// of all functions are divided into groups, so that a weight which several
// functions read is joined with the same others in each; then each group is
// rewritten.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/IR/ConstantNumbering.h"
#include "vitrail/Dialect/NN/IR/ReshapeGroups.h"
#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"
#include "vitrail/Dialect/NN/Transforms/Passes.h"

#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <set>
#include <tuple>

namespace vitrail::nn {
#define GEN_PASS_DEF_FUSEQKV
#include "vitrail/Dialect/NN/Transforms/Passes.h.inc"

namespace {

using namespace mlir;

//===----------------------------------------------------------------------===//
// Which layers can be slices of a wider one
//===----------------------------------------------------------------------===//

/// Whether a slice in place of `value`, which is stored densely, would have to
/// be stored: where it leaves the function, is what an update writes to, or
/// enters a reshape that no index can follow. Other operations read it by index
/// arithmetic, as other index maps are.
bool isReadAsItIs(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) {
    if (auto reshape = dyn_cast<ReshapeOp>(use.getOwner()))
      return !isIndexArithmetic(reshape) || isReadAsItIs(reshape);
    if (isa<UpdateOp>(use.getOwner()))
      return use.getOperandNumber() == 0;
    return isa<func::ReturnOp>(use.getOwner());
  });
}

/// Whether `linear` could be slices of a wider layer at no cost.
LogicalResult isSliceable(LinearOp linear, PassRemarks &remarks) {
  if (!isConstantExpression(linear.getWeight()))
    return remarks.missed(linear, "the weight is not known while compiling");
  if (linear.getBias() && !isConstantExpression(linear.getBias()))
    return remarks.missed(linear, "the bias is not known while compiling");
  // What one kernel computes: transposes are part of its store.
  Value stored = linear;
  while (stored.hasOneUse() && isa<TransposeOp>(*stored.user_begin()))
    stored = stored.user_begin()->getResult(0);
  if (stored.hasOneUse()) {
    Operation *user = *stored.user_begin();
    if (user->hasTrait<Elementwise>() &&
        user->getResult(0).getType() == stored.getType())
      return remarks.missed(linear,
                            "its kernel goes on with an elementwise operation");
  }
  if (isReadAsItIs(stored))
    return remarks.missed(
        linear, "the result is stored as it is: a slice would be a copy");
  return success();
}

//===----------------------------------------------------------------------===//
// Which layers belong together
//===----------------------------------------------------------------------===//

/// Layers that become one, in the order in which their weights are joined.
using Group = SmallVector<LinearOp>;

/// The operations that depend on `linear` with no other layer between.
llvm::SetVector<Operation *> findDependents(LinearOp linear) {
  llvm::SetVector<Operation *> dependents;
  auto insertUsers = [&](Operation *op) {
    for (Operation *user : op->getUsers())
      if (!isa<LinearOp, func::ReturnOp>(user))
        dependents.insert(user);
  };
  insertUsers(linear);
  for (size_t i = 0; i < dependents.size(); ++i)
    insertUsers(dependents[i]);
  return dependents;
}

/// Divides the layers of a module into groups.
class LayerGrouping {
public:
  LayerGrouping(ModuleOp module, PassRemarks &remarks)
      : module(module), remarks(remarks) {}

  SmallVector<Group> run() {
    collectCandidates();
    for (const auto &[key, layers] : candidates)
      collectMeetings(layers);
    SmallVector<Group> groups;
    for (const auto &[key, layers] : candidates)
      appendGroups(layers, groups);
    keepWeightsSingle(groups);
    return groups;
  }

private:
  using Meeting = std::pair<unsigned, unsigned>;

  /// Layers on one input, in program order, that contract its dimensions alike
  /// and can be slices of one result.
  void collectCandidates() {
    module.walk([&](LinearOp linear) {
      std::optional<unsigned> weight = numbering.getNumber(linear.getWeight());
      if (weight)
        ++readers[*weight];
      // A layer on an input of its own is no candidate.
      bool isAlone =
          llvm::none_of(linear.getInput().getUsers(), [&](Operation *user) {
            auto other = dyn_cast<LinearOp>(user);
            return other && other != linear &&
                   other.getInput() == linear.getInput();
          });
      if (!isAlone && succeeded(isSliceable(linear, remarks))) {
        unsigned rank = linear.getWeight().getType().getRank();
        candidates[{linear.getInput(), rank}].push_back(linear);
      }
    });
    candidates.remove_if([&](const auto &candidate) {
      const auto &[key, layers] = candidate;
      if (layers.size() > 1)
        return false;
      (void)remarks.missed(layers.front(),
                           "no other layer on its input can be joined");
      return true;
    });
  }

  unsigned numberOfWeight(LinearOp linear) {
    return *numbering.getNumber(linear.getWeight());
  }

  Meeting getMeeting(LinearOp lhs, LinearOp rhs) {
    auto [first, second] =
        std::minmax(numberOfWeight(lhs), numberOfWeight(rhs));
    return {first, second};
  }

  /// Notes whose results meet. Others would only make a wide tensor live
  /// longer: those of each layer of a decoder on what the encoder found.
  void collectMeetings(ArrayRef<LinearOp> layers) {
    SmallVector<llvm::SetVector<Operation *>> dependents;
    for (LinearOp layer : layers)
      dependents.push_back(findDependents(layer));
    for (size_t i = 0; i < layers.size(); ++i)
      for (size_t j = i + 1; j < layers.size(); ++j)
        if (llvm::any_of(dependents[i], [&](Operation *op) {
              return dependents[j].contains(op);
            }))
          meetings.insert(getMeeting(layers[i], layers[j]));
  }

  void appendGroups(ArrayRef<LinearOp> layers, SmallVectorImpl<Group> &groups) {
    llvm::EquivalenceClasses<Operation *> classes;
    for (size_t i = 0; i < layers.size(); ++i)
      for (size_t j = i + 1; j < layers.size(); ++j)
        if (meetings.count(getMeeting(layers[i], layers[j])))
          classes.unionSets(layers[i], layers[j]);
    llvm::MapVector<Operation *, Group> members;
    for (LinearOp layer : layers) {
      auto leader = classes.findLeader(layer);
      if (leader != classes.member_end())
        members[*leader].push_back(layer);
      else
        (void)remarks.missed(
            layer, "its result meets none of another layer on its input");
    }
    for (auto &[leader, group] : members) {
      sortByWeight(group);
      groups.push_back(group);
    }
  }

  /// Slices of one parameter by their offsets, all others as they come.
  void sortByWeight(Group &group) {
    auto getKey = [&](LinearOp linear) {
      // A scale does not move elements.
      Value weight = linear.getWeight();
      if (Operation *scale = weight.getDefiningOp<MulOp>())
        weight = scale->getOperand(0);
      else if (Operation *scale = weight.getDefiningOp<DivOp>())
        weight = scale->getOperand(0);
      auto slice = weight.getDefiningOp<SliceOp>();
      Value whole = slice ? slice.getInput() : weight;
      int64_t offset = slice ? slice.getOffsets().front() : 0;
      return std::tuple(*numbering.getNumber(whole), offset,
                        numberOfWeight(linear));
    };
    llvm::sort(group, [&](LinearOp lhs, LinearOp rhs) {
      return getKey(lhs) < getKey(rhs);
    });
  }

  /// Drops the groups of a weight that not all of its layers are in together
  /// with the same others: it would be stored twice.
  void keepWeightsSingle(SmallVectorImpl<Group> &groups) {
    auto getWeights = [&](ArrayRef<LinearOp> group) {
      return llvm::map_to_vector(
          group, [&](LinearOp layer) { return numberOfWeight(layer); });
    };
    std::map<SmallVector<unsigned>, unsigned> occurrences;
    for (const Group &group : groups)
      ++occurrences[getWeights(group)];
    llvm::erase_if(groups, [&](const Group &group) {
      unsigned occurs = occurrences[getWeights(group)];
      auto isElsewhere = [&](LinearOp layer) {
        return readers[numberOfWeight(layer)] != occurs;
      };
      const LinearOp *layer = llvm::find_if(group, isElsewhere);
      if (layer == group.end())
        return false;
      (void)remarks.missed(*layer,
                           "the weight is read elsewhere without the others");
      return true;
    });
  }

  ModuleOp module;
  PassRemarks &remarks;
  ConstantNumbering numbering;
  /// By input and the number of dimensions of the weight.
  llvm::MapVector<std::pair<Value, unsigned>, Group> candidates;
  /// How many layers have a weight.
  std::map<unsigned, unsigned> readers;
  std::set<Meeting> meetings;
};

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

Value joinBiases(ArrayRef<LinearOp> group, Location loc,
                 RewriterBase &rewriter) {
  if (llvm::none_of(group, [](LinearOp layer) { return layer.getBias(); }))
    return {};
  SmallVector<Value> biases;
  for (LinearOp layer : group) {
    Value bias = layer.getBias();
    if (!bias) {
      RankedTensorType weight = layer.getWeight().getType();
      auto type =
          RankedTensorType::get(weight.getDimSize(0), weight.getElementType());
      bias = ConstantOp::create(rewriter, layer.getLoc(),
                                cast<ElementsAttr>(rewriter.getZeroAttr(type)));
    }
    biases.push_back(bias);
  }
  return ConcatOp::create(rewriter, loc, biases, /*axis=*/0);
}

/// Makes the layers of `group` slices of one.
void fuse(ArrayRef<LinearOp> group, RewriterBase &rewriter) {
  SmallVector<Location> locations;
  SmallVector<Value> weights, moved;
  LinearOp first = group.front();
  for (LinearOp layer : group) {
    locations.push_back(layer.getLoc());
    weights.push_back(layer.getWeight());
    llvm::append_range(moved, layer->getOperands().drop_front());
    if (layer->isBeforeInBlock(first))
      first = layer;
  }
  Location loc = rewriter.getFusedLoc(locations);
  LogicalResult result = moveValueDefinitions(rewriter, moved, first);
  assert(succeeded(result) && "constant expressions depend on nothing");
  (void)result;
  rewriter.setInsertionPoint(first);
  Value weight = ConcatOp::create(rewriter, loc, weights, /*axis=*/0);
  Value bias = joinBiases(group, loc, rewriter);
  auto fused = LinearOp::create(rewriter, loc, first.getInput(), weight, bias);

  SmallVector<int64_t> offsets(fused.getType().getRank(), 0);
  SmallVector<int64_t> strides(offsets.size(), 1);
  for (LinearOp layer : group) {
    rewriter.setInsertionPointAfter(fused);
    auto slice = SliceOp::create(rewriter, layer.getLoc(), fused, offsets,
                                 layer.getType().getShape(), strides);
    offsets.back() += layer.getType().getShape().back();
    rewriter.replaceOp(layer, slice);
  }
}

struct FuseQKV : impl::FuseQKVBase<FuseQKV> {
  void runOnOperation() override {
    PassRemarks remarks(*this, &getContext());
    IRRewriter rewriter(&getContext(), &remarks);
    for (const Group &group : LayerGrouping(getOperation(), remarks).run()) {
      for (LinearOp layer : group)
        remarks.passed(layer, "became part of one product with the " +
                                  Twine(group.size()) + " layers on its input");
      fuse(group, rewriter);
      fused += group.size();
    }
  }
};

} // namespace
} // namespace vitrail::nn
