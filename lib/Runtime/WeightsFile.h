//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file of weights beside a library that was made with one: found, checked
// and mapped.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_RUNTIME_WEIGHTSFILE_H
#define VITRAIL_LIB_RUNTIME_WEIGHTSFILE_H

#include "Message.h"
#include "vitrail/Runtime/Program.h"

namespace vitrail::runtime {

/// A file of weights, mapped read-only: contexts and processes share its pages.
class WeightsFile {
public:
  /// Maps `path`, or where it is null the file of the program's own name in the
  /// folder of the library. Fails with a message unless the file is complete
  /// and the very one that was made with the library. Only the header is read;
  /// that the weights themselves were not altered is not checked.
  vitrail_status open(const Program &program, const char *path,
                      Message &message);

  void close();

  /// The first byte of the weights, aligned to 64.
  const void *getData() const {
    return static_cast<const char *>(mapping) + sizeof(WeightsHeader);
  }

private:
  void *mapping = nullptr;
  size_t size = 0;
};

} // namespace vitrail::runtime

#endif // VITRAIL_LIB_RUNTIME_WEIGHTSFILE_H
