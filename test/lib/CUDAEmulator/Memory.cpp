//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Memory.h.
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include <cstdlib>
#include <cstring>

using namespace vitrail::emulator;

// As the driver's.
constexpr uint64_t allocationAlignment = 256;

Memory::~Memory() {
  for (auto &[end, allocation] : *table)
    free(reinterpret_cast<void *>(allocation.begin));
}

uint64_t Memory::allocate(uint64_t bytes) {
  // Room between allocations, so that none ends where another begins.
  uint64_t size = (bytes / allocationAlignment + 2) * allocationAlignment;
  void *memory =
      size > bytes ? aligned_alloc(allocationAlignment, size) : nullptr;
  if (!memory)
    return 0;
  memset(memory, poison, size);
  auto address = reinterpret_cast<uint64_t>(memory);
  std::lock_guard lock(mutex);
  auto changed = std::make_shared<AllocationTable>(*table);
  changed->emplace(address + bytes, Allocation{address, bytes});
  table = std::move(changed);
  return address;
}

bool Memory::release(uint64_t address) {
  std::lock_guard lock(mutex);
  auto changed = std::make_shared<AllocationTable>(*table);
  auto found = changed->upper_bound(address);
  if (found == changed->end() || found->second.begin != address)
    return false;
  changed->erase(found);
  table = std::move(changed);
  free(reinterpret_cast<void *>(address));
  return true;
}

std::shared_ptr<const AllocationTable> Memory::getTable() const {
  std::lock_guard lock(mutex);
  return table;
}

bool Memory::contains(uint64_t address, uint64_t bytes) const {
  return bytes == 0 || findAllocation(*getTable(), address, bytes);
}

const Allocation *
vitrail::emulator::findAllocation(const AllocationTable &table,
                                  uint64_t address, uint64_t bytes) {
  auto found = table.upper_bound(address);
  if (found == table.end() || !found->second.contains(address, bytes))
    return nullptr;
  return &found->second;
}
