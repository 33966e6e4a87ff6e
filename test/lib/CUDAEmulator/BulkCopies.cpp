//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See BulkCopies.h. What is loaded arrives when somebody waits for its barrier,
// and not before; what is stored leaves shared memory when it is waited for, or
// at the end, and must not have been overwritten until then.
//
//===----------------------------------------------------------------------===//

#include "BulkCopies.h"
#include "TensorMap.h"

#include <algorithm>
#include <bit>

using namespace vitrail::emulator;

/// What places and sizes in shared memory are multiples of.
constexpr unsigned bulkUnit = 16, boxUnit = 128;

static uint64_t readAddress(const Warp &warp, const Address &address,
                            int lane) {
  uint64_t addresses[warpSize];
  warp.readAddresses(address, addresses);
  return addresses[lane];
}

static void checkAligned(uint64_t address, unsigned unit, const char *what) {
  if (address % unit != 0)
    throw Fault(Result::MisalignedAddress,
                std::string(what) + " at address " + std::to_string(address) +
                    ", which is no multiple of " + std::to_string(unit));
}

/// Bytes of global memory, of which an engine reads or writes them later.
static uint8_t *findGlobal(const Launch &launch, uint64_t address,
                           uint64_t bytes) {
  if (!findAllocation(*launch.allocations, address, bytes))
    throw Fault(Result::IllegalAddress, "a box has " + std::to_string(bytes) +
                                            " bytes at global address " +
                                            std::to_string(address) +
                                            ", which are in no allocation");
  return reinterpret_cast<uint8_t *>(address);
}

//===----------------------------------------------------------------------===//
// Groups of stores
//===----------------------------------------------------------------------===//

void WarpCopies::finishStores(Lanes lanes, uint64_t groupsLeft,
                              bool isReadOnly) {
  auto isDue = [&](const BulkStore &store) {
    return lanes >> store.lane & 1 &&
           store.group + groupsLeft < storeGroups[store.lane];
  };
  for (BulkStore &store : stores) {
    if (!isDue(store))
      continue;
    if (!store.isRead &&
        memcmp(store.source, store.bytes.data(), store.bytes.size()) != 0)
      failLaunch("what a copy of line " + std::to_string(store.line) +
                 " reads was overwritten before it was waited for");
    store.isRead = true;
    if (!isReadOnly)
      store.store(store.bytes);
  }
  if (!isReadOnly)
    std::erase_if(stores, isDue);
}

static Outcome executeCommit(Warp &warp, const Instruction &, Lanes lanes) {
  for (int lane = 0; lane < warpSize; ++lane)
    warp.copies.storeGroups[lane] += lanes >> lane & 1;
  return Outcome::Next;
}

static Outcome executeWait(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  warp.copies.finishStores(lanes, instruction.values[0],
                           instruction.values[1] != 0);
  return Outcome::Next;
}

