// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How lanes that hold pairs of columns take turns at tiles in shared memory.
#ifndef DLK_TRANSFORMS_TILEEXCHANGE_H
#define DLK_TRANSFORMS_TILEEXCHANGE_H

#include "dlk/Analysis/Layout.h"

namespace dlk {

/// Lanes whose row has `rowBit` exchange tiles of eight columns at `distance`:
/// they access one while the others access the other. Distance 0: none do.
struct TileExchange {
  int64_t rowBit = 0, distance = 0;
};

/// The exchange by which a warp, whose lanes hold columns 2t and 2t+1 of row g,
/// accesses `tiles` tiles of `layout` (rows, columns) without bank conflicts;
/// none if there is none.
TileExchange findTileExchange(const Layout &layout, int64_t elementBytes,
                              int64_t tiles);

} // namespace dlk

#endif
