// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates layouts, and makes the shared-memory layouts of tiles and staging.

#include "dlk/Analysis/Layout.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace dlk;

Layout Layout::strided(llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> strides) {
  llvm::SmallVector<LayoutMode> modes;
  for (size_t dim = 0; dim < shape.size(); ++dim)
    modes.push_back({LayoutPart{shape[dim], strides[dim]}});
  return Layout(modes);
}

Layout Layout::rowMajor(llvm::ArrayRef<int64_t> shape) {
  llvm::SmallVector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t dim = shape.size(); dim-- > 0;) {
    strides[dim] = stride;
    stride *= shape[dim];
  }
  return strided(shape, strides);
}

/// The largest power of two up to 128 that divides the bytes of a row.
static int64_t blockBytes(int64_t rowBytes) {
  return std::min<int64_t>(128, rowBytes & -rowBytes);
}

/// Rows x columns in which `granule` neighbouring bytes stay together.
///
/// A row is an odd number of blocks of less than 128 bytes, or any number of
/// 128-byte blocks. In the first case blocks follow one another: eight
/// consecutive rows then meet eight different blocks modulo 8, so the place of
/// a block in its 128-byte line and the number of the line tell the rows apart.
/// In the second case each column of blocks (panel) is stored by itself, and
/// the number of the line alone tells the rows apart. The swizzle XORs that
/// number, from bit 7 up, into the granule's place in its block.
static Layout rowsOfBlocks(int64_t rows, int64_t columns, int64_t elementBytes,
                           int64_t granule) {
  int64_t block = blockBytes(columns * elementBytes);
  Swizzle swizzle;
  if (block > granule)
    swizzle = {llvm::Log2_64(block / granule), llvm::Log2_64(granule),
               7 - static_cast<int64_t>(llvm::Log2_64(granule))};
  int64_t width = block / elementBytes;
  if (block < 128 || columns == width)
    return Layout({LayoutMode{{rows, columns}}, LayoutMode{{columns, 1}}},
                  swizzle);
  return Layout({LayoutMode{{rows, width}},
                 LayoutMode{{width, 1}, {columns / width, rows * width}}},
                swizzle);
}

Layout Layout::sharedTile(int64_t rows, int64_t columns, int64_t elementBytes) {
  return rowsOfBlocks(rows, columns, elementBytes, /*granule=*/16);
}

Layout Layout::stagingTile(int64_t rows, int64_t columns,
                           int64_t elementBytes) {
  // A quad of lanes writes eight neighbouring columns.
  return rowsOfBlocks(rows, columns, elementBytes,
                      std::max<int64_t>(16, 8 * elementBytes));
}

Layout Layout::tmaStaging(llvm::ArrayRef<int64_t> shape, int64_t elementBytes,
                          int64_t swizzleBytes) {
  Layout dense = rowMajor(shape);
  if (swizzleBytes == 0)
    return dense;
  int64_t bits = llvm::Log2_64(swizzleBytes / 16);
  return Layout(dense.getModes(), {bits, /*base=*/4, /*shift=*/3});
}

int64_t Layout::getExtent(int64_t dim) const {
  int64_t extent = 1;
  for (const LayoutPart &part : modes[dim])
    extent *= part.extent;
  return extent;
}

int64_t Layout::linearOffset(llvm::ArrayRef<int64_t> coordinate) const {
  int64_t offset = 0;
  for (size_t dim = 0; dim < modes.size(); ++dim) {
    int64_t rest = coordinate[dim];
    for (const LayoutPart &part : modes[dim]) {
      offset += rest % part.extent * part.stride;
      rest /= part.extent;
    }
  }
  return offset;
}

int64_t Layout::byteOffset(llvm::ArrayRef<int64_t> coordinate,
                           int64_t elementBytes) const {
  return swizzle.apply(linearOffset(coordinate) * elementBytes);
}

int64_t Layout::getSpan() const {
  int64_t last = 0;
  for (const LayoutMode &mode : modes)
    for (const LayoutPart &part : mode) {
      if (part.extent == 0)
        return 0;
      last += (part.extent - 1) * part.stride;
    }
  return last + 1;
}
