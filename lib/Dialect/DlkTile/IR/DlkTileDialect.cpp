// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Registers the attributes, types and operations of dlk_tile.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlk::tile;

#include "dlk/Dialect/DlkTile/IR/DlkTileDialect.cpp.inc"
#include "dlk/Dialect/DlkTile/IR/DlkTileEnums.cpp.inc"

void DlkTileDialect::initialize() {
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dlk/Dialect/DlkTile/IR/DlkTileOps.cpp.inc"
      >();
}
