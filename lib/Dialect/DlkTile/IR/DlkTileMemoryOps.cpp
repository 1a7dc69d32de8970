// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Rules of the operations on memory, rings and their stages.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

//===----------------------------------------------------------------------===//
// Buffers and views
//===----------------------------------------------------------------------===//

LogicalResult AllocOp::verify() {
  if (!getMemory().getType().isShared())
    return emitOpError("memory is not shared: ")
           << getMemory().getType() << " [DLK-T43]";
  if (std::optional<int64_t> offset = getOffset(); offset && *offset < 0)
    return emitOpError("offset is negative: ") << *offset << " [DLK-T43]";
  return success();
}

LogicalResult ViewOp::verify() {
  MemType source = getSource().getType(), view = getView().getType();
  if (!source.isShared() || !view.isShared())
    return emitOpError("source or view is not shared memory: ")
           << source << " to " << view << " [DLK-T44]";
  int64_t offset = getByteOffset();
  if (offset < 0)
    return emitOpError("byte offset is negative: ") << offset << " [DLK-T44]";
  if (!source.getLayout() || !view.getLayout())
    return success();
  int64_t available = source.getSpanBytes(), needed = view.getSpanBytes();
  if (offset > available || needed > available - offset)
    return emitOpError("view does not end inside the source: ")
           << needed << " bytes at " << offset << " of " << available
           << " [DLK-T44]";
  return success();
}

LogicalResult PointerOp::verify() {
  constexpr unsigned kGeneric = 0, kGlobal = 1, kShared = 3;
  unsigned space = kGeneric;
  if (auto memory = dyn_cast<MemType>(getMemory().getType()))
    space = memory.isShared() ? kShared : kGlobal;
  auto type = cast<LLVM::LLVMPointerType>(getPointer().getType());
  if (type.getAddressSpace() != space)
    return emitOpError("pointer is not of address space ")
           << space << ": " << type << " [DLK-T45]";
  return success();
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Of memory seen through a gather.
static bool gatherAllowsVector(MemType memory, int64_t vector) {
  Gather gather = memory.getGather().getGather();
  if (gather.getContiguousDim() != memory.getRank() - 1 ||
      gather.getVector(memory.getTensorShape(), vector) != vector)
    return false;
  Layout layout = memory.getLayout().getLayout();
  for (const LayoutMode &mode : layout.getModes().drop_back())
    if (mode.front().extent > 1 && mode.front().stride % vector != 0)
      return false;
  return layout.getModes().back().front().stride == 1;
}

bool tile::allowsVector(MemType memory, int64_t vector) {
  if (vector == 1)
    return true;
  if (memory.getGather())
    return gatherAllowsVector(memory, vector);
  if (memory.getRank() == 0 || memory.getShape().back() % vector != 0)
    return false;
  if (!memory.getLayout())
    return true;
  Layout layout = memory.getLayout().getLayout();
  LayoutPart innermost = layout.getModes().back().front();
  if (innermost.stride != 1 || innermost.extent % vector != 0)
    return false;
  for (const LayoutMode &mode : layout.getModes())
    for (const LayoutPart &part : mode)
      if (&part != &layout.getModes().back().front() && part.extent > 1 &&
          part.stride % vector != 0)
        return false;
  return true;
}

static LogicalResult verifyPieces(CopyOp op) {
  MemType source = op.getSource().getType(), target = op.getTarget().getType();
  int64_t vector = op.getVector();
  if (vector < 1 || vector > 16 || !llvm::isPowerOf2_64(vector) ||
      vector * source.getElementBytes() > 16)
    return op.emitOpError("vector is no power of two of at most 16 bytes: ")
           << vector << " [DLK-T27]";
  for (MemType type : {source, target})
    if (!allowsVector(type, vector))
      return op.emitOpError("pieces of ")
             << vector << " elements are not contiguous and aligned in " << type
             << " [DLK-T27]";
  if (op.getKind() != "cp_async" && op.getKind() != "ld")
    return op.emitOpError("kind is neither cp_async nor ld: '")
           << op.getKind() << "' [DLK-T27]";
  int64_t bytes = vector * source.getElementBytes();
  if (op.getKind() == "cp_async" && bytes < 4)
    return op.emitOpError("cp_async moves 4, 8 or 16 bytes, not: ")
           << bytes << " [DLK-T27]";
  return success();
}

LogicalResult CopyOp::verify() {
  MemType source = getSource().getType(), target = getTarget().getType();
  if (source.isShared() || !target.isShared() ||
      source.getElementType() != target.getElementType())
    return emitOpError("does not copy from global to shared memory of the same "
                       "element type: ")
           << source << " to " << target << " [DLK-T25]";
  if (static_cast<int64_t>(getOrigin().size()) != source.getRank() ||
      target.getRank() != 2 || source.getRank() < 2)
    return emitOpError("has ")
           << getOrigin().size() << " indices for a source of rank "
           << source.getRank() << " and a target of rank " << target.getRank()
           << " [DLK-T26]";
  return verifyPieces(*this);
}

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

/// Bytes of a stage with these buffers, which swizzles align.
static int64_t getStageBytes(ArrayRef<Type> buffers) {
  constexpr int64_t kAlignment = 1024;
  int64_t bytes = 0;
  for (Type type : buffers) {
    auto mem = cast<MemType>(type);
    int64_t dense = mem.getNumElements() * mem.getElementBytes();
    bytes +=
        llvm::alignTo(mem.getLayout() ? mem.getSpanBytes() : dense, kAlignment);
  }
  return bytes;
}

static LogicalResult verifySlot(Operation *op, RingType ring, SlotType slot) {
  if (ring.getBuffers() == slot.getBuffers() ||
      getStageBytes(slot.getBuffers()) <= getStageBytes(ring.getBuffers()))
    return success();
  return op->emitOpError("slot has other buffers than the ring, which need "
                         "more bytes: ")
         << slot << " of " << ring << " [DLK-T29]";
}

LogicalResult RingCreateOp::verify() {
  std::optional<int64_t> consumers = getConsumers();
  if (consumers && (*consumers < 1 || *consumers > 7))
    return emitOpError("consumers is not in 1..7: ")
           << *consumers << " [DLK-T53]";
  return success();
}

LogicalResult RingAcquireOp::verify() {
  return verifySlot(*this, getRing().getType(), getSlot().getType());
}

LogicalResult RingCommitOp::verify() {
  return verifySlot(*this, getRing().getType(), getSlot().getType());
}

LogicalResult RingWaitOp::verify() {
  return verifySlot(*this, getRing().getType(), getSlot().getType());
}

LogicalResult RingReleaseOp::verify() {
  return verifySlot(*this, getRing().getType(), getSlot().getType());
}

LogicalResult SlotViewOp::verify() {
  auto buffers = getSlot().getType().getBuffers();
  uint64_t index = getIndex();
  if (index >= buffers.size())
    return emitOpError("slot has ")
           << buffers.size() << " buffers, none of index " << index
           << " [DLK-T28]";
  if (buffers[index] != getMemory().getType())
    return emitOpError("buffer ")
           << index << " is " << buffers[index] << ", not "
           << getMemory().getType() << " [DLK-T28]";
  return success();
}

LogicalResult AsyncWaitOp::verify() {
  if (int64_t pending = getPending(); pending < 0)
    return emitOpError("pending is negative: ") << pending << " [DLK-T46]";
  return success();
}
