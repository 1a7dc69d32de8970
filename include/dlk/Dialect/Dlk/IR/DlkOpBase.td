// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What all operations of dlk are made of.
#ifndef DLK_DIALECT_DLK_IR_DLKOPBASE_TD
#define DLK_DIALECT_DLK_IR_DLKOPBASE_TD

include "dlk/Dialect/Dlk/IR/DlkAttrs.td"
include "dlk/Dialect/Dlk/IR/DlkOpInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

class Dlk_Op<string mnemonic, list<Trait> traits = []> : Op<Dlk_Dialect, mnemonic, traits>;

#endif
