// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect record of dlk_tile.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEDIALECT_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEDIALECT_TD

include "mlir/IR/OpBase.td"

def DlkTile_Dialect : Dialect {
  let name = "dlk_tile";
  let cppNamespace = "::dlk::tile";
  let summary = "One kernel at the level of tiles";
  let description = [{
    `dlk_tile` (level L2) describes one GPU kernel by what its thread block does
    with tiles: rings of shared-memory stages, copies into them, fragments held
    in registers, matrix-multiply-accumulate, elementwise maps on fragments and
    stores. Every operation is executed by the whole block unless its
    description says otherwise; which thread holds which element is written in
    the types.

    Asynchrony is visible in types and operations: a stage of a ring is
    *acquired*, filled by copies, *committed*, *waited* for, read and
    *released*; nothing else orders producers and consumers. On sm_80 the ring
    is lowered to cp.async groups and block barriers, on sm_90a to mbarriers
    and TMA; the operations are the same.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect"];
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
}

#endif
