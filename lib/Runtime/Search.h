//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// How `generate` decides which token is next: scores of tokens, greedy search
// and beam search. Nothing here runs a model.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_SEARCH_H
#define VITRAIL_LIB_RUNTIME_SEARCH_H

#include <stdint.h>

namespace vitrail::runtime {

/// What a search does not change.
struct SearchOptions {
  int32_t beams; ///< 1: greedy.
  int32_t maxLength;
  double alpha; ///< Of the length penalty.
  int32_t end, pad;
  int64_t vocabularySize;
};

/// The length penalty of Wu et al. 2016, eq. 14, for that many tokens.
double getLengthPenalty(int64_t length, double alpha);

/// The logarithm of the sum of exponentials: what turns a score into a
/// log-probability when it is subtracted.
double getLogSum(const float *scores, int64_t count);

/// The sequences of one source. Memory is the caller's, in the sizes given.
struct Beams {
  struct Candidate {
    double score; ///< The log-probability of the sequence.
    int32_t beam;
    int32_t token;
  };

  double *scores;        ///< [beams]; -infinity for one that is no more
  int32_t *tokens;       ///< [beams, maxLength]
  int32_t *nextTokens;   ///< [beams, maxLength]
  Candidate *candidates; ///< [2 * beams]

  // The best sequence that has ended, and, when all is over, the result.
  int32_t *best; ///< [maxLength], the caller's tokens
  int32_t bestLength;
  double bestScore; ///< After the length penalty.
  bool hasBest;
  bool isDone;

  void start(const SearchOptions &options);

  /// Takes the scores of each beam's next token, [beams, vocabularySize], after
  /// `length` tokens. Fills in, for each beam, which one it now goes on from
  /// and with which token.
  void advance(const SearchOptions &options, const float *scores,
               int32_t length, int32_t *parents, int32_t *next);

  /// Decides for a sequence that has not ended where none has, and fills the
  /// rest of the result with pads.
  void finish(const SearchOptions &options, int32_t length);

private:
  int64_t collect(const SearchOptions &options, const float *scores);
  void keepEnded(const SearchOptions &options, const Candidate &candidate,
                 int32_t length);
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_SEARCH_H
