// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The operand of an epilogue that travels through the ring of the main loop.
#ifndef DLK_TRANSFORMS_RINGOPERAND_H
#define DLK_TRANSFORMS_RINGOPERAND_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// An extra operand of a matmul with an element for each element of the result,
/// and how its tile is cut: into panels of the tile's rows, of which a stage of
/// the ring holds several.
struct RingOperand {
  unsigned extra;
  /// [batch..., m, n], with strides of zero where the operand has no such
  /// dimension.
  tile::MemType global;
  /// A panel in shared memory.
  tile::MemType panel;
  int64_t panels, panelsPerStage;

  int64_t getColumns() const { return panel.getShape()[1]; }
  int64_t getStages() const { return llvm::divideCeil(panels, panelsPerStage); }
};

/// The first extra operand of `op` that TMA can copy to stages made for
/// `buffers`, if its schedule has a ring between roles and there is one. A
/// warpgroup has `columns` columns of the tile.
std::optional<RingOperand>
findRingOperand(MatmulOp op, llvm::ArrayRef<tile::MemType> buffers,
                int64_t columns);

} // namespace dlk

#endif
