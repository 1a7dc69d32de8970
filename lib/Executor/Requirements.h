// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What instructions need of a module: the PTX version that introduced them and
// the chips that have them. Requirements.def is the only source.

#ifndef DLK_LIB_EXECUTOR_REQUIREMENTS_H
#define DLK_LIB_EXECUTOR_REQUIREMENTS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace dlk::exec {

struct Opcode;

/// An entry of Requirements.def.
struct Requirement {
  llvm::StringRef mnemonic; ///< "mma", or "mbarrier.*".
  llvm::StringRef words;    ///< Conditions, see Requirements.def.
  unsigned version;         ///< PTX version, times ten.
  llvm::StringRef chip;     ///< "sm_80", "sm_90a", "sm_90a+".
};

llvm::ArrayRef<Requirement> requirements();

/// Does the entry hold for rows of this mnemonic, whatever their words?
bool concerns(const Requirement &requirement, llvm::StringRef mnemonic);

bool applies(const Requirement &requirement, const Opcode &opcode);

/// What a module says that it is: the first words of .version and .target.
struct ModuleLevel {
  llvm::StringRef version, target;
};

/// "'wgmma.fence' needs sm_90a; the module is for sm_80", or "" if the module
/// may have the instruction. What is no version or no chip is not judged.
std::string unmetNeed(const Opcode &opcode, const ModuleLevel &level);

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_REQUIREMENTS_H
