// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How a pass's `chip` option names its chip.
#ifndef DLK_TRANSFORMS_CHIPOPTION_H
#define DLK_TRANSFORMS_CHIPOPTION_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace dlk {
struct ChipInfo;

/// The chip of the option; if the option is empty, of the attribute
/// `dlk.target` on `op` or around it; without one, sm_80. Emits an error on
/// `op` and returns null if no code can be generated for it [DLK-P20].
const ChipInfo *resolveChip(mlir::Operation *op, llvm::StringRef option);

} // namespace dlk

#endif
