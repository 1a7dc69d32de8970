// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile kernel of dlk.matmul.
//
// Operands are seen as [batch..., rows, columns] with the contiguous dimension
// last, whatever the layout of the tensor: a transposed operand differs only in
// which of its two dimensions is k, a broadcast one in strides of zero. Where
// the sum is split, slices of k are computed like batches, and their sums are
// the results; with stream_k a block computes the steps that are its share, and
// writes their sum where it is looked for.

#include "dlk/Transforms/MatmulViews.h"
#include "dlk/Transforms/RingOperand.h"
#include "dlk/Transforms/StepOrder.h"
#include "dlk/Transforms/StreamPlaces.h"
#include "dlk/Transforms/TargetOf.h"
#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// How one input is read: which operand and parameter it is, its view, which
/// dimension of a tile is k, and the copy that fills a tile.
struct Operand {
  unsigned index;
  MemType global;
  MemType tile;
  int64_t kDim;
  int64_t vector;
  StringRef copyKind;
  /// The tensor map that fills tiles by TMA, or null, and along which dimension
  /// of the cluster blocks share a tile.
  TmapType map;
  StringRef sharedAlong;
};

/// Bytes of a row of a box: one pattern of the 128-byte swizzle.
constexpr int64_t kBoxRowBytes = 128;

RasterKind convertRaster(Raster raster) {
  switch (raster) {
  case Raster::Row:
    return RasterKind::Row;
  case Raster::Column:
    return RasterKind::Column;
  case Raster::Grouped:
    return RasterKind::Grouped;
  case Raster::Hilbert:
    return RasterKind::Hilbert;
  }
  llvm_unreachable("all rasters are converted");
}

class MatmulKernelBuilder {
public:
  MatmulKernelBuilder(MatmulOp op, ModuleOp module, SymbolTable &symbols)
      : op(op), module(module), symbols(symbols), builder(op.getContext()),
        loc(op.getLoc()), schedule(*op.getSchedule()), slices(getNumSlices(op)),
        sliceK(op.getK()), isSplit(schedule.getSplit() != SplitKind::None),
        isStream(schedule.getSplit() == SplitKind::StreamK),
        rowDim(op.getMDim()), columnDim(op.getNDim()) {
    if (swaps())
      std::swap(rowDim, columnDim);
    // A step has channels of one filter tap.
    int64_t channels = op.getChannels();
    if (schedule.getCopy() == CopyKind::TmaIm2col && channels) {
      channelMultiple = schedule.getTileK();
      sliceK = sliceK / channels * llvm::alignTo(channels, channelMultiple);
    }
    stepOrder.emplace(op, channelMultiple);
    // Steps of a tile do not lie in two slices.
    if (slices > 1)
      sliceK =
          llvm::alignTo(llvm::divideCeil(sliceK, slices), schedule.getTileK());
  }

  FailureOr<KernelOp> build() {
    if (isStream && !targetOf(op))
      return op.emitError("module has no target, whose multiprocessors share "
                          "the steps of stream_k [DLK-P32]");
    tilesM =
        countTiles(sizeOf(rowDim), schedule.getTileM(), schedule.getClusterM());
    tilesN = countTiles(sizeOf(columnDim), schedule.getTileN(),
                        schedule.getClusterN());
    if (double(tilesM) * tilesN * double(countBatches()) > INT32_MAX)
      return op.emitError("grid exceeds 2147483647 blocks: ")
             << tilesM << " x " << tilesN << " tiles x " << countBatches()
             << " [DLK-P31]";
    lhs = describeInput(swaps() ? 1 : 0, rowDim, schedule.getTileM());
    rhs = describeInput(swaps() ? 0 : 1, columnDim, schedule.getTileN());
    if (isWgmma()) {
      mapInput(lhs, "n", schedule.getClusterN());
      mapInput(rhs, "m", schedule.getClusterM());
    }
    ringOperand = findRingOperand(op, {lhs.tile, rhs.tile},
                                  schedule.getTileN() / getHolders()[1]);
    KernelOp kernel = createKernel();
    builder.setInsertionPointToStart(&kernel.getBlock());
    emitOrigin();
    Value acc = emitMainLoop(kernel);
    if (ringOperand)
      emitRingOperand(kernel);
    emitStore(emitEpilogue(acc, kernel), kernel);
    for (Value slot : operandSlots)
      RingReleaseOp::create(builder, loc, ring, slot);
    return kernel;
  }

private:
  /// Tiles of a dimension: whole clusters of them.
  static int64_t countTiles(int64_t extent, int64_t tile, int64_t cluster) {
    return llvm::divideCeil(extent, tile * cluster) * cluster;
  }

