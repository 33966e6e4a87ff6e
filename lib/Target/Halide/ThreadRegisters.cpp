//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Funcs that the threads of a block keep in their registers while loops around
// the threads run, such as sums over tiles that all threads load together:
//
//   for k:                         for k:
//     for thread: tile[...] = ...    for thread: tile[...] = ...
//     for thread:                    for thread:
//       sums[thread * 4 + i] += ..     sums[i] += ...
//
// Halide gives each thread room for the elements of all. After its lowering,
// the index of each access is what depends on the thread, the same everywhere,
// plus a constant; what remains is the constant.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace vitrail;
using namespace Halide::Internal;
using Halide::Expr;

namespace {

/// A func in registers: what all indices have in common, and the elements of a
/// thread that are read and written.
struct Registers {
  std::string name;
  Expr ofThread;
  std::set<int64_t> read, written;
};

class ThreadRegistersPass : public IRMutator {
  using IRMutator::visit;

  Stmt visit(const Allocate *op) override;
  Stmt visit(const For *op) override;
  Stmt visit(const LetStmt *op) override {
    ScopedBinding<Expr> bind(lets, op->name, expand(op->value));
    return IRMutator::visit(op);
  }
  Expr visit(const Let *op) override {
    ScopedBinding<Expr> bind(lets, op->name, expand(op->value));
    return IRMutator::visit(op);
  }
  Expr visit(const Load *op) override;
  Stmt visit(const Store *op) override;

  Expr expand(const Expr &expr);
  Registers *find(const std::string &name) {
    auto *it = llvm::find_if(
        funcs, [&](const Registers &func) { return func.name == name; });
    return it == funcs.end() ? nullptr : it;
  }
  Expr getIndex(Registers &func, const Expr &index,
                std::set<int64_t> &elements);
  [[noreturn]] void fail(const Registers &func, const char *reason) const;

  bool isInBlock = false;
  Scope<Interval> bounds;               ///< of loops
  Scope<Expr> lets;                     ///< without lets in their values
  llvm::SmallVector<const For *> loops; ///< of threads
  llvm::SmallVector<Registers, 1> funcs;
};

} // namespace

void ThreadRegistersPass::fail(const Registers &func,
                               const char *reason) const {
  // Halide numbers the funcs that it stores.
  std::string name = func.name.substr(0, func.name.find('.'));
  throw Untranslatable{
      "'@" + name + "' cannot be kept in the registers of threads: " + reason};
}

Stmt ThreadRegistersPass::visit(const Allocate *op) {
  bool isOfBlock = op->memory_type == Halide::MemoryType::Register &&
                   isInBlock && loops.empty();
  if (!isOfBlock)
    return IRMutator::visit(op);
  funcs.push_back({op->name, Expr(), {}, {}});
  Stmt body = mutate(op->body);
  Registers func = funcs.pop_back_val();
  if (!llvm::set_is_subset(func.read, func.written))
    fail(func, "threads read each other's elements");
  int64_t count = func.written.empty() ? 0 : *func.written.rbegin() + 1;
  return Allocate::make(op->name, op->type, Halide::MemoryType::Stack,
                        {Expr(int32_t(count))}, op->condition, body);
}

Stmt ThreadRegistersPass::visit(const For *op) {
  Expr last = simplify(expand(op->min + op->extent - 1));
  ScopedBinding<Interval> bind(bounds, op->name,
                               Interval(simplify(expand(op->min)), last));
  if (op->for_type == ForType::GPUBlock) {
    llvm::SaveAndRestore save(isInBlock, true);
    return IRMutator::visit(op);
  }
  if (op->for_type != ForType::GPUThread)
    return IRMutator::visit(op);
  loops.push_back(op);
  Stmt loop = IRMutator::visit(op);
  loops.pop_back();
  return loop;
}

/// Halide has taken what does not depend on loops out of them, into lets.
Expr ThreadRegistersPass::expand(const Expr &expr) {
  class Expander : public IRMutator {
  public:
    explicit Expander(const Scope<Expr> &lets) : lets(lets) {}

  private:
    using IRMutator::visit;
    Expr visit(const Variable *op) override {
      return lets.contains(op->name) ? lets.get(op->name) : Expr(op);
    }
    const Scope<Expr> &lets;
  };
  return Expander(lets).mutate(expr);
}

/// Takes multiples of the divisor out of remainders, which Halide leaves there
/// where other terms are nested around them: the blocks that came before.
static Expr dropMultiples(const Expr &expr) {
  class Dropper : public IRMutator {
    using IRMutator::visit;
    Expr visit(const Mod *op) override {
      terms.clear();
      collectTerms(op->a);
      Expr rest = make_zero(op->type);
      for (const Expr &term : terms)
        if (!is_const_zero(simplify(term % op->b)))
          rest = rest + term;
      return mutate(rest) % op->b;
    }
    void collectTerms(const Expr &sum) {
      if (const auto *add = sum.as<Add>()) {
        collectTerms(add->a);
        collectTerms(add->b);
      } else {
        terms.push_back(sum);
      }
    }
    std::vector<Expr> terms;
  };
  return Dropper().mutate(expr);
}

/// The index among a thread's elements.
Expr ThreadRegistersPass::getIndex(Registers &func, const Expr &index,
                                   std::set<int64_t> &elements) {
  Expr whole = simplify(dropMultiples(simplify(expand(index), true, bounds)),
                        true, bounds);
  Expr constant = whole;
  for (const For *loop : loops)
    constant =
        simplify(substitute(loop->name, loop->min, constant), true, bounds);
  const auto *ramp = constant.as<Ramp>();
  auto first = as_const_int(ramp ? ramp->base : constant);
  auto stride = ramp ? as_const_int(ramp->stride) : std::optional<int64_t>(0);
  if (!first || !stride || *first < 0 || *stride < 0)
    fail(func, "an index depends on a loop that is neither unrolled nor of "
               "threads");
  for (int64_t lane : llvm::seq<int64_t>(0, constant.type().lanes()))
    elements.insert(*first + *stride * lane);

  Expr ofThread = simplify(whole - constant, true, bounds);
  if (const auto *broadcast = ofThread.as<Broadcast>())
    ofThread = broadcast->value;
  if (!func.ofThread.defined())
    func.ofThread = ofThread;
  if (!equal(func.ofThread, ofThread))
    fail(func, "threads read each other's elements");
  for (const For *loop : loops)
    if (!is_const_one(loop->extent) && !expr_uses_var(ofThread, loop->name))
      fail(func, "threads have elements in common");
  return constant;
}

Expr ThreadRegistersPass::visit(const Load *op) {
  Registers *func = find(op->name);
  if (!func)
    return IRMutator::visit(op);
  return Load::make(op->type, op->name, getIndex(*func, op->index, func->read),
                    op->image, op->param, mutate(op->predicate),
                    ModulusRemainder());
}

Stmt ThreadRegistersPass::visit(const Store *op) {
  Registers *func = find(op->name);
  if (!func)
    return IRMutator::visit(op);
  Expr value = mutate(op->value);
  Expr index = getIndex(*func, op->index, func->written);
  return Store::make(op->name, value, index, op->param, mutate(op->predicate),
                     ModulusRemainder());
}

void vitrail::addThreadRegisters(Translator &translator,
                                 Halide::Pipeline &pipeline) {
  if (translator.isGPU)
    pipeline.add_custom_lowering_pass(new ThreadRegistersPass());
}
