// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The driver: mlir-opt with dlk's dialects, passes, pipelines and emission.

#include "Driver.h"

int main(int argc, char **argv) { return dlk::runDriver(argc, argv); }
