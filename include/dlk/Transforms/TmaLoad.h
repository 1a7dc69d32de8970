// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk_tile.tma_load as TMA instructions.
#ifndef DLK_TRANSFORMS_TMALOAD_H
#define DLK_TRANSFORMS_TMALOAD_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Emits, before `op`, one cp.async.bulk.tensor for each box that this block
/// copies, which complete at the mbarrier `barrier` (!llvm.ptr<3>) of every
/// block that receives them. `target` is the op's, with its final view.
mlir::LogicalResult emitTmaLoad(mlir::OpBuilder &builder, tile::TmaLoadOp op,
                                mlir::Value target, mlir::Value barrier);

} // namespace dlk

#endif
