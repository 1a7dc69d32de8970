// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a kernel's main loop executes, counted in its PTX text. The counts are
// the quality figures of a kernel: reports print them, tests pin them.
// Independent of MLIR.
#ifndef DLK_EMIT_LOOPCOUNTS_H
#define DLK_EMIT_LOOPCOUNTS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace dlk {

/// Instructions of one pass through a loop. `all` counts every instruction
/// once; the other figures overlap where the names say so (a transposed
/// ldmatrix is in `ldmatrix` and `ldmatrixTrans`).
struct LoopCounts {
  unsigned mma = 0;
  unsigned wgmma = 0;
  unsigned wgmmaFence = 0;
  unsigned ldmatrix = 0;
  unsigned ldmatrixX4 = 0;
  unsigned ldmatrixTrans = 0;
  unsigned cpAsyncCg = 0;
  unsigned cpAsyncCa = 0;
  unsigned cpAsync16Bytes = 0;
  unsigned bulkCopy = 0;
  unsigned tmaLoad = 0;
  unsigned tmaStore = 0;
  unsigned commit = 0;
  unsigned wait = 0;
  unsigned barrier = 0;
  unsigned mbarrier = 0;
  unsigned mbarrierTryWait = 0;
  unsigned mbarrierArrive = 0;
  unsigned setmaxnreg = 0;
  unsigned ldShared = 0;
  unsigned stShared = 0;
  unsigned ldGlobal = 0;
  unsigned stGlobal = 0;
  unsigned local = 0;
  unsigned other = 0;
  unsigned all = 0;
  /// First and last line of the loop in the text, from 1. The backend may put
  /// other code between them.
  unsigned firstLine = 0;
  unsigned lastLine = 0;
  /// Element type of the first matrix operand, as "bf16"; part of the text.
  llvm::StringRef operandType;
};

/// Calls `visit` with each figure and the name that report.json gives it.
void forEachCount(const LoopCounts &counts,
                  llvm::function_ref<void(llvm::StringRef, unsigned)> visit);

/// Finds the main loop of `kernel` in `ptx`: of the loops with matrix
/// multiplications that contain no other such loop, the one with the most.
/// None if the kernel is not there or has no such loop (a kernel whose k loop
/// runs once is straight-line code).
std::optional<LoopCounts> countMainLoop(llvm::StringRef ptx,
                                        llvm::StringRef kernel);

/// The loop of a kernel with roles that only fetches: of the loops with TMA
/// loads and without matrix multiplications that contain no other such loop,
/// the one with the most. None if there is none.
std::optional<LoopCounts> countProducerLoop(llvm::StringRef ptx,
                                            llvm::StringRef kernel);

/// Registers per thread that setmaxnreg gives the roles of a kernel, in the
/// order of the text; empty if it has none.
llvm::SmallVector<unsigned> readRoleRegisters(llvm::StringRef ptx,
                                              llvm::StringRef kernel);

} // namespace dlk

#endif
