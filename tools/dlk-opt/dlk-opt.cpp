// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The driver: mlir-opt with dlk's dialects, passes and pipelines.

#include "dlk/InitAll.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  dlk::registerAllDialects(registry);
  dlk::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "dlk compiler driver\n", registry));
}
