//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Greedy search and beam search.
//
//===----------------------------------------------------------------------===//

#include "Search.h"

#include <math.h>
#include <string.h>

using namespace vitrail::runtime;

double vitrail::runtime::getLengthPenalty(int64_t length, double alpha) {
  return pow((5.0 + static_cast<double>(length)) / 6.0, alpha);
}

double vitrail::runtime::getLogSum(const float *scores, int64_t count) {
  double largest = -HUGE_VAL;
  for (int64_t i = 0; i < count; ++i)
    if (static_cast<double>(scores[i]) > largest)
      largest = static_cast<double>(scores[i]);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i)
    sum += exp(static_cast<double>(scores[i]) - largest);
  return largest + log(sum);
}

void Beams::start(const SearchOptions &options) {
  // All beams begin with the same token: only one of them counts.
  for (int32_t beam = 0; beam < options.beams; ++beam)
    scores[beam] = beam == 0 ? 0 : -HUGE_VAL;
  bestLength = 0;
  bestScore = -HUGE_VAL;
  hasBest = isDone = false;
}

/// The best continuations of all beams, the best first; of equal ones that of
/// the first beam with the lowest token. Returns how many there are. Twice as
/// many as there are beams leave enough that do not end; greedy search takes
/// the best one, whatever it is. Scores that are no numbers are passed over.
int64_t Beams::collect(const SearchOptions &options, const float *tokenScores) {
  int64_t limit = options.beams == 1 ? 1 : int64_t(2) * options.beams;
  int64_t count = 0;
  for (int32_t beam = 0; beam < options.beams; ++beam) {
    if (scores[beam] == -HUGE_VAL)
      continue;
    const float *row = tokenScores + beam * options.vocabularySize;
    double offset = scores[beam] - getLogSum(row, options.vocabularySize);
    for (int64_t token = 0; token < options.vocabularySize; ++token) {
      double score = static_cast<double>(row[token]) + offset;
      double worst = count < limit ? -HUGE_VAL : candidates[limit - 1].score;
      if (!(score > worst))
        continue;
      int64_t at = count < limit ? count++ : limit - 1;
      for (; at > 0 && candidates[at - 1].score < score; --at)
        candidates[at] = candidates[at - 1];
      candidates[at] = {score, beam, static_cast<int32_t>(token)};
    }
  }
  return count;
}

/// Ended sequences are no beams: one of them is kept, the best.
void Beams::keepEnded(const SearchOptions &options, const Candidate &candidate,
                      int32_t length) {
  double score = candidate.score / getLengthPenalty(length + 1, options.alpha);
  if (hasBest && !(score > bestScore))
    return;
  memcpy(best, tokens + int64_t(candidate.beam) * options.maxLength,
         length * sizeof(int32_t));
  bestLength = length;
  bestScore = score;
  hasBest = true;
}

void Beams::advance(const SearchOptions &options, const float *tokenScores,
                    int32_t length, int32_t *parents, int32_t *next) {
  int32_t alive = 0;
  int64_t count = isDone ? 0 : collect(options, tokenScores);
  for (int64_t i = 0; i < count; ++i) {
    const Candidate &candidate = candidates[i];
    if (candidate.token == options.end) {
      keepEnded(options, candidate, length);
      continue;
    }
    if (alive == options.beams)
      continue;
    int32_t *row = nextTokens + int64_t(alive) * options.maxLength;
    memcpy(row, tokens + int64_t(candidate.beam) * options.maxLength,
           length * sizeof(int32_t));
    row[length] = candidate.token;
    scores[alive] = candidate.score;
    parents[alive] = candidate.beam;
    next[alive] = candidate.token;
    ++alive;
  }
  for (int32_t beam = alive; beam < options.beams; ++beam) {
    scores[beam] = -HUGE_VAL;
    parents[beam] = beam;
    next[beam] = options.pad;
  }
  if (isDone)
    return;
  int32_t *last = tokens;
  tokens = nextTokens;
  nextTokens = last;
  // Log-probabilities only fall, and the penalty only grows: no beam can come
  // to more than this.
  double bound = scores[0] / getLengthPenalty(options.maxLength, options.alpha);
  isDone = alive == 0 || (hasBest && bestScore >= bound);
}

void Beams::finish(const SearchOptions &options, int32_t length) {
  if (!hasBest && scores[0] > -HUGE_VAL) {
    memcpy(best, tokens, length * sizeof(int32_t));
    bestLength = length;
    bestScore = scores[0] / getLengthPenalty(length, options.alpha);
  }
  for (int32_t i = bestLength; i < options.maxLength; ++i)
    best[i] = options.pad;
}
