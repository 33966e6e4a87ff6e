//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs tasks that end in every way, several at a time, and prints what came of
// each; isolation.test knows what that is.
//
//===----------------------------------------------------------------------===//

#include "vitrail/Support/Isolation.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <unistd.h>
#include <vector>

/// Goes so deep, 1 GB, that the stack ends.
static int exhaustStack(const volatile int *above, int depth) {
  volatile int frame[1024];
  frame[0] = *above + depth;
  if (depth == 1 << 18)
    return frame[0];
  return exhaustStack(frame, depth + 1) + frame[0];
}

static int counter = 0;

static std::string runTask(unsigned index) {
  ++counter;
  switch (index) {
  case 1:
    raise(SIGSEGV);
    break;
  case 2:
    raise(SIGFPE);
    break;
  case 3:
    llvm::errs() << "the reason";
    abort();
  case 4:
    return std::to_string(exhaustStack(&counter, 0));
  case 5:
    _exit(3);
  case 6:
    return std::string(1 << 20, 'x'); // more than a pipe holds
  case 7:
    raise(SIGKILL);
    break;
  default:
    break;
  }
  return "counter is " + std::to_string(counter);
}

int main() {
  for (unsigned processes : {1, 3, 100}) {
    std::vector<vitrail::IsolatedOutcome> outcomes(9);
    unsigned done = 0;
    vitrail::runIsolated(outcomes.size(), processes, runTask,
                         [&](unsigned index, vitrail::IsolatedOutcome outcome) {
                           outcomes[index] = std::move(outcome);
                           ++done;
                         });
    llvm::outs() << processes << " at a time: " << done << " done, counter is "
                 << counter << "\n";
    for (const vitrail::IsolatedOutcome &outcome : outcomes)
      llvm::outs() << "report '"
                   << (outcome.report.size() < 100
                           ? outcome.report
                           : std::to_string(outcome.report.size()) + " bytes")
                   << "', printed '" << outcome.printed << "', failure '"
                   << outcome.failure << "'\n";
  }
  return 0;
}
