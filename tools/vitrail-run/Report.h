//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a run computed, as text.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_REPORT_H
#define VITRAIL_RUN_REPORT_H

#include "Array.h"

namespace vitrail::driver {

/// Prints type, range and mean of an output.
void printSummary(const std::string &name, const Array &output);

/// The lines of a file of labels.
std::vector<std::string> readLabels(const std::string &path);

/// Prints the `count` most probable classes of each sample and their softmax
/// probabilities over the last dimension. A class without a label is a number.
void printTop(const Array &output, int count,
              const std::vector<std::string> &labels,
              const std::vector<std::string> &sampleNames);

/// Prints the relative L2 error of an output against a .npy file, and the
/// largest difference; returns whether the error is within `tolerance`.
bool compare(const std::string &name, const Array &output,
             const std::string &referencePath, double tolerance);

/// Compares every output with the tensor of its name in a safetensors file, in
/// the order of names, in which kernels come as they run. Prints the first
/// whose relative L2 error is above `tolerance`, or how near they are; false
/// when there is one.
bool compareAll(const std::vector<std::string> &names,
                const std::vector<Array> &outputs,
                const std::string &referencePath, double tolerance);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_REPORT_H
