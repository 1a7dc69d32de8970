// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The staged epilogue of one warp.
#ifndef DLK_TRANSFORMS_STAGEDSTORE_H
#define DLK_TRANSFORMS_STAGEDSTORE_H

#include "dlk/Transforms/AccumulatorIndex.h"

namespace dlk {

/// Emits `op` for one thread, before it, with its source from `emitPiece`.
/// Failure, with an error, if a layout splits the pieces or `emitPiece` fails.
mlir::LogicalResult emitStagedStore(tile::StoreOp op, EmitPiece emitPiece);

} // namespace dlk

#endif
