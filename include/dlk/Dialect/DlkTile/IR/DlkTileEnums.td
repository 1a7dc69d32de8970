// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Enumerations of the tile level.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILEENUMS_TD
#define DLK_DIALECT_DLKTILE_IR_DLKTILEENUMS_TD

include "dlk/Dialect/DlkTile/IR/DlkTileDialect.td"
include "mlir/IR/EnumAttr.td"

def DlkTile_MemorySpace : I32Enum<"MemorySpace", "memory space of a mem", [
    I32EnumCase<"Global", 0, "global">,
    I32EnumCase<"Shared", 1, "shared">]> {
  let cppNamespace = "::dlk::tile";
}

def DlkTile_FragmentKind : I32Enum<"FragmentKind", "register layout of a fragment", [
    I32EnumCase<"MmaAcc", 0, "mma_acc">,
    I32EnumCase<"MmaA", 1, "mma_a">,
    I32EnumCase<"MmaB", 2, "mma_b">,
    I32EnumCase<"WgmmaAcc", 3, "wgmma_acc">]> {
  let cppNamespace = "::dlk::tile";
}

def DlkTile_RasterKind : I32Enum<"RasterKind", "order in which thread blocks visit output tiles", [
    I32EnumCase<"Row", 0, "row">,
    I32EnumCase<"Column", 1, "column">,
    I32EnumCase<"Grouped", 2, "grouped">,
    I32EnumCase<"Hilbert", 3, "hilbert">]> {
  let cppNamespace = "::dlk::tile";
}

def DlkTile_RasterKindAttr : EnumAttr<DlkTile_Dialect, DlkTile_RasterKind, "raster"> {
  let assemblyFormat = "$value";
}

#endif
