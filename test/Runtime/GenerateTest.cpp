//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States and generation on a program written by hand. Its scores are a function
// of the source and of all tokens before, by way of a state that each sample
// has and one that all share, so that whatever a search confuses shows. What it
// finds is compared with all sequences there are.
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "vitrail/Runtime/Program.h"

#include <HalideRuntime.h>
#include <math.h>
#include <stdint.h>

using namespace vitrail::runtime;

static constexpr int64_t maxBatch = 64, sourceLength = 2;
static constexpr int32_t numTokens = 4, maxLength = 4;
static constexpr int32_t startToken = 1, endToken = 2, padToken = 3;

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

/// What a sample's state becomes by a token.
static int32_t mix(int32_t state, int32_t token) {
  uint32_t bits = static_cast<uint32_t>(state) ^
                  (static_cast<uint32_t>(token) + 1) * 0x9e3779b9u;
  bits = (bits ^ (bits >> 16)) * 0x85ebca6bu;
  bits = (bits ^ (bits >> 13)) * 0xc2b2ae35u;
  return static_cast<int32_t>(bits ^ (bits >> 16));
}

static bool givesNaN = false;

static float score(int32_t state, int32_t position, int32_t token) {
  if (givesNaN)
    return NAN;
  int32_t bits = mix(mix(state, position), token + 17);
  return static_cast<float>(static_cast<uint32_t>(bits) >> 12) / 262144.0f;
}

static int32_t encodeSource(const int32_t *source) {
  return mix(mix(0, source[0]), source[1]);
}

static halide_buffer_t *get(void **arguments, int i) {
  return static_cast<halide_buffer_t *>(arguments[i]);
}

static int32_t *integers(void **arguments, int i) {
  return reinterpret_cast<int32_t *>(get(arguments, i)->host);
}

/// Source, states of samples, position.
static int encodeKernel(void **arguments) {
  for (int32_t i = 0; i < get(arguments, 1)->dim[1].extent; ++i)
    integers(arguments, 2)[i] =
        encodeSource(integers(arguments, 1) + i * sourceLength);
  *integers(arguments, 3) = 0;
  return 0;
}

/// Tokens, states of samples, position, scores.
static int stepKernel(void **arguments) {
  auto *scores = reinterpret_cast<float *>(get(arguments, 4)->host);
  int32_t position = *integers(arguments, 3);
  for (int32_t i = 0; i < get(arguments, 1)->dim[0].extent; ++i) {
    int32_t &state = integers(arguments, 2)[i];
    state = mix(state, integers(arguments, 1)[i]);
    for (int32_t token = 0; token < numTokens; ++token)
      *scores++ = score(state, position, token);
  }
  ++*integers(arguments, 3);
  return 0;
}

static const Dimension rows[] = {{sourceLength, 1}, {-1, sourceLength}};
static const Dimension samples[] = {{-1, 1}};
static const Dimension table[] = {{numTokens, 1}, {-1, numTokens}};
static const Buffer codes = {Place::State, 0, 0, VITRAIL_I32, 1, samples};
static const Buffer position = {Place::State, 1, 64, VITRAIL_I32, 0, nullptr};
static const Buffer encodeBuffers[] = {
    {Place::Input, 0, 0, VITRAIL_I32, 2, rows}, codes, position};
static const Buffer stepBuffers[] = {
    {Place::Input, 0, 0, VITRAIL_I32, 1, samples},
    codes,
    position,
    {Place::Output, 0, 0, VITRAIL_F32, 2, table}};
static const Buffer lookBuffers[] = {
    codes, {Place::Output, 0, 0, VITRAIL_I32, 1, samples}};
static const Step steps[] = {{encodeKernel, "encode", encodeBuffers, 3},
                             {stepKernel, "step", stepBuffers, 4},
                             {nullptr, "copy", lookBuffers, 2}};
static const Entry entries[] = {{steps, 1}, {steps + 1, 1}, {steps + 2, 1}};

static const int64_t rowsShape[] = {-1, sourceLength}, samplesShape[] = {-1},
                     tableShape[] = {-1, numTokens};
static const vitrail_tensor_info source = {"src", VITRAIL_I32, 2, rowsShape,
                                           nullptr};
static const vitrail_tensor_info token = {"token", VITRAIL_I32, 1, samplesShape,
                                          nullptr};
