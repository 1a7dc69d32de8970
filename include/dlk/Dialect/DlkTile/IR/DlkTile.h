// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The dialect dlk_tile: its attributes, types and operations.
#ifndef DLK_DIALECT_DLKTILE_IR_DLKTILE_H
#define DLK_DIALECT_DLKTILE_IR_DLKTILE_H

#include "dlk/Analysis/FragmentLayout.h"
#include "dlk/Analysis/Layout.h"
#include "dlk/Analysis/TmaGather.h"
#include "dlk/Dialect/Dlk/IR/DlkAttributes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dlk/Dialect/DlkTile/IR/DlkTileDialect.h.inc"
#include "dlk/Dialect/DlkTile/IR/DlkTileEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileTypes.h.inc"
#define GET_OP_CLASSES
#include "dlk/Dialect/DlkTile/IR/DlkTileOps.h.inc"

namespace dlk::tile {

/// Whether pieces of `vector` elements along the last dimension, starting at
/// multiples of `vector`, are contiguous and, given an aligned start of the
/// memory, aligned.
bool allowsVector(MemType memory, int64_t vector);

/// Whether wgmma multiplies elements of lhs by those of rhs into acc.
bool hasWgmma(mlir::Type lhs, mlir::Type rhs, mlir::Type acc);
/// The same of mma.sync.
bool hasMmaSync(mlir::Type lhs, mlir::Type rhs, mlir::Type acc);

} // namespace dlk::tile

#endif
