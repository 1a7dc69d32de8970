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
  static Layout strided(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides);

  /// A shared tile of rows x columns (columns contiguous) of `elementBytes`
  /// wide elements: panels of at most 128 bytes of columns, each row of a
  /// panel contiguous, TMA's swizzle for that row size. Eight rows at one
  /// 16-byte column, and one row's consecutive 16-byte pieces, both hit
  /// distinct banks: free of conflicts for ldmatrix and for 16-byte copies.
  /// columns * elementBytes must be a multiple of 16.
  static Layout sharedTile(int64_t rows, int64_t columns, int64_t elementBytes);

  /// A staging tile of rows x columns for results held in mma.sync accumulator
  /// order (a lane writes two neighbouring columns, a quad eight): free of
  /// conflicts for those writes and for reads of consecutive 16-byte pieces.
  static Layout stagingTile(int64_t rows, int64_t columns, int64_t elementBytes);

  llvm::ArrayRef<LayoutMode> getModes() const { return modes; }
  Swizzle getSwizzle() const { return swizzle; }
  int64_t getRank() const { return modes.size(); }
  int64_t getExtent(int64_t dim) const;

  /// Element offset before the swizzle.
  int64_t linearOffset(llvm::ArrayRef<int64_t> coordinate) const;
  /// Byte offset, swizzled.
  int64_t byteOffset(llvm::ArrayRef<int64_t> coordinate, int64_t elementBytes) const;
  /// One past the largest element offset; 0 if empty.
  int64_t getSpan() const;

private:
  llvm::SmallVector<LayoutMode, 4> modes;
  Swizzle swizzle;
};

} // namespace dlk

#endif
