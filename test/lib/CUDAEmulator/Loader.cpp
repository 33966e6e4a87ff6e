//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decodes modules. See Program.h.
//
//===----------------------------------------------------------------------===//

#include "Decoder.h"

#include <algorithm>
#include <charconv>

using namespace vitrail::emulator;

/// As ptxas has it: what comes before is the system's.
constexpr uint32_t firstSharedVariable = 1024;

static DecoderTable makeTable() {
  DecoderTable table;
  for (auto add :
       {registerIntegers, registerBits, registerFloats, registerConversions,
        registerSelections, registerControl, registerMemory, registerAtomics,
        registerExchanges, registerMatrices, registerWarpgroups,
        registerBarriers, registerPhases, registerCopies})
    add(table);
  return table;
}

/// `sm_90a` runs on that capability alone, `sm_80` on later ones, too.
static void checkTarget(const ModuleSyntax &syntax, int capability) {
  std::string_view target = syntax.target;
  int wanted = 0;
  if (!target.starts_with("sm_"))
    throw ProgramError(1, "unknown target '" + syntax.target + "'");
  const char *end = target.data() + target.size();
  const char *rest = std::from_chars(target.data() + 3, end, wanted).ptr;
  if (wanted > capability || (rest != end && wanted != capability))
    throw ProgramError(1, "the device has compute capability " +
                              std::to_string(capability) +
                              ", the text is for " + syntax.target);
}

/// Variables in shared memory, where those of the launch come last.
static void placeShared(const std::map<std::string, Variable> &variables,
                        std::map<std::string, uint64_t> &addresses,
                        Kernel &kernel) {
  uint64_t end = 0;
  auto place = [&](const std::string &name, const Variable &variable) {
    if (variable.space != "shared")
      return;
    kernel.sharedBegin = firstSharedVariable;
    end = (end + variable.alignment - 1) / variable.alignment *
          variable.alignment;
    addresses[name] = firstSharedVariable + end;
    end += variable.bytes;
  };
  for (auto &[name, variable] : variables)
    if (variable.bytes)
      place(name, variable);
  for (auto &[name, variable] : variables)
    if (!variable.bytes)
      place(name, variable);
  kernel.sharedBytes = static_cast<uint32_t>(end);
}

static uint64_t placeGlobal(const std::string &name, const Variable &variable,
                            Memory &memory) {
  uint64_t address = memory.allocate(variable.bytes);
  if (!address)
    throw ProgramError(variable.line, "no memory for '" + name + "'");
  auto *bytes = reinterpret_cast<uint8_t *>(address);
  std::fill_n(bytes, variable.bytes, 0);
  std::copy(variable.initialiser.begin(), variable.initialiser.end(), bytes);
  return address;
}

static Kernel decodeKernel(const KernelSyntax &syntax,
                           const std::map<std::string, Variable> &variables,
                           std::map<std::string, uint64_t> addresses,
                           const DecoderTable &table) {
  Kernel kernel;
  kernel.name = syntax.name;
  kernel.parameters = syntax.parameters;
  for (const Parameter &parameter : syntax.parameters) {
    addresses[parameter.name] = parameter.offset;
    kernel.parameterBytes = parameter.offset + parameter.bytes;
  }
  std::copy_n(syntax.requiredThreads, 3, kernel.requiredThreads);
  std::copy_n(syntax.mostThreads, 3, kernel.mostThreads);
  std::copy_n(syntax.cluster, 3, kernel.cluster);
  std::map<std::string, Variable> all = syntax.variables;
  all.insert(variables.begin(), variables.end());
  placeShared(all, addresses, kernel);
  Decoder(syntax, addresses, kernel).decode(table);
  return kernel;
}

std::unique_ptr<Module> vitrail::emulator::loadModule(std::string_view text,
                                                      int capability,
                                                      Memory &memory) {
  static const DecoderTable table = makeTable();
  ModuleSyntax syntax = parseModule(text);
  checkTarget(syntax, capability);
  auto module = std::make_unique<Module>();
  std::map<std::string, uint64_t> addresses;
  for (auto &[name, variable] : syntax.variables)
    if (variable.space != "shared") {
      addresses[name] = placeGlobal(name, variable, memory);
      module->allocations.push_back(addresses[name]);
    }
  for (const KernelSyntax &kernel : syntax.kernels)
    module->kernels.emplace(
        kernel.name, decodeKernel(kernel, syntax.variables, addresses, table));
  return module;
}
