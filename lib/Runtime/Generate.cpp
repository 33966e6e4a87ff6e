//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From source sequences to generated ones: runs the entries of a model under a
// search.
//
//===----------------------------------------------------------------------===//

#include "Context.h"
#include "Search.h"

#include <math.h>
#include <stdlib.h>

using namespace vitrail::runtime;

/// Checks the options and fills in what they leave out.
static vitrail_status resolveOptions(vitrail_context &context,
                                     const vitrail_generate_options &given,
                                     SearchOptions &options) {
  const vitrail_generate_info &info = *context.program->info->generate;
  long long maxBatch = context.maxBatch;
  if (given.beams < 0 || given.beams > maxBatch) {
    context.message.report("beams is %d, must be 1 to %lld, the context's "
                           "max_batch, or 0 for 1",
                           given.beams, maxBatch);
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (given.max_length < 0 || given.max_length > info.max_length) {
    context.message.report("max_length is %d, must be 1 to %d, or 0 for %d",
                           given.max_length, info.max_length, info.max_length);
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (!(given.length_penalty >= 0) || isinf(given.length_penalty)) {
    context.message.report("length_penalty is %g, must be a finite number of "
                           "at least 0",
                           static_cast<double>(given.length_penalty));
    return VITRAIL_INVALID_ARGUMENT;
  }
  options.beams = given.beams ? given.beams : 1;
  options.maxLength = given.max_length ? given.max_length : info.max_length;
  options.alpha = static_cast<double>(given.length_penalty);
  options.end = info.end;
  options.pad = info.pad;
  options.vocabularySize = info.vocabulary_size;
  return VITRAIL_OK;
}

static vitrail_status checkArguments(vitrail_context &context, int64_t batch,
                                     const int32_t *source,
                                     const int32_t *tokens) {
  if (batch < 1)
    context.message.report("batch is %lld, must be at least 1",
                           static_cast<long long>(batch));
  else if (!source)
    context.message.report("source is null");
  else if (!tokens)
    context.message.report("tokens is null");
  else
    return VITRAIL_OK;
  return VITRAIL_INVALID_ARGUMENT;
}

namespace {

/// As many sources as a context has room for at a time, each with its beams.
class Group {
public:
  Group(vitrail_context &context, const SearchOptions &options)
      : context(context), info(*context.program->info->generate),
        options(options) {}
  Group(const Group &) = delete;
  ~Group();

  /// Makes room for `count` sources.
  vitrail_status allocate(int64_t count);

  /// Generates for `count` sources.
  vitrail_status run(int64_t count, const int32_t *source, int32_t *tokens,
                     int32_t *lengths, float *results);

private:
  template <typename T> bool allocate(T *&pointer, int64_t count) {
    pointer = static_cast<T *>(calloc(count, sizeof(T)));
    return pointer;
  }
  void start(int64_t count, int32_t *tokens);
  vitrail_status encode(int64_t count, const int32_t *source);
  vitrail_status step(int64_t count, int32_t length);
  vitrail_status reorder(int64_t rows);

  vitrail_context &context;
  const vitrail_generate_info &info;
  const SearchOptions &options;

  // For each beam of each source.
  float *tokenScores = nullptr;
  int32_t *next = nullptr, *parents = nullptr;
  int64_t *rowParents = nullptr;
  double *scores = nullptr;
  int32_t *histories = nullptr, *nextHistories = nullptr;
  Beams::Candidate *candidates = nullptr;

  Beams *searches = nullptr; ///< One for each source.
};

} // namespace

vitrail_status Group::allocate(int64_t count) {
  int64_t rows = count * options.beams;
  if (allocate(tokenScores, rows * options.vocabularySize) &&
      allocate(next, rows) && allocate(parents, rows) &&
      allocate(rowParents, rows) && allocate(scores, rows) &&
      allocate(histories, rows * options.maxLength) &&
      allocate(nextHistories, rows * options.maxLength) &&
      allocate(candidates, 2 * rows) && allocate(searches, count))
    return VITRAIL_OK;
  uint64_t sizeOfRow = options.vocabularySize * sizeof(float) +
                       2 * options.maxLength * sizeof(int32_t);
  return outOfMemory(context, "sequences", rows * sizeOfRow);
}

Group::~Group() {
  free(tokenScores);
  free(next);
  free(parents);
  free(rowParents);
  free(scores);
  free(histories);
  free(nextHistories);
  free(candidates);
  free(searches);
}

void Group::start(int64_t count, int32_t *tokens) {
  for (int64_t i = 0; i < count; ++i) {
    int64_t row = i * options.beams;
    Beams &search = searches[i];
    search.scores = scores + row;
    search.tokens = histories + row * options.maxLength;
    search.nextTokens = nextHistories + row * options.maxLength;
    search.candidates = candidates + 2 * row;
    search.best = tokens + i * options.maxLength;
    search.start(options);
  }
  for (int64_t row = 0; row < count * options.beams; ++row) {
    next[row] = info.start;
    rowParents[row] = row / options.beams;
  }
}

/// Runs the encoder; afterwards each beam has its source's state.
vitrail_status Group::encode(int64_t count, const int32_t *source) {
  const void *inputs[] = {source};
  vitrail_status status = runEntry(*context.program, &context, info.encode,
                                   count, inputs, nullptr, VITRAIL_HOST_MEMORY);
  return status == VITRAIL_OK ? reorder(count * options.beams) : status;
}

vitrail_status Group::reorder(int64_t rows) {
  if (options.beams == 1 || context.program->info->num_states == 0)
    return VITRAIL_OK;
  return vitrail_runtime_reorder(context.program, &context, rows, rowParents);
}

/// Runs one step, after `length` tokens, and decides on the next ones.
vitrail_status Group::step(int64_t count, int32_t length) {
  const void *inputs[] = {next};
  void *outputs[] = {tokenScores};
  int64_t rows = count * options.beams;
  vitrail_status status = runEntry(*context.program, &context, info.step, rows,
                                   inputs, outputs, VITRAIL_HOST_MEMORY);
  if (status != VITRAIL_OK)
    return status;
  for (int64_t i = 0; i < count; ++i) {
    int64_t row = i * options.beams;
    searches[i].advance(options, tokenScores + row * options.vocabularySize,
                        length, parents + row, next + row);
    for (int64_t beam = 0; beam < options.beams; ++beam)
      rowParents[row + beam] = row + parents[row + beam];
  }
  return reorder(rows);
}

vitrail_status Group::run(int64_t count, const int32_t *source, int32_t *tokens,
                          int32_t *lengths, float *results) {
  start(count, tokens);
  vitrail_status status = encode(count, source);
  int32_t length = 0;
  bool isDone = false;
  while (status == VITRAIL_OK && !isDone && length < options.maxLength) {
    status = step(count, length);
    ++length;
    isDone = true;
    for (int64_t i = 0; i < count; ++i)
      isDone &= searches[i].isDone;
  }
  for (int64_t i = 0; status == VITRAIL_OK && i < count; ++i) {
    searches[i].finish(options, length);
    if (lengths)
      lengths[i] = searches[i].bestLength;
    if (results)
      results[i] = static_cast<float>(searches[i].bestScore);
  }
  return status;
}

vitrail_status vitrail_runtime_generate(const Program *program,
                                        vitrail_context *context, int64_t batch,
                                        const int32_t *source,
                                        const vitrail_generate_options *given,
                                        int32_t *tokens, int32_t *lengths,
                                        float *scores) {
  vitrail_status status = beginCall(*program, context);
  if (status == VITRAIL_OK)
    status = checkArguments(*context, batch, source, tokens);
  SearchOptions options;
  if (status == VITRAIL_OK)
    status = resolveOptions(
        *context, given ? *given : vitrail_generate_options{}, options);
  if (status != VITRAIL_OK)
    return status;

  int64_t sourceLength = program->info->generate->source_length;
  int64_t room = context->maxBatch / options.beams;
  Group group(*context, options);
  status = group.allocate(batch < room ? batch : room);
  for (int64_t i = 0; status == VITRAIL_OK && i < batch; i += room) {
    int64_t count = batch - i < room ? batch - i : room;
    status = group.run(
        count, source + i * sourceLength, tokens + i * options.maxLength,
        lengths ? lengths + i : nullptr, scores ? scores + i : nullptr);
  }
  return status;
}
