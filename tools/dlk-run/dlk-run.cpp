// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a bundle: on a GPU, or on the CPU by executing its PTX.

#include "Options.h"
#include "llvm/Support/InitLLVM.h"

using namespace dlk::runtime;

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  llvm::Expected<RunRequest> request = parseCommandLine(argc, argv);
  if (!request) {
    llvm::errs() << "dlk-run: " << llvm::toString(request.takeError()) << "\n";
    return int(RunStatus::BadInput);
  }
  return int(run(*request, llvm::outs(), llvm::errs()));
}