static const vitrail_tensor_info scores = {"scores", VITRAIL_F32, 2, tableShape,
                                           nullptr};
static const vitrail_tensor_info states[] = {
    {"codes", VITRAIL_I32, 1, samplesShape, nullptr},
    {"position", VITRAIL_I32, 0, nullptr, nullptr}};
static const vitrail_entry_info entryInfos[] = {
    {"encode", 1, 0, &source, nullptr},
    {"step", 1, 1, &token, &scores},
    {"look", 0, 1, nullptr, &token}};
static const vitrail_generate_info generateInfo = {
    0,         1,      startToken, endToken, padToken, maxLength, sourceLength,
    numTokens, nullptr};
static vitrail_model_info info = {VITRAIL_ABI, "chain",      "vitrail test",
                                  "test",      maxBatch,     0,
                                  0,           nullptr,      3,
                                  entryInfos,  128,          2,
                                  states,      &generateInfo};
static const char *noFeatures[] = {nullptr};
static const State statePlaces[] = {{0, 4, true}, {64, 4, false}};
static const Variant variant = {"test", noFeatures, entries};
static Program program = {&info, &variant, 1, nullptr, 0, statePlaces};

static vitrail_context *create(int64_t batch) {
  vitrail_options options = {.threads = 1, .max_batch = batch};
  vitrail_context *context = nullptr;
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  return context;
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// Checks what the state of the first `count` samples is.
static void checkCodes(vitrail_context *context, int64_t count,
                       const int32_t *expected) {
  int32_t actual[maxBatch];
  void *outputs[] = {actual};
  CHECK(vitrail_runtime_run(&program, context, 2, count, nullptr, outputs) ==
        VITRAIL_OK);
  CHECK(memcmp(actual, expected, count * sizeof(int32_t)) == 0);
}

static void testStates() {
  vitrail_context *context = create(4);
  const int32_t zeros[4] = {};
  checkCodes(context, 4, zeros);

  const int32_t given[] = {5, 6, 7, 8, 9, 10};
  const void *inputs[] = {given};
  CHECK(vitrail_runtime_run(&program, context, 0, 3, inputs, nullptr) ==
        VITRAIL_OK);
  int32_t a = encodeSource(given), b = encodeSource(given + 2),
          c = encodeSource(given + 4);
  const int32_t encoded[] = {a, b, c, 0};
  checkCodes(context, 4, encoded);

  // To more samples than there were, and to fewer.
  const int64_t more[] = {2, 0, 0, 1};
  CHECK(vitrail_runtime_reorder(&program, context, 4, more) == VITRAIL_OK);
  const int32_t reordered[] = {c, a, a, b};
  checkCodes(context, 4, reordered);
  const int64_t fewer[] = {0, 3};
  CHECK(vitrail_runtime_reorder(&program, context, 2, fewer) == VITRAIL_OK);
  const int32_t again[] = {c, b, a, b};
  checkCodes(context, 4, again);
  const int64_t same[] = {0, 1, 2, 3};
  CHECK(vitrail_runtime_reorder(&program, context, 4, same) == VITRAIL_OK);
  checkCodes(context, 4, again);

  CHECK(vitrail_runtime_reset(&program, context) == VITRAIL_OK);
  checkCodes(context, 4, zeros);
  vitrail_runtime_destroy(context);
  puts("states");
}

static void testRefusedStates() {
  vitrail_context *context = create(4);
  auto refuse = [&](int64_t count, const int64_t *parents,
                    const char *message) {
    CHECK(vitrail_runtime_reorder(&program, context, count, parents) ==
          VITRAIL_INVALID_ARGUMENT);
    CHECK_TEXT(vitrail_runtime_message(context), message);
  };
  const int64_t parents[] = {0, 4, -1};
  refuse(0, parents, "count is 0, must be 1 to 4");
  refuse(5, parents, "count is 5, must be 1 to 4");
  refuse(1, nullptr, "parents is null");
  refuse(2, parents, "parent 1 is 4, must be 0 to 3");
  const int64_t negative[] = {-1};
  refuse(1, negative, "parent 0 is -1, must be 0 to 3");
  CHECK(vitrail_runtime_reorder(&program, nullptr, 1, parents) ==
        VITRAIL_INVALID_ARGUMENT);
  CHECK(vitrail_runtime_reset(&program, nullptr) == VITRAIL_INVALID_ARGUMENT);

  Program other = program;
  CHECK(vitrail_runtime_reset(&other, context) == VITRAIL_INVALID_ARGUMENT);
  CHECK_TEXT(vitrail_runtime_message(context),
             "the context belongs to model 'chain', not to 'chain'");
  vitrail_runtime_destroy(context);

  info.state_size = UINT64_MAX / 8;
  CHECK(vitrail_runtime_create(&program, &context, nullptr) ==
        VITRAIL_OUT_OF_MEMORY);
  CHECK(strstr(vitrail_runtime_message(context), "out of memory: states ("));
  vitrail_runtime_destroy(context);
  info.state_size = 128;
  puts("refused states");
}

//===----------------------------------------------------------------------===//
// Generation
//===----------------------------------------------------------------------===//

namespace {
struct Sequence {
  int32_t tokens[maxLength];
  int32_t length = 0;
  double score = -HUGE_VAL;
};
} // namespace

static double getLogProbability(int32_t state, int32_t position,
                                int32_t token) {
  double sum = 0;
  for (int32_t other = 0; other < numTokens; ++other)
    sum += exp(static_cast<double>(score(state, position, other)));
  return static_cast<double>(score(state, position, token)) - log(sum);
}

static double penalise(double score, int32_t count, double alpha) {
  return score / pow((5.0 + count) / 6.0, alpha);
}

/// One token after the other, the most probable each time.
static Sequence searchGreedily(const int32_t *source, int32_t limit,
                               double alpha) {
  Sequence result;
  int32_t state = encodeSource(source), last = startToken;
  double total = 0;
  for (int32_t position = 0; position < limit; ++position) {
    state = mix(state, last);
    int32_t best = 0;
    for (int32_t token = 1; token < numTokens; ++token)
      if (score(state, position, token) > score(state, position, best))
        best = token;
    total += getLogProbability(state, position, best);
    result.score = penalise(total, position + 1, alpha);
    if (best == endToken)
      break;
    result.tokens[result.length++] = last = best;
  }
  return result;
}

/// Tries all sequences that begin with `tokens` and end within `limit` steps.
static void tryAll(Sequence tokens, int32_t state, double total, int32_t limit,
                   double alpha, Sequence &best) {
  int32_t position = tokens.length;
  if (position == limit)
    return;
  state = mix(state, position == 0 ? startToken : tokens.tokens[position - 1]);
  double ended = penalise(total + getLogProbability(state, position, endToken),
                          position + 1, alpha);
  if (ended > best.score) {
    best = tokens;
    best.score = ended;
  }
  for (int32_t token = 0; token < numTokens; ++token) {
    if (token == endToken)
      continue;
    Sequence longer = tokens;
    longer.tokens[longer.length++] = token;
    tryAll(longer, state, total + getLogProbability(state, position, token),
           limit, alpha, best);
  }
}

static void checkSequence(const Sequence &expected, const int32_t *tokens,
                          int32_t length, float score, int32_t limit) {
  CHECK(length == expected.length);
  for (int32_t i = 0; i < limit; ++i)
    CHECK(tokens[i] == (i < length ? expected.tokens[i] : padToken));
  CHECK(fabs(static_cast<double>(score) - expected.score) < 1e-5);
}

static constexpr int64_t numSources = 40;

static void generate(vitrail_context *context,
                     vitrail_generate_options options) {
  int32_t sources[numSources * sourceLength];
  for (int32_t i = 0; i < numSources * sourceLength; ++i)
    sources[i] = i * i % 91;
  int32_t limit = options.max_length ? options.max_length : maxLength;
  int32_t tokens[numSources * maxLength], lengths[numSources];
  float results[numSources];
  CHECK(vitrail_runtime_generate(&program, context, numSources, sources,
                                 &options, tokens, lengths,
                                 results) == VITRAIL_OK);
  CHECK_TEXT(vitrail_runtime_message(context), "");
  auto alpha = static_cast<double>(options.length_penalty);
  for (int64_t i = 0; i < numSources; ++i) {
    const int32_t *source = sources + i * sourceLength;
    Sequence expected;
    if (options.beams < 2)
      expected = searchGreedily(source, limit, alpha);
    else
      tryAll(Sequence(), encodeSource(source), 0, limit, alpha, expected);
    checkSequence(expected, tokens + i * limit, lengths[i], results[i], limit);
  }
}

static void testGreedy() {
  // In groups of all that there is room for, of 3 and of 1.
  for (int64_t room : {maxBatch, int64_t(3), int64_t(1)}) {
    vitrail_context *context = create(room);
    generate(context, {});
    generate(context, {.beams = 1, .max_length = 2});
    generate(context, {.length_penalty = 0.6f});
    vitrail_runtime_destroy(context);
  }
  puts("greedy");
}

/// Nothing is lost where twice as many beams are as many as there are
/// sequences: 27 of 3 tokens go on with one of 4. Then the search finds the
/// best of all.
static void testBeams() {
  vitrail_context *context = create(maxBatch);
  for (float alpha : {0.0f, 0.6f, 2.0f, 50.0f}) {
    generate(context, {.beams = 54, .length_penalty = alpha});
    generate(context, {.beams = 18, .max_length = 3, .length_penalty = alpha});
  }
  vitrail_runtime_destroy(context);
  puts("beams");
}

static void testUnfinished() {
  vitrail_context *context = create(maxBatch);
  const int32_t given[] = {3, 4};
  int32_t tokens[maxLength], length = -1;
  float result = 0;
  // Nothing is a number: nothing is generated, with a score of -infinity.
  givesNaN = true;
  for (int32_t beams : {1, 5}) {
    vitrail_generate_options options = {.beams = beams};
    CHECK(vitrail_runtime_generate(&program, context, 1, given, &options,
                                   tokens, &length, &result) == VITRAIL_OK);
    CHECK(length == 0 && isinf(result) && result < 0);
    for (int32_t token : tokens)
      CHECK(token == padToken);
  }
  givesNaN = false;
  // Lengths and scores need not be asked for.
  CHECK(vitrail_runtime_generate(&program, context, 1, given, nullptr, tokens,
                                 nullptr, nullptr) == VITRAIL_OK);
  vitrail_runtime_destroy(context);
  puts("unfinished");
}

static void testRefusals() {
  vitrail_context *context = create(8);
  const int32_t given[] = {3, 4};
  int32_t tokens[maxLength];
  auto refuse = [&](int64_t batch, const int32_t *source,
                    vitrail_generate_options options, int32_t *results,
                    const char *message) {
    CHECK(vitrail_runtime_generate(&program, context, batch, source, &options,
                                   results, nullptr,
                                   nullptr) == VITRAIL_INVALID_ARGUMENT);
    CHECK_TEXT(vitrail_runtime_message(context), message);
  };
  refuse(0, given, {}, tokens, "batch is 0, must be at least 1");
  refuse(1, nullptr, {}, tokens, "source is null");
  refuse(1, given, {}, nullptr, "tokens is null");
  refuse(1, given, {.beams = -1}, tokens,
         "beams is -1, must be 1 to 8, the context's max_batch, or 0 for 1");
  refuse(1, given, {.beams = 9}, tokens,
         "beams is 9, must be 1 to 8, the context's max_batch, or 0 for 1");
  refuse(1, given, {.max_length = 5}, tokens,
         "max_length is 5, must be 1 to 4, or 0 for 4");
  refuse(1, given, {.max_length = -1}, tokens,
         "max_length is -1, must be 1 to 4, or 0 for 4");
  refuse(1, given, {.length_penalty = -0.5f}, tokens,
         "length_penalty is -0.5, must be a finite number of at least 0");
  refuse(1, given, {.length_penalty = NAN}, tokens,
         "length_penalty is nan, must be a finite number of at least 0");
  refuse(1, given, {.length_penalty = HUGE_VALF}, tokens,
         "length_penalty is inf, must be a finite number of at least 0");
  CHECK(vitrail_runtime_generate(&program, nullptr, 1, given, nullptr, tokens,
                                 nullptr, nullptr) == VITRAIL_INVALID_ARGUMENT);
  vitrail_runtime_destroy(context);
  puts("refusals");
}

int main() {
  testStates();
  testRefusedStates();
  testGreedy();
  testBeams();
  testUnfinished();
  testRefusals();
}
