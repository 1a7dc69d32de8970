// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts of memory: coordinates to element offsets, in CuTe's shape:stride
// form, with an XOR swizzle on byte offsets. Plain values, no IR.
#ifndef DLK_ANALYSIS_LAYOUT_H
#define DLK_ANALYSIS_LAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace dlk {

/// XORs bits [base+shift, base+shift+bits) of a byte offset into bits
/// [base, base+bits). Its own inverse; the identity for bits = 0.
struct Swizzle {
  int64_t bits = 0;
  int64_t base = 0;
  int64_t shift = 0;

  int64_t apply(int64_t byteOffset) const {
    int64_t mask = ((int64_t(1) << bits) - 1) << base;
    return byteOffset ^ ((byteOffset >> shift) & mask);
  }
  explicit operator bool() const { return bits != 0; }
  bool operator==(const Swizzle &o) const {
    return bits == o.bits && base == o.base && shift == o.shift;
  }
};

/// A part of a dimension: `extent` steps of `stride` elements.
struct LayoutPart {
  int64_t extent;
  int64_t stride;
  bool operator==(const LayoutPart &o) const {
    return extent == o.extent && stride == o.stride;
  }
};

/// The parts of one dimension, innermost first.
using LayoutMode = llvm::SmallVector<LayoutPart, 2>;

/// A map from coordinates to element offsets.
class Layout {
public:
  Layout() = default;
  explicit Layout(llvm::ArrayRef<LayoutMode> modes, Swizzle swizzle = {})
      : modes(modes.begin(), modes.end()), swizzle(swizzle) {}

  /// Dense, last dimension contiguous.
  static Layout rowMajor(llvm::ArrayRef<int64_t> shape);
  /// One part per dimension.
  static Layout strided(llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<int64_t> strides);

  /// A shared tile of rows x columns (columns contiguous) of `elementBytes`
  /// wide elements. Eight rows at one 16-byte column, and 128 consecutive bytes
  /// of a row (or of several rows, where a row is shorter), hit distinct banks:
  /// free of conflicts for ldmatrix, plain and transposed, and for copies.
  ///
  /// Rows of a multiple of 128 bytes are cut into panels of 128 bytes; panel p
  /// starts at p * rows * 128 bytes and has TMA's 128-byte swizzle <3, 4, 3>.
  /// Shorter or uneven rows stay whole, with the swizzle of the largest power
  /// of two P that divides a row: <2, 4, 3> for 64 bytes, <1, 4, 3> for 32,
  /// none for 16 and less. columns * elementBytes must be a multiple of 16 for
  /// ldmatrix and 16-byte copies.
  static Layout sharedTile(int64_t rows, int64_t columns, int64_t elementBytes);

  /// A staging tile of rows x columns for results held in mma.sync accumulator
  /// order: a lane writes two neighbouring columns, a quad of lanes eight, the
  /// eight quads of a warp eight rows. Free of conflicts for those writes and
  /// for reads of consecutive 16-byte pieces, for elements of 1 to 8 bytes and
  /// any multiple of 8 columns.
  ///
  /// As sharedTile, but eight columns (at least 16 bytes) stay together, since
  /// wide writes are served a half or quarter warp at a time: <2, 5, 2> for
  /// 4-byte and <1, 6, 1> for 8-byte elements in rows of 128 bytes.
  static Layout stagingTile(int64_t rows, int64_t columns,
                            int64_t elementBytes);

  /// [buffers, rows, columns] as TMA reads and writes boxes of rows x columns
  /// with a swizzle of `swizzleBytes`, which is 0 or the bytes of a row (32, 64
  /// or 128): dense, 16-byte pieces XORed by the number of the 128-byte line.
  static Layout tmaStaging(llvm::ArrayRef<int64_t> shape, int64_t elementBytes,
                           int64_t swizzleBytes);

  llvm::ArrayRef<LayoutMode> getModes() const { return modes; }
  Swizzle getSwizzle() const { return swizzle; }
  int64_t getRank() const { return modes.size(); }
  int64_t getExtent(int64_t dim) const;

  /// Element offset before the swizzle.
  int64_t linearOffset(llvm::ArrayRef<int64_t> coordinate) const;
  /// Byte offset, swizzled.
  int64_t byteOffset(llvm::ArrayRef<int64_t> coordinate,
                     int64_t elementBytes) const;
  /// One past the largest element offset; 0 if empty.
  int64_t getSpan() const;

private:
  llvm::SmallVector<LayoutMode, 4> modes;
  Swizzle swizzle;
};

} // namespace dlk

#endif
