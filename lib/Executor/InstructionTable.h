// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The instruction table, read by opcode text. Instructions.def is its only
// source: what is not there is unsupported.

#ifndef DLK_LIB_EXECUTOR_INSTRUCTIONTABLE_H
#define DLK_LIB_EXECUTOR_INSTRUCTIONTABLE_H

#include "Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <string>

namespace dlk::exec {

class Decoder;
struct Instruction;
struct Opcode;

/// Makes micro-ops of one instruction.
using Builder = llvm::Error (*)(Decoder &decoder,
                                const Instruction &instruction,
                                const Opcode &opcode);

/// A row of Instructions.def.
struct InstructionRow {
  llvm::StringRef mnemonic;  ///< "ld", "bar.warp.sync".
  llvm::StringRef kind;      ///< Class in the statistics.
  llvm::StringRef operands;  ///< Operand codes, see Instructions.def.
  llvm::StringRef types;     ///< Accepted type words.
  llvm::StringRef modifiers; ///< Accepted other words.
  Builder build;
};

llvm::ArrayRef<InstructionRow> instructionTable();

/// An opcode's words, sorted out by its row.
struct Opcode {
  const InstructionRow *row = nullptr;
  llvm::StringRef text;
  llvm::SmallVector<Type, 4> types;
  llvm::SmallVector<llvm::StringRef, 6> modifiers;

  /// The row's class; for "alu" the one of the type.
  llvm::StringRef kind() const;
  bool has(llvm::StringRef modifier) const;
  /// The first of `words` (separated by blanks) that is present, or "".
  llvm::StringRef oneOf(llvm::StringRef words) const;
  Type type(unsigned index = 0) const {
    return types[std::min<size_t>(index, types.size() - 1)];
  }
};

/// The error's text says which word is unknown; it carries no line.
llvm::Expected<Opcode> parseOpcode(llvm::StringRef text);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_INSTRUCTIONTABLE_H
