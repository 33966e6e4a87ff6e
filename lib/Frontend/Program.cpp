//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loads imported files, each once, and checks the declarations of all.
//
//===----------------------------------------------------------------------===//

#include "Program.h"
#include "Builtins.h"
#include "Parser.h"
#include "Reporter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace vitrail;
using namespace vitrail::frontend;

//===----------------------------------------------------------------------===//
// Imports
//===----------------------------------------------------------------------===//

namespace {

class Loader {
public:
  explicit Loader(Reporter &reporter) : reporter(reporter) {}

  File loadMain();

private:
  void loadImport(const Import &import, llvm::StringRef importer);
  void reportCycle(const Import &import, llvm::StringRef path);
  void checkOnlyBlocks(const File &file);

  Reporter &reporter;
  File program;
  llvm::StringMap<bool> loaded;

  /// A file that is being loaded, and the import that asked for it.
  struct Pending {
    std::string path;
    llvm::SMLoc importLoc;
  };
  std::vector<Pending> pending;
};

} // namespace

/// Two spellings of one path are the same file.
static std::string getRealPath(llvm::StringRef path) {
  llvm::SmallString<128> real;
  if (llvm::sys::fs::real_path(path, real))
    return path.str();
  return real.str().str();
}

File Loader::loadMain() {
  unsigned mainBuffer = reporter.getSources().getMainFileID();
  const llvm::MemoryBuffer *buffer =
      reporter.getSources().getMemoryBuffer(mainBuffer);
  program = parseFile(buffer->getBuffer(), reporter);
  for (Function &block : program.blocks)
    block.seesConfig = true;
  for (Function &model : program.models)
    model.seesConfig = true;
  llvm::StringRef path = buffer->getBufferIdentifier();
  pending.push_back({getRealPath(path), llvm::SMLoc()});
  for (const Import &import : program.imports)
    loadImport(import, path);
  return std::move(program);
}

/// `importer` is the importing file's path as it is shown to the user.
void Loader::loadImport(const Import &import, llvm::StringRef importer) {
  constexpr size_t maxDepth = 32;
  llvm::SmallString<128> path(import.path);
  if (!llvm::sys::path::is_absolute(path)) {
    path = llvm::sys::path::parent_path(importer);
    llvm::sys::path::append(path, import.path);
  }
  std::string real = getRealPath(path);
  if (llvm::any_of(pending, [&](const Pending &p) { return p.path == real; }))
    return reportCycle(import, real);
  if (!loaded.try_emplace(real, true).second || reporter.isFull())
    return;
  if (pending.size() > maxDepth) {
    reporter.error(import.loc)
        << "imports nest more than " << maxDepth << " levels";
    return;
  }
  // Reading a device might never end.
  if (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path)) {
    reporter.error(import.loc) << "\"" << path.str() << "\" is not a file";
    return;
  }
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    reporter.error(import.loc) << "cannot read \"" << path.str()
                               << "\": " << buffer.getError().message();
    return;
  }
  llvm::StringRef text = (*buffer)->getBuffer();
  reporter.getSources().AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  File file = parseFile(text, reporter);
  checkOnlyBlocks(file);
  llvm::move(file.blocks, std::back_inserter(program.blocks));
  pending.push_back({real, import.loc});
  for (const Import &inner : file.imports)
    loadImport(inner, path);
  pending.pop_back();
}

void Loader::reportCycle(const Import &import, llvm::StringRef path) {
  mlir::InFlightDiagnostic diagnostic =
      reporter.error(import.loc) << "\"" << import.path << "\" imports itself";
  bool isInCycle = false;
  for (const Pending &file : pending) {
    if (isInCycle)
      reporter.note(diagnostic, file.importLoc) << "by way of this import";
    isInCycle |= file.path == path;
  }
}

