//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a run computed, as text: summary, classes, comparison.
//
//===----------------------------------------------------------------------===//

#include "Report.h"
#include "File.h"
#include "Npy.h"
#include "Safetensors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

using namespace vitrail::driver;

void vitrail::driver::printSummary(const std::string &name,
                                   const Array &output) {
  std::vector<double> values = toDoubles(output);
  fmt::print("{}: {}", name, formatType(output));
  auto isNotFinite = [](double value) { return !std::isfinite(value); };
  auto notFinite = std::count_if(values.begin(), values.end(), isNotFinite);
  std::erase_if(values, isNotFinite);
  if (!values.empty()) {
    auto [low, high] = std::minmax_element(values.begin(), values.end());
    double sum = std::accumulate(values.begin(), values.end(), 0.0);
    fmt::print("  min {:.6g}  max {:.6g}  mean {:.6g}", *low, *high,
               sum / static_cast<double>(values.size()));
  }
  if (notFinite > 0)
    fmt::print("  not finite {}", notFinite);
  fmt::print("\n");
}

std::vector<std::string> vitrail::driver::readLabels(const std::string &path) {
  std::vector<std::byte> bytes = readFile(path);
  std::istringstream stream(
      std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size()));
  std::vector<std::string> labels;
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r'))
      line.pop_back();
    labels.push_back(line);
  }
  return labels;
}

/// Softmax of a row, in place; what is not a number has no probability.
static void softmax(std::span<double> row) {
  for (double &value : row)
    if (std::isnan(value))
      value = -INFINITY;
  double largest = *std::max_element(row.begin(), row.end());
  double sum = 0.0;
  for (double &value : row) {
    // The largest first: the difference of two infinities is not a number.
    value = value == largest ? 1.0 : std::exp(value - largest);
    sum += value;
  }
  for (double &value : row)
    value /= sum;
}

namespace {

struct Class {
  std::string label;
  double probability = 0.0;
};

} // namespace

static std::vector<Class> getTop(std::span<double> row, size_t count,
                                 const std::vector<std::string> &labels) {
  softmax(row);
  std::vector<size_t> order(row.size());
  std::iota(order.begin(), order.end(), size_t(0));
  size_t kept = std::min(order.size(), count);
  // Of equal probabilities the lower index comes first.
  auto isBefore = [&](size_t lhs, size_t rhs) {
    return row[lhs] != row[rhs] ? row[lhs] > row[rhs] : lhs < rhs;
  };
  std::partial_sort(order.begin(), order.begin() + ptrdiff_t(kept), order.end(),
                    isBefore);
  order.resize(kept);
  std::vector<Class> top;
  for (size_t index : order)
    top.push_back(
        {index < labels.size() ? labels[index] : fmt::to_string(index),
         row[index]});
  return top;
}

/// The name of row `row` of an output: the sample's, and the position within
/// it where a sample has several rows.
static std::string getRowName(const std::vector<std::string> &sampleNames,
                              size_t rowsPerSample, size_t row) {
  std::string name = sampleNames[row / rowsPerSample];
  if (rowsPerSample > 1)
    name += fmt::format("[{}]", row % rowsPerSample);
  return name;
}

void vitrail::driver::printTop(const Array &output, int count,
                               const std::vector<std::string> &labels,
                               const std::vector<std::string> &sampleNames) {
  std::vector<double> values = toDoubles(output);
  auto classes =
      static_cast<size_t>(output.shape.empty() ? 1 : output.shape.back());
  size_t rows = classes == 0 ? 0 : values.size() / classes;
  if (rows == 0 || rows % sampleNames.size() != 0)
    fail("the first output, {}, has no classes for each of {} samples",
         formatType(output), sampleNames.size());
  size_t rowsPerSample = rows / sampleNames.size();

  std::vector<std::vector<Class>> tops;
  size_t nameWidth = 0;
  std::vector<size_t> labelWidths(static_cast<size_t>(count));
  for (size_t row = 0; row < rows; ++row) {
    tops.push_back(getTop(std::span(values).subspan(row * classes, classes),
                          static_cast<size_t>(count), labels));
    nameWidth = std::max(
        nameWidth, getRowName(sampleNames, rowsPerSample, row).size() + 1);
    for (size_t rank = 0; rank < tops[row].size(); ++rank)
      labelWidths[rank] =
          std::max(labelWidths[rank], tops[row][rank].label.size());
  }
  for (size_t row = 0; row < rows; ++row) {
    fmt::print("{:<{}}", getRowName(sampleNames, rowsPerSample, row) + ":",
               nameWidth);
    for (size_t rank = 0; rank < tops[row].size(); ++rank)
      fmt::print("{}{:<{}} ({:.3f})", rank == 0 ? " " : "  ",
                 tops[row][rank].label, labelWidths[rank],
                 tops[row][rank].probability);
    fmt::print("\n");
  }
}

