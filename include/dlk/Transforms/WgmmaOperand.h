// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tile in shared memory as wgmma's matrix descriptor sees it.
#ifndef DLK_TRANSFORMS_WGMMAOPERAND_H
#define DLK_TRANSFORMS_WGMMAOPERAND_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// Tiles are panels of 128 bytes (Layout::sharedTile) with the 128-byte
/// swizzle. Along its rows a panel has k (`kContiguous`, "K-major") or the
/// other dimension, m or n ("MN-major").
struct WgmmaOperand {
  static bool isDescribable(tile::MemType tile, int64_t kDim);
  static WgmmaOperand of(tile::MemType tile, int64_t kDim);

  /// Distance in bytes from the tile's start to slice `slice` of 32 bytes of k
  /// (K-major) or as many rows (MN-major).
  int64_t sliceBytes(int64_t slice) const;
  /// Distance to row or column `other`, a multiple of 8 (K-major) or 64.
  int64_t otherBytes(int64_t other) const;
  /// The i64 descriptor of the part of `tile` that starts `offset` bytes (i32,
  /// or null) into it.
  mlir::Value emitDescriptor(mlir::OpBuilder &builder, mlir::Location loc,
                             mlir::Value tile, mlir::Value offset) const;

  bool kContiguous;
  int64_t elementBytes;
  /// Bytes of k of the tile.
  int64_t kBytes;
  /// Distance between panels.
  int64_t panelBytes;
};

} // namespace dlk

#endif
