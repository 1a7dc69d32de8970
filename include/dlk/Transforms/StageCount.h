// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Counts the stages by which the two roles advance a ring in one tile.
#ifndef DLK_TRANSFORMS_STAGECOUNT_H
#define DLK_TRANSFORMS_STAGECOUNT_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Proves that `producer` acquires as many stages of `ring` as `consumer` waits
/// for, for all values of their loops' bounds.
llvm::LogicalResult checkStageCounts(tile::RingCreateOp ring,
                                     tile::ForTilesOp producer,
                                     tile::ForTilesOp consumer);

} // namespace dlk

#endif
