// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The last tile operations of a kernel become device operations: addresses,
// barriers, groups of copies, and the block's tile.

#include "LowerTileOps.h"
#include "HilbertRaster.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

class TileOpLowering {
public:
  TileOpLowering(KernelOp kernel, ArrayRef<Value> parameters)
      : kernel(kernel), parameters(parameters), b(kernel.getContext()) {}

  void run() {
    SmallVector<Operation *> ops, memories;
    kernel.walk([&](Operation *op) {
      if (isa<AllocOp, ViewOp>(op))
        memories.push_back(op);
      else if (op != kernel.getOperation() &&
               isa<DlkTileDialect>(op->getDialect()))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      lower(op);
    // Users come after what they use.
    for (Operation *op : llvm::reverse(memories))
      if (op->use_empty())
        op->erase();
  }

private:
  void lower(Operation *op) {
    b.setInsertionPoint(op);
    loc = op->getLoc();
    if (auto pointer = dyn_cast<PointerOp>(op)) {
      pointer.replaceAllUsesWith(addressOf(pointer.getMemory()));
    } else if (auto coord = dyn_cast<TileCoordOp>(op)) {
      lowerTileCoord(coord);
    } else if (isa<BarrierOp>(op)) {
      NVVM::BarrierOp::create(b, loc);
    } else if (isa<AsyncCommitOp>(op)) {
      NVVM::CpAsyncCommitGroupOp::create(b, loc);
    } else if (auto wait = dyn_cast<AsyncWaitOp>(op)) {
      NVVM::CpAsyncWaitGroupOp::create(b, loc, wait.getPending());
    } else {
      return;
    }
    op->erase();
  }

  Value gep(Value pointer, ArrayRef<LLVM::GEPArg> offset) {
    return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(),
                               pointer, offset);
  }

  /// The address of a memory or tensor map, with the part that varies added
  /// first.
  Value addressOf(Value memory) {
    if (auto argument = dyn_cast<BlockArgument>(memory))
      return parameters[argument.getArgNumber()];
    if (auto alloc = memory.getDefiningOp<AllocOp>()) {
      auto type = LLVM::LLVMPointerType::get(
          b.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
      Value arena = LLVM::AddressOfOp::create(b, loc, type, kArenaName);
      return gepConstant(arena, *alloc.getOffset());
    }
    auto view = memory.getDefiningOp<ViewOp>();
    Value base = gep(addressOf(view.getSource()), {view.getDynamicOffset()});
    return gepConstant(base, view.getByteOffset());
  }

  Value gepConstant(Value pointer, int64_t offset) {
    return offset == 0 ? pointer : gep(pointer, {static_cast<int32_t>(offset)});
  }

  Value constant(int64_t value) {
    return arith::ConstantIntOp::create(b, loc, b.getI32Type(), value);
  }
  Value div(Value lhs, Value rhs) {
    return b.createOrFold<arith::DivUIOp>(loc, lhs, rhs);
  }
  Value rem(Value lhs, Value rhs) {
    return b.createOrFold<arith::RemUIOp>(loc, lhs, rhs);
  }

  /// Row, column and batch of a tile, block %ctaid.x if none is given; there
  /// are less than 2^31, so 32 bits suffice.
  void lowerTileCoord(TileCoordOp op) {
    int64_t rows = op.getTiles()[0], columns = op.getTiles()[1];
    Value block = op.getTile();
    if (!block)
      block = NVVM::BlockIdXOp::create(b, loc, b.getI32Type());
    Value perBatch = constant(rows * columns);
    Value batch = constant(0), tile = block;
    if (op.getBatches() != 1) {
      batch = div(block, perBatch);
      tile = rem(block, perBatch);
    }
    auto [row, column] = rasterize(op, tile, rows, columns);
    SmallVector<Value> coordinates{row, column, batch};
    for (auto [result, value] : llvm::zip_equal(op->getResults(), coordinates))
      result.replaceAllUsesWith(
          arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value));
  }

  std::pair<Value, Value> rasterize(TileCoordOp op, Value tile, int64_t rows,
                                    int64_t columns) {
    int64_t group = op.getGroup();
    switch (op.getRaster()) {
    case RasterKind::Row:
      return {div(tile, constant(columns)), rem(tile, constant(columns))};
    case RasterKind::Column:
      return {rem(tile, constant(rows)), div(tile, constant(rows))};
    case RasterKind::Grouped:
      return rasterizeGrouped(tile, rows, columns, std::min(group, rows));
    case RasterKind::Hilbert:
      return emitHilbertTile(b, loc, tile, rows, columns);
    }
    llvm_unreachable("all rasters are lowered");
  }

  /// Bands of `group` rows; the last band has what is left of the rows.
  std::pair<Value, Value> rasterizeGrouped(Value tile, int64_t rows,
                                           int64_t columns, int64_t group) {
    Value bandTiles = constant(group * columns);
    Value band = div(tile, bandTiles), inBand = rem(tile, bandTiles);
    Value first = b.createOrFold<arith::MulIOp>(loc, band, constant(group));
    Value height = constant(group);
    if (rows % group != 0) {
      Value left = arith::SubIOp::create(b, loc, constant(rows), first);
      height = arith::MinUIOp::create(b, loc, left, height);
    }
    Value row = b.createOrFold<arith::AddIOp>(loc, first, rem(inBand, height));
    return {row, div(inBand, height)};
  }

  KernelOp kernel;
  ArrayRef<Value> parameters;
  OpBuilder b;
  Location loc = UnknownLoc::get(b.getContext());
};

} // namespace

/// Where a memory lies: a parameter of the kernel or a buffer. Views lie in
/// what they show a part of.
static Operation *findRoot(Value memory) {
  while (auto view = memory.getDefiningOp<ViewOp>())
    memory = view.getSource();
  if (auto argument = dyn_cast<BlockArgument>(memory))
    return argument.getOwner()->getParentOp();
  return memory.getDefiningOp();
}

static LogicalResult checkTileOp(Operation *op) {
  auto refuse = [&]() {
    return op->emitError("operation cannot be converted to LLVM: '")
           << op->getName() << "' [DLK-P70]";
  };
  if (auto alloc = dyn_cast<AllocOp>(op); alloc && !alloc.getOffset())
    return op->emitError("buffer has no place in the arena [DLK-P71]");
  if (auto pointer = dyn_cast<PointerOp>(op)) {
    if (!isa_and_nonnull<KernelOp, AllocOp>(findRoot(pointer.getMemory())))
      return refuse();
    return success();
  }
  if (isa<DlkTileDialect>(op->getDialect()) &&
      !isa<AllocOp, ViewOp, TileCoordOp, BarrierOp, AsyncCommitOp, AsyncWaitOp>(
          op))
    return refuse();
  // Nothing but the above can hold a memory when memories become pointers.
  bool usesMemory =
      llvm::any_of(op->getOperandTypes(), llvm::IsaPred<MemType, TmapType>);
  return usesMemory && !isa<ViewOp>(op) ? refuse() : success();
}

LogicalResult dlk::checkTileOps(KernelOp kernel) {
  WalkResult result = kernel.getBody().walk([](Operation *op) {
    return failed(checkTileOp(op)) ? WalkResult::interrupt()
                                   : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void dlk::lowerTileOps(KernelOp kernel, ArrayRef<Value> parameters) {
  TileOpLowering(kernel, parameters).run();
}
