//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The product of one kernel for a GPU: GPUContraction.cpp has the algorithm and
// says what is what, GPUContractionSchedule.cpp the schedule.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUCONTRACTION_H
#define VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUCONTRACTION_H

#include "BlockTile.h"
#include "GPU.h"
#include "LeftOperand.h"

#include "llvm/Support/MathExtras.h"

namespace vitrail {

/// The matrices that are multiplied for each sample.
BlockProduct describeBlockProduct(const Product &product);

class ContractionOnGPU {
public:
  ContractionOnGPU(KernelLowering &kernel, const Product &product)
      : kernel(kernel), product(product),
        hasRows(product.m && !mlir::ShapedType::isDynamic(*product.m)),
        outerNames(numberedNames("o", product.outer.size())),
        shape(describeBlockProduct(product)),
        tile(chooseBlockTile(shape, kernel.givenSchedule())),
        steps(llvm::divideCeil(shape.k, tile.depth())) {
    if (product.m && !hasRows)
      outerNames.push_back("m");
    if (product.lhsNorm || product.lhsRange)
      lhsRows.emplace(kernel, this->product);
    if (product.resultNorm)
      resultRows.emplace(kernel, product.resultNorm);
  }

  void run() {
    if (lhsRows)
      computeLhs();
    defineOperands();
    defineParts();
    defineSums();
    if (hasSlices())
      defineSlices();
    defineResult();
    std::string block = scheduleStore();
    scheduleSums(block);
    if (hasSlices())
      scheduleSlices(block);
    scheduleParts();
    scheduleOperands();
    if (resultRows)
      scheduleResultNorm();
  }

private:
  static constexpr int64_t vectorSize = GPUTile::vectorSize;

  void computeLhs();
  void defineOperands();
  Indices splitK(ExprBuilder &expr, mlir::Value k) const;
  mlir::Value getLeft(ExprBuilder &expr,
                      llvm::ArrayRef<mlir::Value> vars) const;
  mlir::Value getRight(ExprBuilder &expr,
                       llvm::ArrayRef<mlir::Value> vars) const;
  Indices getRightIndices(ExprBuilder &expr, mlir::Value vector,
                          mlir::Value inVector, llvm::ArrayRef<mlir::Value> k,
                          llvm::ArrayRef<mlir::Value> outer) const;
  void defineParts();
  void defineSums();
  void defineSlices();
  mlir::Value getSum(ExprBuilder &expr,
                     llvm::ArrayRef<mlir::Value> indices) const;
  void defineResult();
  std::string scheduleStore();
  void bindTile(Stage &stage) const;
  void scheduleSums(llvm::StringRef block);
  void scheduleSlices(llvm::StringRef block);
  void scheduleParts();
  void scheduleOperands();
  void spreadLoads(Stage &stage, const std::string &vector, bool isVector,
                   const std::string &inner, const std::string &outer,
                   int64_t count) const;
  void scheduleResultNorm();

  bool hasSlices() const { return tile.slices > 1; }
  /// Whether the last step of k is not whole.
  bool hasTail() const { return shape.k % tile.depth() != 0; }
  /// Vectors of columns, of the matrix and of a tile.
  int64_t countVectors() const {
    return llvm::divideCeil(product.n, vectorSize);
  }
  int64_t vectorsOfTile() const { return tile.vectors * tile.columnThreads; }

  /// `first`, then the outer dimensions.
  Names withOuter(Names first) const {
    llvm::append_range(first, llvm::reverse(outerNames));
    return first;
  }
  Names sumVariables() const {
    return withOuter({"ni", "nv", "mi", "tx", "ty", "tz", "nb", "mb"});
  }

  /// The dimensions of the product's result.
  llvm::SmallVector<Dimension> resultDimensions() const {
    llvm::SmallVector<Dimension> dims;
    Names names = outerNames;
    if (hasRows)
      names.push_back("m");
    names.push_back("n");
    for (auto [name, extent] : llvm::zip_equal(names, shapeOf(product.result)))
      dims.push_back({name, extent});
    return dims;
  }

  /// The func that the sums are stored in.
  llvm::StringRef storeName() const {
    return resultRows ? "raw" : llvm::StringRef(KernelLowering::outputName);
  }

  KernelLowering &kernel;
  Product product;
  bool hasRows;     ///< known while compiling
  Names outerNames; ///< the outermost first
  BlockProduct shape;
  GPUTile tile;
  int64_t steps; ///< of k
  halide::FuncOp leftFunc;
  std::optional<LeftOperand> lhsRows;
  std::optional<NormalizedRows> resultRows;
};

} // namespace vitrail

#endif // VITRAIL_LIB_CONVERSION_NNTOHALIDE_GPUCONTRACTION_H
