//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Copies of bulks and boxes (cp.async.bulk), by an engine of its own.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_BULKCOPIES_H
#define VITRAIL_TEST_CUDAEMULATOR_BULKCOPIES_H

#include "Decoder.h"

namespace vitrail::emulator {

/// What comes after `cp.async.bulk`.
void decodeBulkCopy(Decoder &decoder);

/// What comes after `st.async`: registers that go to a block's shared memory as
/// a copy does.
void decodeStoreAsync(Decoder &decoder);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_BULKCOPIES_H