  /// Each slice is a batch of its own.
  int64_t countBatches() { return op.getBatch() * slices; }

  /// The grid of warps or warpgroups that hold a tile: in pingpong each
  /// consumer holds one of its own.
  std::array<int64_t, 2> getHolders() {
    if (schedule.getRoles() == Roles::Pingpong)
      return {1, 1};
    return {schedule.getWarpsM(), schedule.getWarpsN()};
  }

  /// Whether the tiles are of the transposed problem: rows count n.
  bool swaps() { return schedule.getSwapAb(); }
  int64_t sizeOf(unsigned dim) { return op.getIterationSizes()[dim]; }

  bool isWgmma() { return schedule.getEngine() == Engine::Wgmma; }

  Operand describeInput(unsigned index, unsigned otherDim, int64_t otherTile) {
    Operand operand;
    operand.index = index;
    unsigned kDim = op.getKDim();
    int64_t kTile = schedule.getTileK();
    bool kLast = op.getContiguousDim(index) != otherDim;
    operand.kDim = kLast ? 1 : 0;
    operand.global =
        kLast ? viewOperand(op, index, otherDim, kDim, channelMultiple)
              : viewOperand(op, index, kDim, otherDim, channelMultiple);
    SmallVector<int64_t> shape{otherTile, kTile};
    if (!kLast)
      std::swap(shape[0], shape[1]);
    operand.tile = MemType::get(op.getContext(), shape,
                                op.getOperandType(index).getElementType(),
                                LayoutAttr(), MemorySpace::Shared);
    operand.vector = vectorAlong(op, index, kLast ? kDim : otherDim);
    int64_t bytes = operand.vector * operand.global.getElementBytes();
    bool asynchronous = schedule.getCopy() == CopyKind::CpAsync && bytes >= 4;
    operand.copyKind = asynchronous ? "cp_async" : "ld";
    return operand;
  }

  /// `memory` without the dimensions that a tensor map does not need, because
  /// they are broadcast or have one element, and the place of each that is
  /// left.
  static MemType dropBroadcast(MemType memory, SmallVector<unsigned> &kept) {
    if (memory.getGather()) {
      llvm::append_range(kept, llvm::seq<unsigned>(0, memory.getRank()));
      return memory;
    }
    SmallVector<LayoutMode> modes;
    SmallVector<int64_t> shape;
    Layout layout = memory.getLayout().getLayout();
    for (auto [dim, mode] : llvm::enumerate(layout.getModes())) {
      bool isBatch = static_cast<int64_t>(dim) + 2 < memory.getRank();
      if (isBatch && (mode.front().stride == 0 || mode.front().extent == 1))
        continue;
      kept.push_back(dim);
      modes.push_back(mode);
      shape.push_back(memory.getShape()[dim]);
    }
    MLIRContext *context = memory.getContext();
    return MemType::get(context, shape, memory.getElementType(),
                        LayoutAttr::get(context, Layout(modes)),
                        MemorySpace::Global);
  }

  /// Boxes with the swizzle as wide as their rows, which are powers of two.
  TmapType mapOf(MemType memory, int64_t rows, int64_t columns) {
    SmallVector<unsigned> kept;
    MemType view = dropBroadcast(memory, kept);
    int64_t rowBytes = columns * memory.getElementBytes();
    return TmapType::get(op.getContext(), view, {rows, columns},
                         rowBytes >= 32 ? rowBytes : 0);
  }

