// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes the module between two phases, for reading and for `start-after`.

#include "dlk/Pipelines/Passes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace dlk {
#define GEN_PASS_DEF_DUMPPHASE
#include "dlk/Pipelines/Passes.h.inc"
} // namespace dlk

using namespace mlir;

namespace {

struct DumpPhasePass : dlk::impl::DumpPhaseBase<DumpPhasePass> {
  using DumpPhaseBase::DumpPhaseBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    StringRef path = file;
    std::error_code error = llvm::sys::fs::create_directories(
        llvm::sys::path::parent_path(path), /*IgnoreExisting=*/true,
        llvm::sys::fs::all_all);
    if (!error) {
      llvm::raw_fd_ostream os(path, error);
      if (!error)
        os << getOperation() << "\n";
    }
    if (error) {
      emitError(getOperation().getLoc(), "cannot write ")
          << path << ": " << error.message();
      signalPassFailure();
    }
  }
};

} // namespace
