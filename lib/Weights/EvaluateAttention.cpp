//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Attention, a row of scores at a time.
//
//===----------------------------------------------------------------------===//

#include "Operations.h"

#include "vitrail/Dialect/NN/IR/NN.h"

#include "llvm/Support/Parallel.h"

#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace vitrail;
using namespace vitrail::weights;

namespace {
/// One operation's operands; rows are numbered over all leading dimensions.
class Attention {
public:
  Attention(nn::AttentionOp attention, Operands<double> operands)
      : query(*operands[0]), key(*operands[1]), value(*operands[2]),
        addends(operands.slice(3, attention.getAddends().size())),
        keep(attention.getKeep() ? operands.back() : nullptr),
        scale(attention.getScale().convertToDouble()),
        round(getRounding(attention.getValue().getType().getElementType())),
        masked(keep ? attention.getMasked()->convertToDouble() : 0),
        queries(query.shape[query.shape.size() - 2]),
        keys(key.shape[key.shape.size() - 2]), features(query.shape.back()),
        width(value.shape.back()) {}

  int64_t countRows() const { return query.getNumElements() / features; }
  void computeRow(int64_t row, double *out) const;

private:
  double getScore(double score, int64_t row, int64_t j) const;
  double getBroadcast(const Tensor &tensor, int64_t row, int64_t j) const;

  const Tensor &query, &key, &value;
  Operands<double> addends;
  const Tensor *keep; ///< Null without a mask.
  double scale;
  Rounding round; ///< Of weights; null if they are f32.
  double masked;
  int64_t queries, keys, features, width;
};
} // namespace

/// The element of a tensor that broadcasts to the scores.
double Attention::getBroadcast(const Tensor &tensor, int64_t row,
                               int64_t j) const {
  // The index of the score, from the last dimension to the first.
  SmallVector<int64_t> index = {j};
  int64_t rest = row;
  for (size_t dim = query.shape.size() - 1; dim-- > 0;) {
    index.push_back(rest % query.shape[dim]);
    rest /= query.shape[dim];
  }
  int64_t offset = 0, stride = 1;
  for (auto [extent, position] :
       llvm::zip(llvm::reverse(tensor.shape), index)) {
    offset += extent == 1 ? 0 : position * stride;
    stride *= extent;
  }
  return tensor.data[offset];
}

/// What goes into the softmax, of the product's score.
double Attention::getScore(double score, int64_t row, int64_t j) const {
  if (keep && getBroadcast(*keep, row, j) == 0)
    return masked;
  for (const Tensor *addend : addends)
    score += getBroadcast(*addend, row, j);
  return score;
}

void Attention::computeRow(int64_t row, double *out) const {
  int64_t matrix = row / queries;
  const double *q = &query.data[row * features];
  std::vector<double> scores(keys);
  for (int64_t j = 0; j < keys; ++j) {
    const double *k = &key.data[(matrix * keys + j) * features];
    double sum = 0;
    for (int64_t c = 0; c < features; ++c)
      sum += q[c] * k[c];
    scores[j] = getScore(scale * sum, row, j);
  }
  double largest = *llvm::max_element(scores), total = 0;
  std::fill_n(out, width, 0.0);
  for (int64_t j = 0; j < keys; ++j) {
    double weight = std::exp(scores[j] - largest);
    if (round)
      weight = round(weight);
    total += weight;
    const double *v = &value.data[(matrix * keys + j) * width];
    for (int64_t d = 0; d < width; ++d)
      out[d] += weight * v[d];
  }
  for (int64_t d = 0; d < width; ++d)
    out[d] /= total;
}

std::optional<Tensor> weights::evaluateAttention(Operation *op,
                                                 Operands<double> operands,
                                                 ArrayRef<int64_t> shape) {
  auto attention = dyn_cast<nn::AttentionOp>(op);
  if (!attention)
    return std::nullopt;
  Attention rows(attention, operands);
  Tensor result(shape);
  llvm::parallelFor(0, rows.countRows(), [&](size_t row) {
    rows.computeRow(row, &result.data[row * shape.back()]);
  });
  return result;
}
