//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each kernel becomes a model whose entries differ in its schedule; these are
// run in turn. What wins is measured against its own neighbours, until nothing
// does.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/Tune.h"
#include "CandidateModel.h"
#include "DeviceSchedules.h"
#include "MeasureEntries.h"

#include "vitrail/Compiler/Pipeline.h"
#include "vitrail/Conversion/NNToHalide/Schedules.h"
#include "vitrail/Support/BinaryIdentity.h"
#include "vitrail/Support/HostMachine.h"
#include "vitrail/Target/Halide/HalideTarget.h"
#include "vitrail/Target/Library/LibraryTarget.h"
#include "vitrail/Target/NVVM/NVVMTarget.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

namespace vitrail {

using namespace mlir;

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

/// The `fraction` quantile.
static double getQuantile(std::vector<double> numbers, double fraction) {
  llvm::sort(numbers);
  return numbers[size_t(fraction * double(numbers.size() - 1))];
}

/// The times of a schedule over those of the first, round by round.
static std::vector<double> getRatios(const Rounds &rounds, size_t schedule) {
  std::vector<double> ratios;
  for (const std::vector<double> &round : rounds)
    ratios.push_back(round[schedule] / round.front());
  return ratios;
}

size_t pickSchedule(const Rounds &rounds) {
  // In three of four rounds it must be faster at all.
  constexpr double worthwhile = 0.985, most = 0.75;
  size_t best = 0;
  double bestRatio = worthwhile;
  for (size_t schedule = 1; schedule < rounds.front().size(); ++schedule) {
    std::vector<double> ratios = getRatios(rounds, schedule);
    double ratio = getQuantile(ratios, 0.5);
    if (ratio >= bestRatio || getQuantile(ratios, most) >= 1)
      continue;
    best = schedule;
    bestRatio = ratio;
  }
  return best;
}

/// The first, and of the others the `count` that were fastest.
static std::vector<int32_t> pickFinalists(const Rounds &rounds, size_t count) {
  std::vector<std::pair<double, int32_t>> ranking;
  for (size_t schedule = 1; schedule < rounds.front().size(); ++schedule)
    ranking.emplace_back(getQuantile(getRatios(rounds, schedule), 0.5),
                         schedule);
  llvm::sort(ranking);
  std::vector<int32_t> finalists = {0};
  for (auto [ratio, schedule] : llvm::ArrayRef(ranking).take_front(count))
    finalists.push_back(schedule);
  return finalists;
}

LogicalResult checkAgreement(func::FuncOp kernel,
                             ArrayRef<nn::ScheduleAttr> schedules,
                             ArrayRef<double> differences) {
  bool rounds = llvm::any_of(kernel.getOps(), [](Operation &op) {
    return llvm::any_of(op.getResultTypes(), [](Type type) {
      Type element = getElementTypeOrSelf(type);
      return element.isBF16() || element.isF16();
    });
  });
  // Of sums in another order, and where their roundings to bf16 or f16 differ.
  double tolerance = rounds ? 1e-2 : 1e-5;
  for (auto [schedule, difference] : llvm::zip_equal(schedules, differences))
    if (!(difference <= tolerance))
      return kernel.emitError("kernel '")
             << kernel.getName() << "' computes something else with "
             << schedule << " than with " << schedules.front()
             << ": relative L2 difference " << difference;
  return success();
}

//===----------------------------------------------------------------------===//
// One kernel
//===----------------------------------------------------------------------===//

namespace {

/// What was measured of a schedule against the one before it.
struct Improvement {
  nn::ScheduleAttr schedule;
  double before = 0, after = 0; ///< seconds
};

class Tuner {
public:
  Tuner(ModuleOp module, const TargetInfo &target, const TuneOptions &options)
      : module(module), target(target), options(options),
        machine{target.vectorLanes, target.vectorRegisters, target.l2Bytes,
                target.multipliesBF16} {
    machine.isGPU = target.isGPU();
  }

