//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Text in, text out: for models that generate and have a vocabulary.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_RUN_TEXT_H
#define VITRAIL_RUN_TEXT_H

#include "Model.h"
#include "Options.h"

namespace vitrail::driver {

/// The tokens of `text`, filled up with pads to the length of a source: each
/// the longest of the vocabulary that the rest of the text begins with. Special
/// tokens are none of text's.
std::vector<int32_t> encodeText(const vitrail_generate_info &info,
                                const std::string &text);

/// The text of tokens up to the end; special ones have none.
std::string decodeTokens(const vitrail_generate_info &info,
                         std::span<const int32_t> tokens);

/// Prints what the model makes of each of the options' texts, one a line.
void generateTexts(const Model &model, const Options &options);

} // namespace vitrail::driver

#endif // VITRAIL_RUN_TEXT_H
