//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Parses PTX. See Syntax.h.
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"
#include "Syntax.h"

#include <charconv>
#include <cstring>

using namespace vitrail::emulator;

namespace {

/// The names of one pair of braces.
struct Scope {
  std::map<std::string, int, std::less<>> registers, labels;
  size_t firstStatement = 0;
};

class Parser {
public:
  explicit Parser(std::string_view text) : lexer(text) {}
  ModuleSyntax parse();

private:
  uint64_t parseInteger();
  void parseSizes(unsigned (&sizes)[3]);
  void parseVariable(std::map<std::string, Variable> &variables);
  void parseInitialiser(Variable &variable, unsigned elementBytes);
  void parseParameters(KernelSyntax &kernel);
  void parseKernel();
  bool parseKernelDirective(KernelSyntax &kernel);
  void parseBody();
  void parseBodyDirective();
  void parseRegisters();
  void parseStatement();
  void closeScope();
  Operand parseOperand();
  Operand parseWord();
  Operand parseNumber(std::string_view word);
  Operand parseAddress();
  Operand parseVector();
  int findRegister(std::string_view name) const;

  Lexer lexer;
  ModuleSyntax module;
  KernelSyntax *kernel = nullptr;
  std::vector<Scope> scopes;
};

} // namespace

/// The bits of a type such as `.b32`, or 0.
static unsigned getTypeBits(std::string_view type) {
  if (type == ".pred")
    return 1;
  unsigned bits = 0;
  if (type.size() > 2 && strchr("bsuf", type[1]))
    std::from_chars(type.data() + 2, type.data() + type.size(), bits);
  return bits;
}

static uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

uint64_t Parser::parseInteger() {
  Operand number = parseNumber(lexer.peek());
  if (number.kind != Operand::Kind::Integer)
    lexer.fail("expected an integer");
  lexer.take();
  return number.bits;
}

void Parser::parseSizes(unsigned (&sizes)[3]) {
  for (unsigned &size : sizes)
    size = 1;
  int dim = 0;
  do {
    if (dim == 3)
      lexer.fail("more than three sizes");
    sizes[dim++] = static_cast<unsigned>(parseInteger());
  } while (lexer.skip(","));
}

//===----------------------------------------------------------------------===//
// Declarations
//===----------------------------------------------------------------------===//

ModuleSyntax Parser::parse() {
  while (!lexer.atEnd()) {
    if (lexer.skip(".version")) {
      lexer.take();
    } else if (lexer.skip(".target")) {
      module.target = lexer.take();
      while (lexer.skip(","))
        lexer.take();
    } else if (lexer.skip(".address_size")) {
      if (parseInteger() != 64)
        lexer.fail("addresses have 64 bits");
    } else if (lexer.skip(".visible") || lexer.skip(".weak") ||
               lexer.skip(".extern")) {
      // Says who sees what follows.
    } else if (lexer.skip(".entry")) {
      parseKernel();
    } else if (lexer.peek() == ".shared" || lexer.peek() == ".global" ||
               lexer.peek() == ".const") {
      parseVariable(module.variables);
    } else {
      lexer.fail("unknown directive '" + std::string(lexer.peek()) + "'");
    }
  }
  if (module.target.empty())
    lexer.fail("there is no .target");
  return std::move(module);
}

void Parser::parseVariable(std::map<std::string, Variable> &variables) {
  Variable variable;
  variable.line = lexer.getLine();
  variable.space = lexer.take().substr(1);
  bool isAligned = lexer.skip(".align");
  if (isAligned)
    variable.alignment = parseInteger();
  unsigned elementBytes = getTypeBits(lexer.peek()) / 8;
  if (!elementBytes)
    lexer.fail("expected a type instead of '" + std::string(lexer.peek()) +
               "'");
  lexer.take();
  if (!isAligned)
    variable.alignment = elementBytes;
  std::string name(lexer.take());
  variable.bytes = elementBytes;
  if (lexer.skip("[")) {
    variable.bytes = lexer.peek() == "]" ? 0 : elementBytes * parseInteger();
    lexer.expect("]");
  }
  if (lexer.skip("="))
    parseInitialiser(variable, elementBytes);
  lexer.expect(";");
  variables[name] = variable;
}

void Parser::parseInitialiser(Variable &variable, unsigned elementBytes) {
  bool hasBraces = lexer.skip("{");
  do {
    bool isNegative = lexer.skip("-");
    Operand number = parseNumber(lexer.peek());
    lexer.take();
    uint64_t bits = isNegative ? -number.bits : number.bits;
    for (unsigned byte = 0; byte < elementBytes; ++byte)
      variable.initialiser.push_back(static_cast<uint8_t>(bits >> 8 * byte));
  } while (hasBraces && lexer.skip(","));
  if (hasBraces)
    lexer.expect("}");
  if (variable.bytes == 0)
    variable.bytes = variable.initialiser.size();
  if (variable.initialiser.size() > variable.bytes)
    lexer.fail("more values than the variable has");
}

