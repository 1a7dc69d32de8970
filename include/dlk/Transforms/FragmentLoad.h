// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A thread's registers of an operand of mma.sync, out of shared memory.
#ifndef DLK_TRANSFORMS_FRAGMENTLOAD_H
#define DLK_TRANSFORMS_FRAGMENTLOAD_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Rows of A or columns of B that belong to a warp: a multiple of 16.
int64_t getWarpExtent(tile::LoadFragmentOp op);

/// The registers of 32 bits, in the order of FragmentLayout, four for each 16
/// rows of A or columns of B.
llvm::SmallVector<mlir::Value> emitFragmentLoad(mlir::OpBuilder &builder,
                                                tile::LoadFragmentOp op);

} // namespace dlk

#endif
