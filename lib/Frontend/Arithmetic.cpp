//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Integers are exact: overflow, and division with a remainder, are errors. A
// multiple of the batch takes part where the result is one again, or where the
// batch cancels.
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "Reporter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace vitrail;
using namespace vitrail::frontend;
using nn::Extent;

namespace {

/// One application of an operator.
class Operation {
public:
  Operation(BinaryOperator op, const Value &lhs, const Value &rhs,
            llvm::SMLoc loc, Reporter &reporter)
      : op(op), lhs(lhs), rhs(rhs), loc(loc), reporter(reporter) {}

  Value run() const;

private:
  Value compare() const;
  Value computeExtents(Extent a, Extent b) const;
  Value divide(Extent a, Extent b) const;
  Value remainder(Extent a, Extent b) const;
  Value computeFloats(double a, double b) const;
  Value makeRange() const;
  Value joinLists() const;
  std::string describeOperation() const;
  Value fail(const llvm::Twine &message) const {
    reporter.error(loc) << message;
    return Value();
  }
  Value failUnknown() const;

  BinaryOperator op;
  const Value &lhs;
  const Value &rhs;
  llvm::SMLoc loc;
  Reporter &reporter;
};

} // namespace

Value Operation::run() const {
  if (op >= BinaryOperator::Equal && op <= BinaryOperator::GreaterEqual)
    return compare();
  if (op == BinaryOperator::Range)
    return makeRange();
  if (op == BinaryOperator::Add && lhs.is(Value::Kind::List) &&
      rhs.is(Value::Kind::List))
    return joinLists();
  if (lhs.is(Value::Kind::Integer) && rhs.is(Value::Kind::Integer))
    return computeExtents(lhs.getExtent(), rhs.getExtent());
  if (lhs.isNumber() && rhs.isNumber())
    return computeFloats(lhs.getNumber(), rhs.getNumber());
  if (lhs.isBatchDependent() || rhs.isBatchDependent())
    return failUnknown();
  return fail("operator '" + getSpelling(op) + "' does not apply to " +
              describeKind(lhs) + " and " + describeKind(rhs) + ": " +
              describeOperation());
}

/// Of operands that the compiler does not know.
Value Operation::failUnknown() const {
  mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
  diagnostic << describeOperation() << " is known only when the model runs";
  if (lhs.isBatchDependent() || rhs.isBatchDependent())
    diagnostic.attachNote() << "the batch is the number of samples of a run";
  return Value();
}

