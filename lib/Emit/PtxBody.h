// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The statements and loops of a kernel in PTX text, as far as counting needs
// them. Independent of MLIR.
#ifndef DLK_LIB_EMIT_PTXBODY_H
#define DLK_LIB_EMIT_PTXBODY_H

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace dlk {

/// An instruction, or a label: then without text. That makes the heads of
/// nested loops distinct.
struct PtxStatement {
  llvm::StringRef text; // without guard, up to the semicolon
  unsigned line;
  bool guarded;
};

/// The statements of a natural loop: the backend may put others between them,
/// and the loop's head anywhere among them.
struct PtxLoop {
  llvm::BitVector statements;
  /// Whether the other loop is a part of this one.
  bool contains(const PtxLoop &other) const {
    return other.statements != statements && !other.statements.test(statements);
  }
};

/// Not a parser: it accepts text that ptxas refuses.
struct PtxBody {
  llvm::SmallVector<PtxStatement> statements;
  llvm::StringMap<size_t> labels; // name -> index of its statement

  /// The body of a kernel; none if it is not in the text.
  static std::optional<PtxBody> find(llvm::StringRef ptx,
                                     llvm::StringRef kernel);

  /// One loop for each head.
  llvm::SmallVector<PtxLoop> findLoops() const;
};

/// "wgmma", "mma_async", ... of the statement's opcode.
llvm::SmallVector<llvm::StringRef> splitOpcode(llvm::StringRef statement);

} // namespace dlk

#endif
