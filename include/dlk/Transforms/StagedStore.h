// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The staged epilogue of one warp.
#ifndef DLK_TRANSFORMS_STAGEDSTORE_H
#define DLK_TRANSFORMS_STAGEDSTORE_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Emits `op` for one thread, before it, with its source in `registers`
/// (vector, in the order of the source's FragmentLayout). Failure, with an
/// error, if a layout splits the pieces.
mlir::LogicalResult emitStagedStore(tile::StoreOp op, mlir::Value registers);

} // namespace dlk

#endif