  /// Null where nothing is to be chosen, or the kernel cannot be measured.
  FailureOr<nn::ScheduleAttr> tune(func::FuncOp kernel);

private:
  std::optional<std::string> findObstacle(func::FuncOp kernel);
  llvm::BitVector findConstants(func::FuncOp kernel);
  std::string getCacheKey(func::FuncOp kernel) const;
  nn::ScheduleAttr readCache(StringRef key);
  FailureOr<nn::ScheduleAttr> tuneOnProcessor(func::FuncOp kernel);
  FailureOr<nn::ScheduleAttr> tuneOnDevice(func::FuncOp kernel);
  FailureOr<nn::ScheduleAttr> search(func::FuncOp kernel);
  FailureOr<Improvement> improve(func::FuncOp kernel,
                                 ArrayRef<nn::ScheduleAttr> schedules);
  FailureOr<std::string> build(func::FuncOp kernel,
                               ArrayRef<nn::ScheduleAttr> schedules);
  FailureOr<Measurement> measure(func::FuncOp kernel, StringRef library,
                                 const MeasureOptions &measure) const;
  void logTime(func::FuncOp kernel, nn::ScheduleAttr schedule,
               double seconds) const;
  void log(func::FuncOp kernel, const llvm::Twine &text) const {
    if (options.log)
      options.log(kernel.getName() + ": " + text);
  }

