//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A system that refuses the tile registers of AMX: a library for several
// targets takes the next one, a library that has no other says why not.
//
//===----------------------------------------------------------------------===//

#include "../../lib/Runtime/CpuFeatures.h"
#include "Check.h"
#include "vitrail/Runtime/Program.h"

using namespace vitrail::runtime;

/// In place of the runtime's own.
FeatureState vitrail::runtime::getCpuFeature(const char *feature) {
  return strcmp(feature, "amx-tile") == 0 ? FeatureState::Refused
                                          : FeatureState::Usable;
}

static int succeed(void **) { return 0; }
static int fail(void **) { return 7; }
static const Step tileSteps[] = {{fail, "tiles", nullptr, 0}};
static const Step vectorSteps[] = {{succeed, "vectors", nullptr, 0}};
static const Entry tileEntry = {tileSteps, 1}, vectorEntry = {vectorSteps, 1};
static const char *tileFeatures[] = {"amx-tile", nullptr};
static const char *vectorFeatures[] = {"avx512f", nullptr};
static const Variant variants[] = {{"tiles", tileFeatures, &tileEntry},
                                   {"vectors", vectorFeatures, &vectorEntry}};
static const vitrail_entry_info entryInfo = {"forward", 0, 0, nullptr, nullptr};
static const vitrail_model_info info = {
    VITRAIL_ABI, "nothing", "vitrail test", "tiles,vectors", 1, 0, 0,
    nullptr,     1,         &entryInfo};

int main() {
  vitrail_context *context = nullptr;
  Program program = {&info, variants, 2, nullptr, 0};
  vitrail_options options = {};
  options.threads = 1;
  CHECK(vitrail_runtime_create(&program, &context, &options) == VITRAIL_OK);
  CHECK(vitrail_runtime_run(&program, context, 0, 1, nullptr, nullptr) ==
        VITRAIL_OK);
  vitrail_runtime_destroy(context);

  program.numVariants = 1;
  CHECK(vitrail_runtime_create(&program, &context, &options) ==
        VITRAIL_UNSUPPORTED_CPU);
  CHECK_TEXT(vitrail_runtime_message(context),
             "the system does not let this process use 'amx-tile', which the "
             "library's target 'tiles' needs");
  vitrail_runtime_destroy(context);
  puts("refused");
}
