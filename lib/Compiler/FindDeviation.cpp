//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compares values by digests, as all of them at once do not fit into memory.
//
//===----------------------------------------------------------------------===//

#include "FindDeviation.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Weights/Evaluator.h"

#include "llvm/ADT/MapVector.h"

#include <cmath>

namespace vitrail {

using namespace mlir;
using weights::Tensor;

namespace {
/// What is compared of a tensor. None of it depends on the elements' order.
struct Digest {
  int64_t numElements;
  double sum = 0.0;
  double squares = 0.0;

  explicit Digest(const Tensor &tensor) : numElements(tensor.data.size()) {
    for (double element : tensor.data) {
      sum += element;
      squares += element * element;
    }
  }

  bool isClose(const Digest &other, double tolerance) const {
    // A sum of elements of any sign is at most so large.
    double scale = std::sqrt(other.squares * other.numElements);
    return numElements == other.numElements &&
           std::abs(sum - other.sum) <= tolerance * scale &&
           std::abs(squares - other.squares) <= tolerance * other.squares;
  }
};

/// Digests of the values that come from one place, in the order of evaluation,
/// and when each was computed.
struct Place {
  SmallVector<Digest> digests;
  SmallVector<size_t> times;
};
using Places = llvm::MapVector<Location, Place>;
} // namespace

static FailureOr<Places> digest(func::FuncOp entry, ArrayRef<Tensor> inputs,
                                const weights::ParameterSource &parameters,
                                int64_t batch) {
  Places places;
  size_t time = 0;
  auto observe = [&](Value value, const Tensor &tensor) {
    if (isa<nn::ParameterOp, nn::ConstantOp>(value.getDefiningOp()))
      return;
    Place &place = places[value.getLoc()];
    place.digests.emplace_back(tensor);
    place.times.push_back(time++);
  };
  if (failed(
          weights::evaluateFunction(entry, inputs, parameters, batch, observe)))
    return failure();
  return places;
}

std::optional<Location>
findDeviation(func::FuncOp before, func::FuncOp after, ArrayRef<Tensor> inputs,
              const weights::ParameterSource &parameters, int64_t batch,
              double tolerance) {
  FailureOr<Places> expected = digest(before, inputs, parameters, batch);
  FailureOr<Places> actual = digest(after, inputs, parameters, batch);
  if (failed(expected) || failed(actual))
    return std::nullopt;
  std::optional<Location> first;
  size_t firstTime = SIZE_MAX;
  for (auto &[location, place] : *actual) {
    auto it = expected->find(location);
    if (it == expected->end() ||
        it->second.digests.size() != place.digests.size())
      continue;
    for (auto [was, is, time] :
         llvm::zip_equal(it->second.digests, place.digests, place.times)) {
      if (is.isClose(was, tolerance) || time >= firstTime)
        continue;
      first = location;
      firstTime = time;
    }
  }
  return first;
}

} // namespace vitrail