/// "7 / 2".
std::string Operation::describeOperation() const {
  auto describeOperand = [](const Value &value) {
    std::string text = describe(value);
    bool isProduct = value.isBatchDependent() && value.getInteger() != 1;
    return isProduct ? "(" + text + ")" : text;
  };
  return describeOperand(lhs) + " " + getSpelling(op).str() + " " +
         describeOperand(rhs);
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// Whether two values are equal; nothing if only a run could tell.
static std::optional<bool> areEqual(const Value &lhs, const Value &rhs) {
  if (lhs.is(Value::Kind::Integer) && rhs.is(Value::Kind::Integer)) {
    if (lhs.isBatchDependent() != rhs.isBatchDependent())
      return std::nullopt;
    return lhs.getInteger() == rhs.getInteger();
  }
  if (lhs.isNumber() && rhs.isNumber())
    return lhs.getNumber() == rhs.getNumber();
  if (lhs.getKind() != rhs.getKind())
    return false;
  switch (lhs.getKind()) {
  case Value::Kind::Boolean:
    return lhs.getBoolean() == rhs.getBoolean();
  case Value::Kind::String:
    return lhs.getString() == rhs.getString();
  case Value::Kind::List: {
    if (lhs.getElements().size() != rhs.getElements().size())
      return false;
    bool allEqual = true;
    for (auto [a, b] : llvm::zip(lhs.getElements(), rhs.getElements())) {
      std::optional<bool> equal = areEqual(a, b);
      if (!equal)
        return std::nullopt;
      allEqual &= *equal;
    }
    return allEqual;
  }
  default:
    return std::nullopt;
  }
}

template <typename T> static bool isOrdered(BinaryOperator op, T lhs, T rhs) {
  switch (op) {
  case BinaryOperator::Less:
    return lhs < rhs;
  case BinaryOperator::LessEqual:
    return lhs <= rhs;
  case BinaryOperator::Greater:
    return lhs > rhs;
  default:
    return lhs >= rhs;
  }
}

Value Operation::compare() const {
  if (op == BinaryOperator::Equal || op == BinaryOperator::NotEqual) {
    std::optional<bool> equal = areEqual(lhs, rhs);
    return equal ? Value(*equal == (op == BinaryOperator::Equal))
                 : failUnknown();
  }
  if (lhs.is(Value::Kind::Integer) && rhs.is(Value::Kind::Integer) &&
      lhs.isBatchDependent() == rhs.isBatchDependent())
    return isOrdered(op, lhs.getInteger(), rhs.getInteger());
  if (lhs.isNumber() && rhs.isNumber())
    return isOrdered(op, lhs.getNumber(), rhs.getNumber());
  if (lhs.isBatchDependent() || rhs.isBatchDependent())
    return failUnknown();
  return fail("cannot order " + describeKind(lhs) + " and " +
              describeKind(rhs) + ": " + describeOperation());
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

Value Operation::computeExtents(Extent a, Extent b) const {
  Extent result;
  bool overflows = false;
  switch (op) {
  case BinaryOperator::Add:
  case BinaryOperator::Subtract:
    if (a.timesBatch != b.timesBatch)
      return failUnknown();
    result.timesBatch = a.timesBatch;
    overflows = op == BinaryOperator::Add
                    ? llvm::AddOverflow(a.size, b.size, result.size)
                    : llvm::SubOverflow(a.size, b.size, result.size);
    break;
  case BinaryOperator::Multiply:
    if (a.timesBatch && b.timesBatch)
      return failUnknown();
    result.timesBatch = a.timesBatch || b.timesBatch;
    overflows = llvm::MulOverflow(a.size, b.size, result.size);
    break;
  case BinaryOperator::Divide:
    return divide(a, b);
  default:
    return remainder(a, b);
  }
  if (overflows)
    return fail(describeOperation() + " does not fit in 64 bits");
  // Nothing times the batch is nothing.
  result.timesBatch &= result.size != 0;
  return result;
}

Value Operation::divide(Extent a, Extent b) const {
  if (b.size == 0)
    return fail("division by zero: " + describeOperation());
  if (b.timesBatch && !a.timesBatch)
    return failUnknown();
  if (a.size == std::numeric_limits<int64_t>::min() && b.size == -1)
    return fail(describeOperation() + " does not fit in 64 bits");
  if (a.size % b.size != 0) {
    mlir::InFlightDiagnostic diagnostic = reporter.error(loc);
    diagnostic << describeOperation()
               << " leaves a remainder; division of integers is exact";
    if (!a.timesBatch)
      diagnostic.attachNote() << "div(" << a.size << ", " << b.size
                              << ") is the quotient rounded down, float("
                              << a.size << ") / " << b.size << " the fraction";
    return Value();
  }
  return Extent{a.size / b.size, a.timesBatch && !b.timesBatch};
}

Value Operation::remainder(Extent a, Extent b) const {
  if (b.size == 0)
    return fail("division by zero: " + describeOperation());
  if (a.timesBatch || b.timesBatch)
    return failUnknown();
  if (b.size == -1)
    return 0;
  return a.size - floorDivide(a.size, b.size) * b.size;
}

Value Operation::computeFloats(double a, double b) const {
  double result = 0;
  switch (op) {
  case BinaryOperator::Add:
    result = a + b;
    break;
  case BinaryOperator::Subtract:
    result = a - b;
    break;
  case BinaryOperator::Multiply:
    result = a * b;
    break;
  case BinaryOperator::Divide:
    if (b == 0)
      return fail("division by zero: " + describeOperation());
    result = a / b;
    break;
  default:
    return fail("'%' is for integers: " + describeOperation());
  }
  if (!std::isfinite(result))
    return fail(describeOperation() + " is out of range");
  return result;
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

/// first .. last, without last.
Value Operation::makeRange() const {
  if (lhs.isBatchDependent() || rhs.isBatchDependent())
    return failUnknown();
  if (!lhs.isKnownInteger() || !rhs.isKnownInteger())
    return fail("a range is between integers, not " + describeKind(lhs) +
                " and " + describeKind(rhs));
  int64_t first = lhs.getInteger(), last = rhs.getInteger(), count = 0;
  if (first < last && (llvm::SubOverflow(last, first, count) ||
                       count > static_cast<int64_t>(maxListSize)))
    return fail("range " + describeOperation() + " has more than " +
                llvm::Twine(maxListSize) + " elements");
  std::vector<Value> elements;
  for (int64_t value = first; value < last; ++value)
    elements.push_back(value);
  return *makeList(std::move(elements));
}

Value Operation::joinLists() const {
  std::vector<Value> elements = lhs.getElements();
  llvm::append_range(elements, rhs.getElements());
  std::optional<Value> list = makeList(std::move(elements));
  return list ? *list : fail(describeListLimits());
}

Value vitrail::frontend::applyBinary(BinaryOperator op, const Value &lhs,
                                     const Value &rhs, llvm::SMLoc loc,
                                     Reporter &reporter) {
  return Operation(op, lhs, rhs, loc, reporter).run();
}

Value vitrail::frontend::negate(const Value &value, llvm::SMLoc loc,
                                Reporter &reporter) {
  if (value.is(Value::Kind::Float))
    return -value.getNumber();
  if (value.is(Value::Kind::Integer))
    return applyBinary(BinaryOperator::Subtract,
                       Extent{0, value.isBatchDependent()}, value, loc,
                       reporter);
  reporter.error(loc) << "operator '-' does not apply to "
                      << describeKind(value);
  return Value();
}

int64_t vitrail::frontend::floorDivide(int64_t lhs, int64_t rhs) {
  int64_t quotient = lhs / rhs;
  bool isRoundedUp = lhs % rhs != 0 && (lhs < 0) != (rhs < 0);
  return quotient - isRoundedUp;
}
