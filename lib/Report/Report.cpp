//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Gathers a report stage by stage. What ties the stages together are places in
// the model file, which every operation keeps.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Report/Report.h"
#include "Cost.h"
#include "Graph.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Target/Library/ArenaMap.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace vitrail;

//===----------------------------------------------------------------------===//
// Places and remarks
//===----------------------------------------------------------------------===//

std::vector<SourceLine> vitrail::getSourceLines(Location location) {
  std::vector<SourceLine> lines;
  location->walk([&](Location part) {
    if (auto place = dyn_cast<FileLineColLoc>(part)) {
      SourceLine line = {place.getFilename().str(), place.getLine()};
      if (!llvm::is_contained(lines, line))
        lines.push_back(std::move(line));
    }
    return WalkResult::advance();
  });
  return lines;
}

namespace {
/// Keeps the remarks of a context.
class RemarkCollector : public remark::detail::MLIRRemarkStreamerBase {
public:
  explicit RemarkCollector(std::shared_ptr<std::vector<ReportRemark>> remarks)
      : remarks(std::move(remarks)) {}

  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    ReportRemark kept;
    kept.isPassed = remark.getRemarkType() == llvm::remarks::Type::Passed;
    kept.pass = remark.getCategoryName().str();
    kept.function = remark.getFunction().str();
    kept.times = 1;
    for (const auto &argument : remark.getArgs()) {
      if (argument.key == "Times")
        llvm::to_integer(argument.val, kept.times);
      else
        kept.text = argument.val;
    }
    kept.places = getSourceLines(remark.getLocation());
    remarks->push_back(std::move(kept));
  }

private:
  std::shared_ptr<std::vector<ReportRemark>> remarks;
};
} // namespace

Report::Report(MLIRContext &context)
    : remarks(std::make_shared<std::vector<ReportRemark>>()) {
  remark::RemarkCategories categories;
  categories.passed = categories.missed = ".*";
  LogicalResult result = remark::enableOptimizationRemarks(
      context, std::make_unique<RemarkCollector>(remarks),
      std::make_unique<remark::RemarkEmittingPolicyAll>(), categories);
  assert(succeeded(result) && "a collector has nothing to open");
  (void)result;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

static bool isEntry(func::FuncOp function) {
  return function.isPublic() && !function.isExternal();
}

void Report::recordModel(ModuleOp module) {
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!isEntry(entry))
      continue;
    for (Operation &op : entry.front().without_terminator()) {
      bool isConstant = llvm::all_of(op.getResults(), nn::isConstantExpression);
      for (const SourceLine &place : getSourceLines(op.getLoc()))
        (isConstant ? lines[place].isConstant : lines[place].isComputed) = true;
    }
    entries.emplace_back(entry.getName().str(),
                         llvm::json::Object{{"name", entry.getName()},
                                            {"operations", countSteps(entry)},
                                            {"before", listGraph(entry)}});
  }
}

/// "3 slice, attention, transpose": the operations of a kernel.
static std::string describeOperations(func::FuncOp kernel) {
  llvm::MapVector<StringRef, unsigned> counts;
  for (Operation &op : kernel.front().without_terminator())
    if (!isa<nn::ConstantOp>(op))
      ++counts[op.getName().stripDialect()];
  std::vector<std::string> texts;
  for (auto [name, count] : counts)
    texts.push_back(count == 1 ? name.str()
                               : std::to_string(count) + " " + name.str());
  return llvm::join(texts, ", ");
}

/// The type of what the kernel's products multiply, or "".
static std::string describePrecision(func::FuncOp kernel) {
  for (Operation &op : kernel.front())
    if (isa<nn::LinearOp, nn::PackedLinearOp, nn::MatmulOp, nn::AttentionOp>(
            op)) {
      if (op.hasAttr("tf32"))
        return "tf32";
      std::string text;
      llvm::raw_string_ostream(text) << getElementTypeOrSelf(op.getOperand(0));
      return text;
    }
  return "";
}

static llvm::json::Array toJSON(ArrayRef<SourceLine> places) {
  llvm::json::Array array;
  for (const SourceLine &place : places)
    array.push_back(llvm::json::Object{{"file", place.file},
                                       {"line", int64_t(place.line)}});
  return array;
}

void Report::recordKernels(ModuleOp module) {
  llvm::MapVector<StringAttr, int64_t> calls;
  for (auto &[name, object] : entries) {
    auto entry = module.lookupSymbol<func::FuncOp>(name);
    int64_t total = 0;
    entry.walk([&](func::CallOp call) {
      ++total;
      ++calls[call.getCalleeAttr().getAttr()];
      for (const SourceLine &place : getSourceLines(call.getLoc())) {
        auto &kernelsOfLine = lines[place].kernels;
        if (!llvm::is_contained(kernelsOfLine, call.getCallee()))
          kernelsOfLine.push_back(call.getCallee().str());
      }
    });
    object["calls"] = total;
    object["after"] = listGraph(entry);
  }
  for (auto [name, times] : calls) {
    auto kernel = module.lookupSymbol<func::FuncOp>(name);
    Cost cost = countKernel(kernel);
    kernels.push_back(llvm::json::Object{
        {"name", name.getValue()},
        {"operations", describeOperations(kernel)},
        {"calls", times},
        {"multiplies", describePrecision(kernel)},
        {"flops", cost.flops},
        {"bytes", cost.bytes},
        {"intensity",
         double(cost.flops) / double(std::max<int64_t>(cost.bytes, 1))},
        {"totalFlops", cost.flops * times},
        {"places", toJSON(getSourceLines(kernel.getLoc()))},
    });
  }
}

