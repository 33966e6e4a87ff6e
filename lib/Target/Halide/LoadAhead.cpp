//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loops of a block whose threads load tiles into the memory that they share,
// and work on them, load an iteration ahead, which no schedule of Halide's can
// say:
//
//   for k:                      kept = load(first k)
//     tile = load(k)            for k:
//     barrier                     tile[k % 2] = kept
//     work on tile                barrier
//     barrier                     kept = load(k + 1), but for the last k
//                                 work on tile[k % 2]
//                               barrier
//
// A thread keeps what it loads in registers, and waits for it after its work.
// With two tiles, a thread that is ahead overwrites none that another still
// reads, so that they meet once in an iteration. Where shared memory has no
// room for two, there is one, and a second barrier after the work.
//
// Tiles are the funcs in shared memory that are computed in the loop: loads of
// the device's memory alone, without loops. Other loops stay as they are.
//
//===----------------------------------------------------------------------===//

#include "Translator.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace vitrail;
using namespace Halide::Internal;
using Halide::Expr;

namespace {

using Names = std::set<std::string>;

/// A buffer in shared memory, and whether there is room for two.
struct SharedBuffer {
  int64_t size = 0;
  bool canBeTwo = false;
  bool isTwo = false;
};
using SharedBuffers = std::map<std::string, SharedBuffer>;

/// What a thread keeps of one tile.
struct Kept {
  std::string name;
  Halide::Type type;
  int32_t count = 0;
};

/// Finds the tiles that a statement computes, and whether they can be loaded
/// ahead.
class TileFinder : public IRVisitor {
public:
  /// `funcs` are in shared memory, `local` are a block's buffers.
  TileFinder(const Names &funcs, const Names &local)
      : funcs(funcs), local(local) {}

  bool hasTiles(const Stmt &stmt) {
    count = 0;
    stmt.accept(this);
    return count != 0;
  }
  bool canLoadAhead(const Stmt &body) { return hasTiles(body) && areLoads; }

private:
  using IRVisitor::visit;

  void visit(const ProducerConsumer *op) override {
    bool isTile = op->is_producer && funcs.count(op->name);
    count += isTile;
    bool wasInTile = isInTile;
    isInTile |= isTile;
    IRVisitor::visit(op);
    isInTile = wasInTile;
  }
  void visit(const For *op) override {
    areLoads &= !isInTile;
    IRVisitor::visit(op);
  }
  void visit(const Allocate *op) override {
    areLoads &= !isInTile;
    IRVisitor::visit(op);
  }
  void visit(const Load *op) override {
    areLoads &= !isInTile || !local.count(op->name);
    IRVisitor::visit(op);
  }

  const Names &funcs, &local;
  int64_t count = 0;
  bool isInTile = false, areLoads = true;
};

/// What both halves of a loop's body have in common: they number the elements
/// that a thread keeps of each tile in the order of its stores.
class HalfOfBody : public IRMutator {
public:
  HalfOfBody(const Names &funcs, const For *loop)
      : funcs(funcs), loop(loop->name) {}

  llvm::SmallVector<Kept, 2> kept; ///< by tile

protected:
  using IRMutator::visit;

  bool isTile(const ProducerConsumer *op) const {
    return op->is_producer && funcs.count(op->name);
  }
  Stmt mutateTile(const ProducerConsumer *op) {
    kept.push_back({loop + "." + op->name + ".kept", {}, 0});
    isInTile = true;
    Stmt body = mutate(op->body);
    isInTile = false;
    return body;
  }
  Expr nextElements(Halide::Type type) {
    Kept &last = kept.back();
    last.type = type.element_of();
    Expr first = last.count;
    last.count += type.lanes();
    return type.is_scalar() ? first : Ramp::make(first, 1, type.lanes());
  }

