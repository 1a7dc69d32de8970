// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Lowering of the tile operations that remain in a kernel.
#ifndef DLK_LIB_CONVERSION_DLKTOLLVM_LOWERTILEOPS_H
#define DLK_LIB_CONVERSION_DLKTOLLVM_LOWERTILEOPS_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// The one array in which all shared buffers of all kernels lie.
inline constexpr llvm::StringLiteral kArenaName = "dlk_arena";

/// Reports tile operations that this conversion does not take, and buffers
/// without a place in the arena.
llvm::LogicalResult checkTileOps(tile::KernelOp kernel);

/// Replaces pointer, tile_coord, barrier, async_commit and async_wait by device
/// operations, and drops alloc and view. `parameters` are pointers to the
/// memories that are the kernel's arguments. Needs `checkTileOps`.
void lowerTileOps(tile::KernelOp kernel,
                  llvm::ArrayRef<mlir::Value> parameters);

} // namespace dlk

#endif