void Parser::parseParameters(KernelSyntax &kernel) {
  uint64_t offset = 0;
  while (!lexer.skip(")")) {
    lexer.expect(".param");
    Parameter parameter = {};
    unsigned bytes = 0;
    while (lexer.peek().starts_with(".")) {
      if (lexer.skip(".align")) {
        uint64_t alignment = parseInteger();
        // After the type it is that of what the parameter points at.
        if (!bytes)
          parameter.alignment = alignment;
      } else if (unsigned bits = getTypeBits(lexer.peek())) {
        bytes = bits / 8;
        lexer.take();
      } else {
        lexer.take();
      }
    }
    parameter.name = lexer.take();
    parameter.bytes = bytes;
    if (lexer.skip("[")) {
      parameter.bytes = bytes * parseInteger();
      lexer.expect("]");
    }
    if (!parameter.alignment)
      parameter.alignment = bytes;
    if (!bytes)
      lexer.fail("a parameter without a type");
    parameter.offset = offset = alignUp(offset, parameter.alignment);
    offset += parameter.bytes;
    kernel.parameters.push_back(parameter);
    lexer.skip(",");
  }
}

bool Parser::parseKernelDirective(KernelSyntax &kernel) {
  if (lexer.skip(".reqntid"))
    parseSizes(kernel.requiredThreads);
  else if (lexer.skip(".maxntid"))
    parseSizes(kernel.mostThreads);
  else if (lexer.skip(".reqnctapercluster"))
    parseSizes(kernel.cluster);
  else if (lexer.skip(".minnctapersm") || lexer.skip(".maxnreg") ||
           lexer.skip(".maxclusterrank"))
    parseInteger();
  else if (!lexer.skip(".explicitcluster"))
    return false;
  return true;
}

void Parser::parseKernel() {
  module.kernels.emplace_back();
  kernel = &module.kernels.back();
  kernel->name = lexer.take();
  if (lexer.skip("("))
    parseParameters(*kernel);
  while (parseKernelDirective(*kernel)) {
  }
  lexer.expect("{");
  scopes.assign(1, {});
  parseBody();
  kernel = nullptr;
}

//===----------------------------------------------------------------------===//
// Bodies
//===----------------------------------------------------------------------===//

void Parser::parseBody() {
  while (!scopes.empty()) {
    if (lexer.skip("{")) {
      scopes.emplace_back();
      scopes.back().firstStatement = kernel->statements.size();
    } else if (lexer.skip("}")) {
      closeScope();
    } else if (lexer.peek().starts_with(".")) {
      parseBodyDirective();
    } else if (lexer.atEnd()) {
      lexer.fail("unexpected end of the text");
    } else if (!lexer.skip(";")) {
      parseStatement();
    }
  }
}

/// Resolves labels of the scope, which may come after what jumps to them.
void Parser::closeScope() {
  Scope &scope = scopes.back();
  for (size_t i = scope.firstStatement; i < kernel->statements.size(); ++i)
    for (Operand &operand : kernel->statements[i].operands) {
      auto label = scope.labels.find(operand.name);
      if (operand.kind != Operand::Kind::Symbol || label == scope.labels.end())
        continue;
      operand.kind = Operand::Kind::Label;
      operand.index = label->second;
    }
  scopes.pop_back();
}

void Parser::parseBodyDirective() {
  if (lexer.skip(".reg")) {
    parseRegisters();
  } else if (lexer.peek() == ".shared") {
    parseVariable(kernel->variables);
  } else if (lexer.skip(".pragma")) {
    lexer.take();
    lexer.expect(";");
  } else {
    lexer.fail("unknown directive '" + std::string(lexer.peek()) + "'");
  }
}

void Parser::parseRegisters() {
  unsigned bits = getTypeBits(lexer.peek());
  if (!bits || bits > 64)
    lexer.fail("unknown type of registers '" + std::string(lexer.peek()) + "'");
  lexer.take();
  auto declare = [&](const std::string &name) {
    scopes.back().registers[name] = static_cast<int>(kernel->registers.size());
    kernel->registers.push_back({bits});
  };
  do {
    std::string name(lexer.take());
    if (!lexer.skip("<")) {
      declare(name);
      continue;
    }
    uint64_t count = parseInteger();
    for (uint64_t i = 0; i < count; ++i)
      declare(name + std::to_string(i));
    lexer.expect(">");
  } while (lexer.skip(","));
  lexer.expect(";");
}

int Parser::findRegister(std::string_view name) const {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    auto found = scope->registers.find(name);
    if (found != scope->registers.end())
      return found->second;
  }
  return -1;
}

