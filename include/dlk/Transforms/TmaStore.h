// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The epilogue of one warpgroup that ends in TMA stores.
#ifndef DLK_TRANSFORMS_TMASTORE_H
#define DLK_TRANSFORMS_TMASTORE_H

#include "dlk/Transforms/AccumulatorIndex.h"

namespace dlk {

/// Emits `op` for one thread, before it, with its source from `emitPiece`, in
/// pieces of AccumulatorIndex::tilesPerPiece(tiles of a box). Failure, with an
/// error, if staging has another layout than the boxes of the map or less than
/// a buffer for each warpgroup, or `emitPiece` fails. With `separateBoxes`
/// boxes are computed one after another, each in a branch that those outside of
/// the result do not enter; else ptxas may compute all before it stores the
/// first.
mlir::LogicalResult emitTmaStore(tile::TmaStoreOp op, EmitPiece emitPiece,
                                 bool separateBoxes);

/// Emits, where the blocks that store by TMA end, outside of all loops, the
/// wait that keeps shared memory alive until the last store has been done.
void emitTmaStoreEnds(tile::KernelOp kernel);

} // namespace dlk

#endif
