//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loops of a func's stages, and what schedule operations do to them: the
// rules are those of Halide 21.
//
//===----------------------------------------------------------------------===//

#include "LoopNest.h"

#include "Names.h"

using namespace mlir;
using namespace vitrail::halide;

using llvm::StringRef;

LoopNest::LoopNest(FuncOp func) : definition(func) {
  for (auto name : func.getVarNames())
    loops.push_back({name});
}

LoopNest::LoopNest(UpdateOp update) : definition(update) {
  if (auto rdom = update.getRDomOp())
    for (auto name : rdom.getVarNames())
      loops.push_back({name, /*isReduction=*/true});
  for (auto [name, argument, coordinate] :
       llvm::zip(update.getFuncOp().getVarNames(),
                 update.getBody().getArguments(), update.getCoordinates()))
    if (argument == coordinate)
      loops.push_back({name});
}

SmallVector<StringRef> LoopNest::getNames() const {
  return llvm::map_to_vector(loops, [](const Loop &loop) { return loop.name; });
}

std::optional<size_t> LoopNest::find(Operation *op, StringRef name) {
  for (auto [position, loop] : llvm::enumerate(loops))
    if (loop.name == name)
      return position;
  auto names = getNames();
  auto diag = op->emitOpError()
              << "there is no loop '" << name
              << "'; innermost first, the loops are " << listNames(names);
  auto *replacement = replacedBy.lookup(name);
  if (replacement)
    diag.attachNote(replacement->getLoc()) << "'" << name << "' ended here";
  else
    diag << suggestName(name, names);
  diag.attachNote(definition->getLoc()) << "scheduled definition is here";
  return std::nullopt;
}

LogicalResult LoopNest::verifyNewName(Operation *op, StringRef name,
                                      ArrayRef<StringRef> replaced) {
  if (failed(verifyName(op, "new loop", name)))
    return failure();
  if (llvm::is_contained(replaced, name) ||
      !llvm::is_contained(getNames(), name))
    return success();
  auto diag = op->emitOpError() << "there is a loop '" << name << "' already";
  diag.attachNote(definition->getLoc()) << "scheduled definition is here";
  return diag;
}

/// A reduction must run over its domain exactly; an update may run over a point
/// twice only if that leaves its value the same, which Halide does not examine.
LogicalResult LoopNest::verifyTail(SplitOp op, const Loop &loop) {
  auto tail = op.getTail();
  bool isExact = tail == TailStrategy::Auto ||
                 tail == TailStrategy::GuardWithIf ||
                 tail == TailStrategy::Predicate;
  if (loop.isReduction && !isExact)
    return op.emitOpError()
           << "tail " << stringifyTailStrategy(tail) << " would run over '"
           << loop.name << "' of a reduction inexactly; use auto, "
           << "guard_with_if or predicate";
  if (isa<UpdateOp>(definition) && tail == TailStrategy::ShiftInwards)
    return op.emitOpError()
           << "tail shift_inwards would repeat parts of an update";
  return success();
}

LogicalResult LoopNest::apply(SplitOp op) {
  auto factor = static_cast<int64_t>(op.getFactor());
  if (factor <= 0)
    return op.emitOpError() << "factor " << factor << " is not positive";
  if (op.getOuter() == op.getInner())
    return op.emitOpError()
           << "outer and inner loop are both named '" << op.getOuter() << "'";
  auto position = find(op, op.getVar());
  if (!position || failed(verifyNewName(op, op.getOuter(), op.getVar())) ||
      failed(verifyNewName(op, op.getInner(), op.getVar())) ||
      failed(verifyTail(op, loops[*position])))
    return failure();

  auto inner = loops[*position];
  replacedBy[inner.name] = op;
  auto outer = inner;
  inner.name = op.getInner();
  outer.name = op.getOuter();
  loops[*position] = inner;
  loops.insert(loops.begin() + *position + 1, outer);
  return success();
}

LogicalResult LoopNest::apply(FuseOp op) {
  if (op.getInner() == op.getOuter())
    return op.emitOpError()
           << "fuses the loop '" << op.getInner() << "' with itself";
  auto inner = find(op, op.getInner());
  auto outer = inner ? find(op, op.getOuter()) : std::nullopt;
  if (!outer ||
      failed(verifyNewName(op, op.getFused(), {op.getInner(), op.getOuter()})))
    return failure();

  auto &fused = loops[*inner];
  replacedBy[fused.name] = op;
  replacedBy[loops[*outer].name] = op;
  fused.name = op.getFused();
  fused.isReduction |= loops[*outer].isReduction;
  loops.erase(loops.begin() + *outer);
  return success();
}

/// The loops named take the places of the loops named, in the order given.
LogicalResult LoopNest::apply(ReorderOp op) {
  SmallVector<size_t> places;
  SmallVector<Loop> ordered;
  for (auto name : op.getVars().getAsValueRange<StringAttr>()) {
    auto position = find(op, name);
    if (!position)
      return failure();
    if (llvm::is_contained(places, *position))
      return op.emitOpError() << "loop '" << name << "' occurs twice";
    places.push_back(*position);
    ordered.push_back(loops[*position]);
  }
  llvm::sort(places);
  for (auto [place, loop] : llvm::zip(places, ordered))
    loops[place] = loop;
  return success();
}

LogicalResult LoopNest::apply(MultiplyOnTilesOp op) {
  if (isa<UpdateOp>(definition))
    return success();
  auto diag = op.emitOpError()
              << "names the pure definition; it is an update that multiplies";
  diag.attachNote(definition->getLoc()) << "func defined here";
  return diag;
}

LogicalResult LoopNest::setKind(Operation *op, StringRef name) {
  auto position = find(op, name);
  if (!position)
    return failure();
  auto &kind = loops[*position].kind;
  if (kind) {
    auto diag = op->emitOpError() << "loop '" << name << "' has a kind already";
    diag.attachNote(kind->getLoc()) << "given here";
    return diag;
  }
  kind = op;
  return success();
}
