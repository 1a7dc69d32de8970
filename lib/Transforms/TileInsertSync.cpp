// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-insert-sync: waits and meets before shared memory changes its owner.
//
// A buffer placed over an earlier one may be written only after every thread
// has left the earlier one and no copy into it is in flight.

#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/SharedBuffers.h"

namespace dlk {
#define GEN_PASS_DEF_TILEINSERTSYNC
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

bool hasAsyncCopies(KernelOp kernel) {
  return kernel.walk([](AsyncCommitOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Whether `buffer` takes bytes that an earlier buffer used.
bool reusesMemory(const SharedBuffer &buffer, ArrayRef<SharedBuffer> buffers) {
  return llvm::any_of(buffers, [&](const SharedBuffer &other) {
    return other.firstUse && other.lastUse->isBeforeInBlock(buffer.firstUse) &&
           buffer.overlaps(other);
  });
}

struct TileInsertSyncPass : dlk::impl::TileInsertSyncBase<TileInsertSyncPass> {
  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<SharedBuffer> buffers = collectSharedBuffers(kernel);
    for (SharedBuffer &buffer : buffers)
      if (!buffer.alloc.getOffset()) {
        buffer.alloc.emitError(
            "shared buffer has no place in the arena [DLK-P47]");
        return signalPassFailure();
      }
    bool asynchronous = hasAsyncCopies(kernel);
    for (SharedBuffer &buffer : buffers) {
      if (!buffer.firstUse || !reusesMemory(buffer, buffers))
        continue;
      OpBuilder builder(buffer.firstUse);
      if (asynchronous)
        AsyncWaitOp::create(builder, buffer.firstUse->getLoc(), 0);
      BarrierOp::create(builder, buffer.firstUse->getLoc());
    }
  }
};

} // namespace
