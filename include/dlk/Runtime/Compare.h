// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compares a result with a reference, element by element. An element is right
// if |got - expected| <= absolute + relative * |expected|, or both are NaN, or
// both are the same infinity.

#ifndef DLK_RUNTIME_COMPARE_H
#define DLK_RUNTIME_COMPARE_H

#include "dlk/Runtime/Npy.h"

namespace dlk::runtime {

struct Tolerance {
  double relative = 0, absolute = 0;
};

struct Comparison {
  struct Wrong {
    std::vector<int64_t> index;
    double got = 0, expected = 0;
  };
  uint64_t count = 0, wrong = 0;
  /// Over all elements, wrong or not, that are finite on both sides.
  double maxAbsolute = 0, maxRelative = 0;
  std::vector<Wrong> first; ///< The first five.

  /// Several lines, without a newline at the end.
  std::string str(llvm::StringRef name) const;
};

/// The reference has the buffer's shape and either the type of its .npy form or
/// another number type, as float64 from a reference computed in it.
llvm::Expected<Comparison> compare(const Buffer &buffer,
                                   llvm::ArrayRef<uint8_t> data,
                                   const NpyArray &reference,
                                   Tolerance tolerance);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_COMPARE_H
