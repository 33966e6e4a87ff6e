//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading, changing and writing memory at once.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <bit>

using namespace vitrail::emulator;

namespace {

enum class Change : int64_t { Add, Min, Max, And, Or, Xor, Exchange, Compare };

} // namespace

template <typename T> static T apply(Change change, T old, T operand, T third) {
  switch (change) {
  case Change::Add:
    return old + operand;
  case Change::Min:
    return std::min(old, operand);
  case Change::Max:
    return std::max(old, operand);
  case Change::Exchange:
    return operand;
  case Change::Compare:
    return old == operand ? third : old;
  default:
    break;
  }
  if constexpr (std::is_integral_v<T>) {
    if (change == Change::And)
      return old & operand;
    if (change == Change::Or)
      return old | operand;
    return old ^ operand;
  }
  return old;
}

/// Blocks run on two threads: global memory is changed atomically here, too.
template <typename T>
static T change(uint8_t *at, Change change, T operand, T third) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  auto *bits = reinterpret_cast<Bits *>(at);
  Bits old = __atomic_load_n(bits, __ATOMIC_SEQ_CST), next;
  do
    next = std::bit_cast<Bits>(
        apply(change, std::bit_cast<T>(old), operand, third));
  while (!__atomic_compare_exchange_n(bits, &old, next, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST));
  return std::bit_cast<T>(old);
}

/// In values: the space and the change. Lanes go one after the other.
template <typename T>
static Outcome executeAtomic(Warp &warp, const Instruction &instruction,
                             Lanes lanes) {
  auto space = static_cast<Space>(instruction.values[0]);
  auto kind = static_cast<Change>(instruction.values[1]);
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  const T *operands = warp.read<T>(instruction.places[1]);
  const T *thirds = instruction.places[2] == noPlace
                        ? operands
                        : warp.read<T>(instruction.places[2]);
  T values[warpSize] = {};
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t address = addresses[lane];
    if (address % sizeof(T) != 0)
      throw Fault(Result::MisalignedAddress,
                  "address " + std::to_string(address) + " is not aligned");
    bool isShared = space == Space::Shared || space == Space::SharedCluster ||
                    (space == Space::Generic && address >= sharedWindow);
    if (space == Space::Generic && isShared)
      address -= sharedWindow;
    uint8_t *at = isShared ? warp.getBlock().findShared(address, sizeof(T))
                           : warp.findGlobal(address, sizeof(T));
    values[lane] = change<T>(at, kind, operands[lane], thirds[lane]);
  }
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void setExecute(Decoder &decoder, Type type) {
  auto &execute = decoder.getInstruction().execute;
  switch (type) {
  case Type::B32:
  case Type::U32:
    execute = executeAtomic<uint32_t>;
    break;
  case Type::S32:
    execute = executeAtomic<int32_t>;
    break;
  case Type::B64:
  case Type::U64:
    execute = executeAtomic<uint64_t>;
    break;
  case Type::S64:
    execute = executeAtomic<int64_t>;
    break;
  case Type::F32:
    execute = executeAtomic<float>;
    break;
  case Type::F64:
    execute = executeAtomic<double>;
    break;
  default:
    decoder.fail("not for this type");
  }
}

static void decodeAtomic(Decoder &decoder, bool isReduction) {
  Instruction &instruction = decoder.getInstruction();
  for (std::string_view semantics :
       {"relaxed", "acquire", "release", "acq_rel"})
    decoder.take(semantics);
  for (std::string_view scope : {"cta", "cluster", "gpu", "sys"})
    decoder.take(scope);
  Space space = decoder.takeSpace();
  auto kind = static_cast<Change>(decoder.takeOneOf(
      {"add", "min", "max", "and", "or", "xor", "exch", "cas"}));
  Type type = decoder.takeType();
  bool isOfBits = kind == Change::And || kind == Change::Or ||
                  kind == Change::Xor || kind == Change::Compare;
  if (isFloat(type) && isOfBits)
    decoder.fail("not for this type");
  size_t first = isReduction ? 0 : 1;
  decoder.expectOperands(first + (kind == Change::Compare ? 3 : 2));
  if (!isReduction)
    decoder.setDestination(type);
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(first), space);
  for (size_t i = 1; first + i < decoder.countOperands(); ++i)
    instruction.places[i] =
        decoder.findSource(decoder.getOperand(first + i), type);
  instruction.values[0] = static_cast<int64_t>(space);
  instruction.values[1] = static_cast<int64_t>(kind);
  setExecute(decoder, type);
}

void vitrail::emulator::registerAtomics(DecoderTable &table) {
  for (const char *name : {"atom", "atom.float"})
    table[name] = [](Decoder &d) { decodeAtomic(d, /*isReduction=*/false); };
  for (const char *name : {"red", "red.float"})
    table[name] = [](Decoder &d) { decodeAtomic(d, /*isReduction=*/true); };
}
