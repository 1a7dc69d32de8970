// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk_tile.map as code of one thread.
#ifndef DLK_TRANSFORMS_LOWERMAP_H
#define DLK_TRANSFORMS_LOWERMAP_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Emits, before `op`, its region on the elements of an mma_acc fragment that a
/// thread holds in `registers`, and returns the results in the same order.
/// Failure, with an error, if the region or an operand has no such code.
mlir::FailureOr<mlir::Value> emitMap(tile::MapOp op, mlir::Value registers);

} // namespace dlk

#endif
