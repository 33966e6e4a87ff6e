//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The table and its text.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Conversion/NNToHalide/TuningTable.h"

#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"

#include <limits>

namespace vitrail {

using namespace mlir;

/// Half of the hash: enough for any number of kernels, and lines that can be
/// read.
static constexpr size_t keyDigits = 32;

std::string getKernelKey(func::FuncOp kernel) {
  OwningOpRef<func::FuncOp> copy = kernel.clone();
  copy->setSymName("kernel");
  copy->setPrivate();
  (*copy)->removeAttr("nn.schedule");
  // The command line may ask for less in what people read.
  constexpr auto unlimited = std::numeric_limits<int64_t>::max();
  OpPrintingFlags flags;
  flags.enableDebugInfo(false)
      .elideLargeElementsAttrs(unlimited)
      .elideLargeResourceString(unlimited)
      .skipRegions(false)
      .printGenericOpForm()
      .useLocalScope();
  std::string text;
  llvm::raw_string_ostream os(text);
  (*copy)->print(os, flags);
  llvm::SHA256 hash;
  hash.update(text);
  return llvm::toHex(hash.final(), /*LowerCase=*/true).substr(0, keyDigits);
}

/// What `text` says; null after errors, which are reported at `loc`.
static nn::ScheduleAttr parseSchedule(StringRef text, Location loc) {
  std::string message;
  Attribute attribute;
  {
    // MLIR's places are those in `text`.
    ScopedDiagnosticHandler handler(loc.getContext(),
                                    [&](Diagnostic &diagnostic) {
                                      if (message.empty())
                                        message = diagnostic.str();
                                    });
    attribute = parseAttribute(text, loc.getContext());
  }
  if (!attribute) {
    emitError(loc) << message;
    return nullptr;
  }
  auto schedule = dyn_cast<nn::ScheduleAttr>(attribute);
  if (!schedule)
    emitError(loc) << "expected a '#nn.schedule', found '" << text << "'";
  return schedule;
}

LogicalResult TuningTable::addLine(StringRef line, Location loc) {
  StringRef fields[3];
  for (StringRef &field : fields)
    std::tie(field, line) = llvm::getToken(line);
  auto [target, key, kernel] = fields;
  if (key.size() != keyDigits || !llvm::all_of(key, llvm::isHexDigit) ||
      line.trim().empty())
    return emitError(loc) << "expected a target, a hash of " << keyDigits
                          << " digits, a kernel's name and its schedule";
  nn::ScheduleAttr schedule = parseSchedule(line.trim(), loc);
  if (!schedule)
    return failure();
  if (lookup(target, key))
    return emitError(loc) << "kernel " << key << " has another schedule";
  set(target, key, kernel, schedule);
  return success();
}

FailureOr<TuningTable> TuningTable::read(StringRef path, MLIRContext *context) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return emitError(FileLineColLoc::get(context, path, 0, 0))
           << "cannot read the file: " << buffer.getError().message();
  TuningTable table;
  unsigned number = 0;
  for (StringRef text : llvm::split((*buffer)->getBuffer(), '\n')) {
    ++number;
    StringRef line = text.trim();
    if (line.empty() || line.starts_with("#"))
      continue;
    if (failed(
            table.addLine(line, FileLineColLoc::get(context, path, number, 1))))
      return failure();
  }
  return table;
}

nn::ScheduleAttr TuningTable::lookup(StringRef target, StringRef key) const {
  auto choice = choices.find({target.str(), key.str()});
  return choice == choices.end() ? nullptr : choice->second.schedule;
}

bool TuningTable::hasTarget(StringRef target) const {
  auto first = choices.lower_bound({target.str(), ""});
  return first != choices.end() && first->first.first == target;
}

void TuningTable::set(StringRef target, StringRef key, StringRef kernel,
                      nn::ScheduleAttr schedule) {
  choices[{target.str(), key.str()}] = {kernel.str(), schedule};
}

void TuningTable::print(llvm::raw_ostream &os) const {
  os << "# Schedules measured by vitrailc --tune: target, hash of the kernel,\n"
        "# its name, schedule.\n";
  for (const auto &[place, choice] : choices)
    os << place.first << " " << place.second << " " << choice.kernel << " "
       << choice.schedule << "\n";
}

} // namespace vitrail