  ModuleOp module;
  const TargetInfo &target;
  const TuneOptions &options;
  Machine machine;
};

} // namespace

/// Why a kernel cannot be a model of its own.
std::optional<std::string> Tuner::findObstacle(func::FuncOp kernel) {
  if (kernel.getNumResults() != 1 || !kernel.getOps<nn::UpdateOp>().empty())
    return "it replaces a part of a state";
  for (Type type : kernel.getArgumentTypes())
    if (getElementTypeOrSelf(type).isInteger(1))
      return "it reads booleans";
  return std::nullopt;
}

/// The floats, and weights of integers, that all callers know while compiling.
llvm::BitVector Tuner::findConstants(func::FuncOp kernel) {
  llvm::BitVector constants(kernel.getNumArguments(), true);
  for (auto [index, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    Type element = getElementTypeOrSelf(type);
    bool isWeight =
        element.isInteger(8) && cast<RankedTensorType>(type).getRank() > 1;
    if (!isa<FloatType>(element) && !isWeight)
      constants.reset(index);
  }
  auto uses = SymbolTable::getSymbolUses(kernel, module);
  for (SymbolTable::SymbolUse use : *uses)
    for (auto [index, operand] : llvm::enumerate(use.getUser()->getOperands()))
      if (!nn::isConstantExpression(operand))
        constants.reset(index);
  return constants;
}

std::string Tuner::getCacheKey(func::FuncOp kernel) const {
  static const std::string compiler =
      getBinaryIdentity(reinterpret_cast<const void *>(&pickSchedule));
  const std::string parts[] = {compiler,
                               getMachineName(),
                               target.name,
                               std::to_string(options.batch),
                               std::to_string(options.threads),
                               getKernelKey(kernel)};
  llvm::SHA256 hash;
  hash.update(llvm::join(llvm::ArrayRef(parts), "\n"));
  return "schedule-" + llvm::toHex(hash.final(), /*LowerCase=*/true);
}

nn::ScheduleAttr Tuner::readCache(StringRef key) {
  std::optional<std::string> text;
  if (options.cache)
    text = options.cache->read(key);
  if (!text)
    return nullptr;
  return dyn_cast_if_present<nn::ScheduleAttr>(
      parseAttribute(*text, module.getContext()));
}

FailureOr<nn::ScheduleAttr> Tuner::tune(func::FuncOp kernel) {
  if (!target.isGPU() && !chooseSchedule(kernel, machine))
    return nn::ScheduleAttr();
  if (std::optional<std::string> obstacle = findObstacle(kernel)) {
    log(kernel, "not measured: " + *obstacle);
    return nn::ScheduleAttr();
  }
  return target.isGPU() ? tuneOnDevice(kernel) : tuneOnProcessor(kernel);
}

/// All that there is to choose from is measured at once. It is not in the
/// cache, which does not know the device.
FailureOr<nn::ScheduleAttr> Tuner::tuneOnDevice(func::FuncOp kernel) {
  FailureOr<SmallVector<nn::ScheduleAttr>> schedules = enumerateDeviceSchedules(
      kernel, findConstants(kernel), target, options.batch);
  if (failed(schedules))
    return failure();
  if (schedules->size() < 2)
    return nn::ScheduleAttr();
  FailureOr<Improvement> result = improve(kernel, *schedules);
  if (failed(result))
    return failure();
  logTime(kernel, schedules->front(), result->before);
  if (result->schedule != schedules->front())
    logTime(kernel, result->schedule, result->after);
  return result->schedule;
}

FailureOr<nn::ScheduleAttr> Tuner::tuneOnProcessor(func::FuncOp kernel) {
  std::string key = getCacheKey(kernel);
  if (nn::ScheduleAttr schedule = readCache(key)) {
    log(kernel, "measured before");
    return schedule;
  }
  FailureOr<nn::ScheduleAttr> schedule = search(kernel);
  if (succeeded(schedule) && options.cache) {
    std::string text;
    llvm::raw_string_ostream(text) << *schedule;
    // Measured again the next time if it cannot be kept.
    (void)options.cache->write(key, text);
  }
  return schedule;
}

/// "linear: 81.2 us, 280000 cycles expected, with #nn.schedule<...>"
void Tuner::logTime(func::FuncOp kernel, nn::ScheduleAttr schedule,
                    double seconds) const {
  std::string text = llvm::formatv("{0:f1} us", seconds * 1e6);
  OwningOpRef<func::FuncOp> scheduled = kernel.clone();
  (*scheduled)->setAttr("nn.schedule", schedule);
  if (std::optional<double> cycles = estimateCycles(*scheduled, machine))
    text += llvm::formatv(", {0:f0} cycles expected", *cycles);
  text += llvm::formatv(", with {0}", schedule);
  log(kernel, text);
}

/// From the cost model's schedule to better ones nearby.
FailureOr<nn::ScheduleAttr> Tuner::search(func::FuncOp kernel) {
  constexpr unsigned maxSteps = 3;
  OwningOpRef<func::FuncOp> current = kernel.clone();
  nn::ScheduleAttr best = chooseSchedule(kernel, machine);
  llvm::SmallPtrSet<Attribute, 32> seen;
  for (unsigned step = 0; step < maxSteps; ++step) {
    (*current)->setAttr("nn.schedule", best);
    SmallVector<nn::ScheduleAttr> schedules =
        enumerateSchedules(*current, machine, options.batch);
    llvm::erase_if(schedules, [&](nn::ScheduleAttr schedule) {
      return schedule != best && seen.contains(schedule);
    });
    seen.insert_range(schedules);
    if (schedules.size() < 2)
      break;
    FailureOr<Improvement> result = improve(kernel, schedules);
    if (failed(result))
      return failure();
    if (step == 0)
      logTime(kernel, best, result->before);
    if (result->schedule == best)
      break;
    best = result->schedule;
    logTime(kernel, best, result->after);
  }
  return best;
}

FailureOr<Measurement> Tuner::measure(func::FuncOp kernel, StringRef library,
                                      const MeasureOptions &measure) const {
  llvm::Expected<Measurement> result = measureEntries(library, measure);
  if (!result)
    return kernel.emitError("cannot measure kernel '")
           << kernel.getName() << "': " << llvm::toString(result.takeError());
  return std::move(*result);
}

/// The first of the target's; null: the processor.
static const char *getDevice(const TargetInfo &target) {
  switch (target.accelerator) {
  case Accelerator::CUDA:
    return "cuda:0";
  case Accelerator::OpenCL:
    return "opencl:0";
  default:
    return nullptr;
  }
}

/// Measures all of them for a while, the fastest again for longer.
FailureOr<Improvement> Tuner::improve(func::FuncOp kernel,
                                      ArrayRef<nn::ScheduleAttr> schedules) {
  constexpr unsigned shortRounds = 9, longRounds = 31;
  constexpr size_t finalistCount = 3;
  FailureOr<std::string> library = build(kernel, schedules);
  if (failed(library))
    return failure();
  MeasureOptions all;
  all.batch = options.batch;
  all.threads = options.threads;
  all.seed = options.seed;
  all.rounds = shortRounds;
  all.device = getDevice(target);
  llvm::append_range(all.entries, llvm::seq<int32_t>(schedules.size()));
  FailureOr<Measurement> first = measure(kernel, *library, all);
  if (failed(first) ||
      failed(checkAgreement(kernel, schedules, first->differences)))
    return failure();
  MeasureOptions fewer = all;
  fewer.entries = pickFinalists(first->rounds, finalistCount);
  fewer.rounds = longRounds;
  FailureOr<Measurement> finals = measure(kernel, *library, fewer);
  if (failed(finals))
    return failure();
  size_t picked = pickSchedule(finals->rounds);
  std::vector<double> times;
  for (const std::vector<double> &round : finals->rounds)
    times.push_back(round.front());
  double before = getQuantile(times, 0.5);
  double ratio = getQuantile(getRatios(finals->rounds, picked), 0.5);
  return Improvement{schedules[fewer.entries[picked]], before, before * ratio};
}

/// Makes a library with an entry for each schedule; returns its path.
FailureOr<std::string> Tuner::build(func::FuncOp kernel,
                                    ArrayRef<nn::ScheduleAttr> schedules) {
  OwningOpRef<ModuleOp> model =
      buildCandidates(kernel, findConstants(kernel), schedules);
  PassManager passes(module.getContext());
  PassList list(passes, options.disabledPasses);
  addLayoutPasses(list, target);
  addHalidePasses(list, target);
  if (failed(passes.run(*model)))
    return failure();
  ObjectOptions objectOptions;
  objectOptions.directory = options.folder;
  objectOptions.processes = options.processes;
  objectOptions.cache = options.cache;
  objectOptions.assembler = options.assembler;
  SmallVector<std::string> objects;
  if (failed(compilePipelines(*model, target, objectOptions, objects)) ||
      failed(compileLaunchers(*model, objectOptions, objects)))
    return failure();
  llvm::SmallString<128> path(options.folder);
  llvm::sys::path::append(path, "candidates.so");
  LibraryOptions libraryOptions;
  libraryOptions.modelName = "candidates";
  libraryOptions.output = path.str();
  libraryOptions.targetName = target.name;
  libraryOptions.maxBatch = options.batch;
  libraryOptions.runtimeArchive = options.runtimeArchive;
  CandidateParameters parameters(options.seed);
  if (failed(emitLibrary(LibraryVariant{*model, target}, parameters, objects,
                         libraryOptions)))
    return failure();
  return path.str().str();
}

LogicalResult tuneKernels(ModuleOp module, const TargetInfo &target,
                          const TuneOptions &options, TuningTable &table) {
  Tuner tuner(module, target, options);
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr("nn.kernel"))
      continue;
    std::string key = getKernelKey(kernel);
    if (table.lookup(target.name, key))
      continue;
    FailureOr<nn::ScheduleAttr> schedule = tuner.tune(kernel);
    if (failed(schedule))
      return failure();
    if (*schedule)
      table.set(target.name, key, kernel.getName(), *schedule);
  }
  if (options.cache)
    options.cache->prune();
  return success();
}

} // namespace vitrail
