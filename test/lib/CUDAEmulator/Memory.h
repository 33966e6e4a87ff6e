//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The device's memory: allocations, and the address spaces that generic
// addresses tell apart.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_MEMORY_H
#define VITRAIL_TEST_CUDAEMULATOR_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace vitrail::emulator {

/// Addresses of shared memory are offsets; those of other blocks of a cluster
/// have one more than the block's rank in the cluster above these bits.
constexpr unsigned sharedBits = 24;
/// What is added to make addresses of shared memory and parameters generic. No
/// address of global memory is as large.
constexpr uint64_t sharedWindow = uint64_t(1) << 56;
constexpr uint64_t parameterWindow = uint64_t(2) << 56;

/// What memory and registers have before anything is written: NaN.
constexpr uint8_t poison = 0xFF;

struct Allocation {
  uint64_t begin, bytes;
  bool contains(uint64_t address, uint64_t size) const {
    return address >= begin && size <= bytes && address - begin <= bytes - size;
  }
};

/// Allocations by their ends, as they are at some time.
using AllocationTable = std::map<uint64_t, Allocation>;

class Memory {
public:
  ~Memory();
  /// Returns 0 if there is not enough. Addresses are those of the host.
  uint64_t allocate(uint64_t bytes);
  bool release(uint64_t address);
  /// Whether all of these bytes are in one allocation.
  bool contains(uint64_t address, uint64_t bytes) const;
  std::shared_ptr<const AllocationTable> getTable() const;

private:
  mutable std::mutex mutex;
  std::shared_ptr<const AllocationTable> table =
      std::make_shared<AllocationTable>();
};

/// The allocation with these bytes or null.
const Allocation *findAllocation(const AllocationTable &table, uint64_t address,
                                 uint64_t bytes);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_MEMORY_H
