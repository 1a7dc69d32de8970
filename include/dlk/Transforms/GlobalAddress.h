// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Addresses of elements of a global memory near a tile's origin, per thread.
#ifndef DLK_TRANSFORMS_GLOBALADDRESS_H
#define DLK_TRANSFORMS_GLOBALADDRESS_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/SharedAddress.h"

namespace dlk {

/// A memory, and per dimension the index (of type index) where the tile starts.
/// Parts of an address are added in the order in which they vary: what the
/// enclosing loop does not change, the thread's part, what the loop changes,
/// the constant.
class GlobalAddress {
public:
  /// Stands where `user` stands; its innermost loop decides what varies.
  GlobalAddress(mlir::OpBuilder &builder, mlir::Operation *user,
                mlir::Value memory, mlir::ValueRange origin);

  /// The memory's first element.
  mlir::Value start() const { return base; }
  /// The element at origin + coordinate; dimensions without a coordinate stay
  /// at the origin. Coordinates belong to the last dimensions.
  mlir::Value pointer(llvm::ArrayRef<ThreadCoordinate> coordinate);
  /// origin + coordinate < extent of dimension `dim`; null if all tiles of
  /// `tileExtent` lie inside.
  mlir::Value isInside(unsigned dim, int64_t tileExtent,
                       const ThreadCoordinate &coordinate);
  /// Whether the enclosing loop changes the origin's index `dim`.
  bool variesInLoop(unsigned dim) const;

private:
  int64_t strideBytes(unsigned dim) const;
  mlir::Value advance(mlir::Value pointer, mlir::Value bytes);
  mlir::Value index(int64_t value);
  mlir::Value toIndex(mlir::Value value);

  mlir::OpBuilder &builder;
  mlir::Operation *user;
  mlir::Location loc;
  tile::MemType type;
  mlir::ValueRange origin;
  mlir::Value base, fixedOffset, varyingOffset;
};

/// The type in which `bytes` bytes are loaded or stored at once.
mlir::Type pieceType(mlir::OpBuilder &builder, int64_t bytes);

} // namespace dlk

#endif
