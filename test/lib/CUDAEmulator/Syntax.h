//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of a module as it is parsed: variables, and kernels as lists of
// statements, whose names are resolved later.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_TEST_CUDAEMULATOR_SYNTAX_H
#define VITRAIL_TEST_CUDAEMULATOR_SYNTAX_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::emulator {

/// An operand as it is written.
struct Operand {
  enum class Kind {
    Register,  // `%r1`, of the kernel's `registers`
    Special,   // `%tid.x`
    Integer,   // `bits`
    Single,    // `0f3F800000`: the number's bits
    Double,    // `0d...`, or written in decimals
    Symbol,    // a variable or parameter, and `offset`
    Label,     // the statement at `index`
    Address,   // `[elements[0] + offset]`, of a tensor `[map, {x, y}]`
    Vector,    // `{a, b}`
    Alternates // `p|q`
  };
  Kind kind = Kind::Integer;
  std::string name;
  int index = -1;
  uint64_t bits = 0;
  int64_t offset = 0;
  bool isNegated = false;
  std::vector<Operand> elements;
};

/// An instruction as it is written: `@guard opcode operands;`.
struct Statement {
  unsigned line = 0;
  /// The register of the guard or -1.
  int guard = -1;
  bool isGuardNegated = false;
  /// `add.s32` is `add` and `s32`.
  std::vector<std::string> opcode;
  std::vector<Operand> operands;
};

/// What is declared by `.shared`, `.global` or `.const`.
struct Variable {
  std::string space;
  uint64_t alignment = 1, bytes = 0;
  std::vector<uint8_t> initialiser;
  unsigned line = 0;
};

struct Parameter {
  std::string name;
  uint64_t bytes, alignment, offset;
};

/// A register, by the size of its type: 1 bit for predicates.
struct RegisterDeclaration {
  unsigned bits;
};

struct KernelSyntax {
  std::string name;
  std::vector<Parameter> parameters;
  std::vector<RegisterDeclaration> registers;
  std::vector<Statement> statements;
  std::map<std::string, Variable> variables;
  /// `.reqntid`, `.maxntid` and `.reqnctapercluster`, zeros if there is none.
  unsigned requiredThreads[3] = {}, mostThreads[3] = {}, cluster[3] = {};
};

struct ModuleSyntax {
  std::string target;
  std::map<std::string, Variable> variables;
  std::vector<KernelSyntax> kernels;
};

/// Parses PTX. Throws ProgramError.
ModuleSyntax parseModule(std::string_view text);

} // namespace vitrail::emulator

#endif // VITRAIL_TEST_CUDAEMULATOR_SYNTAX_H