/// A store of bytes of shared memory; `store` gets them as they lie there.
static void addStore(Warp &warp, const Instruction &instruction, int lane,
                     uint64_t source, unsigned bytes,
                     std::function<void(const std::vector<uint8_t> &)> store) {
  if (source >= sharedWindow)
    source -= sharedWindow;
  Block &block = warp.getBlock();
  const uint8_t *from = block.findShared(source, bytes);
  block.checkOrdered(static_cast<uint32_t>(source), bytes, "a copy");
  warp.copies.stores.push_back(
      {lane, instruction.line, warp.copies.storeGroups[lane], from,
       std::vector<uint8_t>(from, from + bytes), false, std::move(store)});
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

/// A load of bytes to a block, for which a barrier there waits. `fill` writes
/// them.
static void addLoad(Block &block, uint64_t to, unsigned bytes, uint64_t barrier,
                    std::function<void(uint8_t *)> fill) {
  memset(block.findShared(to, bytes), poison, bytes);
  block.findPhaseBarrier(barrier);
  auto arrive = [&block, to, bytes, barrier, fill = std::move(fill)] {
    fill(block.findShared(to, bytes));
    block.clearMarks(static_cast<uint32_t>(to), bytes);
    block.findPhaseBarrier(barrier).receiveBytes(bytes);
  };
  block.loads.push_back({static_cast<uint32_t>(barrier), std::move(arrive)});
}

/// Where a copy goes and its barrier, which are in the same block.
static Block &findTarget(Warp &warp, const Instruction &instruction, int lane,
                         uint64_t &to, uint64_t &barrier) {
  to = readAddress(warp, instruction.addresses[0], lane);
  barrier = readAddress(warp, instruction.addresses[2], lane);
  if (to >= sharedWindow)
    to -= sharedWindow;
  if (barrier >= sharedWindow)
    barrier -= sharedWindow;
  Block &block = warp.getBlock().findBlock(to);
  if (&warp.getBlock().findBlock(barrier) != &block)
    failLaunch("the copy and its mbarrier are in different blocks");
  return block;
}

/// In values: whether the source is in shared memory.
static Outcome executeBulkLoad(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t to, barrier;
    Block &block = findTarget(warp, instruction, lane, to, barrier);
    uint64_t from = readAddress(warp, instruction.addresses[1], lane);
    uint32_t bytes = warp.read<uint32_t>(instruction.places[1])[lane];
    checkAligned(to, bulkUnit, "a copy");
    checkAligned(from, bulkUnit, "a copy");
    checkAligned(bytes, bulkUnit, "the size of a copy");
    if (!instruction.values[0]) {
      const uint8_t *source = warp.findGlobal(from, bytes);
      addLoad(block, to, bytes, barrier, [source, bytes](uint8_t *target) {
        memcpy(target, source, bytes);
      });
      continue;
    }
    if (from >= sharedWindow)
      from -= sharedWindow;
    const uint8_t *source = warp.getBlock().findShared(from, bytes);
    warp.getBlock().checkOrdered(static_cast<uint32_t>(from), bytes, "a copy");
    std::vector<uint8_t> now(source, source + bytes);
    addLoad(block, to, bytes, barrier,
            [source, now = std::move(now),
             line = instruction.line](uint8_t *target) {
              if (memcmp(source, now.data(), now.size()) != 0)
                failLaunch("what the copy of line " + std::to_string(line) +
                           " reads was overwritten before it arrived");
              memcpy(target, now.data(), now.size());
            });
  }
  return Outcome::Next;
}

/// In values: the bytes of a register, of which the list has some.
static Outcome executeStoreAsync(Warp &warp, const Instruction &instruction,
                                 Lanes lanes) {
  auto bytes = static_cast<unsigned>(instruction.values[0]);
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t to, barrier;
    Block &block = findTarget(warp, instruction, lane, to, barrier);
    std::vector<uint8_t> now;
    for (Place place : instruction.list) {
      const auto *begin = warp.read<uint8_t>(place) + lane * bytes;
      now.insert(now.end(), begin, begin + bytes);
    }
    auto size = static_cast<unsigned>(now.size());
    checkAligned(to, size, "a store");
    addLoad(block, to, size, barrier, [now = std::move(now)](uint8_t *target) {
      memcpy(target, now.data(), now.size());
    });
  }
  return Outcome::Next;
}

static Outcome executeBulkStore(Warp &warp, const Instruction &instruction,
                                Lanes lanes) {
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    uint64_t to = readAddress(warp, instruction.addresses[0], lane);
    uint64_t from = readAddress(warp, instruction.addresses[1], lane);
    uint32_t bytes = warp.read<uint32_t>(instruction.places[1])[lane];
    checkAligned(to, bulkUnit, "a copy");
    checkAligned(from, bulkUnit, "a copy");
    checkAligned(bytes, bulkUnit, "the size of a copy");
    uint8_t *target = warp.findGlobal(to, bytes);
    addStore(warp, instruction, lane, from, bytes,
             [target](const std::vector<uint8_t> &now) {
               memcpy(target, now.data(), now.size());
             });
  }
  return Outcome::Next;
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

/// The map of a lane and the coordinates of its box, which are the list.
static TensorMap readMap(Warp &warp, const Instruction &instruction, int lane,
                         const Address &address,
                         int32_t (&origin)[mostDimensions]) {
  uint64_t place = readAddress(warp, address, lane);
  const uint8_t *bytes = nullptr;
  const Launch &launch = warp.getBlock().getCluster().getLaunch();
  constexpr unsigned mapBytes = 128;
  checkAligned(place, 64, "a tensor map");
  if (place < parameterWindow)
    bytes = warp.findGlobal(place, mapBytes);
  else if (place - parameterWindow + mapBytes <= launch.parameters.size())
    bytes = launch.parameters.data() + (place - parameterWindow);
  else
    throw Fault(Result::IllegalAddress, "there is no tensor map");
  TensorMap map = readTensorMap(bytes);
  if (map.rank != instruction.list.size())
    failLaunch("the tensor map has " + std::to_string(map.rank) +
               " dimensions");
  for (unsigned dim = 0; dim < map.rank; ++dim)
    origin[dim] = warp.read<int32_t>(instruction.list[dim])[lane];
  return map;
}

