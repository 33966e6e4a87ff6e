//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// halide.multiply_on_tiles: after Halide's lowering, the loops that set a func
// to zeros and those of its update become one call of the runtime. What each
// loop is to the product (rows, columns, groups) follows from how far one step
// of it goes in the three buffers.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace vitrail;
using namespace Halide::Internal;
using Halide::Expr;

namespace {

/// What a matrix unit multiplies, and the function that does.
struct TileTypes {
  Halide::Type number, sum;
  int64_t groupSize; ///< numbers that are multiplied together
  const char *function;
};

const TileTypes tileTypes[] = {
    {Halide::BFloat(16), Halide::Float(32), 2, "vitrail_multiply_tiles_bf16"},
    {Halide::Int(8), Halide::Int(32), 4, "vitrail_multiply_tiles_int8"},
};

constexpr int64_t tileColumns = 16;

constexpr const char *notOneStore =
    "its update is not one store in loops without conditions";

/// One loop of the update, and the elements that a step of it goes on by.
struct TileLoop {
  std::string name;
  Expr min, extent;
  Expr sums, lhs, rhs;

  bool moves(const Expr &stride) const { return !is_const_zero(stride); }
  bool isRow() const { return moves(sums) && !moves(rhs); }
  bool isColumn() const { return moves(sums) && moves(rhs); }
  bool isReduction() const { return !moves(sums); }
};

/// What the innermost loop of the update does.
struct TileStore {
  const TileTypes *types = nullptr;
  const Store *store = nullptr;
  const Load *lhs = nullptr, *rhs = nullptr;
};

class TileProductMatcher {
public:
  explicit TileProductMatcher(const std::string &func) : func(func) {}

  /// The call that does what `produce` does.
  Stmt match(const Stmt &produce);

private:
  [[noreturn]] void fail(const std::string &reason) const {
    throw Untranslatable{"'@" + func +
                         "' cannot be multiplied on tiles: " + reason};
  }
  void require(bool condition, const char *reason) const {
    if (!condition)
      fail(reason);
  }

  void matchZeros(const Stmt &stmt) const;
  void matchLoops(Stmt stmt);
  void matchStore(const Store *store);
  static const Load *matchFactor(const Expr &factor);
  void findStrides();
  Expr getStride(const TileLoop &loop, const Expr &index) const;
  Expr getStart(Expr index) const;
  const TileLoop *findOnly(bool (TileLoop::*is)() const, const char *several);
  Expr matchGroups();

  std::string func;
  std::vector<TileLoop> loops; ///< outermost first
  Stmt innermost;              ///< keeps what `body` points at
  TileStore body;
};

} // namespace

/// Halide has taken what does not depend on loops out of them, into lets.
static Stmt substituteLets(Stmt stmt) {
  while (const auto *let = stmt.as<LetStmt>())
    stmt = substitute(let->name, let->value, let->body);
  return stmt;
}

/// What `stmt` does, one statement after the other, without what says that
/// operands are read; what gives their memory back is in `frees`.
static void takeApart(Stmt stmt, std::vector<Stmt> &statements,
                      std::vector<Stmt> &frees) {
  stmt = substituteLets(stmt);
  const auto *consume = stmt.as<ProducerConsumer>();
  if (consume && !consume->is_producer) {
    takeApart(consume->body, statements, frees);
  } else if (const auto *block = stmt.as<Block>()) {
    takeApart(block->first, statements, frees);
    takeApart(block->rest, statements, frees);
  } else {
    (stmt.as<Free>() ? frees : statements).push_back(stmt);
  }
}

