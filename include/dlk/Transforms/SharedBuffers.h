// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The shared buffers of a kernel: where each is used and which part of the
// arena it occupies.
#ifndef DLK_TRANSFORMS_SHAREDBUFFERS_H
#define DLK_TRANSFORMS_SHAREDBUFFERS_H

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"

namespace dlk {

/// One `dlk_tile.alloc` and the operations of the kernel's top-level block
/// between which it is live (both inclusive; null if it is never used).
struct SharedBuffer {
  mutable tile::AllocOp alloc;
  mlir::Operation *firstUse = nullptr;
  mlir::Operation *lastUse = nullptr;

  int64_t getBytes() const {
    return alloc.getMemory().getType().getSpanBytes();
  }
  /// Whether both are live at some operation.
  bool interferes(const SharedBuffer &other) const;
  /// Whether both occupy a common byte of the arena; needs offsets.
  bool overlaps(const SharedBuffer &other) const;
};

/// All buffers of `kernel` in program order, uses through views included.
llvm::SmallVector<SharedBuffer> collectSharedBuffers(tile::KernelOp kernel);

} // namespace dlk

#endif