/// Each chunk of 16 bytes of what lies at `box`, by its place in the box.
template <typename Function>
static void visitChunks(const TensorMap &map, uint64_t box, Function visit) {
  for (unsigned offset = 0; offset < map.getBoxBytes(); offset += bulkUnit)
    visit(offset, map.swizzleAddress(box, offset) - box);
}

static void addBoxLoad(Block &block, const TensorMap &map,
                       const int32_t (&coordinates)[mostDimensions],
                       uint64_t to, uint64_t barrier) {
  std::vector<int32_t> origin(coordinates, coordinates + mostDimensions);
  const Launch &launch = block.getCluster().getLaunch();
  auto fill = [map, origin, to, &launch](uint8_t *target) {
    int32_t place[mostDimensions];
    std::copy(origin.begin(), origin.end(), place);
    std::vector<uint8_t> box(map.getBoxBytes());
    map.visitRows(place, [&](unsigned offset, uint64_t from, unsigned bytes) {
      memcpy(&box[offset], findGlobal(launch, from, bytes), bytes);
    });
    visitChunks(map, to, [&](unsigned offset, uint64_t place) {
      memcpy(target + place, &box[offset], bulkUnit);
    });
  };
  addLoad(block, to, map.getBoxBytes(), barrier, fill);
}

/// Place 1, if any, has the blocks of the cluster that a box goes to, at the
/// same place in each.
static Outcome executeBoxLoad(Warp &warp, const Instruction &instruction,
                              Lanes lanes) {
  Cluster &cluster = warp.getBlock().getCluster();
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    int32_t origin[mostDimensions] = {};
    TensorMap map =
        readMap(warp, instruction, lane, instruction.addresses[1], origin);
    uint64_t to, barrier;
    Block &block = findTarget(warp, instruction, lane, to, barrier);
    checkAligned(to, boxUnit, "a box");
    if (instruction.places[1] == noPlace) {
      addBoxLoad(block, map, origin, to, barrier);
      continue;
    }
    uint16_t ranks = warp.read<uint16_t>(instruction.places[1])[lane];
    for (unsigned rank = 0; rank < 16; ++rank)
      if (ranks >> rank & 1) {
        if (rank >= cluster.countBlocks())
          failLaunch("the cluster has no block " + std::to_string(rank));
        addBoxLoad(cluster.getBlock(rank), map, origin, to, barrier);
      }
  }
  return Outcome::Next;
}

static Outcome executeBoxStore(Warp &warp, const Instruction &instruction,
                               Lanes lanes) {
  const Launch &launch = warp.getBlock().getCluster().getLaunch();
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    int32_t coordinates[mostDimensions] = {};
    TensorMap map =
        readMap(warp, instruction, lane, instruction.addresses[0], coordinates);
    std::vector<int32_t> origin(coordinates, coordinates + mostDimensions);
    uint64_t from = readAddress(warp, instruction.addresses[1], lane);
    checkAligned(from, boxUnit, "a box");
    addStore(warp, instruction, lane, from, map.getBoxBytes(),
             [map, origin, from, &launch](const std::vector<uint8_t> &now) {
               int32_t place[mostDimensions];
               std::copy(origin.begin(), origin.end(), place);
               std::vector<uint8_t> box(now.size());
               visitChunks(map, from, [&](unsigned offset, uint64_t place) {
                 memcpy(&box[offset], &now[place], bulkUnit);
               });
               map.visitRows(
                   place, [&](unsigned offset, uint64_t to, unsigned bytes) {
                     memcpy(findGlobal(launch, to, bytes), &box[offset], bytes);
                   });
             });
  }
  return Outcome::Next;
}

//===----------------------------------------------------------------------===//
// Decoding
//===----------------------------------------------------------------------===//

