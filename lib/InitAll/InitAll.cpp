// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers dlk's dialects, passes and pipelines on top of all upstream ones,
// so that every flag of mlir-opt works in dlk-opt too. No main of a tool lists
// dialects or passes itself.

#include "dlk/InitAll.h"
#include "dlk/Conversion/Passes.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Emit/Emit.h"
#include "dlk/Pipelines/Compile.h"
#include "dlk/Pipelines/Passes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#if __has_include("dlk/Dialect/DlkTile/IR/DlkTile.h")
#define DLK_HAS_TILE 1
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#endif

void dlk::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerEmitTranslations(registry);
  registry.insert<DlkDialect>();
#ifdef DLK_HAS_TILE
  registry.insert<tile::DlkTileDialect>();
#endif
}

void dlk::registerAllPasses() {
  mlir::registerAllPasses();
  registerDlkConversionPasses();
#ifdef DLK_HAS_TILE
  registerDlkPasses();
#endif
  registerDlkPipelinesPasses();
  registerCompilePipeline();
}
