//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads and stores, and the address spaces.
//
//===----------------------------------------------------------------------===//

#include "BulkCopies.h"

using namespace vitrail::emulator;

/// Where a lane reads or writes: throws if it must not.
static uint8_t *findBytes(Warp &warp, Space space, uint64_t address,
                          unsigned bytes) {
  if (address % bytes != 0)
    throw Fault(Result::MisalignedAddress,
                std::to_string(bytes) + " bytes at address " +
                    std::to_string(address) + " are not aligned");
  if (space == Space::Global)
    return warp.findGlobal(address, bytes);
  Block &block = warp.getBlock();
  if (space == Space::Shared || space == Space::SharedCluster)
    return block.findShared(address, bytes);
  bool isParameter = space == Space::Param || address >= parameterWindow;
  if (!isParameter)
    return address >= sharedWindow
               ? block.findShared(address - sharedWindow, bytes)
               : warp.findGlobal(address, bytes);
  if (space == Space::Generic)
    address -= parameterWindow;
  const std::vector<uint8_t> &parameters =
      block.getCluster().getLaunch().parameters;
  if (address + bytes > parameters.size())
    throw Fault(Result::IllegalAddress,
                "there is no parameter at " + std::to_string(address));
  return const_cast<uint8_t *>(parameters.data()) + address;
}

/// Whether what a generic address has is written by this block's threads, and
/// read by engines after a fence only.
static void markWritten(Warp &warp, Space space, uint64_t address,
                        unsigned bytes) {
  if (space == Space::Generic && address >= sharedWindow)
    address -= sharedWindow;
  else if (space != Space::Shared && space != Space::SharedCluster)
    return;
  if (address >> sharedBits == 0)
    warp.getBlock().markWritten(static_cast<uint32_t>(address), bytes, warp);
}

/// In values: the space, and bytes of an element in memory, negative if they
/// are of a signed number; and bits of the registers.
template <typename Register>
static Outcome executeLoad(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  constexpr size_t most = 8;
  auto space = static_cast<Space>(instruction.values[0]);
  bool isSigned = instruction.values[1] < 0;
  auto bytes = static_cast<unsigned>(std::abs(instruction.values[1]));
  size_t count = instruction.list.size();
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  Register values[most][warpSize];
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    const uint8_t *from =
        findBytes(warp, space, addresses[lane], bytes * count);
    for (size_t i = 0; i < count; ++i) {
      const uint8_t *element = from + i * bytes;
      if (bytes == sizeof(Register)) {
        memcpy(&values[i][lane], element, sizeof(Register));
        continue;
      }
      uint64_t bits = 0;
      memcpy(&bits, element, bytes);
      if (isSigned)
        bits = static_cast<uint64_t>(
            static_cast<int64_t>(bits << (64 - 8 * bytes)) >> (64 - 8 * bytes));
      values[i][lane] = static_cast<Register>(bits);
    }
  }
  for (size_t i = 0; i < count; ++i)
    warp.assign(instruction.list[i], values[i], lanes);
  return Outcome::Next;
}

template <typename Register>
static Outcome executeStore(Warp &warp, const Instruction &instruction,
                            Lanes lanes) {
  auto space = static_cast<Space>(instruction.values[0]);
  auto bytes = static_cast<unsigned>(std::abs(instruction.values[1]));
  size_t count = instruction.list.size();
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint8_t *to = findBytes(warp, space, addresses[lane], bytes * count);
    for (size_t i = 0; i < count; ++i)
      memcpy(to + i * bytes, warp.read<Register>(instruction.list[i]) + lane,
             bytes);
    markWritten(warp, space, addresses[lane], bytes * count);
  }
  return Outcome::Next;
}

static void setExecute(Decoder &decoder, unsigned bits, bool isStore) {
  auto &execute = decoder.getInstruction().execute;
  if (bits <= 16)
    execute = isStore ? executeStore<uint16_t> : executeLoad<uint16_t>;
  else if (bits == 32)
    execute = isStore ? executeStore<uint32_t> : executeLoad<uint32_t>;
  else
    execute = isStore ? executeStore<uint64_t> : executeLoad<uint64_t>;
}

/// What says how long caches keep it, or who may see it.
static void skipCacheOperators(Decoder &decoder) {
  static constexpr std::string_view operators[] = {"nc",
                                                   "ca",
                                                   "cg",
                                                   "cs",
                                                   "lu",
                                                   "cv",
                                                   "wb",
                                                   "wt",
                                                   "L1::evict_last",
                                                   "L1::no_allocate",
                                                   "L1::evict_first",
                                                   "L2::64B",
                                                   "L2::128B",
                                                   "L2::256B"};
  for (std::string_view name : operators)
    decoder.take(name);
}

