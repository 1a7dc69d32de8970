// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The rules of a convolution's shapes, without IR: a later one may rely on
// earlier ones.

#include "dlk/Dialect/Dlk/IR/ConvGeometry.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"

using namespace dlk;
using llvm::formatv;
using llvm::StringRef;
using Reason = std::optional<std::string>;

namespace {
/// One tensor of a convolution.
struct ConvTensor {
  StringRef name, layout;
  /// Its letters beside the spatial ones and g.
  StringRef letters;
  Shape shape;

  int64_t extentOf(char letter) const {
    size_t position = layout.find(letter);
    return position == StringRef::npos ? 1 : shape[position];
  }
};
} // namespace

StringRef ConvGeometry::getSpatialLetters() const {
  return StringRef("dhw").take_back(getSpatialRank());
}

int64_t ConvGeometry::getOutputExtent(unsigned dim, int64_t input,
                                      int64_t filter) const {
  int64_t room =
      input + padLow[dim] + padHigh[dim] - dilations[dim] * (filter - 1) - 1;
  return room < 0 || filter == 0 ? 0 : room / strides[dim] + 1;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// Channels of a group may be missing where g stands, and those of the filter
/// always: there is one.
static Reason checkLayout(const ConvTensor &tensor, StringRef spatial) {
  std::string required = (tensor.letters + spatial).str();
  auto isNamed = [&](char letter) {
    size_t count = tensor.layout.count(letter);
    bool isChannel = letter == 'c' || (letter == 'f' && tensor.letters != "fc");
    bool isOne = tensor.layout.contains('g') ||
                 (letter == 'c' && tensor.letters == "fc");
    return count == 1 || (count == 0 && isChannel && isOne);
  };
  bool known = llvm::all_of(tensor.layout, [&](char letter) {
    return letter == 'g' || StringRef(required).contains(letter);
  });
  if (known && llvm::all_of(required, isNamed) &&
      tensor.layout.count('g') <= 1 &&
      tensor.layout.size() == tensor.shape.size())
    return std::nullopt;
  return formatv("layout of {0} does not name each of its {1} dimensions: "
                 "\"{2}\"; supported: any order of the letters {3}, and g "
                 "[DLK-V20]",
                 tensor.name, tensor.shape.size(), tensor.layout, required)
      .str();
}

static Reason checkWindow(const ConvGeometry &geometry) {
  constexpr int64_t limit = 1 << 15;
  auto check = [&](StringRef name, llvm::ArrayRef<int64_t> values,
                   int64_t least) -> Reason {
    if (values.size() != geometry.getSpatialRank())
      return formatv("{0} has not one entry for each of {1} spatial "
                     "dimensions: {2} [DLK-V21]",
                     name, geometry.getSpatialRank(), values.size())
          .str();
    for (int64_t value : values)
      if (value < least || value >= limit)
        return formatv("{0} is not in {1}..{2}: {3} [DLK-V21]", name, least,
                       limit - 1, value)
            .str();
    return std::nullopt;
  };
  for (const Reason &reason : {check("strides", geometry.strides, 1),
                               check("dilations", geometry.dilations, 1),
                               check("pad_low", geometry.padLow, -limit),
                               check("pad_high", geometry.padHigh, -limit)})
    if (reason)
      return reason;
  return std::nullopt;
}

/// `letter` counts the channels of all groups where the layout has no g.
static Reason checkGroups(const ConvTensor &tensor, char letter,
                          int64_t groups) {
  if (groups < 1)
    return formatv("groups is not positive: {0} [DLK-V22]", groups).str();
  bool hasGroups = tensor.layout.contains('g');
  int64_t extent = tensor.extentOf(hasGroups ? 'g' : letter);
  if (hasGroups ? extent == groups : extent % groups == 0)
    return std::nullopt;
  return formatv("groups is {0}, but {1} of {2} is {3} [DLK-V22]", groups,
                 hasGroups ? 'g' : letter, tensor.name, extent)
      .str();
}

static int64_t channelsOf(const ConvTensor &tensor, char letter,
                          int64_t groups) {
  int64_t extent = tensor.extentOf(letter);
  return tensor.layout.contains('g') ? extent : extent / groups;
}

static Reason checkEqual(StringRef what, const ConvTensor &a, int64_t extentA,
                         const ConvTensor &b, int64_t extentB) {
  if (extentA == extentB)
    return std::nullopt;
  return formatv("{0} of {1} is {2}, but of {3} {4} [DLK-V23]", what, a.name,
                 extentA, b.name, extentB)
      .str();
}

static Reason checkSpatial(const ConvGeometry &geometry,
                           const ConvExtents &extents) {
  for (unsigned dim = 0; dim < geometry.getSpatialRank(); ++dim) {
    int64_t expected =
        geometry.getOutputExtent(dim, extents.input[dim], extents.filter[dim]);
    if (extents.output[dim] != expected)
      return formatv("{0} of the output is {1}; it follows from input {2}, "
                     "filter {3}, stride {4}, dilation {5} and padding {6}, "
                     "{7} that it is {8} [DLK-V24]",
                     geometry.getSpatialLetters()[dim], extents.output[dim],
                     extents.input[dim], extents.filter[dim],
                     geometry.strides[dim], geometry.dilations[dim],
                     geometry.padLow[dim], geometry.padHigh[dim], expected)
          .str();
  }
  return std::nullopt;
}

static Reason checkSizes(const ConvExtents &extents) {
  auto check =
      [](StringRef what,
         std::initializer_list<llvm::ArrayRef<int64_t>> factors) -> Reason {
    double product = 1;
    for (llvm::ArrayRef<int64_t> group : factors)
      for (int64_t extent : group)
        product *= double(std::max<int64_t>(extent, 1));
    if (product <= double(INT32_MAX))
      return std::nullopt;
    return formatv("too many {0}: {1:f0}; at most 2147483647 [DLK-V26]", what,
                   product)
        .str();
  };
  for (const Reason &reason :
       {check("input positions", {extents.n, extents.input}),
        check("output positions", {extents.n, extents.output}),
        check("taps and channels", {extents.filter, extents.g, extents.c}),
        check("taps and output channels",
              {extents.filter, extents.g, extents.f})})
    if (reason)
      return reason;
  return std::nullopt;
}

static llvm::SmallVector<int64_t> spatialExtents(const ConvTensor &tensor,
                                                 StringRef letters) {
  llvm::SmallVector<int64_t> extents;
  for (char letter : letters)
    extents.push_back(tensor.extentOf(letter));
  return extents;
}

ConvExtents dlk::getConvExtents(const ConvGeometry &geometry, Shape input,
                                Shape filter, Shape output) {
  ConvTensor x{"the input", geometry.inputLayout, "nc", input};
  ConvTensor w{"the filter", geometry.filterLayout, "fc", filter};
  ConvTensor y{"the output", geometry.outputLayout, "nf", output};
  StringRef spatial = geometry.getSpatialLetters();
  return {x.extentOf('n'),
          geometry.groups,
          w.extentOf('c'),
          channelsOf(w, 'f', geometry.groups),
          spatialExtents(x, spatial),
          spatialExtents(w, spatial),
          spatialExtents(y, spatial)};
}

Reason dlk::checkConvGeometry(const ConvGeometry &geometry, Shape input,
                              Shape filter, Shape output) {
  if (geometry.getSpatialRank() < 1 || geometry.getSpatialRank() > 3)
    return formatv("strides has not 1 to 3 entries: {0} [DLK-V21]",
                   geometry.getSpatialRank())
        .str();
  ConvTensor x{"the input", geometry.inputLayout, "nc", input};
  ConvTensor w{"the filter", geometry.filterLayout, "fc", filter};
  ConvTensor y{"the output", geometry.outputLayout, "nf", output};
  for (const ConvTensor &tensor : {x, w, y})
    if (Reason reason = checkLayout(tensor, geometry.getSpatialLetters()))
      return reason;
  if (Reason reason = checkWindow(geometry))
    return reason;
  int64_t groups = geometry.groups;
  for (auto [tensor, letter] :
       {std::pair(&x, 'c'), std::pair(&w, 'f'), std::pair(&y, 'f')})
    if (Reason reason = checkGroups(*tensor, letter, groups))
      return reason;
  for (const Reason &reason :
       {checkEqual("n", x, x.extentOf('n'), y, y.extentOf('n')),
        checkEqual("c of a group", x, channelsOf(x, 'c', groups), w,
                   w.extentOf('c')),
        checkEqual("f of a group", w, channelsOf(w, 'f', groups), y,
                   channelsOf(y, 'f', groups))})
    if (reason)
      return reason;
  ConvExtents extents = getConvExtents(geometry, input, filter, output);
  if (Reason reason = checkSpatial(geometry, extents))
    return reason;
  return checkSizes(extents);
}