namespace {

/// How far an output is from its reference.
struct Deviation {
  double error = 0.0;   ///< Relative L2.
  double largest = 0.0; ///< Of single elements, and where that is.
  size_t where = 0;
  double actual = 0.0, expected = 0.0;
};

} // namespace

static Deviation measure(const std::string &name, const Array &output,
                         const Array &reference, const std::string &path) {
  if (reference.shape != output.shape)
    fail("'{}' holds {}; output '{}' is {}", path, formatType(reference), name,
         formatType(output));

  std::vector<double> actual = toDoubles(output);
  std::vector<double> expected = toDoubles(reference);
  Deviation deviation;
  double errorSquared = 0.0;
  double normSquared = 0.0;
  for (size_t i = 0; i < actual.size(); ++i) {
    double difference = std::abs(actual[i] - expected[i]);
    errorSquared += difference * difference;
    normSquared += expected[i] * expected[i];
    // The first that is not a number outdoes every difference.
    if (!(difference <= deviation.largest) && !std::isnan(deviation.largest))
      deviation = {0.0, difference, i, actual[i], expected[i]};
  }
  deviation.error = std::sqrt(errorSquared);
  // Against a reference of zeros the error is absolute.
  if (normSquared > 0.0)
    deviation.error /= std::sqrt(normSquared);
  return deviation;
}

static void print(const std::string &name, const Array &output,
                  const Deviation &deviation, double tolerance) {
  fmt::print("{}: relative L2 error {:.3g}, {} {:.3g}", name, deviation.error,
             deviation.error <= tolerance ? "within" : "above", tolerance);
  if (deviation.largest != 0.0)
    fmt::print(
        "; largest difference {:.3g} at {}: {:.9g} instead of {:.9g}",
        deviation.largest,
        formatPosition(output.shape, static_cast<int64_t>(deviation.where)),
        deviation.actual, deviation.expected);
  fmt::print("\n");
}

bool vitrail::driver::compare(const std::string &name, const Array &output,
                              const std::string &referencePath,
                              double tolerance) {
  std::vector<std::byte> bytes = readFile(referencePath);
  if (!isNpy(bytes))
    fail("'{}' is not a .npy file", referencePath);
  Deviation deviation =
      measure(name, output, decodeNpy(bytes, referencePath), referencePath);
  print(name, output, deviation, tolerance);
  return deviation.error <= tolerance;
}

bool vitrail::driver::compareAll(const std::vector<std::string> &names,
                                 const std::vector<Array> &outputs,
                                 const std::string &referencePath,
                                 double tolerance) {
  std::vector<size_t> order(names.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(),
            [&](size_t lhs, size_t rhs) { return names[lhs] < names[rhs]; });

  std::vector<std::byte> bytes = readFile(referencePath);
  size_t numWithin = 0, numAbove = 0, worst = 0;
  double largestWithin = -1.0;
  for (size_t i : order) {
    Array reference = decodeSafetensors(bytes, referencePath, names[i]);
    Deviation deviation =
        measure(names[i], outputs[i], reference, referencePath);
    if (!(deviation.error <= tolerance)) {
      if (numAbove++ == 0)
        print(names[i], outputs[i], deviation, tolerance);
      continue;
    }
    ++numWithin;
    if (deviation.error > largestWithin) {
      largestWithin = deviation.error;
      worst = i;
    }
  }
  if (numAbove != 0)
    fmt::print("the first that deviates; with it {} of {} outputs do\n",
               numAbove, order.size());
  else if (numWithin != 0)
    fmt::print("{} outputs within {:.3g}, at most {:.3g}: {}\n", numWithin,
               tolerance, largestWithin, names[worst]);
  return numAbove == 0;
}
