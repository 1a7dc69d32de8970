// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Addresses of elements of a memory that is seen through a gather, per thread.
#ifndef DLK_TRANSFORMS_GATHERADDRESS_H
#define DLK_TRANSFORMS_GATHERADDRESS_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/SharedAddress.h"
#include "llvm/ADT/DenseMap.h"

namespace dlk {

/// Like GlobalAddress, for memory with a gather: a tile starts at `origin`, and
/// elements near it are named by coordinates of the last two dimensions. What
/// the enclosing loop does not change, such as the pixel that belongs to a row,
/// is emitted such that it can leave the loop.
class GatherAddress {
public:
  /// Where an element is, and whether it is inside the array and the tensor;
  /// null if it always is. Outside, the pointer must not be used.
  struct Element {
    mlir::Value pointer, inside;
  };

  /// Emits for `user`, whose innermost loop decides what varies. The array is
  /// what `gather` makes of the tensor in `memory`, and tiles have `tile` =
  /// [rows, columns] elements of it.
  GatherAddress(mlir::OpBuilder &builder, mlir::Operation *user,
                mlir::Value memory, const Gather &gather,
                mlir::ValueRange origin, llvm::ArrayRef<int64_t> tile);

  /// The tensor's first element.
  mlir::Value start() const { return base; }
  Element element(const ThreadCoordinate &row, const ThreadCoordinate &column);
  /// i32: how much of a piece of `bytes`, a power of two, cp.async reads: all
  /// inside, nothing outside or where `predicate`, if there is one, is false.
  /// Null: always all.
  mlir::Value copySize(const ThreadCoordinate &row,
                       const ThreadCoordinate &column, int64_t bytes,
                       mlir::Value predicate);

private:
  /// What one dimension of the array contributes at one coordinate.
  struct Part {
    /// i32, slowest first; the slowest one is not reduced by its extent.
    llvm::SmallVector<mlir::Value> digits;
    /// Of all digits but the last, as one number; null if there is no other.
    mlir::Value outer;
    /// i64 bytes.
    mlir::Value offset;
    /// i32, for each dimension of the tensor that is checked; null for zero.
    llvm::SmallVector<mlir::Value> indices;
    /// position < extent of the dimension; null if it always holds.
    mlir::Value inside;
    /// Bit t says whether an element with outer column digits t is inside, as
    /// far as the row decides it too; emitted when it is first used.
    mlir::Value mask;
  };

  bool variesInLoop(unsigned dim) const;
  int64_t countTaps() const;
  bool usesMask() const;
  bool isSeparable(unsigned tensorDim) const;
  Part &part(unsigned dim, const ThreadCoordinate &coordinate);
  void emitDigits(unsigned dim, const ThreadCoordinate &coordinate, Part &part);
  void emitSums(unsigned dim, Part &part);
  mlir::Value emitExtentCheck(unsigned dim, const ThreadCoordinate &coordinate);
  mlir::Value emitMask(Part &row);
  mlir::Value emitMaskDigit(Part &row, unsigned digit, mlir::Value mask,
                            int64_t bits);
  mlir::Value isTapInside(Part &row, Part &column);
  mlir::Value emitIndex(unsigned tensorDim, Part &row, Part *column);
  mlir::Value isIndexInside(unsigned tensorDim, mlir::Value index);

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value lhs, mlir::Value rhs);
  mlir::Value both(mlir::Value lhs, mlir::Value rhs);
  mlir::Value advance(mlir::Value pointer, mlir::Value bytes);

  mlir::OpBuilder &builder;
  mlir::Operation *user;
  mlir::Location loc;
  tile::MemType type;
  Gather gather;
  llvm::SmallVector<int64_t> tensorShape;
  llvm::SmallVector<mlir::Value> origin;
  llvm::SmallVector<int64_t> tile;
  unsigned rowDim, columnDim;
  /// Dimensions of the tensor that some element of the array lies outside of.
  llvm::SmallVector<unsigned> checked;
  /// Bytes that each digit moves an element by.
  llvm::SmallVector<int64_t> digitBytes;
  /// The tensor's first element, and where digits of zero lead.
  mlir::Value base, first;
  /// Of the leading dimensions, which have no coordinate.
  llvm::SmallVector<mlir::Value> leadingIndices;
  using Key = std::pair<void *, std::pair<unsigned, int64_t>>;
  llvm::DenseMap<Key, Part> parts;
};

} // namespace dlk

#endif
