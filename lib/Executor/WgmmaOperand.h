// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An operand of wgmma in shared memory: where its 16-byte chunks lie by the
// matrix descriptor, and how they become the fragments of mma.sync. The k of
// every wgmma is 32 bytes, so a block of 8 rows (of M or N) is two chunks per
// row if k is contiguous, or sixteen chunks of 8 elements if M or N is.

#ifndef DLK_LIB_EXECUTOR_WGMMAOPERAND_H
#define DLK_LIB_EXECUTOR_WGMMAOPERAND_H

#include "Lanes.h"
#include <cstddef>
#include <vector>

namespace dlk::exec {

/// The fields of a 64-bit matrix descriptor, in bytes.
struct MatrixDescriptor {
  explicit MatrixDescriptor(uint64_t bits);
  uint32_t start = 0;
  uint32_t leading = 0, stride = 0; ///< The offsets LBO and SBO.
  uint32_t base = 0;                ///< Base offset, in units of 128 bytes.
  uint32_t span = 16;               ///< Of the swizzle; 16 is none.
};

/// An operand of `blocks` blocks of 8 rows. `transposed`: rows are contiguous
/// (MN-major), which only elements of 16 bits may be.
class WgmmaOperand {
public:
  WgmmaOperand(const MatrixDescriptor &descriptor, unsigned blocks,
               bool transposed);

  /// The shared addresses that it covers: all chunks, neighbours together.
  struct Range {
    uint32_t begin, end;
  };
  std::vector<Range> ranges;
  /// The 8 x 16 bytes of rows 8 * block and on and of the k half `half`, as a
  /// register of a fragment. `memory` is the host's place of address 0.
  void fragment(const std::byte *memory, unsigned block, unsigned half,
                Lanes32 &out) const;

private:
  void add(uint32_t address);
  std::vector<uint32_t> chunks;
  unsigned blocks;
  bool transposed;
};

} // namespace dlk::exec

#endif // DLK_LIB_EXECUTOR_WGMMAOPERAND_H
