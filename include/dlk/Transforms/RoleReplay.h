// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Replays one role of a kernel on a ring of numbered stages, whatever the
// lengths of its loops.
#ifndef DLK_TRANSFORMS_ROLEREPLAY_H
#define DLK_TRANSFORMS_ROLEREPLAY_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Proves for one region of `roles`: stages are taken, filled or read, and
/// given back in order; products are waited for before the stages that they
/// read are released; accumulators start with a product that overwrites.
llvm::LogicalResult replayRole(tile::RingCreateOp ring, mlir::Region &role);

} // namespace dlk

#endif