  const Names &funcs;
  bool isInTile = false;

private:
  std::string loop;
};

/// The tiles alone, into registers.
class Loads : public HalfOfBody {
public:
  using HalfOfBody::HalfOfBody;

private:
  using HalfOfBody::visit;
  static Stmt nothing() { return Evaluate::make(0); }

  Stmt visit(const ProducerConsumer *op) override {
    if (isTile(op))
      return mutateTile(op);
    return op->is_producer ? nothing() : mutate(op->body);
  }
  Stmt visit(const Store *op) override {
    if (!isInTile)
      return nothing();
    Expr elements = nextElements(op->value.type());
    return Store::make(kept.back().name, op->value, elements,
                       Halide::Parameter(), op->predicate, ModulusRemainder());
  }
  Stmt visit(const For *) override { return nothing(); }
  Stmt visit(const Allocate *op) override { return mutate(op->body); }
  Stmt visit(const Evaluate *) override { return nothing(); }
};

bool isBarrier(const Evaluate *op) {
  const auto *call = op->value.as<Call>();
  return call && call->is_intrinsic(Call::gpu_thread_barrier);
}

Stmt makeBarrier() {
  Expr fence = int32_t(CodeGen_GPU_Dev::MemoryFenceType::Shared);
  return Evaluate::make(Call::make(Halide::Int(32), Call::gpu_thread_barrier,
                                   {fence}, Call::Intrinsic));
}

/// The body with tiles out of registers, one barrier, and `next` after it.
class Work : public HalfOfBody {
public:
  Work(const Names &funcs, TileFinder &finder, const For *loop,
       const SharedBuffers &shared, Stmt next)
      : HalfOfBody(funcs, loop), finder(finder), shared(shared),
        next(std::move(next)),
        parity((Variable::make(Halide::Int(32), loop->name) - loop->min) % 2) {}

private:
  using HalfOfBody::visit;

  Stmt visit(const ProducerConsumer *op) override {
    if (isTile(op))
      return ProducerConsumer::make(op->name, true, mutateTile(op));
    bool isWork = !op->is_producer && !isPlaced && !finder.hasTiles(op->body);
    if (!isWork)
      return IRMutator::visit(op);
    isPlaced = true;
    Stmt body = Block::make({makeBarrier(), next, mutate(op->body)});
    return ProducerConsumer::make(op->name, false, body);
  }
  Stmt visit(const Evaluate *op) override {
    return isBarrier(op) ? Evaluate::make(0) : Stmt(op);
  }
  Stmt visit(const Store *op) override {
    Expr value = op->value;
    if (isInTile)
      value =
          Load::make(value.type(), kept.back().name, nextElements(value.type()),
                     {}, {}, op->predicate, ModulusRemainder());
    return Store::make(op->name, mutate(value),
                       getIndex(op->name, mutate(op->index)), op->param,
                       mutate(op->predicate), ModulusRemainder());
  }
  Expr visit(const Load *op) override {
    return Load::make(op->type, op->name, getIndex(op->name, mutate(op->index)),
                      op->image, op->param, mutate(op->predicate),
                      ModulusRemainder());
  }

  /// The index in the iteration's tile.
  Expr getIndex(const std::string &buffer, const Expr &index) const {
    auto found = shared.find(buffer);
    if (found == shared.end() || !found->second.canBeTwo)
      return index;
    Expr first = parity * int32_t(found->second.size);
    if (index.type().is_vector())
      first = Broadcast::make(first, index.type().lanes());
    return simplify(first + index);
  }

  TileFinder &finder;
  const SharedBuffers &shared;
  Stmt next;
  Expr parity;
  bool isPlaced = false;
};

class LoadAheadPass : public IRMutator {
public:
  explicit LoadAheadPass(Translator &translator) {
    for (auto &entry : translator.funcs)
      if (entry.second.function().schedule().memory_type() ==
          Halide::MemoryType::GPUShared)
        funcs.insert(entry.second.name());
  }

private:
  using IRMutator::visit;

