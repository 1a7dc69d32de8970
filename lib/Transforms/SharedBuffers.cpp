// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Live ranges of shared buffers at the granularity of a kernel's top-level
// operations: a loop counts as one operation.

#include "dlk/Transforms/SharedBuffers.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// Extends the live range of `buffer` by all uses of `memory` and its views.
void addUses(SharedBuffer &buffer, Value memory, Block &top) {
  for (Operation *user : memory.getUsers()) {
    if (auto view = dyn_cast<ViewOp>(user)) {
      addUses(buffer, view.getView(), top);
      continue;
    }
    Operation *anchor = top.findAncestorOpInBlock(*user);
    if (!buffer.firstUse || anchor->isBeforeInBlock(buffer.firstUse))
      buffer.firstUse = anchor;
    if (!buffer.lastUse || buffer.lastUse->isBeforeInBlock(anchor))
      buffer.lastUse = anchor;
  }
}

} // namespace

bool SharedBuffer::interferes(const SharedBuffer &other) const {
  if (!firstUse || !other.firstUse)
    return false;
  return !lastUse->isBeforeInBlock(other.firstUse) &&
         !other.lastUse->isBeforeInBlock(firstUse);
}

bool SharedBuffer::overlaps(const SharedBuffer &other) const {
  int64_t begin = *alloc.getOffset();
  int64_t otherBegin = *other.alloc.getOffset();
  return begin < otherBegin + other.getBytes() &&
         otherBegin < begin + getBytes();
}

SmallVector<SharedBuffer> dlk::collectSharedBuffers(KernelOp kernel) {
  SmallVector<SharedBuffer> buffers;
  Block &top = kernel.getBlock();
  kernel.walk([&](AllocOp alloc) {
    SharedBuffer buffer{alloc};
    addUses(buffer, alloc.getMemory(), top);
    buffers.push_back(buffer);
  });
  return buffers;
}