/// A map and coordinates of a box: `[map, {x, y}]`.
static Address findBox(Decoder &decoder, const Operand &operand,
                       unsigned rank) {
  if (operand.kind != Operand::Kind::Address || operand.elements.size() != 2 ||
      operand.elements[1].elements.size() != rank)
    decoder.fail("expected a tensor map and " + std::to_string(rank) +
                 " coordinates");
  decoder.setList(operand.elements[1], Type::S32, /*isWritten=*/false);
  return decoder.findAddress(operand, Space::Generic);
}

static void decodeBox(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  unsigned rank = decoder.takeOneOf({"1d", "2d", "3d", "4d", "5d"}) + 1;
  if (decoder.take("global")) {
    if (!decoder.take("shared::cta"))
      decoder.expect("shared");
    decoder.take("tile");
    decoder.expect("bulk_group");
    decoder.expectOperands(2);
    instruction.addresses[0] = findBox(decoder, decoder.getOperand(0), rank);
    instruction.addresses[1] =
        decoder.findAddress(decoder.getOperand(1), Space::Shared);
    instruction.execute = executeBoxStore;
    return;
  }
  if (!decoder.take("shared::cta"))
    decoder.expect("shared::cluster");
  decoder.expect("global");
  decoder.take("tile");
  decoder.expect("mbarrier::complete_tx::bytes");
  bool isMulticast = decoder.take("multicast::cluster");
  decoder.expectOperands(isMulticast ? 4 : 3);
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(0), Space::SharedCluster);
  instruction.addresses[1] = findBox(decoder, decoder.getOperand(1), rank);
  instruction.addresses[2] =
      decoder.findAddress(decoder.getOperand(2), Space::SharedCluster);
  if (isMulticast)
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(3), Type::B16);
  instruction.execute = executeBoxLoad;
}

static void decodeGroup(Decoder &decoder, bool isWait) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expectOperands(isWait ? 1 : 0);
  if (isWait) {
    instruction.values[0] = decoder.getImmediate(0);
    instruction.values[1] = decoder.take("read");
  }
  instruction.execute = isWait ? executeWait : executeCommit;
}

void vitrail::emulator::decodeStoreAsync(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.take("weak");
  decoder.expect("shared::cluster");
  decoder.expect("mbarrier::complete_tx::bytes");
  size_t count = decoder.take("v2") ? 2 : decoder.take("v4") ? 4 : 1;
  Type type = decoder.takeType();
  if (getBits(type) < 32)
    decoder.fail("not for this type");
  decoder.expectOperands(3);
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(0), Space::SharedCluster);
  decoder.setList(decoder.getOperand(1), type, /*isWritten=*/false);
  instruction.addresses[2] =
      decoder.findAddress(decoder.getOperand(2), Space::SharedCluster);
  if (instruction.list.size() != count)
    decoder.fail("has " + std::to_string(instruction.list.size()) +
                 " registers");
  instruction.values[0] = getBits(type) / 8;
  instruction.execute = executeStoreAsync;
}

void vitrail::emulator::decodeBulkCopy(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  if (decoder.take("commit_group"))
    return decodeGroup(decoder, /*isWait=*/false);
  if (decoder.take("wait_group"))
    return decodeGroup(decoder, /*isWait=*/true);
  if (decoder.take("tensor"))
    return decodeBox(decoder);
  bool isStore = decoder.takeOneOf({"shared::cluster", "global"});
  if (isStore) {
    decoder.expect("shared::cta");
    decoder.expect("bulk_group");
  } else {
    instruction.values[0] = decoder.takeOneOf({"global", "shared::cta"});
    decoder.expect("mbarrier::complete_tx::bytes");
  }
  bool isFromGlobal = !isStore && !instruction.values[0];
  decoder.expectOperands(isStore ? 3 : 4);
  instruction.addresses[0] = decoder.findAddress(
      decoder.getOperand(0), isStore ? Space::Global : Space::SharedCluster);
  instruction.addresses[1] = decoder.findAddress(
      decoder.getOperand(1), isFromGlobal ? Space::Global : Space::Shared);
  instruction.places[1] = decoder.findSource(decoder.getOperand(2), Type::B32);
  if (!isStore)
    instruction.addresses[2] =
        decoder.findAddress(decoder.getOperand(3), Space::SharedCluster);
  instruction.execute = isStore ? executeBulkStore : executeBulkLoad;
}