  /// A box has the rows of a tile, at most 256, and one panel of its columns.
  /// Blocks that share a tile take whole panels where they can, else rows.
  void mapInput(Operand &operand, StringRef sharedAlong, int64_t sharers) {
    int64_t rows = operand.tile.getShape()[0];
    int64_t columns = kBoxRowBytes / operand.tile.getElementBytes();
    int64_t panels = operand.tile.getShape()[1] / columns;
    int64_t parts = llvm::divideCeil(rows, 256),
            most = mostBoxRows(operand.global);
    while (rows % parts != 0 || panels * parts % sharers != 0 ||
           (most != 0 && most % (rows / parts) != 0))
      ++parts;
    operand.map = mapOf(operand.global, rows / parts, columns);
    if (sharers > 1)
      operand.sharedAlong = sharedAlong;
  }

  /// What the kernel writes: the result, or the sums of the slices.
  MemType resultView() {
    if (isSplit)
      return rowMajorMemory(getPartialSumsType(op));
    return viewOperand(op, resultIndex(op), op.getMDim(), op.getNDim());
  }

  int64_t resultVector() {
    if (isSplit)
      return 16 / resultView().getElementBytes();
    return vectorAlong(op, resultIndex(op), op.getNDim());
  }

  /// Of the epilogue; those of a split sum belong to the kernel that adds the
  /// slices.
  ValueRange getExtras() {
    return isSplit ? ValueRange() : ValueRange(op.getExtras());
  }

  DenseI64ArrayAttr clusterAttr() {
    int64_t m = schedule.getClusterM(), n = schedule.getClusterN();
    return m * n == 1 ? DenseI64ArrayAttr()
                      : builder.getDenseI64ArrayAttr({m, n});
  }

  bool storesByTma() {
    return schedule.getEpilogue() == EpilogueKind::StmatrixTma;
  }

  /// Whether the rows of a tile are columns of what the kernel writes.
  bool storesTransposed() { return swaps() && slices == 1; }

  /// A box of the result: 64 rows of a tile, one panel of columns or all of a
  /// warpgroup's.
  Type resultParameter() {
    MemType view = resultView();
    if (!storesByTma())
      return view;
    int64_t rows = 64, columns = schedule.getTileN() / getHolders()[1];
    if (storesTransposed())
      std::swap(rows, columns);
    return mapOf(view, rows,
                 std::gcd(columns, kBoxRowBytes / view.getElementBytes()));
  }

  bool isRingOperand(unsigned extra) {
    return ringOperand && ringOperand->extra == extra;
  }

  Type extraParameter(unsigned extra) {
    if (isRingOperand(extra))
      return mapOf(ringOperand->global, schedule.getTileM(),
                   ringOperand->getColumns());
    return viewExtra(op, extra);
  }

  KernelOp createKernel() {
    SmallVector<Type> parameters(2);
    for (const Operand &operand : {lhs, rhs})
      parameters[operand.index] =
          operand.map ? Type(operand.map) : Type(operand.global);
    for (unsigned i = 0; i < getExtras().size(); ++i)
      parameters.push_back(extraParameter(i));
    parameters.push_back(resultParameter());
    int64_t warps =
        schedule.getWarpsM() * schedule.getWarpsN() * (isWgmma() ? 4 : 1);
    builder.setInsertionPointToEnd(module.getBody());
    auto kernel = KernelOp::create(
        builder, loc, getKernelName(op, symbols),
        ArrayRef<int64_t>{tilesM * tilesN * countBatches(), 1, 1}, warps,
        /*shared_bytes=*/IntegerAttr(), clusterAttr());
    kernel->setAttr("dlk.schedule", schedule);
    if (auto reason = op.getScheduleReasonAttr())
      kernel->setAttr("dlk.schedule_reason", reason);
    kernel->setAttr("dlk.flops", builder.getF64FloatAttr(op.getFlops()));
    kernel->setAttr("dlk.bytes", builder.getF64FloatAttr(countBytes()));
    builder.createBlock(&kernel.getBody(), {}, parameters,
                        SmallVector<Location>(parameters.size(), loc));
    symbols.insert(kernel);
    return kernel;
  }