void Loader::checkOnlyBlocks(const File &file) {
  auto refuse = [&](llvm::SMLoc loc, llvm::StringRef what) {
    reporter.error(loc) << what
                        << " in an imported file: only blocks can be imported";
  };
  if (file.configLoc.isValid())
    refuse(file.configLoc, "'config'");
  for (const Preset &preset : file.presets)
    refuse(preset.name.loc, "'preset'");
  for (const std::unique_ptr<RequireStmt> &requirement : file.requirements)
    refuse(requirement->loc, "'require'");
  for (const StateDeclaration &state : file.states)
    refuse(state.name.loc, "'state'");
  if (file.generateLoc.isValid())
    refuse(file.generateLoc, "'generate'");
  if (file.precisionLoc.isValid())
    refuse(file.precisionLoc, "'precision'");
  for (const Function &model : file.models)
    refuse(model.name.loc, "'model'");
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

namespace {

/// The names of one kind in one place.
class Declarations {
public:
  Declarations(Reporter &reporter, llvm::StringRef kind)
      : reporter(reporter), kind(kind) {}

  void declare(const Identifier &name) {
    auto [previous, isNew] = names.try_emplace(name.text, name.loc);
    if (isNew)
      return;
    mlir::InFlightDiagnostic diagnostic = reporter.error(name.loc)
                                          << kind << " '" << name.text
                                          << "' is declared twice";
    reporter.note(diagnostic, previous->second) << "first declared here";
  }

  /// The same of a name that expressions can use.
  void declareVariable(const Identifier &name) {
    if (name.text == "batch")
      reporter.error(name.loc)
          << "'batch' is the number of samples of a run and cannot name a "
          << kind;
    declare(name);
  }

private:
  Reporter &reporter;
  llvm::StringRef kind;
  llvm::StringMap<llvm::SMLoc> names;
};

} // namespace

static void checkFunction(const Function &function, Reporter &reporter) {
  Declarations parameters(reporter, "parameter");
  for (const Parameter &parameter : function.parameters)
    parameters.declareVariable(parameter.name);
  // The text of a string is known later, with its values.
  Declarations results(reporter, "result");
  for (const Result &result : function.results)
    if (!result.name.text.empty() && !result.pattern)
      results.declare(result.name);
}

/// A preset can only change values that the config has.
static void checkPreset(const Preset &preset, const File &program,
                        Reporter &reporter) {
  Declarations entries(reporter, "value");
  llvm::SmallVector<llvm::StringRef> names;
  for (const Entry &entry : program.config)
    names.push_back(entry.name.text);
  for (const Entry &entry : preset.entries) {
    entries.declare(entry.name);
    if (!llvm::is_contained(names, entry.name.text))
      reporter.error(entry.name.loc)
          << "no config value is named '" << entry.name.text << "'"
          << suggest(entry.name.text, names);
  }
}

/// Elsewhere a state's name would hide something, or be hidden.
static void checkState(const StateDeclaration &state, const File &program,
                       Reporter &reporter) {
  auto refuse = [&](const Identifier &other, llvm::StringRef kind) {
    if (other.text != state.name.text)
      return;
    mlir::InFlightDiagnostic diagnostic = reporter.error(other.loc)
                                          << kind << " '" << other.text
                                          << "' has the name of a state";
    reporter.note(diagnostic, state.name.loc) << "state declared here";
  };
  for (const Entry &entry : program.config)
    refuse(entry.name, "config value");
  for (const Function &model : program.models) {
    for (const Parameter &input : model.parameters)
      refuse(input.name, "input");
    for (const Result &result : model.results)
      refuse(result.name, "result");
  }
}

static void checkDeclarations(const File &program, Reporter &reporter) {
  Declarations config(reporter, "config value");
  for (const Entry &entry : program.config)
    config.declareVariable(entry.name);
  Declarations presets(reporter, "preset");
  for (const Preset &preset : program.presets) {
    presets.declare(preset.name);
    checkPreset(preset, program, reporter);
  }
  Declarations states(reporter, "state");
  for (const StateDeclaration &state : program.states) {
    states.declareVariable(state.name);
    checkState(state, program, reporter);
  }
  Declarations blocks(reporter, "block");
  for (const Function &block : program.blocks) {
    blocks.declare(block.name);
    if (findBuiltin(block.name.text))
      reporter.error(block.name.loc)
          << "block '" << block.name.text
          << "' has the name of a function of the language";
    checkFunction(block, reporter);
  }
  Declarations models(reporter, "model");
  for (const Function &model : program.models) {
    models.declare(model.name);
    if (model.results.empty() && program.states.empty())
      reporter.error(model.name.loc)
          << "model '" << model.name.text << "' has no results";
    checkFunction(model, reporter);
  }
}

static llvm::SMLoc getStart(Reporter &reporter) {
  llvm::SourceMgr &sources = reporter.getSources();
  return llvm::SMLoc::getFromPointer(
      sources.getMemoryBuffer(sources.getMainFileID())->getBufferStart());
}

std::optional<File> vitrail::frontend::loadProgram(Reporter &reporter) {
  File program = Loader(reporter).loadMain();
  if (reporter.hasErrors())
    return std::nullopt;
  if (program.models.empty())
    reporter.error(getStart(reporter)) << "the file has no model";
  checkDeclarations(program, reporter);
  if (reporter.hasErrors())
    return std::nullopt;
  return program;
}