  Stmt visit(const Allocate *op) override;
  Stmt visit(const ProducerConsumer *op) override;
  Stmt visit(const For *op) override;
  Stmt loadAhead(const For *op);

  Names funcs;          ///< in shared memory
  Names local;          ///< the block's buffers
  SharedBuffers shared; ///< those in shared memory
  int64_t numInUse = 0; ///< of the funcs
  bool isInBlock = false;
};

} // namespace

Stmt LoadAheadPass::visit(const Allocate *op) {
  if (!isInBlock)
    return IRMutator::visit(op);
  // Of shared memory, what every GPU has.
  constexpr int64_t mostBytes = 48 << 10;
  std::vector<Expr> extents = op->extents;
  local.insert(op->name);
  Stmt body;
  if (op->memory_type == Halide::MemoryType::GPUShared) {
    int64_t size = 1;
    for (const Expr &extent : op->extents)
      size *= as_const_int(extent).value_or(0);
    bool canBeTwo = size != 0 && 2 * size * op->type.bytes() <= mostBytes;
    shared[op->name] = {size, canBeTwo, /*isTwo=*/false};
    body = mutate(op->body);
    if (shared[op->name].isTwo)
      extents = {Expr(int32_t(2 * size))};
    shared.erase(op->name);
  } else {
    body = mutate(op->body);
  }
  local.erase(op->name);
  return Allocate::make(op->name, op->type, op->memory_type, extents,
                        op->condition, body);
}

Stmt LoadAheadPass::visit(const ProducerConsumer *op) {
  bool isInUse = !op->is_producer && funcs.count(op->name);
  numInUse += isInUse;
  Stmt stmt = IRMutator::visit(op);
  numInUse -= isInUse;
  return stmt;
}

/// What is in shared memory around a loop would move with the tiles.
Stmt LoadAheadPass::visit(const For *op) {
  if (op->for_type == ForType::GPUBlock)
    isInBlock = true;
  TileFinder finder(funcs, local);
  bool isAhead = isInBlock && op->for_type == ForType::Serial &&
                 numInUse == 0 && finder.canLoadAhead(op->body);
  Stmt stmt = isAhead ? loadAhead(op) : IRMutator::visit(op);
  if (op->for_type == ForType::GPUBlock)
    isInBlock = false;
  return stmt;
}

Stmt LoadAheadPass::loadAhead(const For *op) {
  Loads loads(funcs, op);
  Stmt load = simplify(loads.mutate(op->body));
  Expr variable = Variable::make(Halide::Int(32), op->name);
  Expr last = simplify(op->min + op->extent - 1);
  Stmt next = IfThenElse::make(variable < last,
                               substitute(op->name, variable + 1, load));
  TileFinder finder(funcs, local);
  Stmt body = Work(funcs, finder, op, shared, next).mutate(op->body);
  bool areAllTwo = true;
  for (auto &[name, buffer] : shared) {
    buffer.isTwo = buffer.canBeTwo;
    areAllTwo &= buffer.isTwo;
  }
  if (!areAllTwo)
    body = Block::make(body, makeBarrier());
  Stmt stmt = For::make(op->name, op->min, op->extent, op->for_type,
                        op->partition_policy, op->device_api, body);
  if (areAllTwo)
    stmt = Block::make(stmt, makeBarrier());
  stmt = Block::make(substitute(op->name, op->min, load), stmt);
  for (const Kept &kept : loads.kept)
    stmt = Allocate::make(kept.name, kept.type, Halide::MemoryType::Stack,
                          {Expr(kept.count)}, const_true(),
                          Block::make(stmt, Free::make(kept.name)));
  return stmt;
}

void vitrail::addLoadAhead(Translator &translator, Halide::Pipeline &pipeline) {
  if (translator.isGPU)
    pipeline.add_custom_lowering_pass(new LoadAheadPass(translator));
}
