// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registers dlk's dialects, passes and pipelines on top of all upstream ones,
// so that every flag of mlir-opt works in dlk-opt too. No main of a tool lists
// dialects or passes itself.

#include "dlk/InitAll.h"
#include "dlk/Conversion/Passes.h"
#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Emit/Emit.h"
#include "dlk/Pipelines/Compile.h"
#include "dlk/Pipelines/Passes.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"

void dlk::registerAllDialects(mlir::DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registerEmitTranslations(registry);
  registry.insert<DlkDialect>();
  registry.insert<tile::DlkTileDialect>();
}

void dlk::registerAllPasses() {
  mlir::registerAllPasses();
  registerDlkConversionPasses();
  registerDlkPasses();
  registerDlkPipelinesPasses();
  registerCompilePipeline();
}
