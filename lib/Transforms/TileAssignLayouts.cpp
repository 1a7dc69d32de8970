// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk-tile-assign-layouts: gives every shared buffer the layout that has no
// bank conflicts in the accesses made to it.
//
//   !mem<128x32xf16, shared>  ->  !mem<128x32xf16, #layout<..., swizzle>,
//   shared>
//
// The rank says what a buffer is for: 2 a tile that copies fill and ldmatrix
// reads, 3 the staging of a store, 1 plain bytes. Two are told by their use:
// the staging of a tma_store, whose layout is that of the map's boxes, and
// tiles of 4-byte elements that mma.sync reads across their rows, one by one.
// Since the layout follows from the type alone, rings, slots, views and the
// values that loops carry change together. The layouts themselves are made in
// Analysis/Layout.h.

#include "dlk/Dialect/DlkTile/IR/DlkTile.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/DenseSet.h"

namespace dlk {
#define GEN_PASS_DEF_TILEASSIGNLAYOUTS
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

bool lacksLayout(MemType type) { return type.isShared() && !type.getLayout(); }

/// [warps, rows, columns]: each warp has a staging tile of its own.
Layout warpStagingLayout(ArrayRef<int64_t> shape, int64_t elementBytes) {
  Layout warp = Layout::stagingTile(shape[1], shape[2], elementBytes);
  SmallVector<LayoutMode> modes{LayoutMode{{shape[0], warp.getSpan()}}};
  llvm::append_range(modes, warp.getModes());
  return Layout(modes, warp.getSwizzle());
}

Layout conflictFreeLayout(MemType type, bool readAcrossRows) {
  ArrayRef<int64_t> shape = type.getShape();
  int64_t bytes = type.getElementBytes();
  switch (shape.size()) {
  case 2:
    return readAcrossRows ? Layout::stagingTile(shape[0], shape[1], bytes)
                          : Layout::sharedTile(shape[0], shape[1], bytes);
  case 3:
    return warpStagingLayout(shape, bytes);
  default:
    return Layout::rowMajor(shape);
  }
}

/// Reports why `type` has no conflict-free layout, if it has none.
LogicalResult checkBuffer(Operation *op, MemType type) {
  ArrayRef<int64_t> shape = type.getShape();
  if (shape.empty() || shape.size() > 3)
    return op->emitError("shared buffer is neither bytes (rank 1), a tile (2) "
                         "nor staging (3): ")
           << type << " [DLK-P36]";
  int64_t rowBytes = shape.back() * type.getElementBytes();
  if (shape.size() == 2 && rowBytes % 16 != 0)
    return op->emitError("rows of a shared tile are no multiple of 16 bytes: ")
           << rowBytes << " bytes in " << type << " [DLK-P35]";
  if (shape.size() == 3 && shape.back() % 8 != 0)
    return op->emitError("rows of a staging buffer are no multiple of 8 "
                         "elements: ")
           << shape.back() << " in " << type << " [DLK-P35]";
  return success();
}

struct TileAssignLayoutsPass
    : dlk::impl::TileAssignLayoutsBase<TileAssignLayoutsPass> {
  void runOnOperation() override {
    if (failed(checkBuffers()))
      return signalPassFailure();
    getOperation().walk(assignTmaStaging);
    llvm::SmallDenseSet<Type> readAcrossRows;
    getOperation().walk(
        [&](MmaOp op) { addReadAcrossRows(op, readAcrossRows); });
    AttrTypeReplacer replacer;
    replacer.addReplacement([&](MemType type) {
      if (!lacksLayout(type))
        return type;
      auto layout = LayoutAttr::get(
          type.getContext(),
          conflictFreeLayout(type, readAcrossRows.contains(type)));
      return MemType::get(type.getContext(), type.getShape(),
                          type.getElementType(), layout, type.getSpace());
    });
    replacer.recursivelyReplaceElementsIn(getOperation(),
                                          /*replaceAttrs=*/false,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
  }

  /// Eight neighbours of four rows at a time (FragmentLoad.cpp).
  static void addReadAcrossRows(MmaOp op, llvm::SmallDenseSet<Type> &types) {
    if (op.getType().getLayout().getKind() != FragmentKind::MmaAcc)
      return;
    for (auto [tile, kDim] : {std::pair(op.getLhs(), op.getLhsKDim()),
                              std::pair(op.getRhs(), op.getRhsKDim())}) {
      auto type = dyn_cast<MemType>(tile.getType());
      if (type && kDim == 0 && type.getElementBytes() == 4)
        types.insert(type);
    }
  }

  static void assignTmaStaging(TmaStoreOp op) {
    MemType type = op.getStaging().getType();
    auto alloc = op.getStaging().getDefiningOp<AllocOp>();
    if (!alloc || !lacksLayout(type))
      return;
    MLIRContext *context = type.getContext();
    Layout layout = Layout::tmaStaging(type.getShape(), type.getElementBytes(),
                                       op.getMap().getType().getSwizzle());
    alloc.getMemory().setType(
        MemType::get(context, type.getShape(), type.getElementType(),
                     LayoutAttr::get(context, layout), type.getSpace()));
  }

  LogicalResult checkBuffers() {
    auto result = getOperation().walk([&](Operation *op) {
      AttrTypeWalker walker;
      walker.addWalk([&](MemType type) {
        return lacksLayout(type) && failed(checkBuffer(op, type))
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      });
      for (Type type : op->getResultTypes())
        if (walker.walk(type).wasInterrupted())
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }
};

} // namespace
