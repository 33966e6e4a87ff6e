//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which variant of a program a context runs.
//
//===----------------------------------------------------------------------===//

#include "Context.h"
#include "CpuFeatures.h"

#include <stdlib.h>
#include <string.h>

using namespace vitrail::runtime;

namespace {
/// Variants that come into question, and the device that the caller wants.
struct Choice {
  const Variant *begin, *end;
  char kind[16]; ///< "auto", "cpu", or a driver's name
  int32_t index;

  bool isAutomatic() const { return strcmp(kind, "auto") == 0; }
};
} // namespace

/// Looks at the one variant that the environment wants, if there is a choice.
static vitrail_status readEnvironment(vitrail_context &context,
                                      Choice &choice) {
  const Program &program = *context.program;
  choice.begin = program.variants;
  choice.end = choice.begin + program.numVariants;
  const char *wanted = getenv("VITRAIL_TARGET");
  if (!wanted || program.numVariants == 1)
    return VITRAIL_OK;
  while (choice.begin != choice.end &&
         strcmp(choice.begin->target, wanted) != 0)
    ++choice.begin;
  if (choice.begin != choice.end) {
    choice.end = choice.begin + 1;
    return VITRAIL_OK;
  }
  context.message.report("VITRAIL_TARGET is '%s', which is none of the "
                         "library's targets %s",
                         wanted, program.info->target);
  return VITRAIL_INVALID_ARGUMENT;
}

/// Reads "auto", "cpu", "cuda", "cuda:1" and so on.
static vitrail_status readDevice(vitrail_context &context, const char *device,
                                 Choice &choice) {
  if (!device || !*device)
    device = "auto";
  const char *colon = strchr(device, ':');
  size_t length = colon ? size_t(colon - device) : strlen(device);
  bool isRight = length < sizeof(choice.kind);
  if (isRight) {
    memcpy(choice.kind, device, length);
    choice.kind[length] = '\0';
    bool isDriver =
        !strcmp(choice.kind, "cuda") || !strcmp(choice.kind, "opencl");
    isRight = isDriver ||
              (!colon && (choice.isAutomatic() || !strcmp(choice.kind, "cpu")));
  }
  choice.index = 0;
  if (isRight && colon) {
    char *end = nullptr;
    long index = strtol(colon + 1, &end, 10);
    isRight = end != colon + 1 && !*end && index >= 0 && index < 1 << 16;
    choice.index = static_cast<int32_t>(index);
  }
  if (isRight)
    return VITRAIL_OK;
  context.message.report(
      "device is '%s', must be auto, cpu, cuda:N or opencl:N", device);
  return VITRAIL_INVALID_ARGUMENT;
}

/// Takes the first variant that the processor runs.
static vitrail_status chooseProcessor(vitrail_context &context,
                                      const Choice &choice) {
  const char *missing = nullptr, *target = nullptr;
  FeatureState state = FeatureState::Absent;
  for (const Variant *variant = choice.begin; variant != choice.end;
       ++variant) {
    if (variant->driver)
      continue;
    target = variant->target;
    missing = findMissingCpuFeature(variant->cpuFeatures, state);
    if (missing)
      continue;
    context.variant = variant;
    return VITRAIL_OK;
  }
  if (!target) {
    context.message.report("the library has no kernels for the processor; its "
                           "targets are %s",
                           context.program->info->target);
    return VITRAIL_INVALID_ARGUMENT;
  }
  // The last needs the least.
  context.message.report("%s '%s', which the library's target '%s' needs",
                         state == FeatureState::Refused
                             ? "the system does not let this process use"
                             : "this processor lacks",
                         missing, target);
  return VITRAIL_UNSUPPORTED_CPU;
}

static bool hasProcessor(const Choice &choice) {
  for (const Variant *variant = choice.begin; variant != choice.end; ++variant)
    if (!variant->driver)
      return true;
  return false;
}

/// Takes the first variant whose device can be opened. The status is that of
/// the last one that could not.
static vitrail_status chooseDevice(vitrail_context &context,
                                   const Choice &choice, void *stream,
                                   bool &hasVariant) {
  vitrail_status status = VITRAIL_INVALID_ARGUMENT;
  hasVariant = false;
  for (const Variant *variant = choice.begin; variant != choice.end;
       ++variant) {
    if (!variant->driver)
      continue;
    if (!choice.isAutomatic() && strcmp(choice.kind, variant->driver->name))
      continue;
    hasVariant = true;
    context.message.clear();
    bool isAnyKind = !choice.isAutomatic() || !hasProcessor(choice);
    status = context.device.open(
        *variant->driver, {choice.index, isAnyKind, stream}, context.message);
    if (status != VITRAIL_OK)
      continue;
    context.variant = variant;
    return VITRAIL_OK;
  }
  if (!hasVariant && !choice.isAutomatic())
    context.message.report("the library has no kernels for '%s'; its targets "
                           "are %s",
                           choice.kind, context.program->info->target);
  return status;
}

vitrail_status vitrail::runtime::chooseVariant(vitrail_context &context,
                                               const vitrail_options &options) {
  Choice choice;
  vitrail_status status = readEnvironment(context, choice);
  if (status == VITRAIL_OK)
    status = readDevice(context, options.device, choice);
  if (status != VITRAIL_OK)
    return status;
  if (choice.isAutomatic() && options.stream) {
    context.message.report("a stream is of a device, but device is auto");
    return VITRAIL_INVALID_ARGUMENT;
  }
  if (strcmp(choice.kind, "cpu") == 0)
    return chooseProcessor(context, choice);
  bool hasVariant = false;
  status = chooseDevice(context, choice, options.stream, hasVariant);
  if (status == VITRAIL_OK || !choice.isAutomatic() ||
      (hasVariant && !hasProcessor(choice)))
    return status;
  if (!hasVariant)
    return chooseProcessor(context, choice);
  // The reason stands in the message.
  status = chooseProcessor(context, choice);
  if (status == VITRAIL_OK)
    context.message.prepend("runs on the processor: ");
  return status;
}
