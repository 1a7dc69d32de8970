// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of one warpgroup that ends in TMA stores.
#ifndef DLK_TRANSFORMS_TMASTORE_H
#define DLK_TRANSFORMS_TMASTORE_H

#include "dlk/Transforms/AccumulatorIndex.h"

namespace dlk {

/// Emits `op` for one thread, before it, with its source from `emitPiece`, in
/// pieces of AccumulatorIndex::tilesPerPiece(tiles of a box). Failure, with an
/// error, if staging has another layout than the boxes of the map or less than
/// a buffer for each warpgroup, or `emitPiece` fails.
mlir::LogicalResult emitTmaStore(tile::TmaStoreOp op, EmitPiece emitPiece);

/// Emits, where the blocks that store by TMA end, outside of all loops, the
/// wait that keeps shared memory alive until the last store has been done.
void emitTmaStoreEnds(tile::KernelOp kernel);

} // namespace dlk

#endif
