//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The page is Page.html with the report in it.
//
//===----------------------------------------------------------------------===//

#include "Template.h"
#include "vitrail/Report/Report.h"

#include "PageText.inc"

namespace json = llvm::json;
using namespace vitrail;

/// Adds what the template cannot find out: whether something is so, and sums.
static void prepare(json::Object &object) {
  if (const json::Array *misses = object.getArray("misses"))
    object["isMissed"] = !misses->empty();
  if (const json::Array *reads = object.getArray("reads"))
    object["hasReads"] = !reads->empty();
  if (const json::Array *tensors = object.getArray("tensors"))
    object["isUsed"] = !tensors->empty();
  if (auto times = object.getInteger("times"); object.get("steps") && times)
    object["repeats"] = *times > 1;
  auto first = object.getInteger("first"), last = object.getInteger("last");
  if (first && last) {
    object["length"] = *last - *first + 1;
    object["from"] = *first + 1;
    object["to"] = *last + 1;
  }
}

static void prepareAll(json::Value &value) {
  if (json::Array *array = value.getAsArray())
    llvm::for_each(*array, prepareAll);
  json::Object *object = value.getAsObject();
  if (!object)
    return;
  for (auto &[key, member] : *object)
    prepareAll(member);
  prepare(*object);
}

void vitrail::writeReportPage(json::Value report, llvm::raw_ostream &output) {
  prepareAll(report);
  json::Object &all = *report.getAsObject();
  all["hasDevice"] = all.getArray("device") != nullptr;
  all["isAnythingMissed"] = !all.getArray("missed")->empty();
  renderTemplate(pageText, report, output);
}