void Parser::parseStatement() {
  Statement statement;
  statement.line = lexer.getLine();
  if (lexer.skip("@")) {
    statement.isGuardNegated = lexer.skip("!");
    statement.guard = findRegister(lexer.peek());
    if (statement.guard < 0)
      lexer.fail("unknown predicate '" + std::string(lexer.peek()) + "'");
    lexer.take();
  }
  if (!lexer.isWord())
    lexer.fail("expected an instruction instead of '" +
               std::string(lexer.peek()) + "'");
  std::string word(lexer.take());
  if (lexer.skip(":")) {
    scopes.back().labels[word] = static_cast<int>(kernel->statements.size());
    return;
  }
  for (size_t begin = 0; begin <= word.size();) {
    size_t end = std::min(word.find('.', begin), word.size());
    statement.opcode.push_back(word.substr(begin, end - begin));
    begin = end + 1;
  }
  while (!lexer.skip(";")) {
    statement.operands.push_back(parseOperand());
    if (lexer.peek() != ";")
      lexer.expect(",");
  }
  kernel->statements.push_back(std::move(statement));
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

Operand Parser::parseOperand() {
  if (lexer.peek() == "[")
    return parseAddress();
  if (lexer.peek() == "{")
    return parseVector();
  bool isNegated = lexer.skip("!");
  bool isNegative = !isNegated && lexer.skip("-");
  Operand operand = parseWord();
  operand.isNegated = isNegated;
  if (isNegative) {
    if (operand.kind != Operand::Kind::Integer)
      lexer.fail("only integers have a sign");
    operand.bits = -operand.bits;
  }
  if (lexer.skip("|")) {
    Operand both;
    both.kind = Operand::Kind::Alternates;
    both.elements = {operand, parseWord()};
    return both;
  }
  return operand;
}

Operand Parser::parseWord() {
  std::string_view word = lexer.peek();
  Operand operand;
  if (!lexer.isWord())
    lexer.fail("expected an operand instead of '" + std::string(word) + "'");
  if (isdigit(static_cast<unsigned char>(word[0]))) {
    operand = parseNumber(word);
    lexer.take();
    return operand;
  }
  operand.name = word;
  operand.index = findRegister(word);
  if (operand.index >= 0)
    operand.kind = Operand::Kind::Register;
  else if (word[0] == '%')
    operand.kind = Operand::Kind::Special;
  else
    operand.kind = Operand::Kind::Symbol;
  lexer.take();
  if (operand.kind == Operand::Kind::Symbol && lexer.skip("+"))
    operand.offset = static_cast<int64_t>(parseInteger());
  return operand;
}

Operand Parser::parseNumber(std::string_view word) {
  Operand number;
  const char *begin = word.data(), *end = begin + word.size();
  if (word.ends_with("U"))
    --end;
  int base = 10;
  bool isHexadecimal =
      word.size() > 2 && word[0] == '0' && strchr("xXfFdD", word[1]) != nullptr;
  if (isHexadecimal) {
    base = 16;
    begin += 2;
    if (tolower(word[1]) == 'f')
      number.kind = Operand::Kind::Single;
    else if (tolower(word[1]) == 'd')
      number.kind = Operand::Kind::Double;
  }
  auto parsed = std::from_chars(begin, end, number.bits, base);
  if (parsed.ec == std::errc() && parsed.ptr != end && !isHexadecimal) {
    double value = 0;
    parsed = std::from_chars(begin, end, value);
    memcpy(&number.bits, &value, sizeof(value));
    number.kind = Operand::Kind::Double;
  }
  if (parsed.ec != std::errc() || parsed.ptr != end)
    lexer.fail("not a number: '" + std::string(word) + "'");
  return number;
}

Operand Parser::parseAddress() {
  Operand address;
  address.kind = Operand::Kind::Address;
  lexer.expect("[");
  address.elements.push_back(parseWord());
  std::swap(address.offset, address.elements[0].offset);
  if (lexer.skip("+")) {
    bool isNegative = lexer.skip("-");
    auto offset = static_cast<int64_t>(parseInteger());
    address.offset = isNegative ? -offset : offset;
  } else if (lexer.skip("-")) {
    address.offset = -static_cast<int64_t>(parseInteger());
  }
  if (lexer.skip(","))
    address.elements.push_back(parseVector());
  lexer.expect("]");
  return address;
}

Operand Parser::parseVector() {
  Operand vector;
  vector.kind = Operand::Kind::Vector;
  lexer.expect("{");
  do
    vector.elements.push_back(parseOperand());
  while (lexer.skip(","));
  lexer.expect("}");
  return vector;
}

ModuleSyntax vitrail::emulator::parseModule(std::string_view text) {
  return Parser(text).parse();
}
