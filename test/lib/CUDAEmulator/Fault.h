//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What goes wrong: results of the driver's interface, and faults of programs,
// which become such results.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_FAULT_H
#define VITRAIL_TEST_CUDAEMULATOR_FAULT_H

#include <stdexcept>
#include <string>

namespace vitrail::emulator {

/// CUresult, of those that are given.
enum class Result {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NoDevice = 100,
  InvalidDevice = 101,
  NoBinaryForGPU = 209,
  InvalidPTX = 218,
  InvalidHandle = 400,
  NotFound = 500,
  IllegalAddress = 700,
  MisalignedAddress = 716,
  LaunchFailed = 719,
  CaptureUnsupported = 900,
};

/// Says what a result means.
const char *describe(Result result);

/// Thrown where an instruction cannot be executed as it should be; what
/// executes the kernel adds where.
struct Fault : std::runtime_error {
  Fault(Result result, const std::string &message)
      : std::runtime_error(message), result(result) {}
  Result result;
};

/// Thrown where a text is no program that can be executed.
struct ProgramError : std::runtime_error {
  ProgramError(unsigned line, const std::string &message)
      : std::runtime_error("line " + std::to_string(line) + ": " + message) {}
};

[[noreturn]] inline void failLaunch(const std::string &message) {
  throw Fault(Result::LaunchFailed, message);
}

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_FAULT_H