/// The kernel that runs at a step; after the last of them there are copies.
static StringRef nameStep(const ArenaMap &map, int64_t step) {
  if (step == int64_t(map.launches.size()))
    return "copy";
  halide::LaunchOp launch = map.launches[step];
  return launch.getPipeline();
}

/// Tensors, and the bytes in use while each kernel runs.
static llvm::json::Object toJSON(const ArenaMap &map) {
  llvm::json::Array tensors, launches;
  for (const ArenaTensor &tensor : map.tensors)
    tensors.push_back(llvm::json::Object{
        {"offset", tensor.offset},
        {"size", tensor.size},
        {"first", tensor.first},
        {"last", tensor.last},
        {"writers", llvm::json::Array(tensor.writers)},
        {"kernel", nameStep(map, tensor.first)},
    });
  for (size_t i = 0; i < map.launches.size(); ++i)
    launches.push_back(llvm::json::Object{
        {"number", int64_t(i + 1)},
        {"kernel", nameStep(map, i)},
        {"live", map.countLive(i)},
    });
  return llvm::json::Object{{"size", map.size},
                            {"lowerBound", map.lowerBound},
                            {"steps", int64_t(map.launches.size() + 1)},
                            {"tensors", std::move(tensors)},
                            {"launches", std::move(launches)}};
}

LogicalResult Report::recordMemory(ModuleOp module) {
  FailureOr<std::vector<ArenaMap>> maps = mapArenas(module);
  if (failed(maps))
    return failure();
  for (ArenaMap &map : *maps)
    for (auto &[name, object] : entries)
      if (name == map.entry.getName())
        object["arena"] = toJSON(map);
  return success();
}

//===----------------------------------------------------------------------===//
// The whole
//===----------------------------------------------------------------------===//

llvm::json::Array Report::listRemarks(bool passed) const {
  llvm::json::Array array;
  for (const ReportRemark &remark : *remarks)
    if (remark.isPassed == passed)
      array.push_back(llvm::json::Object{{"pass", remark.pass},
                                         {"function", remark.function},
                                         {"text", remark.text},
                                         {"times", remark.times},
                                         {"places", toJSON(remark.places)}});
  return array;
}

/// What passes say of a line, whichever the function.
llvm::json::Array Report::listRemarks(const SourceLine &place,
                                      bool passed) const {
  llvm::MapVector<std::pair<StringRef, StringRef>, int64_t> times;
  for (const ReportRemark &remark : *remarks)
    if (remark.isPassed == passed && llvm::is_contained(remark.places, place))
      times[{remark.pass, remark.text}] += remark.times;
  llvm::json::Array array;
  for (const auto &[remark, count] : times)
    array.push_back(llvm::json::Object{
        {"pass", remark.first}, {"text", remark.second}, {"times", count}});
  return array;
}

/// What is said of a line that no kernel comes from.
static StringRef describeRest(bool isComputed, bool isConstant) {
  if (isComputed)
    return "costs nothing when the model runs";
  return isConstant ? "computed while compiling" : "";
}

llvm::json::Array Report::listLines(StringRef file, StringRef text) const {
  SmallVector<StringRef> texts;
  text.rtrim().split(texts, '\n');
  llvm::json::Array array;
  for (auto [i, content] : llvm::enumerate(texts)) {
    SourceLine place = {file.str(), unsigned(i + 1)};
    llvm::json::Object object{{"line", int64_t(i + 1)},
                              {"text", llvm::json::fixUTF8(content)}};
    if (auto it = lines.find(place); it != lines.end()) {
      const Line &line = it->second;
      object["computedBy"] = llvm::json::Array(line.kernels);
      if (line.kernels.empty())
        object["rest"] = describeRest(line.isComputed, line.isConstant);
    }
    for (bool passed : {true, false})
      if (llvm::json::Array said = listRemarks(place, passed); !said.empty())
        object[passed ? "rewrites" : "misses"] = std::move(said);
    array.push_back(std::move(object));
  }
  return array;
}

llvm::json::Value Report::finish(const llvm::SourceMgr &sources,
                                 llvm::json::Object about) const {
  llvm::json::Object report = std::move(about);
  llvm::json::Array files, entryArray;
  for (unsigned i = 1; i <= sources.getNumBuffers(); ++i) {
    const llvm::MemoryBuffer *buffer = sources.getMemoryBuffer(i);
    StringRef file = buffer->getBufferIdentifier();
    // What the command line defines is read from a buffer, too.
    auto first = lines.lower_bound({file.str(), 0});
    if (first == lines.end() || first->first.file != file)
      continue;
    files.push_back(llvm::json::Object{
        {"file", file}, {"lines", listLines(file, buffer->getBuffer())}});
  }
  for (const auto &[name, object] : entries)
    entryArray.push_back(llvm::json::Object(object));
  report["entries"] = std::move(entryArray);
  report["kernels"] = llvm::json::Array(kernels);
  if (!deviceCode.empty())
    report["device"] = llvm::json::Array(deviceCode);
  report["missed"] = listRemarks(/*passed=*/false);
  report["passed"] = listRemarks(/*passed=*/true);
  report["files"] = std::move(files);
  return report;
}
