// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A matrix that is not in memory: its elements are elements of a tensor, or
// zero. Plain values, no IR.
#ifndef DLK_ANALYSIS_GATHER_H
#define DLK_ANALYSIS_GATHER_H

#include "dlk/Analysis/Layout.h"
#include <optional>

namespace dlk {

/// Smallest and largest value of an index.
struct IndexRange {
  int64_t least, most;
};

/// Each dimension of the matrix is a number of several digits, as (n, p, q) of
/// the output pixels of a convolution; the tensor's indices are linear in the
/// digits, as (n, p + r - 1, q + s - 1, c). Digits are numbered through all
/// dimensions, the slowest of each first.
struct Gather {
  /// Extents of the digits of each dimension of the matrix.
  llvm::SmallVector<llvm::SmallVector<int64_t, 4>, 3> groups;
  /// For each dimension of the tensor the coefficient of every digit, and a
  /// constant.
  llvm::SmallVector<llvm::SmallVector<int64_t, 8>, 5> coefficients;
  llvm::SmallVector<int64_t, 5> constants;

  unsigned getRank() const { return groups.size(); }
  unsigned getTensorRank() const { return coefficients.size(); }
  unsigned getNumDigits() const;
  /// The number of the first digit of a dimension of the matrix.
  unsigned getFirstDigit(unsigned dim) const;
  /// Product of the digits' extents of a dimension of the matrix.
  int64_t getExtent(unsigned dim) const;

  /// What dimension `tensorDim` of the tensor may be asked for, over all
  /// digits.
  IndexRange getRange(unsigned tensorDim) const;

  /// The dimension of the matrix whose neighbours are neighbours in a tensor of
  /// row-major layout: its last digit alone moves, by one, along the tensor's
  /// last dimension.
  std::optional<unsigned> getContiguousDim() const;

  /// The most elements, a power of two of at most `most`, in which the
  /// contiguous dimension can be cut so that each piece is contiguous, aligned
  /// as the start of the tensor, and whole inside or outside of it.
  int64_t getVector(llvm::ArrayRef<int64_t> tensorShape, int64_t most) const;

  /// Whether the matrix has no elements.
  bool isEmpty() const;

  /// The matrix as strided memory, if it is that: nothing lies outside the
  /// tensor, no index has a constant, each dimension has one stride, and none
  /// steps into another.
  std::optional<Layout> asStrided(llvm::ArrayRef<int64_t> tensorShape) const;
};

} // namespace dlk

#endif