Stmt TileProductMatcher::match(const Stmt &produce) {
  std::vector<Stmt> statements, frees;
  takeApart(produce, statements, frees);
  require(statements.size() > 1,
          "it is not set to zeros before its one update");
  matchZeros(statements.front());
  require(statements.size() == 2, notOneStore);
  matchLoops(statements.back());
  findStrides();

  const TileLoop *column =
      findOnly(&TileLoop::isColumn, "there are several loops over columns");
  require(column && is_const(column->sums, 1) &&
              is_const(column->rhs, body.types->groupSize) &&
              is_const_zero(column->lhs),
          "there is no loop over columns that are neighbours");
  std::optional<int64_t> columns = as_const_int(column->extent);
  require(columns && *columns % tileColumns == 0,
          "its columns are not a constant multiple of 16");
  const TileLoop *row =
      findOnly(&TileLoop::isRow, "there are several loops over rows");
  Expr numGroups = matchGroups();
  Expr panelStride = int32_t(*columns * body.types->groupSize);
  for (const TileLoop &loop : loops)
    if (loop.isReduction() && is_const(loop.lhs, body.types->groupSize))
      panelStride = loop.rhs;

  auto pointer = [](const std::string &name) {
    return Variable::make(Halide::Handle(), name);
  };
  std::vector<Expr> arguments = {pointer(body.store->name),
                                 pointer(body.lhs->name),
                                 pointer(body.rhs->name),
                                 getStart(body.store->index),
                                 getStart(body.lhs->index),
                                 getStart(body.rhs->index),
                                 row ? row->sums : Expr(0),
                                 row ? row->lhs : Expr(0),
                                 panelStride,
                                 row ? row->extent : Expr(1),
                                 column->extent,
                                 numGroups};
  Stmt call = Evaluate::make(Call::make(Halide::Int(32), body.types->function,
                                        arguments, Call::Extern));
  frees.insert(frees.begin(), call);
  return Block::make(frees);
}

/// The pure definition's loops, all of whose stores are zeros.
void TileProductMatcher::matchZeros(const Stmt &stmt) const {
  class ZeroChecker : public IRVisitor {
  public:
    bool isZero = true;

  private:
    using IRVisitor::visit;
    void visit(const Store *store) override {
      isZero &= is_const_zero(store->value);
    }
  };
  ZeroChecker checker;
  stmt.accept(&checker);
  require(checker.isZero, "it is not zero before its update");
}

void TileProductMatcher::matchLoops(Stmt stmt) {
  while (const auto *loop = stmt.as<For>()) {
    require(loop->for_type == ForType::Serial,
            "its update has loops that are not serial");
    loops.push_back({loop->name, loop->min, loop->extent, {}, {}, {}});
    stmt = substituteLets(loop->body);
  }
  innermost = stmt;
  const auto *store = stmt.as<Store>();
  require(store, notOneStore);
  matchStore(store);
}

/// f = f + lhs * rhs, in the order that Halide's simplifier leaves.
void TileProductMatcher::matchStore(const Store *store) {
  body.store = store;
  const char *reason = "its update does not add a product of two bf16, or of "
                       "two 8-bit integers, to it";
  const auto *sum = store->value.as<Add>();
  require(sum, reason);
  auto isOld = [&](const Expr &expr) {
    const auto *load = expr.as<Load>();
    return load && load->name == store->name &&
           equal(load->index, store->index);
  };
  require(isOld(sum->a) || isOld(sum->b), reason);
  const auto *product = (isOld(sum->a) ? sum->b : sum->a).as<Mul>();
  require(product, reason);
  body.lhs = matchFactor(product->a);
  body.rhs = matchFactor(product->b);
  require(body.lhs && body.rhs, reason);
  body.types = llvm::find_if(tileTypes, [&](const TileTypes &types) {
    return body.lhs->type == types.number && body.rhs->type == types.number &&
           store->value.type() == types.sum;
  });
  require(body.types != std::end(tileTypes), reason);
}

/// The number that is widened to `factor`; null if none is.
const Load *TileProductMatcher::matchFactor(const Expr &factor) {
  const auto *cast = factor.as<Cast>();
  return cast ? cast->value.as<Load>() : nullptr;
}

