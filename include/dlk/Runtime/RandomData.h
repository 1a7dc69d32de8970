// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Seeded contents for buffers, the same on every machine and easy to repeat in
// another language (docs/Running.md gives it in Python).

#ifndef DLK_RUNTIME_RANDOMDATA_H
#define DLK_RUNTIME_RANDOMDATA_H

#include "dlk/Runtime/LaunchPlan.h"

namespace dlk::runtime {

/// Reals of mean 0 and variance 1 whose density is close to the normal one and
/// ends at 3.5, integers of the range of getWholeRange; or, with
/// `wholeNumbers`, only small whole numbers, so that sums of products come out
/// exact.
struct RandomData {
  uint64_t seed = 0;
  bool wholeNumbers = false;

  /// The elements of a buffer in row-major order. Not for i4.
  std::vector<uint8_t> make(const Buffer &buffer) const;
};

/// Whole numbers are drawn from -range..range.
int getWholeRange(DType type, bool small);

} // namespace dlk::runtime

#endif // DLK_RUNTIME_RANDOMDATA_H
