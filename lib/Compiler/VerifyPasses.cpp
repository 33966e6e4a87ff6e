//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Evaluates the entries around each pass, as an instrumentation of the pass
// manager.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Compiler/VerifyPasses.h"

#include "DrawInputs.h"
#include "FindDeviation.h"

#include "vitrail/Dialect/NN/IR/NN.h"
#include "vitrail/Support/Suggest.h"
#include "vitrail/Weights/Evaluator.h"

#include "mlir/IR/OperationSupport.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <limits>

namespace vitrail {

using namespace mlir;
using weights::Tensor;

/// By how much outputs may be others after a pass that rounds: what 8 binary
/// digits cost in a deep model, or 11; 0 for other passes. What it gives is
/// what the passes after it are held against.
static double getRoundingTolerance(StringRef pass) {
  if (pass == "nn-narrow-products")
    return 1e-1;
  return pass == "nn-narrow-storage" ? 1e-2 : 0;
}

namespace {

/// How far an output is from what it was, or the farthest of several.
struct Difference {
  double relative = 0.0; ///< L2 norm, relative to that of what it was.
  double largest = 0.0;  ///< Of single elements.

  void include(Difference other) {
    relative = std::max(relative, other.relative);
    largest = std::max(largest, other.largest);
  }
};

/// An entry, the inputs that it is evaluated on, and what it gave at first.
struct Entry {
  std::string name;
  SmallVector<Tensor> inputs;
  SmallVector<std::string> outputs;
  SmallVector<Tensor> expected;
};

class Verifier : public PassInstrumentation {
public:
  Verifier(ModuleOp module, const weights::ParameterSource &parameters,
           const PassVerification &verification)
      : module(module), parameters(parameters), verification(verification) {}

  /// Draws the inputs and evaluates the module as it is.
  LogicalResult start();

  void runBeforePass(Pass *pass, Operation *op) override;
  void runAfterPass(Pass *pass, Operation *op) override;

private:
  SmallVector<func::FuncOp> findEntries();
  LogicalResult checkInputs(ArrayRef<func::FuncOp> entries);
  FailureOr<Tensor> getInput(func::FuncOp entry, unsigned argument);
  LogicalResult start(func::FuncOp entry);
  LogicalResult check(Pass *pass);
  LogicalResult check(Pass *pass, Entry &entry, Difference &worst);
  void reportChange(Pass *pass, const Entry &entry, func::FuncOp function,
                    unsigned output, Difference difference, double tolerance);
  void log(const Twine &line) {
    if (verification.log)
      verification.log(line);
  }

