//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Checkpoints in the safetensors format: eight bytes of header length, a header
// in JSON that gives each tensor's element type, shape and place, then the
// elements. The file is mapped, never read as a whole.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_WEIGHTS_SAFETENSORS_H
#define VITRAIL_WEIGHTS_SAFETENSORS_H

#include "vitrail/Weights/ParameterSource.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <string>
#include <vector>

namespace vitrail::weights {

/// The parameters in a safetensors file. F32, F16, BF16, I32 and I64 can be
/// read; other element types of the format may be in the file unused.
class SafetensorsSource final : public ParameterSource {
public:
  /// Maps `path` and checks the whole header: lengths, element types, shapes,
  /// and that the tensors cover the data once, with neither gap nor overlap.
  /// Reports everything that is wrong at the file's name.
  static mlir::FailureOr<std::unique_ptr<SafetensorsSource>>
  open(llvm::StringRef path, mlir::MLIRContext *context);

  /// As `open`, on bytes at hand; the buffer's identifier names them.
  static mlir::FailureOr<std::unique_ptr<SafetensorsSource>>
  create(std::unique_ptr<llvm::MemoryBuffer> buffer,
         mlir::MLIRContext *context);

  llvm::StringRef getName() const override;
  std::optional<StoredTensor>
  lookup(llvm::StringRef name, mlir::RankedTensorType type) const override;
  llvm::SmallVector<llvm::StringRef> getNames() const override;
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<float> out) const override;
  void read(llvm::StringRef name, mlir::RankedTensorType type,
            llvm::MutableArrayRef<double> out) const override;

private:
  /// A tensor of the header.
  struct Entry {
    std::string name;
    StoredTensor tensor;
    /// Its place in the data; the address need not be aligned.
    uint64_t begin;
    uint64_t end;
  };

  explicit SafetensorsSource(std::unique_ptr<llvm::MemoryBuffer> buffer)
      : buffer(std::move(buffer)) {}

  /// Fills the members from the buffer.
  class HeaderReader;

  /// The elements of `name` as they are in the file.
  template <typename T>
  void decode(llvm::StringRef name, llvm::MutableArrayRef<T> out) const;

  std::unique_ptr<llvm::MemoryBuffer> buffer;
  /// What follows the header in `buffer`.
  llvm::StringRef data;
  /// In the order of their data.
  std::vector<Entry> entries;
  /// Index in `entries` by name.
  llvm::StringMap<size_t> indices;
};

} // namespace vitrail::weights

#endif // VITRAIL_WEIGHTS_SAFETENSORS_H
