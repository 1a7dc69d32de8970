// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An index of the tensor that depends on one tap digit and on batches says, for
// each class of batches, for which values of that digit it lies outside.

#include "dlk/Analysis/TapRanges.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace dlk;

static constexpr int64_t kMostClasses = 64;

int64_t TapRanges::countTaps(unsigned number) const {
  int64_t taps = 1;
  for (const TapRange &range : classes[number])
    taps *= range.count;
  return taps;
}

double TapRanges::getFraction() const {
  int64_t used = 0, all = classes.size();
  for (unsigned i = 0; i < classes.size(); ++i)
    used += countTaps(i);
  for (int64_t extent : extents)
    all *= extent;
  return all == 0 ? 1 : double(used) / double(all);
}

namespace {

/// An index of a tensor, of `extent`, that one tap digit and batches decide.
struct TapIndex {
  unsigned tap;
  int64_t extent, constant, factor;
  /// Of each batch dimension.
  llvm::SmallVector<int64_t> batchFactors;
};

/// Dimension `dim` of the tensor as such an index, if it is one.
std::optional<TapIndex> matchIndex(const GatheredOperand &operand,
                                   unsigned dim) {
  const Gather &gather = operand.gather;
  unsigned batches = gather.getRank() - 2, digit = 0;
  TapIndex index{0, operand.shape[dim], gather.constants[dim], 0, {}};
  index.batchFactors.assign(batches, 0);
  for (unsigned group = 0; group < gather.getRank(); ++group)
    for (unsigned i = 0; i < gather.groups[group].size(); ++i) {
      int64_t factor = gather.coefficients[dim][digit++];
      if (factor == 0)
        continue;
      if (group < batches && gather.groups[group].size() == 1) {
        index.batchFactors[group] = factor;
        continue;
      }
      bool isTap = group == batches + 1 && i + 1 < gather.groups[group].size();
      if (!isTap || index.factor != 0)
        return std::nullopt;
      index.tap = i;
      index.factor = factor;
    }
  if (index.factor == 0)
    return std::nullopt;
  return index;
}

/// Narrows `range` to where 0 <= start + factor * tap < extent.
void narrow(TapRange &range, int64_t start, int64_t factor, int64_t extent) {
  int64_t low = -start, high = extent - 1 - start; // of factor * tap
  if (factor < 0) {
    std::swap(low, high);
    low = -low;
    high = -high;
    factor = -factor;
  }
  int64_t first = std::max(range.first, llvm::divideCeilSigned(low, factor));
  int64_t last = std::min(range.first + range.count - 1,
                          llvm::divideFloorSigned(high, factor));
  range = last < first ? TapRange{0, 0} : TapRange{first, last - first + 1};
}

} // namespace

/// Coordinates of all batch dimensions for a class.
static llvm::SmallVector<int64_t>
coordinatesOf(const TapRanges &ranges, int64_t number, unsigned batches) {
  llvm::SmallVector<int64_t> coordinates(batches, 0);
  for (size_t i = ranges.dims.size(); i-- > 0;) {
    coordinates[ranges.dims[i]] = number % ranges.sizes[i];
    number /= ranges.sizes[i];
  }
  return coordinates;
}

std::optional<TapRanges>
TapRanges::find(llvm::ArrayRef<GatheredOperand> operands) {
  if (operands.empty() || operands[0].gather.groups.back().empty())
    return std::nullopt;
  const Gather &gather = operands[0].gather;
  unsigned batches = gather.getRank() - 2;
  TapRanges ranges;
  ranges.extents.append(gather.groups.back().begin(),
                        gather.groups.back().end() - 1);
  llvm::SmallVector<TapIndex> indices;
  for (const GatheredOperand &operand : operands)
    for (unsigned dim = 0; dim < operand.gather.getTensorRank(); ++dim)
      if (std::optional<TapIndex> index = matchIndex(operand, dim))
        indices.push_back(*index);
  int64_t classes = 1;
  for (unsigned dim = 0; dim < batches; ++dim) {
    auto decides = [&](const TapIndex &i) { return i.batchFactors[dim] != 0; };
    if (llvm::none_of(indices, decides))
      continue;
    ranges.dims.push_back(dim);
    ranges.sizes.push_back(gather.getExtent(dim));
    classes *= ranges.sizes.back();
    if (classes > kMostClasses)
      return std::nullopt;
  }
  for (int64_t number = 0; number < classes; ++number) {
    auto coordinates = coordinatesOf(ranges, number, batches);
    auto &taps = ranges.classes.emplace_back();
    for (int64_t extent : ranges.extents)
      taps.push_back({0, extent});
    for (const TapIndex &index : indices) {
      int64_t start = index.constant;
      for (unsigned dim = 0; dim < batches; ++dim)
        start += index.batchFactors[dim] * coordinates[dim];
      narrow(taps[index.tap], start, index.factor, index.extent);
    }
  }
  if (ranges.getFraction() == 1)
    return std::nullopt;
  return ranges;
}
