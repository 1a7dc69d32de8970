// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The options of a compilation, the same from text (`--dlk-compile="..."`,
// `dlk-compile{...}`) and from C++. Pass timing, IR printing and verification
// after each pass are options of the pass manager, not of dlk.
#ifndef DLK_PIPELINES_OPTIONS_H
#define DLK_PIPELINES_OPTIONS_H

#include "mlir/Pass/PassOptions.h"
#include <string>

namespace dlk {

struct CompileOptions : mlir::PassPipelineOptions<CompileOptions> {
  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("Chip to compile for, as sm_80. May be left out if the "
                     "module has a dlk.target attribute")};
  Option<std::string> startAfter{
      *this, "start-after",
      llvm::cl::desc("Input is what this phase left: skip it and all before")};
  Option<std::string> stopAfter{
      *this, "stop-after",
      llvm::cl::desc("Run no phase after this one (see --list-phases)")};
  Option<std::string> dumpDir{
      *this, "dump-dir",
      llvm::cl::desc("Write the module after each phase into this folder")};
  Option<bool> tf32{*this, "tf32",
                    llvm::cl::desc("Let products of f32 be computed as tf32"),
                    llvm::cl::init(false)};
  Option<bool> remarks{
      *this, "remarks",
      llvm::cl::desc("Say which schedule each operation gets, and why"),
      llvm::cl::init(false)};
  Option<bool> verifyPhases{
      *this, "verify-phases",
      llvm::cl::desc("Check after each phase that only what may remain does"),
      llvm::cl::init(true)};
};

} // namespace dlk

#endif