/// The panel is the factor that depends on the columns, which are neighbours in
/// the sums.
void TileProductMatcher::findStrides() {
  auto setStrides = [&] {
    for (TileLoop &loop : loops) {
      loop.sums = getStride(loop, body.store->index);
      loop.lhs = getStride(loop, body.lhs->index);
      loop.rhs = getStride(loop, body.rhs->index);
    }
  };
  setStrides();
  bool isSwapped = llvm::any_of(loops, [](const TileLoop &loop) {
    return is_const(loop.sums, 1) && loop.moves(loop.lhs) &&
           !loop.moves(loop.rhs);
  });
  if (!isSwapped)
    return;
  std::swap(body.lhs, body.rhs);
  setStrides();
}

/// How far apart elements are that are one iteration of `loop` apart. Indices
/// are sums of multiples of the loops' variables, or the difference depends on
/// the variable.
Expr TileProductMatcher::getStride(const TileLoop &loop,
                                   const Expr &index) const {
  Expr variable = Variable::make(Halide::Int(32), loop.name);
  Expr stride = simplify(substitute(loop.name, variable + 1, index) - index);
  for (const TileLoop &other : loops)
    require(!expr_uses_var(stride, other.name),
            "an operand is not at regular distances");
  return stride;
}

/// An index before the first iterations of all loops.
Expr TileProductMatcher::getStart(Expr index) const {
  for (const TileLoop &loop : llvm::reverse(loops))
    index = substitute(loop.name, loop.min, index);
  return simplify(index);
}

const TileLoop *TileProductMatcher::findOnly(bool (TileLoop::*is)() const,
                                             const char *several) {
  const TileLoop *found = nullptr;
  for (const TileLoop &loop : loops)
    if ((loop.*is)()) {
      require(!found, several);
      found = &loop;
    }
  return found;
}

/// The number of groups that all loops of the reduction run over, as one loop
/// would: each begins where those inside it end.
Expr TileProductMatcher::matchGroups() {
  llvm::SmallVector<const TileLoop *> reduction;
  for (const TileLoop &loop : loops)
    if (loop.isReduction())
      reduction.push_back(&loop);
  llvm::sort(reduction, [](const TileLoop *a, const TileLoop *b) {
    return as_const_int(a->lhs).value_or(INT64_MAX) <
           as_const_int(b->lhs).value_or(INT64_MAX);
  });

  const char *reason = "no loop runs over groups that lie side by side";
  int64_t groupSize = body.types->groupSize;
  std::optional<int64_t> panelStride;
  int64_t count = 1;
  for (auto [i, loop] : llvm::enumerate(reduction)) {
    std::optional<int64_t> lhs = as_const_int(loop->lhs);
    std::optional<int64_t> rhs = as_const_int(loop->rhs);
    std::optional<int64_t> extent = as_const_int(loop->extent);
    require(lhs && rhs && extent,
            "the terms of a sum are not at constant distances");
    if (i == 0) {
      require(*lhs == 1 && *rhs == 1 && *extent == groupSize, reason);
      continue;
    }
    if (!panelStride)
      panelStride = *rhs;
    require(*lhs == count * groupSize && *rhs == count * *panelStride,
            "the terms of a sum do not follow one another in memory");
    count *= *extent;
  }
  require(!reduction.empty(), reason);
  return int32_t(count);
}

namespace {
/// Replaces what computes the funcs.
class TileProductPass : public IRMutator {
public:
  explicit TileProductPass(Translator &translator) : translator(translator) {}

private:
  using IRMutator::visit;

  Stmt visit(const ProducerConsumer *op) override {
    for (auto &entry : translator.tileProducts) {
      std::string name = entry.first().str();
      if (!op->is_producer || translator.funcs.at(name).name() != op->name)
        continue;
      translator.current = entry.second;
      Stmt call = TileProductMatcher(name).match(op->body);
      return ProducerConsumer::make(op->name, /*is_producer=*/true, call);
    }
    return IRMutator::visit(op);
  }

  Translator &translator;
};
} // namespace

void vitrail::addTileProducts(Translator &translator,
                              Halide::Pipeline &pipeline) {
  if (!translator.tileProducts.empty())
    pipeline.add_custom_lowering_pass(new TileProductPass(translator));
}
