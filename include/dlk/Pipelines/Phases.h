// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The table of phases as data.
#ifndef DLK_PIPELINES_PHASES_H
#define DLK_PIPELINES_PHASES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace dlk {

struct CompileOptions;

struct Phase {
  llvm::StringLiteral name;
  llvm::StringLiteral sentence;
  void (*build)(mlir::OpPassManager &, const CompileOptions &);
};

/// All phases, in order.
llvm::ArrayRef<Phase> getPhases();

/// Its place in the table, none if there is no phase of that name.
std::optional<unsigned> findPhase(llvm::StringRef name);

/// All names, as "import, fuse, ...".
std::string getPhaseNames();

} // namespace dlk

#endif
