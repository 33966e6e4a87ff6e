//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies to shared memory that threads begin (cp.async) and wait for. Where
// they go there is nothing until then.
//
//===----------------------------------------------------------------------===//

#include "BulkCopies.h"

#include <algorithm>

using namespace vitrail::emulator;

void WarpCopies::finishElements(Warp &warp, Lanes lanes, uint64_t groupsLeft) {
  auto isDue = [&](const ElementCopy &copy) {
    return lanes >> copy.lane & 1 &&
           copy.group + groupsLeft < elementGroups[copy.lane];
  };
  for (const ElementCopy &copy : elements)
    if (isDue(copy)) {
      uint8_t *to = warp.getBlock().findShared(copy.to, copy.bytes);
      memset(to, 0, copy.bytes);
      memcpy(to, copy.from, copy.sourceBytes);
      warp.getBlock().markWritten(copy.to, copy.bytes, warp);
    }
  std::erase_if(elements, isDue);
}

/// In values: the bytes of a copy. Place 1, if any, has how many are read; the
/// others become zeros.
static Outcome executeCopy(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  uint64_t to[warpSize], from[warpSize];
  warp.readAddresses(instruction.addresses[0], to);
  warp.readAddresses(instruction.addresses[1], from);
  auto bytes = static_cast<unsigned>(instruction.values[0]);
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    unsigned sourceBytes = bytes;
    if (instruction.places[1] != noPlace)
      sourceBytes = warp.read<uint32_t>(instruction.places[1])[lane];
    if (sourceBytes > bytes)
      failLaunch("reads " + std::to_string(sourceBytes) + " bytes of " +
                 std::to_string(bytes));
    if (to[lane] % bytes != 0 || (sourceBytes && from[lane] % bytes != 0))
      throw Fault(Result::MisalignedAddress,
                  "a copy from " + std::to_string(from[lane]) + " to " +
                      std::to_string(to[lane]) + " is not aligned");
    memset(warp.getBlock().findShared(to[lane], bytes), poison, bytes);
    const uint8_t *source =
        sourceBytes ? warp.findGlobal(from[lane], sourceBytes) : nullptr;
    warp.copies.elements.push_back({lane, warp.copies.elementGroups[lane],
                                    static_cast<uint32_t>(to[lane]), source,
                                    bytes, sourceBytes});
  }
  return Outcome::Next;
}

static Outcome executeCommit(Warp &warp, const Instruction &, Lanes lanes) {
  for (int lane = 0; lane < warpSize; ++lane)
    warp.copies.elementGroups[lane] += lanes >> lane & 1;
  return Outcome::Next;
}

static Outcome executeWait(Warp &warp, const Instruction &instruction,
                           Lanes lanes) {
  warp.copies.finishElements(warp, lanes, instruction.values[0]);
  return Outcome::Next;
}

static void decodeElements(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  bool isAroundL1 = decoder.takeOneOf({"ca", "cg"});
  if (!decoder.take("shared"))
    decoder.expect("shared::cta");
  decoder.expect("global");
  for (std::string_view hint : {"L2::64B", "L2::128B", "L2::256B"})
    decoder.take(hint);
  decoder.expectOperands(3, 4);
  instruction.addresses[0] =
      decoder.findAddress(decoder.getOperand(0), Space::Shared);
  instruction.addresses[1] =
      decoder.findAddress(decoder.getOperand(1), Space::Global);
  int64_t bytes = decoder.getImmediate(2);
  if (bytes != 16 && (isAroundL1 || (bytes != 4 && bytes != 8)))
    decoder.fail("copies of " + std::to_string(bytes) + " bytes");
  instruction.values[0] = bytes;
  if (decoder.countOperands() > 3)
    instruction.places[1] =
        decoder.findSource(decoder.getOperand(3), Type::B32);
  instruction.execute = executeCopy;
}

static void decodeCopy(Decoder &decoder) {
  Instruction &instruction = decoder.getInstruction();
  decoder.expect("async");
  if (decoder.take("bulk"))
    return decodeBulkCopy(decoder);
  if (decoder.take("commit_group")) {
    decoder.expectOperands(0);
    instruction.execute = executeCommit;
  } else if (decoder.take("wait_group")) {
    decoder.expectOperands(1);
    instruction.values[0] = decoder.getImmediate(0);
    instruction.execute = executeWait;
  } else if (decoder.take("wait_all")) {
    decoder.expectOperands(0);
    instruction.execute = [](Warp &warp, const Instruction &i, Lanes lanes) {
      executeCommit(warp, i, lanes);
      return executeWait(warp, i, lanes);
    };
  } else {
    decodeElements(decoder);
  }
}

void vitrail::emulator::registerCopies(DecoderTable &table) {
  table["cp"] = decodeCopy;
}
