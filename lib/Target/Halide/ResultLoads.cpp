//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads of results, which a pipeline reads where another of its results is
// computed from them. They lie in the caller's memory, of which nothing is
// known but that elements are aligned; Halide 21 takes them for memory of its
// own, and loads whole vectors as aligned.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

using namespace vitrail;
using namespace Halide::Internal;

namespace {

class ResultLoadsPass : public IRMutator {
public:
  explicit ResultLoadsPass(std::set<std::string> results)
      : results(std::move(results)) {}

protected:
  using IRMutator::visit;

  Halide::Expr visit(const Load *op) override {
    Halide::Expr load = IRMutator::visit(op);
    if (results.count(op->name) == 0)
      return load;
    op = load.as<Load>();
    return Load::make(op->type, op->name, op->index, op->image, op->param,
                      op->predicate, ModulusRemainder());
  }

private:
  std::set<std::string> results;
};

} // namespace

/// A GPU's memory is aligned.
void vitrail::addResultLoads(Translator &translator,
                             Halide::Pipeline &pipeline) {
  if (translator.isGPU)
    return;
  std::set<std::string> results;
  for (auto output : translator.pipeline.getOps<halide::OutputOp>())
    results.insert(translator.funcs.at(output.getFunc()).name());
  pipeline.add_custom_lowering_pass(new ResultLoadsPass(std::move(results)));
}