static void decodeAccess(Decoder &decoder, bool isStore) {
  Instruction &instruction = decoder.getInstruction();
  if (isStore && decoder.take("async"))
    return decodeStoreAsync(decoder);
  if (decoder.take("volatile") || decoder.take("relaxed") ||
      (isStore ? decoder.take("release") : decoder.take("acquire")) ||
      decoder.take("weak"))
    if (!decoder.take("gpu") && !decoder.take("cta") && !decoder.take("sys"))
      decoder.take("cluster");
  Space space = decoder.takeSpace();
  if (decoder.take("const"))
    space = Space::Global;
  skipCacheOperators(decoder);
  unsigned count = decoder.take("v2")   ? 2
                   : decoder.take("v4") ? 4
                   : decoder.take("v8") ? 8
                                        : 1;
  Type type = decoder.takeType();
  decoder.expectOperands(2);
  const Operand &values = decoder.getOperand(isStore ? 1 : 0);
  const Operand &address = decoder.getOperand(isStore ? 0 : 1);
  decoder.setList(values, type, !isStore, /*canBeWider=*/true);
  if (instruction.list.size() != count)
    decoder.fail("has " + std::to_string(instruction.list.size()) +
                 " registers");
  instruction.addresses[0] = decoder.findAddress(address, space);
  instruction.values[0] = static_cast<int64_t>(space);
  int bytes = static_cast<int>(getBits(type) / 8);
  if (bytes == 0)
    decoder.fail("not for this type");
  instruction.values[1] = isSigned(type) ? -bytes : bytes;
  const Operand &first =
      values.kind == Operand::Kind::Vector ? values.elements[0] : values;
  bool isRegister = first.kind == Operand::Kind::Register;
  setExecute(decoder,
             isRegister ? decoder.getRegisterBits(first)
                        : std::max(getBits(type), 16u),
             isStore);
}

//===----------------------------------------------------------------------===//
// Address spaces
//===----------------------------------------------------------------------===//

/// From a space to generic addresses or back: adds values[0].
static Outcome executeConvertAddress(Warp &warp, const Instruction &instruction,
                                     Lanes lanes) {
  const auto *from = warp.read<uint64_t>(instruction.places[1]);
  uint64_t values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane)
    values[lane] = from[lane] + instruction.values[0];
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodeConvertAddress(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  bool isToSpace = decoder.take("to");
  Space space = decoder.take("const") ? Space::Global : decoder.takeSpace();
  if (!decoder.take("u64"))
    decoder.expect("b64");
  uint64_t window = space == Space::Param    ? parameterWindow
                    : space == Space::Global ? 0
                                             : sharedWindow;
  if (space == Space::Generic)
    decoder.fail("an address space is missing");
  instruction.values[0] = static_cast<int64_t>(isToSpace ? -window : window);
  decoder.setDestination(Type::B64);
  decoder.setSources({Type::B64});
  instruction.execute = executeConvertAddress;
}

/// The address in another block of the cluster of what is in shared memory
/// here.
template <typename T>
static Outcome executeMapAddress(Warp &warp, const Instruction &instruction,
                                 Lanes lanes) {
  const T *from = warp.read<T>(instruction.places[1]);
  const auto *ranks = warp.read<uint32_t>(instruction.places[2]);
  T window = static_cast<T>(instruction.values[0]);
  T values[warpSize];
  for (int lane = 0; lane < warpSize; ++lane) {
    T offset = (from[lane] - window) & ((T(1) << sharedBits) - 1);
    values[lane] = offset + (T(ranks[lane] + 1) << sharedBits) + window;
  }
  warp.assign(instruction.places[0], values, lanes);
  return Outcome::Next;
}

static void decodeMapAddress(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  bool isShared = decoder.take("shared::cluster");
  Type type = decoder.takeInteger(32);
  decoder.setDestination(type);
  decoder.setSources({type, Type::U32});
  instruction.values[0] = isShared ? 0 : sharedWindow;
  bool isNarrow = getBits(type) == 32;
  if (isNarrow && !isShared)
    decoder.fail("generic addresses have 64 bits");
  instruction.execute =
      isNarrow ? executeMapAddress<uint32_t> : executeMapAddress<uint64_t>;
}

static Outcome executePrefetch(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
  uint64_t addresses[warpSize];
  warp.readAddresses(instruction.addresses[0], addresses);
  for (int lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1 && addresses[lane] < sharedWindow)
      warp.findGlobal(addresses[lane], 1);
  return Outcome::Next;
}

static void decodePrefetch(Decoder &decoder) {
  bool isMap = decoder.take("param") || decoder.take("tensormap");
  if (isMap)
    decoder.take("tensormap");
  else {
    decoder.take("global");
    decoder.takeOneOf({"L1", "L2"});
  }
  decoder.expectOperands(1);
  decoder.getInstruction().addresses[0] = decoder.findAddress(
      decoder.getOperand(0), isMap ? Space::Generic : Space::Global);
  decoder.getInstruction().execute = executePrefetch;
}

void vitrail::emulator::registerMemory(DecoderTable &table) {
  for (const char *name : {"ld", "ld.float"})
    table[name] = [](Decoder &d) { decodeAccess(d, /*isStore=*/false); };
  for (const char *name : {"st", "st.float"})
    table[name] = [](Decoder &d) { decodeAccess(d, /*isStore=*/true); };
  table["cvta"] = decodeConvertAddress;
  table["mapa"] = decodeMapAddress;
  table["prefetch"] = decodePrefetch;
}
