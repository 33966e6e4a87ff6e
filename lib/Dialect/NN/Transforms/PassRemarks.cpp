//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Misses are kept by operation until the pass ends: only then is it known which
// operations nothing became of.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Dialect/NN/Transforms/PassRemarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Rewrite/PatternApplicator.h"

using namespace mlir;
using namespace vitrail::nn;

PassRemarks::PassRemarks(Pass &pass, MLIRContext *context)
    : name(pass.getName()), category(pass.getArgument()),
      isEnabled(context->getRemarkEngine() != nullptr),
      place(UnknownLoc::get(context)) {}

void PassRemarks::emit(const Remark &remark, unsigned times,
                       bool isPassed) const {
  const auto &[location, function, text] = remark;
  auto options =
      remark::RemarkOpts::name(name).category(category).function(function);
  auto inFlight = isPassed ? remark::passed(location, options)
                           : remark::missed(location, options);
  inFlight << (isPassed ? remark::add("{0}", text)
                        : remark::reason("{0}", text));
  if (times > 1)
    inFlight << remark::metric("Times", times);
}

PassRemarks::~PassRemarks() {
  std::vector<Remark> left;
  for (const auto &[op, missed] : misses)
    for (const Miss &miss : missed)
      left.push_back(miss.remark);
  emitEach(passes, /*isPassed=*/true);
  emitEach(left, /*isPassed=*/false);
}

/// Emits equal ones once.
void PassRemarks::emitEach(ArrayRef<Remark> remarks, bool isPassed) const {
  SmallVector<std::pair<Remark, unsigned>> counted;
  for (const Remark &remark : remarks) {
    auto *known = llvm::find_if(
        counted, [&](const auto &entry) { return entry.first == remark; });
    if (known != counted.end())
      ++known->second;
    else
      counted.emplace_back(remark, 1);
  }
  for (const auto &[remark, times] : counted)
    emit(remark, times, isPassed);
}

/// The name of the function that `op` is in.
static std::string nameFunction(Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  return function ? function.getName().str() : "";
}

void PassRemarks::passed(Operation *op, const Twine &what) {
  if (isEnabled)
    passes.emplace_back(op->getLoc(), nameFunction(op), what.str());
}

LogicalResult PassRemarks::missed(Operation *op, const Twine &reason) {
  if (isEnabled)
    misses[op].push_back(
        {nullptr, {op->getLoc(), nameFunction(op), reason.str()}});
  return failure();
}

//===----------------------------------------------------------------------===//
// What patterns do
//===----------------------------------------------------------------------===//

void PassRemarks::notifyPatternBegin(const Pattern &begun, Operation *op) {
  if (!isEnabled)
    return;
  pattern = &begun;
  root = op;
  function = nameFunction(op);
  place = op->getLoc();
  result.clear();
  // What it said last time does not count any more.
  if (auto it = misses.find(op); it != misses.end())
    llvm::erase_if(it->second,
                   [&](const Miss &miss) { return miss.pattern == pattern; });
}

void PassRemarks::notifyPatternEnd(const Pattern &ended, LogicalResult status) {
  if (isEnabled && succeeded(status))
    passes.emplace_back(place, function,
                        result.empty() ? "rewritten" : "became " + result);
  pattern = nullptr;
  root = nullptr;
}

void PassRemarks::notifyMatchFailure(
    Location location, function_ref<void(Diagnostic &)> reasonCallback) {
  if (!isEnabled || !root)
    return;
  Diagnostic reason(location, DiagnosticSeverity::Remark);
  reasonCallback(reason);
  misses[root].push_back({pattern, {location, function, reason.str()}});
}

/// What takes the place of the pattern's own operation says where it all comes
/// from.
void PassRemarks::notifyOperationReplaced(Operation *op,
                                          ValueRange replacement) {
  if (!isEnabled || op != root || replacement.empty())
    return;
  Operation *replacing = replacement.front().getDefiningOp();
  if (!replacing)
    return;
  place = replacing->getLoc();
  result = replacing->getName().getStringRef();
}

/// What was in the way of an operation that is gone does not matter.
void PassRemarks::notifyOperationErased(Operation *op) {
  if (auto it = misses.find(op); it != misses.end())
    it->second.clear();
}

void vitrail::nn::walkAndApplyPatterns(Operation *op,
                                       RewritePatternSet &&patterns,
                                       PassRemarks &remarks) {
  FrozenRewritePatternSet frozen(std::move(patterns));
  PatternApplicator applicator(frozen);
  applicator.applyDefaultCostModel();
  PatternRewriter rewriter(op->getContext());
  rewriter.setListener(&remarks);
  for (Region &region : op->getRegions())
    region.walk([&](Operation *visited) {
      auto begin = [&](const Pattern &pattern) {
        remarks.notifyPatternBegin(pattern, visited);
        return true;
      };
      auto fail = [&](const Pattern &pattern) {
        remarks.notifyPatternEnd(pattern, failure());
      };
      auto succeed = [&](const Pattern &pattern) {
        remarks.notifyPatternEnd(pattern, success());
        return success();
      };
      (void)applicator.matchAndRewrite(visited, rewriter, begin, fail, succeed);
    });
}
