// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A warpgroup passes its results through buffers in shared memory, each a box
// of 64 rows, and one of its threads sends them by TMA. That thread waits for
// TMA before the others write to a buffer again, and follows them by the
// warpgroup's own barrier, so that other warpgroups go their own pace.
//
// What computes much is kept apart box by box: ptxas moves arithmetic over
// barriers, but not into branches, and where all boxes are computed at a time
// registers run out and the first store comes late.
//
// Sources: PTX ISA, "stmatrix", "Tensor Swizzling Modes", "Async proxy".

#include "dlk/Transforms/TmaStore.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/SharedAddress.h"
#include "dlk/Transforms/TileExchange.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

constexpr int64_t kThreads = 128;
/// Of a warpgroup at a time.
constexpr int64_t kRows = 64;

/// The first thread of each warpgroup, which commands TMA.
Value emitIsLead(DeviceBuilder &b) {
  Value thread =
      NVVM::ThreadIdXOp::create(b.builder, b.loc, b.builder.getI32Type());
  Value place = b.remainder(thread, kThreads);
  return arith::CmpIOp::create(b.builder, b.loc, arith::CmpIPredicate::eq,
                               place, b.i32(0));
}

void emitWait(DeviceBuilder &b, Value isLead, int64_t pending, bool onlyRead) {
  auto branch = scf::IfOp::create(b.builder, b.loc, isLead,
                                  /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(branch.thenBlock());
  NVVM::CpAsyncBulkWaitGroupOp::create(b.builder, b.loc, pending,
                                       onlyRead ? b.builder.getUnitAttr()
                                                : UnitAttr());
}

class TmaStore {
public:
  TmaStore(TmaStoreOp op, bool separateBoxes)
      : op(op), separateBoxes(separateBoxes), builder(op), loc(op.getLoc()),
        b(builder, loc), index(op.getSource().getType()),
        map(op.getMap().getType()), staging(op.getStaging().getType()),
        thread(builder, loc, index.warpsM, index.warpsN, index.warpsEach) {
    transposed = op.getTransposed();
    across = transposed ? kRows / map.getBox()[1] : 1;
    boxTiles = map.getBox()[transposed ? 0 : 1] / 8;
    boxesPerBand = index.tiles / boxTiles;
    tilesPerPiece = index.tilesPerPiece(boxTiles);
    // Where a kernel has a producer, it is the last warpgroup. Consumers that
    // compute a tile each, alone, have fragments of one warpgroup.
    int64_t groups = index.warpsM * index.warpsN;
    int64_t all = op->getParentOfType<KernelOp>().getWarps() / 4;
    consumers = all > groups ? all - 1 : groups;
    buffers = staging.getShape()[0] / consumers / across;
    ownsStaging = op.getStaging().hasOneUse();
  }

  LogicalResult run(EmitPiece emitPiece) {
    if (failed(checkStaging()))
      return failure();
    if (!transposed)
      exchange = findTileExchange(
          Layout(layout().getModes().drop_front(), layout().getSwizzle()),
          staging.getElementBytes(), tilesPerPiece);
    emitThread();
    for (int64_t band = 0; band < index.bands; ++band)
      for (int64_t box = 0; box < boxesPerBand; ++box) {
        if (separateBoxes)
          enterBranch(band, box);
        if (failed(emitBox(band, box, emitPiece)))
          return failure();
      }
    return success();
  }

private:
  Layout layout() const { return staging.getLayout().getLayout(); }

  LogicalResult checkStaging() {
    if (buffers < 1)
      return op.emitError("staging has no buffer for each of ")
             << consumers << " warpgroups: " << staging << " [DLK-P68]";
    Layout wanted = Layout::tmaStaging(
        staging.getShape(), staging.getElementBytes(), map.getSwizzle());
    if (!staging.getLayout() ||
        staging.getLayout() != LayoutAttr::get(op.getContext(), wanted))
      return op.emitError("staging has another layout than the map's boxes: ")
             << staging << " [DLK-P68]";
    return success();
  }

  /// What depends on the thread only.
  void emitThread() {
    auto pointer = LLVM::LLVMPointerType::get(
        builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Shared));
    base = PointerOp::create(builder, loc, pointer, op.getStaging());
    isLead = emitIsLead(b);
    lane = thread.lane();
    barrier = b.i32(1);
    groupRow = groupColumn = b.i32(0);
    // Also of a single consumer beside a producer: without a register in it the
    // address of staging moves ptxas to keep those of the products in
    // registers that are not uniform.
    if (op->getParentOfType<KernelOp>().getWarps() > 4) {
      Value group = emitUniformWarpgroup(builder, loc);
      base = b.move(base, b.multiply(group, buffers * bufferBytes()));
      if (consumers > 1)
        barrier = b.add(group, b.i32(1));
      if (index.warpsM > 1)
        groupRow = b.divide(group, index.warpsN);
      if (index.warpsN > 1)
        groupColumn = b.remainder(group, index.warpsN);
    }
    warpRow = b.multiply(b.remainder(thread.warp(), 4), 16);
    if (exchange.distance != 0) {
      Value bit = builder.createOrFold<arith::AndIOp>(loc, b.divide(lane, 4),
                                                      b.i32(exchange.rowBit));
      exchanges = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                        bit, b.i32(0));
    }
  }

  /// Continues in a branch, inside of that of the box before, if this box and
  /// all later ones may lie outside of the result: in the last band those of
  /// columns behind the last one, else bands of such rows.
  void enterBranch(int64_t band, int64_t box) {
    bool byColumn = box != 0;
    if (byColumn ? band + 1 != index.bands : band == 0)
      return;
    size_t dim = op.getOrigin().size() - (byColumn != transposed ? 1 : 2);
    int64_t extent = map.getMemory().getShape()[dim];
    int64_t offset =
        byColumn ? index.column(box * boxTiles) : index.row(band, 0);
    Type type = coordinateType(builder, extent);
    Value group = byColumn ? b.multiply(groupColumn, index.warpColumns)
                           : b.multiply(groupRow, index.warpRows);
    Value position =
        b.add(b.toInteger(op.getOrigin()[dim], type), b.toInteger(group, type));
    // LLVM would find out that it is inside, and leave the branch away.
    if (type.isInteger(32))
      position = emitWarpUniform(builder, loc, position);
    Value limit = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(type, extent - offset));
    Value inside = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::slt, position, limit);
    auto branch =
        scf::IfOp::create(builder, loc, inside, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
  }

  /// Boxes pass through the buffers in turn, in every tile from the first one
  /// on: how many of the boxes sent before may still be being read when box
  /// `number` is written.
  int64_t countPending(int64_t number) {
    int64_t boxes = index.bands * boxesPerBand;
    if (number >= buffers)
      return buffers - 1;
    if (!ownsStaging || number >= boxes)
      return 0;
    // The tile before may have sent less.
    if (separateBoxes)
      return number;
    // The last box of the tile before that used this buffer.
    int64_t last = number + (boxes - 1 - number) / buffers * buffers;
    return std::min(buffers - 1, boxes - 1 - last + number);
  }

  LogicalResult emitBox(int64_t band, int64_t box, EmitPiece emitPiece) {
    int64_t number = band * boxesPerBand + box;
    for (int64_t tile = 0; tile < boxTiles; tile += tilesPerPiece) {
      FailureOr<SmallVector<Value>> pairs =
          emitPiece(builder, band, box * boxTiles + tile);
      if (failed(pairs))
        return failure();
      if (tile == 0) {
        emitWait(b, isLead, countPending(number), /*onlyRead=*/true);
        meet();
      }
      if (staging.getElementBytes() == 2)
        stageMatrices(*pairs, number % buffers, tile);
      else if (transposed)
        stageElements(*pairs, number % buffers, tile);
      else
        stagePairs(*pairs, number % buffers, tile);
    }
    NVVM::FenceProxyOp::create(
        builder, loc, NVVM::ProxyKind::async_shared,
        NVVM::SharedSpaceAttr::get(builder.getContext(),
                                   NVVM::SharedSpace::shared_cta));
    meet();
    send(band, box, number % buffers);
    return success();
  }

  /// The warpgroup's own barrier.
  void meet() {
    NVVM::BarrierOp::create(builder, loc, Type(), barrier, b.i32(kThreads),
                            NVVM::BarrierReductionAttr(), Value());
  }

  int64_t bufferBytes() const { return across * boxBytes(); }
  int64_t boxBytes() const {
    return layout().getModes()[0].front().stride * staging.getElementBytes();
  }

  Value pointer(const ThreadCoordinate &box, const ThreadCoordinate &row,
                const ThreadCoordinate &column) {
    return emitPointerOffset(builder, loc, base,
                             emitThreadAddress(builder, loc, layout(),
                                               staging.getElementBytes(),
                                               {box, row, column}));
  }

  /// 16-bit elements: 16 rows x 16 columns at a time. Lane 8q+r addresses row r
  /// of matrix q; the upper two matrices are eight columns further. Transposed,
  /// row r of the matrix that is stored was its column.
  void stageMatrices(ArrayRef<Value> pairs, int64_t buffer, int64_t firstTile) {
    int64_t tiles = pairs.size() / 2;
    for (int64_t tile = 0; tile < tiles; tile += 2) {
      SmallVector<Value> words;
      for (int64_t t = tile; t < std::min(tile + 2, tiles); ++t)
        for (int64_t half = 0; half < 2; ++half)
          words.push_back(LLVM::BitcastOp::create(
              builder, loc, builder.getI32Type(), pairs[half * tiles + t]));
      ThreadCoordinate column{Value(), 1, 8 * (firstTile + tile)};
      if (words.size() == 4) {
        column.variable = b.multiply(b.divide(lane, 16), 8);
        column.bound = 9;
      }
      NVVM::StMatrixOp::create(
          builder, loc, emitMatrixPointer(buffer, column), words,
          transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
          NVVM::LdStMatrixShapeAttr::get(builder.getContext(), 8, 8),
          NVVM::LdStMatrixEltType::B16);
    }
  }

  /// Where the lane's row of a matrix goes; `column` is that of its matrix.
  Value emitMatrixPointer(int64_t buffer, ThreadCoordinate column) {
    ThreadCoordinate box{Value(), 1, buffer};
    if (!transposed)
      return pointer(box, {b.add(warpRow, b.remainder(lane, 16)), 64, 0},
                     column);
    Value half = b.remainder(b.divide(lane, 8), 2);
    column.variable = b.add(column.variable, b.remainder(lane, 8));
    column.bound += 7;
    return pointer(box, column, {b.add(warpRow, b.multiply(half, 8)), 57, 0});
  }

  /// Other elements, transposed: one at a time, since neighbours of a row lie
  /// in two.
  void stageElements(ArrayRef<Value> pairs, int64_t buffer, int64_t firstTile) {
    int64_t tiles = pairs.size() / 2, width = map.getBox()[1];
    ThreadCoordinate box{b.divide(warpRow, width), across, buffer * across};
    Value first = b.add(b.remainder(warpRow, width), b.divide(lane, 4));
    Value column = b.multiply(b.remainder(lane, 4), 2);
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t tile = 0; tile < tiles; ++tile)
        for (int64_t part = 0; part < 2; ++part) {
          Value element = vector::ExtractOp::create(
              builder, loc, pairs[half * tiles + tile], part);
          LLVM::StoreOp::create(
              builder, loc, element,
              pointer(box, {column, 7, 8 * (firstTile + tile) + part},
                      {first, width - 8, 8 * half}),
              staging.getElementBytes());
        }
  }

  /// Other elements: a pair of columns at a time.
  void stagePairs(ArrayRef<Value> pairs, int64_t buffer, int64_t firstTile) {
    int64_t tiles = pairs.size() / 2, distance = exchange.distance;
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t tile = 0; tile < tiles; ++tile) {
        Value pair = pairs[half * tiles + tile];
        if (distance == 0) {
          storePair(pair, buffer, half, firstTile + tile, 0, 0);
          continue;
        }
        if (tile & distance)
          continue;
        Value other = pairs[half * tiles + tile + distance];
        storePair(select(other, pair), buffer, half, firstTile + tile,
                  8 * distance, 0);
        storePair(select(pair, other), buffer, half, firstTile + tile, 0,
                  8 * distance);
      }
  }

  /// `exchanged` in the lanes that exchange tiles, else `plain`.
  Value select(Value exchanged, Value plain) {
    return builder.createOrFold<arith::SelectOp>(loc, exchanges, exchanged,
                                                 plain);
  }

  /// Stores to `tile`, moved by columns that depend on whether the lane
  /// exchanges.
  void storePair(Value pair, int64_t buffer, int64_t half, int64_t tile,
                 int64_t exchanged, int64_t plain) {
    ThreadCoordinate row{b.add(warpRow, b.divide(lane, 4)), 56, 8 * half};
    Value column = b.multiply(b.remainder(lane, 4), 2);
    if (exchanged != plain)
      column = b.add(column, select(b.i32(exchanged), b.i32(plain)));
    LLVM::StoreOp::create(builder, loc, pair,
                          pointer({Value(), 1, buffer}, row,
                                  {column, 7 + exchanged + plain, 8 * tile}),
                          2 * staging.getElementBytes());
  }

  void send(int64_t band, int64_t box, int64_t buffer) {
    OpBuilder::InsertionGuard guard(builder);
    auto branch =
        scf::IfOp::create(builder, loc, isLead, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
    for (int64_t i = 0; i < across; ++i)
      sendBox(emitCoordinates(band, box, i * map.getBox()[1]),
              b.move(base, buffer * bufferBytes() + i * boxBytes()));
    NVVM::CpAsyncBulkCommitGroupOp::create(builder, loc);
  }

  /// Where a box lies in the map's memory, the fastest dimension first; its
  /// rows start at `firstRow` of the band.
  SmallVector<Value> emitCoordinates(int64_t band, int64_t box,
                                     int64_t firstRow) {
    SmallVector<Value> coordinates;
    for (Value position : op.getOrigin())
      coordinates.push_back(b.toInteger(position, builder.getI32Type()));
    std::reverse(coordinates.begin(), coordinates.end());
    Value &row = coordinates[transposed ? 0 : 1];
    row = b.add(row, b.multiply(groupRow, index.warpRows));
    row = b.add(row, b.i32(index.row(band, 0) + firstRow));
    Value &column = coordinates[transposed ? 1 : 0];
    column = b.add(column, b.multiply(groupColumn, index.warpColumns));
    column = b.add(column, b.i32(index.column(box * boxTiles)));
    return coordinates;
  }

  void sendBox(ValueRange coordinates, Value source) {
    Value descriptor = PointerOp::create(
        builder, loc, LLVM::LLVMPointerType::get(builder.getContext()),
        op.getMap());
    NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
        builder, loc, descriptor, source, coordinates, /*l2CacheHint=*/Value(),
        NVVM::TMAStoreMode::TILE, /*predicate=*/Value());
  }

  TmaStoreOp op;
  bool separateBoxes;
  OpBuilder builder;
  Location loc;
  DeviceBuilder b;
  AccumulatorIndex index;
  TmapType map;
  MemType staging;
  ThreadIndex thread;
  bool transposed;
  /// Boxes that hold 64 rows.
  int64_t across;
  int64_t boxTiles, boxesPerBand, tilesPerPiece;
  /// Warpgroups that store, and buffers of each.
  int64_t consumers, buffers;
  bool ownsStaging;
  TileExchange exchange;
  /// `base` is the warpgroup's first buffer; `exchanges` is null where no lanes
  /// do.
  Value base, isLead, lane, barrier, groupRow, groupColumn;
  Value warpRow, exchanges;
};

/// The block around all loops around `op`.
Block *blockOutsideLoops(Operation *op) {
  Block *block = op->getBlock();
  for (Operation *parent = op->getParentOp(); !isa<KernelOp>(parent);
       parent = parent->getParentOp())
    if (isa<LoopLikeOpInterface, ForTilesOp>(parent))
      block = parent->getBlock();
  return block;
}

} // namespace

LogicalResult dlk::emitTmaStore(TmaStoreOp op, EmitPiece emitPiece,
                                bool separateBoxes) {
  return TmaStore(op, separateBoxes).run(emitPiece);
}

void dlk::emitTmaStoreEnds(KernelOp kernel) {
  llvm::SetVector<Block *> blocks;
  kernel.walk([&](TmaStoreOp op) { blocks.insert(blockOutsideLoops(op)); });
  for (Block *block : blocks) {
    auto builder = OpBuilder::atBlockEnd(block);
    if (!block->empty() && block->back().hasTrait<OpTrait::IsTerminator>())
      builder.setInsertionPoint(&block->back());
    DeviceBuilder b(builder, kernel.getLoc());
    emitWait(b, emitIsLead(b), 0, /*onlyRead=*/false);
  }
}
