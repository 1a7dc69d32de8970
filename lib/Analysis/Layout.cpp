// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Evaluates layouts, and makes the shared-memory layouts of tiles and staging.

#include "dlk/Analysis/Layout.h"

using namespace dlk;

Layout Layout::strided(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> strides) {
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

/// The largest of 128, 64, 32 and 16 bytes that divides a row.
static int64_t panelBytes(int64_t rowBytes) {
  int64_t bytes = 128;
  while (bytes > 16 && rowBytes % bytes != 0)
    bytes /= 2;
  return bytes;
}

static Layout panels(int64_t rows, int64_t columns, int64_t elementBytes, int64_t bytes,
                     Swizzle swizzle) {
  int64_t width = bytes / elementBytes;
  LayoutMode columnMode{LayoutPart{width, 1}};
  if (columns != width)
    columnMode.push_back(LayoutPart{columns / width, rows * width});
  return Layout({LayoutMode{LayoutPart{rows, width}}, columnMode}, swizzle);
}

static int64_t log2Exact(int64_t value) {
  int64_t log = 0;
  while ((int64_t(1) << log) < value)
    ++log;
  return log;
}

Layout Layout::sharedTile(int64_t rows, int64_t columns, int64_t elementBytes) {
  int64_t bytes = panelBytes(columns * elementBytes);
  int64_t bits = log2Exact(bytes / 16);
  Swizzle swizzle = bits == 0 ? Swizzle{} : Swizzle{bits, 4, 3};
  return panels(rows, columns, elementBytes, bytes, swizzle);
}

Layout Layout::stagingTile(int64_t rows, int64_t columns, int64_t elementBytes) {
  // A quad of lanes writes eight neighbouring columns: the granule that the
  // swizzle must not split.
  int64_t granule = std::max<int64_t>(16, 8 * elementBytes);
  int64_t bytes = panelBytes(columns * elementBytes);
  int64_t bits = log2Exact(bytes / granule), base = log2Exact(granule);
  if (bytes <= granule)
    return panels(rows, columns, elementBytes, bytes, Swizzle{});
  // 128-byte lines start at bit 7: their number selects the granule.
  return panels(rows, columns, elementBytes, bytes, Swizzle{bits, base, 7 - base});
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

int64_t Layout::byteOffset(llvm::ArrayRef<int64_t> coordinate, int64_t elementBytes) const {
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
