// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a bundle: on a GPU, or on the CPU by executing its PTX.

#include "Options.h"
#include "llvm/Support/InitLLVM.h"

using namespace dlk::runtime;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  auto request = parseCommandLine({argv + 1, argv + argc});
  if (!request) {
    llvm::errs() << "dlk-run: " << llvm::toString(request.takeError()) << "\n";
    return int(RunStatus::BadInput);
  }
  if (!*request)
    return 0;
  return int(run(**request, llvm::outs(), llvm::errs()));
}
