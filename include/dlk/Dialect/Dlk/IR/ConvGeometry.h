// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Layouts, strides, dilations, padding and groups of a convolution as a plain
// value, and the extents that follow. The rules, V20 to V26, are listed with
// `dlk.conv`.
#ifndef DLK_DIALECT_DLK_IR_CONVGEOMETRY_H
#define DLK_DIALECT_DLK_IR_CONVGEOMETRY_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <optional>
#include <string>

namespace dlk {

struct ConvGeometry {
  /// One letter for each dimension: of x, w and y.
  std::string inputLayout, filterLayout, outputLayout;
  /// One entry for each spatial dimension.
  llvm::SmallVector<int64_t> strides, dilations, padLow, padHigh;
  int64_t groups = 1;

  unsigned getSpatialRank() const { return strides.size(); }
  /// `w`, `hw` or `dhw`.
  llvm::StringRef getSpatialLetters() const;
  /// Extent of y along spatial dimension `dim`.
  int64_t getOutputExtent(unsigned dim, int64_t input, int64_t filter) const;
};

/// Extents of all dimensions of a convolution; channels are those of a group,
/// c of the input and f of the output.
struct ConvExtents {
  int64_t n, g, c, f;
  llvm::SmallVector<int64_t> input, filter, output;
};

using Shape = llvm::ArrayRef<int64_t>;

/// Of a reduction over windows (`dlk.window`); rules V30 to V32.
struct WindowGeometry {
  /// One letter for each dimension; of the filter empty if there is none.
  std::string inputLayout, filterLayout, outputLayout;
  /// One entry for each spatial dimension.
  llvm::SmallVector<int64_t> window, strides, dilations, padLow, padHigh;
  /// Whether tap r is multiplied by the filter's element window - 1 - r.
  bool backwards = false;

  unsigned getSpatialRank() const { return window.size(); }
  llvm::StringRef getSpatialLetters() const;
};

/// The first of the rules V30 to V32 that is broken, in words, or nothing; the
/// filter's shape is empty if there is none.
std::optional<std::string> checkWindowGeometry(const WindowGeometry &geometry,
                                               Shape input, Shape filter,
                                               Shape output);

/// The first of the rules V20 to V24 and V26 that is broken, in words, or
/// nothing. Shapes are static.
std::optional<std::string> checkConvGeometry(const ConvGeometry &geometry,
                                             Shape input, Shape filter,
                                             Shape output);

/// The geometry obeys its rules.
ConvExtents getConvExtents(const ConvGeometry &geometry, Shape input,
                           Shape filter, Shape output);

} // namespace dlk

#endif
