// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect record of dlk.
#ifndef DLK_DIALECT_DLK_IR_DLKDIALECT_TD
#define DLK_DIALECT_DLK_IR_DLKDIALECT_TD

include "mlir/IR/OpBase.td"

def Dlk_Dialect : Dialect {
  let name = "dlk";
  let cppNamespace = "::dlk";
  let summary = "One operation per kernel family, with a schedule";
  let description = [{
    `dlk` (level L1) holds one operation for each kind of kernel that dlk
    writes: what is computed, on tensors, with everything fused into it, and a
    `#dlk.schedule` that decides everything about how. The lowering to
    `dlk_tile` is a function of the operation, its schedule and the chip.

    Operations are in destination style: the `outs` operand gives the result's
    shape, and its content is never read.

    Rules of verifiers are numbered: A for attributes, V for operations, S for
    the legality of a schedule on an operation and a chip, P for what a pass
    needs of its input.

    `dlk.flops` (f64) on a `dlk.matmul` is the work that a report counts; without
    it, all products are. `dlk.pack` (i64) on a `dlk.conv`, or on an operation that
    becomes one, says how many of its groups are one product.

    Two attributes may stand on operations of other dialects: `dlk.schedule` on
    an operation that `dlk-import` takes pins its schedule, `dlk.target` on a
    module names the chip. Rule: [DLK-A7] they hold a `#dlk.schedule` and a
    `#dlk.target`.
  }];
  let hasOperationAttrVerify = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerAttributes();
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif
