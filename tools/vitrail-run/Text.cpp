//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From text to tokens and back.
//
//===----------------------------------------------------------------------===//

#include "Text.h"
#include "Devices.h"
#include "Execution.h"

#include <algorithm>

using namespace vitrail::driver;

static bool isSpecial(const vitrail_generate_info &info, int64_t token) {
  return token == info.start || token == info.end || token == info.pad;
}

/// The longest token that `rest` begins with.
static std::optional<int32_t> findToken(const vitrail_generate_info &info,
                                        std::string_view rest) {
  std::optional<int32_t> found;
  size_t length = 0;
  for (int64_t token = 0; token < info.vocabulary_size; ++token) {
    std::string_view text = info.vocabulary[token];
    if (isSpecial(info, token) || text.size() <= length ||
        !rest.starts_with(text))
      continue;
    found = static_cast<int32_t>(token);
    length = text.size();
  }
  return found;
}

static bool continuesCharacter(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// The first character of a text in UTF-8.
static std::string_view getCharacter(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && continuesCharacter(text[size]))
    ++size;
  return text.substr(0, size);
}

std::vector<int32_t>
vitrail::driver::encodeText(const vitrail_generate_info &info,
                            const std::string &text) {
  std::vector<int32_t> tokens;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::optional<int32_t> token = findToken(info, rest);
    if (!token) {
      std::string_view before =
          std::string_view(text).substr(0, text.size() - rest.size());
      auto numContinued =
          std::count_if(before.begin(), before.end(), continuesCharacter);
      failUsage("the model has no token for '{}', character {} of '{}'",
                getCharacter(rest),
                static_cast<int64_t>(before.size()) - numContinued + 1, text);
    }
    tokens.push_back(*token);
    rest.remove_prefix(std::string_view(info.vocabulary[*token]).size());
  }
  auto length = static_cast<int64_t>(tokens.size());
  if (length == 0)
    failUsage("--text: the text is empty");
  if (length > info.source_length)
    failUsage("'{}' has {} tokens, but the model takes at most {}", text,
              length, info.source_length);
  tokens.resize(static_cast<size_t>(info.source_length), info.pad);
  return tokens;
}

std::string vitrail::driver::decodeTokens(const vitrail_generate_info &info,
                                          std::span<const int32_t> tokens) {
  std::string text;
  for (int32_t token : tokens)
    if (!isSpecial(info, token))
      text += info.vocabulary[token];
  return text;
}

void vitrail::driver::generateTexts(const Model &model,
                                    const Options &options) {
  const vitrail_generate_info *info = model.info().generate;
  if (!info)
    failUsage("--text: the model does not generate sequences");
  if (!info->vocabulary)
    failUsage("--text: the model does not say what its tokens stand for");
  std::vector<int32_t> sources;
  for (const std::string &text : options.texts) {
    std::vector<int32_t> source = encodeText(*info, text);
    sources.insert(sources.end(), source.begin(), source.end());
  }

  std::vector<std::string> devices = listDevices(model, options);
  if (devices.size() > 1)
    failUsage("--text runs on one device, not on {}", devices.size());

  vitrail_generate_options search = {};
  search.beams = options.beams;
  search.max_length = options.maxLength;
  search.length_penalty = options.lengthPenalty;
  auto batch = static_cast<int64_t>(options.texts.size());
  auto limit = static_cast<size_t>(search.max_length ? search.max_length
                                                     : info->max_length);
  // Room for all beams of all texts, if there is so much.
  int64_t rows = batch * std::max(search.beams, 1);
  Context context(model, makeOptions(options, devices.front(),
                                     std::min(rows, model.info().max_batch)));
  std::vector<int32_t> tokens(options.texts.size() * limit);
  std::vector<int32_t> lengths(options.texts.size());
  context.generate(batch, sources.data(), search, tokens.data(),
                   lengths.data());
  for (size_t i = 0; i < lengths.size(); ++i)
    fmt::print(
        "{}\n",
        decodeTokens(*info, std::span(tokens).subspan(
                                i * limit, static_cast<size_t>(lengths[i]))));
}
