// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is known of a gather without looking at one element.

#include "dlk/Analysis/Gather.h"
#include <numeric>

using namespace dlk;

unsigned Gather::getNumDigits() const { return getFirstDigit(getRank()); }

unsigned Gather::getFirstDigit(unsigned dim) const {
  unsigned first = 0;
  for (unsigned i = 0; i < dim; ++i)
    first += groups[i].size();
  return first;
}

int64_t Gather::getExtent(unsigned dim) const {
  int64_t extent = 1;
  for (int64_t digit : groups[dim])
    extent *= digit;
  return extent;
}

IndexRange Gather::getRange(unsigned tensorDim) const {
  IndexRange range{constants[tensorDim], constants[tensorDim]};
  unsigned digit = 0;
  for (const auto &group : groups)
    for (int64_t extent : group) {
      int64_t reach = coefficients[tensorDim][digit++] *
                      (extent > 0 ? extent - 1 : int64_t(0));
      (reach < 0 ? range.least : range.most) += reach;
    }
  return range;
}

std::optional<unsigned> Gather::getContiguousDim() const {
  if (coefficients.empty())
    return std::nullopt;
  for (unsigned dim = getRank(); dim-- > 0;) {
    if (groups[dim].empty())
      continue;
    unsigned last = getFirstDigit(dim + 1) - 1;
    bool moves = coefficients.back()[last] == 1;
    for (unsigned other = 0; other + 1 < getTensorRank(); ++other)
      moves &= coefficients[other][last] == 0;
    if (moves)
      return dim;
  }
  return std::nullopt;
}

int64_t Gather::getVector(llvm::ArrayRef<int64_t> tensorShape,
                          int64_t most) const {
  std::optional<unsigned> dim = getContiguousDim();
  if (!dim)
    return 1;
  unsigned last = getFirstDigit(*dim + 1) - 1;
  // What every piece's first index in the tensor's last dimension is a multiple
  // of; the ends of that dimension and of the digit are multiples too.
  int64_t divisor = std::gcd(groups[*dim].back(), constants.back());
  divisor = std::gcd(divisor, tensorShape.back());
  for (auto [digit, coefficient] : llvm::enumerate(coefficients.back()))
    if (digit != last)
      divisor = std::gcd(divisor, coefficient);
  int64_t vector = 1;
  while (2 * vector <= most && divisor % (2 * vector) == 0)
    vector *= 2;
  return vector;
}

bool Gather::isEmpty() const {
  return llvm::any_of(
      groups, [](const auto &group) { return llvm::is_contained(group, 0); });
}

/// Whether two dimensions step into each other, as windows that overlap do.
/// Tensor maps have no such rows.
static bool hasOverlap(llvm::ArrayRef<int64_t> shape,
                       llvm::ArrayRef<int64_t> strides) {
  for (auto [extent, stride] : llvm::zip(shape, strides))
    for (int64_t other : strides)
      if (stride < other && stride * (extent - 1) >= other)
        return true;
  return false;
}

std::optional<Layout>
Gather::asStrided(llvm::ArrayRef<int64_t> tensorShape) const {
  llvm::SmallVector<int64_t> tensorStrides(tensorShape.size(), 1);
  for (size_t dim = tensorShape.size(); dim-- > 1;)
    tensorStrides[dim - 1] = tensorStrides[dim] * tensorShape[dim];
  llvm::SmallVector<int64_t> strideOf(getNumDigits(), 0);
  // A matrix without elements has none outside.
  int64_t least = isEmpty() ? 1 : 0;
  for (unsigned dim = 0; dim < getTensorRank(); ++dim) {
    IndexRange range = getRange(dim);
    if (constants[dim] != 0 || range.least < 0 ||
        range.most >= std::max(tensorShape[dim], least))
      return std::nullopt;
    for (auto [digit, coefficient] : llvm::enumerate(coefficients[dim]))
      strideOf[digit] += coefficient * tensorStrides[dim];
  }
  llvm::SmallVector<int64_t> shape, strides;
  unsigned digit = 0;
  for (const auto &group : groups) {
    // From the slowest digit on: each one's stride is that of all behind it.
    // Any stride will do for one element, but tensor maps want a positive one.
    int64_t extent = 1, stride = 0;
    for (int64_t size : group) {
      int64_t own = strideOf[digit++];
      if (extent != 1 && size != 1 && stride != own * size)
        return std::nullopt;
      if (size != 1 || (extent == 1 && own > 0))
        stride = own;
      extent *= size;
    }
    shape.push_back(extent);
    strides.push_back(stride);
  }
  if (hasOverlap(shape, strides))
    return std::nullopt;
  return Layout::strided(shape, strides);
}
