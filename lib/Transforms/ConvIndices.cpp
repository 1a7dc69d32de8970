// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Indices of a convolution's tensors, as sums over digits.

#include "dlk/Transforms/ConvIndices.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace dlk;

ConvIndices::ConvIndices(ConvOp op, int64_t packed, int64_t pooled)
    : isDgrad(op.getKind() == ConvKind::Dgrad), packed(packed), pooled(pooled),
      geometry(op.getGeometry()), extents(op.getExtents()) {
  if (isDgrad)
    for (unsigned i = 0; i < geometry.getSpatialRank(); ++i)
      classes.push_back(findClasses(i));
}

int64_t ConvIndices::extentOf(DigitName digit) const {
  unsigned i = digit.spatial;
  switch (digit.letter) {
  case 'n':
    return extents.n;
  case 'g':
    return extents.g / packed;
  case 'i':
  case 'b':
    return packed;
  case 'c':
    return extents.c;
  case 'f':
    return extents.f;
  case 'p':
    return isDgrad ? classes[i].positions : extents.output[i] / pooled;
  case 'u':
    return pooled;
  case 'r':
    return isDgrad ? llvm::divideCeil(extents.filter[i], classes[i].step)
                   : extents.filter[i];
  case 'e':
    return classes[i].step;
  default:
    return classes[i].gaps;
  }
}

LinearIndex ConvIndices::inputIndex(char letter) const {
  std::optional<unsigned> i = spatialOf(letter);
  if (!i)
    return channelIndex(letter, geometry.inputLayout, extents.c, 'c', 'i');
  if (!isDgrad)
    return {{{{'p', *i}, geometry.strides[*i] * pooled},
             {{'u', *i}, geometry.strides[*i]},
             {{'r', *i}, geometry.dilations[*i]}},
            -geometry.padLow[*i]};
  return {{{{'p', *i}, geometry.strides[*i]},
           {{'e', *i}, geometry.dilations[*i]},
           {{'z', *i}, 1}},
          geometry.strides[*i] * classes[*i].first - geometry.padLow[*i]};
}

LinearIndex ConvIndices::filterIndex(char letter) const {
  std::optional<unsigned> i = spatialOf(letter);
  if (!i) {
    LinearIndex index =
        channelIndex(letter, geometry.filterLayout, extents.f, 'f', 'b');
    placeBlocks(letter, index);
    return index;
  }
  if (!isDgrad)
    return {{{{'r', *i}, 1}}};
  int64_t step = classes[*i].step;
  return {{{{'r', *i}, -step}, {{'e', *i}, 1}, {{'z', *i}, extents.filter[*i]}},
          step * (extentOf({'r', *i}) - 1)};
}

LinearIndex ConvIndices::outputIndex(char letter) const {
  std::optional<unsigned> i = spatialOf(letter);
  if (!i)
    return channelIndex(letter, geometry.outputLayout, extents.f, 'f', 'b');
  if (!isDgrad)
    return {{{{'p', *i}, pooled}, {{'u', *i}, 1}}};
  int64_t dilation = geometry.dilations[*i] / classes[*i].gaps;
  return {{{{'p', *i}, 1}, {{'r', *i}, dilation}},
          classes[*i].first - dilation * (extentOf({'r', *i}) - 1)};
}

LinearIndex ConvIndices::pooledIndex(char letter) const {
  std::optional<unsigned> i = spatialOf(letter);
  return i ? LinearIndex{{{{'p', *i}, 1}}} : outputIndex(letter);
}

ConvIndices::Classes ConvIndices::findClasses(unsigned spatial) const {
  int64_t stride = geometry.strides[spatial];
  int64_t dilation = geometry.dilations[spatial];
  int64_t gaps = std::gcd(stride, dilation), step = stride / gaps;
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (int64_t e = 0; e < step; ++e)
    for (int64_t z : {int64_t(0), gaps - 1}) {
      int64_t shift = geometry.padLow[spatial] - dilation * e - z;
      first = std::min(first, llvm::divideCeilSigned(shift, stride));
      last = std::max(last, llvm::divideFloorSigned(
                                extents.input[spatial] - 1 + shift, stride));
    }
  return {step, gaps, first, std::max<int64_t>(0, last - first + 1)};
}

std::optional<unsigned> ConvIndices::spatialOf(char letter) const {
  size_t i = geometry.getSpatialLetters().find(letter);
  return i == StringRef::npos ? std::nullopt : std::optional<unsigned>(i);
}

/// Channels `grouped` of a layout without g count those of all groups. The
/// digit `inPack` is their group inside a pack.
LinearIndex ConvIndices::channelIndex(char letter, StringRef layout,
                                      int64_t perGroup, char grouped,
                                      char inPack) const {
  if (letter == 'g')
    return {{{{'g'}, packed}, {{inPack}, 1}}};
  LinearIndex index{{{{letter}, 1}}};
  if (letter == grouped && !layout.contains('g')) {
    index.terms.push_back({{'g'}, packed * perGroup});
    index.terms.push_back({{inPack}, perGroup});
  }
  return index;
}

/// Where the groups of c and f differ, one index of the filter is outside.
void ConvIndices::placeBlocks(char letter, LinearIndex &index) const {
  StringRef layout = geometry.filterLayout;
  char chosen = layout.contains('c') ? 'c' : layout.contains('g') ? 'g' : 'f';
  if (letter != chosen)
    return;
  int64_t extent = chosen == 'c'   ? extents.c
                   : chosen == 'g' ? extents.g
                                   : extents.g * extents.f;
  index.terms.push_back({{'i'}, extent});
  index.terms.push_back({{'b'}, -extent});
}
