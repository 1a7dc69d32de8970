// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-plan-memory: places every shared buffer in the kernel's arena.
//
// First fit in program order; buffers that are never live together may take
// the same bytes (dlk-tile-insert-sync orders their use). The arena is one
// external array aligned to 1024 bytes, so offsets are addresses.

#include "dlk/Target/ChipInfo.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/SharedBuffers.h"
#include "dlk/Transforms/TargetOf.h"
#include "llvm/Support/MathExtras.h"

namespace dlk {
#define GEN_PASS_DEF_TILEPLANMEMORY
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// One pattern of the 128-byte swizzle: a tile must not start inside one.
constexpr int64_t kAlignment = 1024;

/// The lowest aligned offset at which `buffer` meets no placed buffer that is
/// live with it.
int64_t firstFit(const SharedBuffer &buffer, ArrayRef<SharedBuffer> placed) {
  int64_t offset = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (const SharedBuffer &other : placed) {
      int64_t begin = *other.alloc.getOffset(), end = begin + other.getBytes();
      if (!buffer.interferes(other) || offset >= end ||
          offset + buffer.getBytes() <= begin)
        continue;
      offset = llvm::alignTo(end, kAlignment);
      moved = true;
    }
  }
  return offset;
}

struct TilePlanMemoryPass : dlk::impl::TilePlanMemoryBase<TilePlanMemoryPass> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<SharedBuffer> buffers = collectSharedBuffers(kernel);
    int64_t total = 0;
    for (auto [index, buffer] : llvm::enumerate(buffers)) {
      if (!buffer.alloc.getMemory().getType().getLayout()) {
        buffer.alloc.emitError("shared buffer has no layout: ")
            << buffer.alloc.getMemory().getType() << " [DLK-P45]";
        return signalPassFailure();
      }
      int64_t offset = firstFit(buffer, ArrayRef(buffers).take_front(index));
      buffer.alloc.setOffset(offset);
      total = std::max(total, offset + buffer.getBytes());
    }
    if (failed(checkLimit(kernel, total)))
      return signalPassFailure();
    kernel.setSharedBytes(total);
  }

  LogicalResult checkLimit(KernelOp kernel, int64_t total) {
    const ChipInfo *chip = targetOf(kernel);
    if (!chip || total <= chip->sharedBytesPerBlock)
      return success();
    return kernel.emitError("shared memory exceeds what a block can have: ")
           << total << " bytes, at most " << chip->sharedBytesPerBlock << " on "
           << chip->name << " [DLK-P46]";
  }
};

} // namespace
