// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reduces a failing .mlir file that uses dlk's dialects (see mlir-reduce).

#include "dlk/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dlk::registerAllDialects(registry);
  dlk::registerAllPasses();
  mlir::MLIRContext context(registry);
  return failed(mlir::mlirReduceMain(argc, argv, context));
}
