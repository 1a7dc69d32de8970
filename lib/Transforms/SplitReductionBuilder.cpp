// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The second kernel of a matmul whose sum is split over blocks.
//
// The partial sums of an element are added in the order of the slices, so that
// a result does not depend on which block was first; then the epilogue is
// applied, once. It has the shape of a product's epilogue without a product: a
// fragment of zeros, a map whose operands are the slices, a store.
//
// The parts of stream_k are added in the same way. They lie where their blocks
// have left them; a tile with fewer parts than another adds zeros.

#include "dlk/Transforms/MatmulViews.h"
#include "dlk/Transforms/StreamPlaces.h"
#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

int64_t dlk::getNumSlices(MatmulOp op) {
  ScheduleAttr schedule = *op.getSchedule();
  return schedule.getSplit() == SplitKind::SplitK ? schedule.getSplitFactor()
                                                  : 1;
}

/// Tiles of the transposed problem leave transposed sums.
RankedTensorType dlk::getPartialSumsType(MatmulOp op) {
  if (op.getSchedule()->getSplit() == SplitKind::StreamK)
    return getStreamSumsType(op);
  Type type = op.getAccType();
  int64_t piece = 128 / type.getIntOrFloatBitWidth();
  int64_t rows = op.getM(), columns = op.getN();
  if (op.getSchedule()->getSwapAb())
    std::swap(rows, columns);
  return RankedTensorType::get(
      {getNumSlices(op) * op.getBatch(), rows,
       static_cast<int64_t>(llvm::alignTo(columns, piece))},
      type);
}

namespace {

/// Warps of 16 rows: four beside each other, since splitting is for few rows,
/// or, so that their columns divide a tile's, one above the other.
constexpr int64_t kWarps = 4, kRowsOfWarp = 16;
/// Fewer blocks would leave multiprocessors of a large chip without a load.
constexpr int64_t kFewBlocks = 128;
/// Partial sums that a thread loads at a time.
constexpr int64_t kLoadedSums = 128;

class ReductionBuilder {
public:
  ReductionBuilder(MatmulOp op, KernelOp product, SymbolTable &symbols)
      : op(op), product(product), symbols(symbols), builder(op.getContext()),
        loc(op.getLoc()),
        isStream(op.getSchedule()->getSplit() == SplitKind::StreamK),
        slices(isStream ? getStreamShares(op).parts : getNumSlices(op)),
        warpsM(isStream ? kWarps : 1), warpsN(kWarps / warpsM) {
    // A piece of 8 columns is 4 elements of a thread, in each slice.
    int64_t pieces = std::clamp<int64_t>(kLoadedSums / (4 * slices), 1, 4);
    warpColumns = 8 * llvm::bit_floor(static_cast<uint64_t>(pieces));
    if (isStream)
      warpColumns = std::gcd(warpColumns, op.getSchedule()->getTileN());
    tilesM = llvm::divideCeil(op.getM(), getRows());
    tilesN = llvm::divideCeil(op.getN(), getColumns());
    while (warpColumns > 8 && tilesM * tilesN * op.getBatch() < kFewBlocks) {
      warpColumns /= 2;
      tilesN = llvm::divideCeil(op.getN(), getColumns());
    }
  }

  FailureOr<KernelOp> build() {
    if (double(tilesM) * double(tilesN) * double(op.getBatch()) > INT32_MAX)
      return op.emitError("grid of the sum of slices exceeds 2147483647 "
                          "blocks: ")
             << tilesM << " x " << tilesN << " tiles x " << op.getBatch()
             << " [DLK-P31]";
    KernelOp kernel = createKernel();
    builder.setInsertionPointToStart(&kernel.getBlock());
    emitOrigin();
    emitStore(emitSum(kernel), kernel);
    return kernel;
  }

private:
  int64_t getRows() { return kRowsOfWarp * warpsM; }
  int64_t getColumns() { return warpColumns * warpsN; }

