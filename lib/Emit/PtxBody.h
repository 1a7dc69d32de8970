// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statements and loops of a kernel in PTX text, as far as counting needs
// them. Independent of MLIR.
#ifndef DLK_LIB_EMIT_PTXBODY_H
#define DLK_LIB_EMIT_PTXBODY_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace dlk {

struct PtxStatement {
  llvm::StringRef text; // without label and guard, up to the semicolon
  unsigned line;
};

/// Indices of the first and the last statement.
struct PtxLoop {
  size_t first, last;
  bool contains(const PtxLoop &other) const {
    return first <= other.first && other.last <= last &&
           (first != other.first || last != other.last);
  }
};

/// Not a parser: it accepts text that ptxas refuses.
struct PtxBody {
  llvm::SmallVector<PtxStatement> statements;
  llvm::StringMap<size_t> labels; // name -> index of the statement after it

  /// The body of a kernel; none if it is not in the text.
  static std::optional<PtxBody> find(llvm::StringRef ptx,
                                     llvm::StringRef kernel);

  /// From a label to the last branch back to it, which is how the NVPTX backend
  /// lays loops out.
  llvm::SmallVector<PtxLoop> findLoops() const;
};

/// "wgmma", "mma_async", ... of the statement's opcode.
llvm::SmallVector<llvm::StringRef> splitOpcode(llvm::StringRef statement);

} // namespace dlk

#endif
