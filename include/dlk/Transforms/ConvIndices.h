// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Where the elements of a convolution's tensors are: indices that are linear in
// the digits that the dimensions of its matrix product are made of.
#ifndef DLK_TRANSFORMS_CONVINDICES_H
#define DLK_TRANSFORMS_CONVINDICES_H

#include "dlk/Dialect/Dlk/IR/Dlk.h"

namespace dlk {

/// A digit by its letter: n, g, c, f as in layouts, i and b for the group of c
/// and f inside a pack, and with the number of a spatial dimension p
/// (position), r (tap), e and z (class), u (position inside a pooling window,
/// where p counts those).
struct DigitName {
  char letter;
  unsigned spatial = 0;
  bool operator==(const DigitName &other) const {
    return letter == other.letter && spatial == other.spatial;
  }
};

/// One index of a tensor: the sum of digits times coefficients.
struct LinearIndex {
  llvm::SmallVector<std::pair<DigitName, int64_t>> terms;
  int64_t constant = 0;
};

/// The indices of the three tensors of one convolution.
///
/// dgrad with stride s: the taps that reach an input position x are those with
/// dilation * r = x + pad (mod s), so that positions fall into s classes with
/// taps of their own, each a dense convolution. With q = gcd(dilation, s) and
/// t = s / q they are numbered by e < t and z < q:
///
///   x = s * u + dilation * e + z - pad    r = e + t * r' + (filter extent) * z
///   p = u - dilation / q * r'
///
/// where z > 0 has no taps: the index of the filter is outside. Taps are
/// counted from the last one on, so that pixels of p move forward, as TMA wants
/// it.
///
/// Small groups are several to a product: g counts packs of groups, and inside
/// a pack i is the group of c, b that of f. The filter's channel is then
///
///   c + C * (i - b)    for C channels of a group,
///
/// which is outside of 0..C-1 where i and b differ: the filter is a block
/// diagonal matrix, and nothing of a gradient is stored beside the diagonal. A
/// filter without c is outside in the same way along g, or else f.
class ConvIndices {
public:
  /// With `packed` groups, a divisor of all, to a product. Of fprop, windows of
  /// `pooled` positions along each spatial dimension, side by side, are pooled.
  ConvIndices(ConvOp op, int64_t packed, int64_t pooled = 1);

  int64_t extentOf(DigitName digit) const;
  /// Of the dimension `letter` of the layout.
  LinearIndex inputIndex(char letter) const;
  LinearIndex filterIndex(char letter) const;
  LinearIndex outputIndex(char letter) const;

  /// Of what pooling makes of the output.
  LinearIndex pooledIndex(char letter) const;

  const ConvGeometry &getGeometry() const { return geometry; }

private:
  /// Of dgrad, along one spatial dimension: t and q of above, the first u and
  /// how many of them there are.
  struct Classes {
    int64_t step, gaps, first, positions;
  };

  Classes findClasses(unsigned spatial) const;
  std::optional<unsigned> spatialOf(char letter) const;
  LinearIndex channelIndex(char letter, llvm::StringRef layout,
                           int64_t perGroup, char grouped, char inPack) const;
  void placeBlocks(char letter, LinearIndex &index) const;

  bool isDgrad;
  int64_t packed, pooled;
  ConvGeometry geometry;
  ConvExtents extents;
  llvm::SmallVector<Classes> classes;
};

} // namespace dlk

#endif