  ModuleOp module;
  const weights::ParameterSource &parameters;
  const PassVerification &verification;
  int64_t batch = 2;
  std::vector<Entry> entries;
  /// Whether a pass has changed what the module means. The pass manager may yet
  /// run others.
  bool hasFailed = false;
  /// The module before the pass that runs, and what tells whether the pass did
  /// anything.
  OwningOpRef<ModuleOp> before;
  std::optional<OperationFingerPrint> fingerprint;
};

} // namespace

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

SmallVector<func::FuncOp> Verifier::findEntries() {
  return llvm::to_vector(
      llvm::make_filter_range(module.getOps<func::FuncOp>(), [](auto function) {
        return function.isPublic() && !function.isExternal();
      }));
}

/// Every name that is given must be an input's. Takes the batch from the first
/// that depends on it.
LogicalResult Verifier::checkInputs(ArrayRef<func::FuncOp> functions) {
  llvm::SetVector<StringRef> names;
  for (func::FuncOp function : functions)
    for (unsigned i : llvm::seq(function.getNumArguments()))
      names.insert(getArgumentName(function, i));
  for (auto &[name, tensor] : verification.inputs)
    if (!names.contains(name))
      return emitError(module.getLoc())
             << "the model has no input '" << name << "'"
             << suggest(name, names.getArrayRef()) << "; it has "
             << listNames(names.getArrayRef());

  for (func::FuncOp function : functions)
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
      for (auto &[name, tensor] : verification.inputs) {
        if (name != getArgumentName(function, i))
          continue;
        auto extents = nn::getExtents(cast<RankedTensorType>(type));
        auto *it = llvm::find_if(extents, nn::dependsOnBatch);
        if (it == extents.end() || tensor.shape.size() != extents.size())
          continue;
        batch =
            std::max<int64_t>(1, tensor.shape[it - extents.begin()] / it->size);
        return success();
      }
  return success();
}

FailureOr<Tensor> Verifier::getInput(func::FuncOp entry, unsigned argument) {
  StringRef name = getArgumentName(entry, argument);
  for (auto &[givenName, tensor] : verification.inputs) {
    if (givenName != name)
      continue;
    auto type = cast<RankedTensorType>(entry.getArgument(argument).getType());
    SmallVector<int64_t> shape = weights::getShape(type, batch);
    if (tensor.shape != shape)
      return emitError(entry.getArgument(argument).getLoc())
             << "input '" << name << "' has shape "
             << weights::describeShape(shape) << " for a batch of " << batch
             << ", but the value given has "
             << weights::describeShape(tensor.shape);
    return tensor;
  }
  return drawArgument(entry, argument, batch, verification.seed);
}

LogicalResult Verifier::start(func::FuncOp function) {
  Entry entry;
  entry.name = function.getSymName();
  for (unsigned i : llvm::seq(function.getNumArguments())) {
    FailureOr<Tensor> input = getInput(function, i);
    if (failed(input))
      return failure();
    entry.inputs.push_back(std::move(*input));
  }
  for (unsigned i : llvm::seq(function.getNumResults())) {
    auto name = function.getResultAttrOfType<StringAttr>(i, "nn.name");
    if (!name)
      name = function.getResultAttrOfType<StringAttr>(i, "nn.state");
    entry.outputs.push_back(name ? name.str() : std::to_string(i));
  }
  auto expected =
      weights::evaluateFunction(function, entry.inputs, parameters, batch);
  if (failed(expected))
    return failure();
  entry.expected = std::move(*expected);
  entries.push_back(std::move(entry));
  return success();
}

LogicalResult Verifier::start() {
  SmallVector<func::FuncOp> functions = findEntries();
  if (failed(checkInputs(functions)))
    return failure();
  log("seed " + Twine(verification.seed) + ", batch " + Twine(batch));
  for (func::FuncOp function : functions)
    if (failed(start(function)))
      return failure();
  return success();
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// Equal values that are no numbers, and equal infinities, do not differ.
static Difference compare(const Tensor &expected, const Tensor &actual) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Difference result;
  if (expected.shape != actual.shape)
    return {infinity, infinity};
  double squares = 0.0, differences = 0.0;
  for (auto [was, is] : llvm::zip_equal(expected.data, actual.data)) {
    if (was == is || (std::isnan(was) && std::isnan(is))) {
      squares += std::isfinite(was) ? was * was : 0.0;
      continue;
    }
    double difference = std::abs(is - was);
    if (!std::isfinite(difference))
      return {infinity, infinity};
    result.largest = std::max(result.largest, difference);
    differences += difference * difference;
    squares += was * was;
  }
  if (differences != 0.0)
    result.relative =
        squares == 0.0 ? infinity : std::sqrt(differences / squares);
  return result;
}

static std::string describe(double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.3g", value);
  return text;
}

/// The place in the model file that best says what `location` is: of operations
/// that share a kernel the last one, which gives the result.
static Location getPlace(Location location) {
  while (auto fused = dyn_cast<FusedLoc>(location)) {
    if (fused.getLocations().empty())
      break;
    location = fused.getLocations().back();
  }
  return location;
}

void Verifier::reportChange(Pass *pass, const Entry &entry,
                            func::FuncOp function, unsigned output,
                            Difference difference, double tolerance) {
  Operation *terminator = function.getBody().front().getTerminator();
  Location result = getPlace(terminator->getOperand(output).getLoc());
  Location first = result;
  if (auto was = before->lookupSymbol<func::FuncOp>(entry.name))
    if (auto deviation = findDeviation(was, function, entry.inputs, parameters,
                                       batch, tolerance))
      first = getPlace(*deviation);
  InFlightDiagnostic diag =
      emitError(first) << "pass '" << pass->getArgument() << "' changed what '"
                       << entry.name << "' computes: output '"
                       << entry.outputs[output]
                       << "' is another by a relative L2 difference of "
                       << describe(difference.relative) << " ("
                       << describe(difference.largest)
                       << " in one element), above " << describe(tolerance);
  if (first != result)
    diag.attachNote(result) << "the output is computed here, and above the "
                               "first value that is another";
}

LogicalResult Verifier::check(Pass *pass, Entry &entry, Difference &worst) {
  auto function = module.lookupSymbol<func::FuncOp>(entry.name);
  if (!function)
    return emitError(module.getLoc()) << "pass '" << pass->getArgument()
                                      << "' removed '" << entry.name << "'";
  auto actual =
      weights::evaluateFunction(function, entry.inputs, parameters, batch);
  // More outputs than before do not change what those before mean.
  if (failed(actual) || actual->size() < entry.expected.size())
    return emitError(function.getLoc())
           << "after pass '" << pass->getArgument() << "' '" << entry.name
           << "' cannot be evaluated as before";
  double rounding = getRoundingTolerance(pass->getArgument());
  double tolerance = std::max(rounding, verification.tolerance);
  for (unsigned i : llvm::seq(entry.expected.size())) {
    Difference difference = compare(entry.expected[i], (*actual)[i]);
    worst.include(difference);
    if (difference.relative <= tolerance)
      continue;
    reportChange(pass, entry, function, i, difference, tolerance);
    return failure();
  }
  if (rounding != 0) {
    actual->truncate(entry.expected.size());
    entry.expected = std::move(*actual);
  }
  return success();
}

/// What is in a module that has left the dialect is not evaluated.
static bool canBeEvaluated(ModuleOp module) {
  return llvm::all_of(module.getOps(),
                      [](Operation &op) { return isa<func::FuncOp>(op); });
}

LogicalResult Verifier::check(Pass *pass) {
  Difference worst;
  for (Entry &entry : entries)
    if (failed(check(pass, entry, worst)))
      return failure();
  log(pass->getArgument() + ": outputs differ by at most " +
      describe(worst.relative) + " (relative L2), " + describe(worst.largest) +
      " in one element");
  return success();
}

/// Passes without an argument are adaptors, which run others.
void Verifier::runBeforePass(Pass *pass, Operation *op) {
  if (hasFailed || pass->getArgument().empty() || !canBeEvaluated(module))
    return;
  fingerprint.emplace(op);
  before = module.clone();
}

void Verifier::runAfterPass(Pass *pass, Operation *op) {
  if (hasFailed || pass->getArgument().empty() || !canBeEvaluated(module))
    return;
  if (OperationFingerPrint(op) == *fingerprint)
    return log(pass->getArgument() + ": nothing changed");
  hasFailed = failed(check(pass));
  if (hasFailed)
    signalPassFailure(pass);
}

LogicalResult verifyPasses(PassManager &passes, ModuleOp module,
                           const weights::ParameterSource &parameters,
                           const PassVerification &verification) {
  auto verifier = std::make_unique<Verifier>(module, parameters, verification);
  if (failed(verifier->start()))
    return failure();
  passes.addInstrumentation(std::move(verifier));
  return success();
}

} // namespace vitrail
