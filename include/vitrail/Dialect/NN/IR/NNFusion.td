//===----------------------------------------------------------------------===//
//
// Part of the Vitrail project, under the Apache License v2.0 with LLVM
// Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//===----------------------------------------------------------------------===//
//
// Operations that share a kernel.
//
//===----------------------------------------------------------------------===//

#ifndef VITRAIL_DIALECT_NN_IR_NNFUSION_TD
#define VITRAIL_DIALECT_NN_IR_NNFUSION_TD

include "vitrail/Dialect/NN/IR/NNBase.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

// An operation whose effects are those of its region.
class NN_RegionOp<string mnemonic, list<Trait> traits = []>
    : Op<NN_Dialect, mnemonic, !listconcat(
          traits, [RecursiveMemoryEffects, RecursivelySpeculatable])>;

def NN_FusionOp : NN_RegionOp<"fusion", [SingleBlock]> {
  let summary = "Operations that share a kernel";
  let description = [{
    Means what the operations of its body mean; the results are the values that
    `nn.yield` names.

    The body is one block without arguments, which reads values from outside as
    they are. It holds operations of this dialect but no other fusion, and
    yields at least one value, each defined in it. A fusion is no constant
    expression, whatever it reads.

    Model authors do not write it: passes decide by it what becomes one kernel,
    and `nn-form-kernels` makes a function of each. An operation may be in
    several fusions, repeated, where computing it again costs less than storing
    it. `cse` would undo that, so that it comes before the first pass that
    forms a fusion.

    ```mlir
    func.func @expand(%x: tensor<?x197x768xf32>, %w: tensor<3072x768xf32>,
                      %b: tensor<3072xf32>) -> tensor<?x197x3072xf32> {
      %y = nn.fusion {
        %0 = nn.linear %x, %w bias %b : tensor<?x197x768xf32>,
            tensor<3072x768xf32>, tensor<3072xf32>
        %1 = nn.gelu %0 : tensor<?x197x3072xf32>
        nn.yield %1 : tensor<?x197x3072xf32>
      } : tensor<?x197x3072xf32>
      return %y : tensor<?x197x3072xf32>
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<NN_AnyTensor>:$results);
  let assemblyFormat = "attr-dict-with-keyword $body `:` type($results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The operations that share the kernel, `nn.yield` left out.
    auto getMembers() { return getBody().front().without_terminator(); }
    ::mlir::ValueRange getYielded();
    /// What the body reads from outside, in the order in which it is read.
    ::llvm::SmallVector<::mlir::Value> getCaptures();
  }];
}

def NN_YieldOp : NN_Op<"yield", [
    Terminator, ReturnLike, HasParent<"FusionOp">]> {
  let summary = "The results of a fusion";
  let description = [{
    Ends the body of an `nn.fusion`; its operands become the results.

    Their types are those of the results. Each is defined in the body.

    See `nn.fusion`, which has nothing without it.

    ```mlir
    func.func @both(%x: tensor<?x4xf32>)
        -> (tensor<?x4xf32>, tensor<?x4xf32>) {
      %y:2 = nn.fusion {
        %0 = nn.exp %x : tensor<?x4xf32>
        %1 = nn.neg %0 : tensor<?x4xf32>
        nn.yield %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
      } : tensor<?x4xf32>, tensor<?x4xf32>
      return %y#0, %y#1 : tensor<?x4xf32>, tensor<?x4xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<NN_AnyTensor>:$values);
  let assemblyFormat = "$values attr-dict `:` type($values)";
}

#endif // VITRAIL_DIALECT_NN_IR_NNFUSION_TD
