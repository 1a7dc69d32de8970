// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How fast the tensor cores of a chip multiply, by instruction and type.
#ifndef DLK_TARGET_TENSORRATE_H
#define DLK_TARGET_TENSORRATE_H

#include "dlk/Target/ChipInfo.h"

namespace dlk {

/// Dense multiply-adds per SM and clock of mma.sync, or of wgmma, on operands
/// of a type by PTX's name: "bf16", "tf32", "e4m3".
double getTensorRate(const ChipInfo &chip, llvm::StringRef type, bool wgmma);

} // namespace dlk

#endif
