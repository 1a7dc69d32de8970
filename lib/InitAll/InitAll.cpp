// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers dlk's dialects and passes on top of all upstream ones, so that
// every flag of mlir-opt works in dlk-opt too. No main of a tool lists
// dialects or passes itself.

#include "dlk/InitAll.h"
#include "dlk/Conversion/Passes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

#if __has_include("dlk/Dialect/Dlk/IR/Dlk.h")
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#define DLK_HAS_DLK 1
#endif
#if __has_include("dlk/Dialect/DlkTile/IR/DlkTile.h")
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#define DLK_HAS_TILE 1
#endif

void dlk::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
}

void dlk::registerAllPasses() { mlir::registerAllPasses(); }