  KernelOp createKernel() {
    SmallVector<Type> parameters{rowMajorMemory(getPartialSumsType(op))};
    for (unsigned extra = 0; extra < op.getExtras().size(); ++extra)
      parameters.push_back(viewExtra(op, extra));
    parameters.push_back(
        viewOperand(op, resultIndex(op), op.getMDim(), op.getNDim()));
    builder.setInsertionPointAfter(product);
    auto kernel = KernelOp::create(
        builder, loc, (product.getSymName() + "_sum").str(),
        ArrayRef<int64_t>{tilesM * tilesN * op.getBatch(), 1, 1}, kWarps,
        /*shared_bytes=*/IntegerAttr(), /*cluster=*/DenseI64ArrayAttr());
    describeWork(kernel, parameters);
    builder.createBlock(&kernel.getBody(), {}, parameters,
                        SmallVector<Location>(parameters.size(), loc));
    symbols.insert(kernel);
    return kernel;
  }

  /// An addition for each partial sum; all memories once.
  void describeWork(KernelOp kernel, ArrayRef<Type> parameters) {
    double bytes = 0;
    for (Type parameter : parameters) {
      auto memory = cast<MemType>(parameter);
      bytes +=
          double(memory.getNumElements()) * double(memory.getElementBytes());
    }
    double sums = double(slices) * double(op.getBatch()) * double(op.getM()) *
                  double(op.getN());
    kernel->setAttr("dlk.flops", builder.getF64FloatAttr(sums));
    kernel->setAttr("dlk.bytes", builder.getF64FloatAttr(bytes));
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  void emitOrigin() {
    Type i = builder.getIndexType();
    auto coord = TileCoordOp::create(builder, loc, i, i, i, /*tile=*/Value(),
                                     ArrayRef<int64_t>{tilesM, tilesN},
                                     op.getBatch(), RasterKind::Row, 1);
    origin = emitBatchCoordinates(builder, loc, op, coord.getBatch());
    Value m =
        arith::MulIOp::create(builder, loc, coord.getRow(), index(getRows()));
    Value n = arith::MulIOp::create(builder, loc, coord.getColumn(),
                                    index(getColumns()));
    if (isStream) {
      StreamPlaces places =
          emitStreamPlaces(builder, loc, op, coord.getBatch(), m, n);
      mapOrigin = origin;
      llvm::append_range(mapOrigin, places.parts);
      mapOrigin.append({places.row, places.column, m, n});
    }
    origin.append({m, n});
    if (!isStream)
      mapOrigin = origin;
  }

  /// From (batch..., parts..., first row, first column, m, n) to the element of
  /// part `part` of a tile.
  AffineMap getPartMap(int64_t part) {
    unsigned first = op.getNumBatchDims(), tile = first + slices;
    auto dim = [&](unsigned i) { return builder.getAffineDimExpr(i); };
    return AffineMap::get(tile + 4, 0,
                          {dim(first + part), dim(tile + 2) - dim(tile),
                           dim(tile + 3) - dim(tile + 1)},
                          op.getContext());
  }

  /// `map`, from (batch..., m, n), as one from the origin of the map.
  AffineMap widenMap(AffineMap map) {
    if (!isStream)
      return map;
    unsigned m = op.getNumBatchDims(), places = slices + 2;
    return map.shiftDims(places, m);
  }

  /// From (batch..., m, n) to the element of slice `slice`.
  AffineMap getSliceMap(int64_t slice) {
    SmallVector<int64_t> sizes = op.getBatchSizes();
    AffineExpr place = builder.getAffineConstantExpr(0);
    for (auto [dim, size] : llvm::enumerate(sizes))
      place = place * size + builder.getAffineDimExpr(dim);
    unsigned m = sizes.size();
    bool swaps = op.getSchedule()->getSwapAb();
    return AffineMap::get(m + 2, 0,
                          {place + slice * op.getBatch(),
                           builder.getAffineDimExpr(swaps ? m + 1 : m),
                           builder.getAffineDimExpr(swaps ? m : m + 1)},
                          op.getContext());
  }

  /// The map of the slices and the epilogue's operands on zeros.
  Value emitSum(KernelOp kernel) {
    auto layout = FragmentAttr::get(op.getContext(), FragmentKind::MmaAcc,
                                    warpsM, warpsN);
    SmallVector<int64_t> shape{getRows(), getColumns()};
    auto accType =
        FragType::get(op.getContext(), shape, op.getAccType(), layout);
    auto type = FragType::get(op.getContext(), shape, op.getResultElementType(),
                              layout);
    Value zeros =
        FillOp::create(builder, loc, accType, builder.getF64FloatAttr(0.0));
    Block &block = kernel.getBlock();
    SmallVector<Value> operands(slices, block.getArgument(0));
    SmallVector<AffineMap> maps;
    for (int64_t slice = 0; slice < slices; ++slice)
      maps.push_back(isStream ? getPartMap(slice) : getSliceMap(slice));
    for (unsigned i = 0; i < op.getExtras().size(); ++i) {
      operands.push_back(block.getArgument(1 + i));
      maps.push_back(widenMap(AffineMap::get(op.getNumDims() - 1, 0,
                                             op.getExtraMap(i).getResults(),
                                             op.getContext())));
    }
    auto map = MapOp::create(builder, loc, type, zeros, mapOrigin, operands,
                             /*tiles=*/ValueRange(),
                             builder.getAffineMapArrayAttr(maps),
                             ArrayRef<int64_t>{op.getM(), op.getN()});
    fillRegion(map);
    return map.getResult();
  }

  /// Sums the slices, then computes what the operation's region does.
  void fillRegion(MapOp map) {
    SmallVector<Type> types{op.getAccType()};
    for (Value operand : map.getInputs())
      types.push_back(cast<MemType>(operand.getType()).getElementType());
    OpBuilder::InsertionGuard guard(builder);
    Block *body = builder.createBlock(&map.getBody(), {}, types,
                                      SmallVector<Location>(types.size(), loc));
    Value sum = body->getArgument(1);
    for (int64_t slice = 1; slice < slices; ++slice)
      sum = emitAddition(sum, body->getArgument(1 + slice));
    IRMapping mapping;
    mapping.map(op.getAccumulator(), sum);
    for (unsigned i = 0; i < op.getExtras().size(); ++i)
      mapping.map(op.getExtraArgument(i), body->getArgument(1 + slices + i));
    for (Operation &inner : op.getBody()->without_terminator())
      builder.clone(inner, mapping);
    tile::YieldOp::create(builder, loc,
                          mapping.lookup(op.getYield().getValue()));
  }

  Value emitAddition(Value a, Value b) {
    if (isa<IntegerType>(a.getType()))
      return arith::AddIOp::create(builder, loc, a, b);
    return arith::AddFOp::create(builder, loc, a, b);
  }

  void emitStore(Value result, KernelOp kernel) {
    auto type = MemType::get(
        op.getContext(), {kWarps, kRowsOfWarp, warpColumns},
        op.getResultElementType(), LayoutAttr(), MemorySpace::Shared);
    Value staging =
        AllocOp::create(builder, loc, type, /*offset=*/IntegerAttr());
    StoreOp::create(
        builder, loc, result, kernel.getBlock().getArguments().back(), origin,
        staging,
        std::min(vectorAlong(op, resultIndex(op), op.getNDim()), warpColumns),
        WindowKindAttr());
  }

  MatmulOp op;
  KernelOp product;
  SymbolTable &symbols;
  OpBuilder builder;
  Location loc;
  bool isStream;
  /// Partial sums of an element.
  int64_t slices;
  int64_t warpsM, warpsN, warpColumns, tilesM, tilesN;
  /// Of the result; of the map, which also has the places of a tile's parts.
  SmallVector<Value> origin, mapOrigin;
};

} // namespace

FailureOr<KernelOp> dlk::buildReductionKernel(MatmulOp op, KernelOp product,
                                              SymbolTable &symbols) {
  return ReductionBuilder(op, product, symbols).build();
}
