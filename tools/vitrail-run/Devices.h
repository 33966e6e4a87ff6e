//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The contexts that a batch is divided among: one for each device of
// `--device`.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_DEVICES_H
#define VITRAIL_RUN_DEVICES_H

#include "Model.h"
#include "Options.h"

namespace vitrail::driver {

/// What contexts on the device called `device` are made with, whose calls have
/// at most `maxBatch` samples.
vitrail_options makeOptions(const Options &options, const std::string &device,
                            int64_t maxBatch);

/// The devices that `--device` names; "cuda:all" and "opencl:all" are all that
/// there are, at least one.
std::vector<std::string> listDevices(const Model &model,
                                     const Options &options);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_DEVICES_H