  /// Bytes of the operands and of what the kernel writes.
  double countBytes() {
    if (!isSplit)
      return op.getBytes();
    MemType sums = resultView();
    double bytes =
        double(sums.getNumElements()) * double(sums.getElementBytes());
    for (const Operand &operand : {lhs, rhs})
      bytes += double(operand.global.getSpanBytes());
    return bytes;
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  /// The first m, n and the batch coordinates of this block's tile.
  void emitOrigin() {
    Type i = builder.getIndexType();
    auto coord =
        TileCoordOp::create(builder, loc, i, i, i, /*tile=*/Value(),
                            ArrayRef<int64_t>{tilesM, tilesN}, countBatches(),
                            convertRaster(schedule.getRaster()),
                            std::max<int64_t>(1, schedule.getRasterGroup()));
    originM = arith::MulIOp::create(builder, loc, coord.getRow(),
                                    index(schedule.getTileM()));
    originN = arith::MulIOp::create(builder, loc, coord.getColumn(),
                                    index(schedule.getTileN()));
    Value place = coord.getBatch();
    if (slices > 1) {
      sums = place;
      place = arith::RemUIOp::create(builder, loc, sums, index(op.getBatch()));
      Value slice =
          arith::DivUIOp::create(builder, loc, sums, index(op.getBatch()));
      firstK = arith::MulIOp::create(builder, loc, slice, index(sliceK));
    }
    batch = emitBatchCoordinates(builder, loc, op, place);
    stepOrder->emitClass(builder, loc, batch);
    lengthK = stepOrder->getLength();
    if (isStream)
      emitShare();
  }

  /// The part of the sum that this block computes, and its place.
  void emitShare() {
    Type i = builder.getIndexType();
    StreamShares shares = getStreamShares(op);
    auto share = StreamCoordOp::create(builder, loc, i, i, i, shares.steps,
                                       shares.clusters);
    Value step = index(schedule.getTileK());
    sums = share.getPart();
    firstK = arith::MulIOp::create(builder, loc, share.getFirst(), step);
    Value rest = arith::MulIOp::create(builder, loc, share.getMore(), step);
    lengthK = arith::AddIOp::create(builder, loc, rest, step);
  }

  SmallVector<Value> originOf(Value row, Value column) {
    SmallVector<Value> origin(batch);
    origin.push_back(row);
    origin.push_back(column);
    return origin;
  }

  /// Of the tile in what the kernel writes.
  SmallVector<Value> resultOrigin() {
    if (isStream)
      return {sums, index(0), index(0)};
    if (isSplit)
      return {sums, originM, originN};
    return swaps() ? originOf(originN, originM) : originOf(originM, originN);
  }

  /// The indices of a tensor map of `memory`, for those of the memory.
  static SmallVector<Value> mappedOrigin(MemType memory, ValueRange all) {
    SmallVector<unsigned> kept;
    dropBroadcast(memory, kept);
    SmallVector<Value> origin;
    for (unsigned dim : kept)
      origin.push_back(all[dim]);
    return origin;
  }

  void emitCopy(const Operand &operand, KernelOp kernel, Value other, Value k,
                Value slot, int64_t buffer) {
    Value source = kernel.getBlock().getArgument(operand.index);
    auto target = SlotViewOp::create(builder, loc, operand.tile, slot, buffer);
    Value row = operand.kDim == 1 ? other : k,
          column = operand.kDim == 1 ? k : other;
    if (operand.map) {
      auto shared = operand.sharedAlong.empty()
                        ? StringAttr()
                        : builder.getStringAttr(operand.sharedAlong);
      TmaLoadOp::create(builder, loc, source,
                        mappedOrigin(operand.global, originOf(row, column)),
                        target, shared);
      return;
    }
    CopyOp::create(builder, loc, source, originOf(row, column), target,
                   /*predicate=*/Value(), operand.vector, operand.copyKind);
  }

  Value emitMainLoop(KernelOp kernel) {
    auto kind = isWgmma() ? FragmentKind::WgmmaAcc : FragmentKind::MmaAcc;
    auto [warpsM, warpsN] = getHolders();
    auto layout = FragmentAttr::get(op.getContext(), kind, warpsM, warpsN);
    auto accType = FragType::get(op.getContext(),
                                 {schedule.getTileM(), schedule.getTileN()},
                                 op.getAccType(), layout);
    Value zero =
        FillOp::create(builder, loc, accType, builder.getF64FloatAttr(0.0));
    if (op.getK() == 0)
      return zero;
    SmallVector<Type> buffers{lhs.tile, rhs.tile};
    auto ringType =
        RingType::get(op.getContext(), schedule.getStages(), buffers);
    auto slotType = SlotType::get(op.getContext(), buffers);
    ring = RingCreateOp::create(builder, loc, ringType,
                                /*consumers=*/IntegerAttr());
    auto loop = scf::ForOp::create(
        builder, loc, index(0), lengthK ? lengthK : index(sliceK),
        index(schedule.getTileK()), ValueRange{zero});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value slot = RingAcquireOp::create(builder, loc, slotType, ring);
    Value k = loop.getInductionVar();
    if (firstK)
      k = arith::AddIOp::create(builder, loc, firstK, k);
    k = stepOrder->emitK(builder, loc, k);
    emitCopy(lhs, kernel, originM, k, slot, 0);
    emitCopy(rhs, kernel, originN, k, slot, 1);
    RingCommitOp::create(builder, loc, ring, slot);
    Value ready = RingWaitOp::create(builder, loc, slotType, ring);
    Value a = SlotViewOp::create(builder, loc, lhs.tile, ready, 0);
    Value b = SlotViewOp::create(builder, loc, rhs.tile, ready, 1);
    Value acc =
        MmaOp::create(builder, loc, accType, a, b, loop.getRegionIterArg(0),
                      lhs.kDim, rhs.kDim, op.getPromote().has_value());
    RingReleaseOp::create(builder, loc, ring, ready);
    scf::YieldOp::create(builder, loc, acc);
    return loop.getResult(0);
  }

  /// Stages behind those of the products, each with some panels of the operand;
  /// the last one may have fewer.
  void emitRingOperand(KernelOp kernel) {
    Value map = kernel.getBlock().getArgument(2 + ringOperand->extra);
    for (int64_t first = 0; first < ringOperand->panels;
         first += ringOperand->panelsPerStage) {
      int64_t count =
          std::min(ringOperand->panelsPerStage, ringOperand->panels - first);
      SmallVector<Type> panels(count, ringOperand->panel);
      auto slotType = SlotType::get(op.getContext(), panels);
      Value slot = RingAcquireOp::create(builder, loc, slotType, ring);
      for (int64_t i = 0; i < count; ++i)
        emitPanelLoad(map, slot, i, first + i);
      RingCommitOp::create(builder, loc, ring, slot);
      Value ready = RingWaitOp::create(builder, loc, slotType, ring);
      operandSlots.push_back(ready);
      for (int64_t i = 0; i < count; ++i)
        operandTiles.push_back(
            SlotViewOp::create(builder, loc, ringOperand->panel, ready, i));
    }
  }

  void emitPanelLoad(Value map, Value slot, int64_t buffer, int64_t panel) {
    auto target =
        SlotViewOp::create(builder, loc, ringOperand->panel, slot, buffer);
    Value column = builder.createOrFold<arith::AddIOp>(
        loc, originN, index(panel * ringOperand->getColumns()));
    TmaLoadOp::create(
        builder, loc, map,
        mappedOrigin(ringOperand->global, originOf(originM, column)), target,
        /*shared_along=*/StringAttr());
  }

  /// The epilogue region as a map on the accumulators. What the ring brings is
  /// the last operand.
  Value emitEpilogue(Value acc, KernelOp kernel) {
    bool isPlain = op.getExtras().empty() &&
                   op.getYield().getValue() == op.getAccumulator();
    if (isPlain || isSplit)
      return acc;
    SmallVector<AffineMap> maps;
    SmallVector<Value> inputs;
    for (unsigned i = 0; i < op.getExtras().size(); ++i) {
      if (isRingOperand(i))
        continue;
      inputs.push_back(kernel.getBlock().getArgument(2 + i));
      maps.push_back(getTileMap(op.getExtraMap(i)));
    }
    auto accType = cast<FragType>(acc.getType());
    auto type = FragType::get(op.getContext(), accType.getShape(),
                              op.getResultElementType(), accType.getLayout());
    auto map =
        MapOp::create(builder, loc, type, acc, originOf(originM, originN),
                      inputs, operandTiles, builder.getAffineMapArrayAttr(maps),
                      ArrayRef<int64_t>{sizeOf(rowDim), sizeOf(columnDim)});
    cloneEpilogue(op.getEpilogue(), map, builder);
    if (ringOperand)
      moveArgumentBack(map.getBody().front(), 1 + ringOperand->extra);
    return map.getResult();
  }

  /// From (batch..., row, column) of a tile.
  AffineMap getTileMap(AffineMap map) {
    SmallVector<AffineExpr> dims;
    for (unsigned dim = 0; dim < op.getNumDims() - 1; ++dim)
      dims.push_back(builder.getAffineDimExpr(dim));
    if (swaps())
      std::swap(dims[op.getMDim()], dims[op.getNDim()]);
    dims.push_back(builder.getAffineConstantExpr(0));
    return map.replaceDimsAndSymbols(dims, {}, op.getNumDims() - 1, 0);
  }

  static void moveArgumentBack(Block &block, unsigned number) {
    BlockArgument old = block.getArgument(number);
    old.replaceAllUsesWith(block.addArgument(old.getType(), old.getLoc()));
    block.eraseArgument(number);
  }

  Value createStaging(ArrayRef<int64_t> shape, Type element) {
    auto type = MemType::get(op.getContext(), shape, element, LayoutAttr(),
                             MemorySpace::Shared);
    return AllocOp::create(builder, loc, type, /*offset=*/IntegerAttr());
  }

  /// Through two boxes of staging for each warpgroup.
  void emitTmaStore(Value result, Value target) {
    auto map = cast<TmapType>(target.getType());
    int64_t buffers = 2 * schedule.getWarpsM() * schedule.getWarpsN();
    if (storesTransposed())
      buffers *= 64 / map.getBox()[1];
    Value staging = createStaging({buffers, map.getBox()[0], map.getBox()[1]},
                                  map.getElementType());
    TmaStoreOp::create(builder, loc, result, target,
                       mappedOrigin(resultView(), resultOrigin()), staging,
                       storesTransposed());
  }

  void emitStore(Value result, KernelOp kernel) {
    if (storesByTma())
      return emitTmaStore(result, kernel.getBlock().getArguments().back());
    int64_t warps =
        schedule.getWarpsM() * schedule.getWarpsN() * (isWgmma() ? 4 : 1);
    Value staging =
        createStaging({warps, 16, schedule.getTileN() / getHolders()[1]},
                      cast<FragType>(result.getType()).getElementType());
    StoreOp::create(builder, loc, result,
                    kernel.getBlock().getArguments().back(), resultOrigin(),
                    staging, resultVector(), op.getCombineAttr());
  }

  MatmulOp op;
  ModuleOp module;
  SymbolTable &symbols;
  OpBuilder builder;
  Location loc;
  ScheduleAttr schedule;
  /// Slices of k, and how much of it each has.
  int64_t slices, sliceK;
  bool isSplit, isStream;
  /// Of which the channels of each filter tap are made a multiple.
  int64_t channelMultiple = 1;
  /// Dimensions of the problem that the rows and columns of tiles count.
  unsigned rowDim, columnDim;
  int64_t tilesM = 0, tilesN = 0;
  Operand lhs, rhs;
  std::optional<StepOrder> stepOrder;
  std::optional<RingOperand> ringOperand;
  Value ring;
  /// The panels of the operand that the ring brings, and the stages that hold
  /// them.
  SmallVector<Value> operandTiles, operandSlots;
  Value originM, originN;
  SmallVector<Value> batch;
  /// Which sums the block computes, and the first k of its slice; null if the
  /// sum is not split. How much of k a share, or a tile that leaves out taps,
  /// has; null if that is constant.
  Value sums, firstK, lengthK;
};

} // namespace

FailureOr<KernelOp> dlk::buildMatmulKernel(MatmulOp op, ModuleOp module,
                                           SymbolTable &symbols) {
  return MatmulKernelBuilder(op, module, symbols).build();
}
