// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk_tile.map: the region is applied to pairs of neighbouring columns.
//
// The loads of a piece stand together, before the arithmetic of the piece
// before it, so that they are in flight while that runs.

#include "dlk/Transforms/LowerMap.h"
#include "dlk/Transforms/ExpandMath.h"
#include "dlk/Transforms/Fp8.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

static MapAxis makeAxis(Value origin, Value thread, int64_t bound, int64_t tile,
                        int64_t clusterTiles) {
  return {origin, thread, bound,
          !liesInside(origin, bound, tile, clusterTiles)};
}

MapLowering::MapLowering(MapOp op, int64_t tilesPerPiece)
    : op(op), builder(op), b(builder, op.getLoc()),
      index(op.getSource().getType()), tilesPerPiece(tilesPerPiece) {
  if (hasRegistersForLoads())
    moveToOrigin();
  OperandRange origin = op.getOrigin();
  ArrayRef<int64_t> shape = op.getType().getShape();
  Value row = b.add(index.emitWarpRow(builder, b.loc),
                    index.emitRowInWarp(builder, b.loc));
  Value column = b.add(index.emitWarpColumn(builder, b.loc),
                       index.emitColumnInWarp(builder, b.loc));
  auto cluster = op->getParentOfType<KernelOp>().getClusterShape();
  rows = makeAxis(origin[origin.size() - 2], row, op.getBounds()[0], shape[0],
                  cluster[0]);
  columns =
      makeAxis(origin.back(), column, op.getBounds()[1], shape[1], cluster[1]);
}

/// Whether the operands of a piece fit beside the accumulators while products
/// run. Of mma.sync they do not, beside its operands.
bool MapLowering::hasRegistersForLoads() {
  if (index.warpsEach == 1)
    return false;
  constexpr int64_t most = 176;
  int64_t bytes = 0;
  for (Value operand : op.getInputs()) {
    auto type = cast<MemType>(operand.getType());
    bytes +=
        (type.getRank() == 0 ? 1 : 4 * tilesPerPiece) * type.getElementBytes();
  }
  return op.getType().getElementsPerThread() + bytes / 4 <= most;
}

/// The builder stands where the tile and the operands are known.
void MapLowering::moveToOrigin() {
  builder.setInsertionPointToStart(op->getBlock());
  Operation *last = nullptr;
  SmallVector<Value> operands(op.getOrigin());
  llvm::append_range(operands, op.getInputs());
  for (Value operand : operands) {
    Operation *source = operand.getDefiningOp();
    if (!source || source->getBlock() != op->getBlock() ||
        (last && source->isBeforeInBlock(last)))
      continue;
    last = source;
    builder.setInsertionPointAfter(source);
  }
}

LogicalResult MapLowering::prepareInputs() {
  for (auto [operand, map] : llvm::zip(
           op.getInputs(), op.getMaps().getAsValueRange<AffineMapAttr>())) {
    auto memory = cast<TypedValue<MemType>>(operand);
    readers.emplace_back(b, op, memory, index, tilesPerPiece, rows, columns);
    if (!readers.back().prepare(map, op.getOrigin()))
      return op.emitError("operand is no strided memory under a linear map: ")
             << memory.getType() << " under " << AffineMapAttr::get(map)
             << " [DLK-P66]";
  }
  for (OperandReader &reader : readers)
    reader.loadPiece();
  return success();
}

/// Shared memory is read where the map stands, behind the wait for it.
LogicalResult MapLowering::prepareTiles() {
  if (op.getTiles().empty())
    return success();
  tileReader.emplace(b, op.getTiles(), index, tilesPerPiece);
  if (!tileReader->isReadable())
    return op.emitError("tiles are no panels of 16-bit or 32-bit elements as "
                        "TMA writes them: ")
           << op.getTiles().front().getType() << " [DLK-P123]";
  builder.setInsertionPoint(op);
  tileReader->prepare();
  tileReader->loadPiece();
  return success();
}

LogicalResult MapLowering::prepare() {
  if (failed(prepareInputs()) || failed(prepareTiles()))
    return failure();
  // The region's constants as pairs, once for all elements.
  for (auto constant : op.getBody().getOps<arith::ConstantOp>()) {
    auto type = VectorType::get(2, constant.getType());
    auto pair = DenseElementsAttr::get(type, constant.getValue());
    constants.map(constant.getResult(),
                  arith::ConstantOp::create(builder, b.loc, pair).getResult());
  }
  return success();
}

FailureOr<SmallVector<Value>> MapLowering::emitPiece(OpBuilder &at,
                                                     Value registers) {
  builder.restoreInsertionPoint(at.saveInsertionPoint());
  int64_t first = piecesEmitted++ * tilesPerPiece;
  int64_t band = first / index.tiles, firstTile = first % index.tiles;
  if (piecesEmitted * tilesPerPiece < index.bands * index.tiles) {
    for (OperandReader &reader : readers)
      reader.loadPiece();
    if (tileReader)
      tileReader->loadPiece();
  }
  SmallVector<Value> pairs;
  for (int64_t half = 0; half < 2; ++half)
    for (int64_t tile = firstTile; tile < firstTile + tilesPerPiece; ++tile) {
      int64_t e = index.element(band, half, tile);
      SmallVector<Value> arguments{vector::ShuffleOp::create(
          builder, b.loc, registers, registers, ArrayRef<int64_t>{e, e + 1})};
      for (const OperandReader &reader : readers)
        arguments.push_back(reader.get(band, half, tile));
      if (tileReader)
        arguments.push_back(tileReader->get(band, half, tile));
      FailureOr<Value> pair = emitRegion(arguments);
      if (failed(pair))
        return failure();
      pairs.push_back(*pair);
    }
  return pairs;
}

FailureOr<Value> MapLowering::emitAll(Value registers) {
  OpBuilder at(op);
  int64_t count = cast<VectorType>(registers.getType()).getNumElements();
  SmallVector<Value> results(count);
  for (int64_t first = 0; first < index.bands * index.tiles;
       first += tilesPerPiece) {
    FailureOr<SmallVector<Value>> pairs = emitPiece(at, registers);
    if (failed(pairs))
      return failure();
    for (auto [i, pair] : llvm::enumerate(*pairs)) {
      int64_t e = index.element(first / index.tiles, i / tilesPerPiece,
                                first % index.tiles + i % tilesPerPiece);
      for (int64_t part = 0; part < 2; ++part)
        results[e + part] =
            vector::ExtractOp::create(builder, b.loc, pair, part);
    }
  }
  auto type =
      VectorType::get(count, getRegisterType(op.getType().getElementType()));
  return vector::FromElementsOp::create(builder, b.loc, type, results)
      .getResult();
}

/// A pair of bf16 in one register as f32, whose upper halves they are: one
/// instruction for each element, where the backend would take the upper one out
/// first. Null for other conversions, and pairs that were put together.
static Value widenPair(DeviceBuilder &b, Operation *op, Value pair) {
  if (!isa<arith::ExtFOp>(op) || !op->getResult(0).getType().isF32() ||
      !getElementTypeOrSelf(pair.getType()).isBF16() ||
      !isa_and_nonnull<LLVM::LoadOp, LLVM::BitcastOp>(pair.getDefiningOp()))
    return {};
  Type i32 = b.builder.getI32Type(), f32 = b.builder.getF32Type();
  Value bits = LLVM::BitcastOp::create(b.builder, b.loc, i32, pair);
  Value halves[] = {
      arith::ShLIOp::create(b.builder, b.loc, bits, b.i32(16)),
      arith::AndIOp::create(b.builder, b.loc, bits, b.i32(-65536))};
  for (Value &half : halves)
    half = LLVM::BitcastOp::create(b.builder, b.loc, f32, half);
  return vector::FromElementsOp::create(b.builder, b.loc,
                                        VectorType::get(2, f32), halves);
}

/// The region on pairs.
FailureOr<Value> MapLowering::emitRegion(ArrayRef<Value> arguments) {
  IRMapping mapping = constants;
  Block &block = op.getBody().front();
  mapping.map(block.getArguments(), arguments);
  SmallVector<OnePlusFunction, 1> sums;
  auto isPartOf = [&](Operation &inner) {
    return llvm::any_of(sums, [&](const OnePlusFunction &match) {
      return match.function == &inner || match.sum == &inner;
    });
  };
  for (Operation &inner : block.without_terminator()) {
    if (isa<arith::ConstantOp>(inner))
      continue;
    if (auto match = matchOnePlus(&inner))
      sums.push_back(*match);
    auto root = llvm::find_if(sums, [&](const OnePlusFunction &match) {
      return match.root == &inner;
    });
    if (root != sums.end()) {
      Value x = mapping.lookup(root->function->getOperand(0));
      mapping.map(inner.getResult(0), expandOnePlus(builder, *root, x));
    }
    if (root != sums.end() || isPartOf(inner))
      continue;
    if (inner.getNumOperands() == 1)
      if (Value pair = emitFp8Conversion(builder, &inner,
                                         mapping.lookup(inner.getOperand(0)))) {
        mapping.map(inner.getResult(0), pair);
        continue;
      }
    if (inner.getNumResults() != 1 || inner.getNumRegions() != 0 ||
        !OpTrait::hasElementwiseMappableTraits(&inner))
      return inner.emitError("operation cannot be applied to pairs: '")
             << inner.getName() << "' [DLK-P65]";
    if (Value wide =
            widenPair(b, &inner, mapping.lookup(inner.getOperand(0)))) {
      mapping.map(inner.getResult(0), wide);
      continue;
    }
    Operation *copy = builder.clone(inner, mapping);
    copy->getResult(0).setType(
        VectorType::get(2, inner.getResult(0).getType()));
    FailureOr<Value> value = expandMath(builder, copy);
    if (failed(value))
      return inner.emitError("no code for this function of ")
             << inner.getResult(0).getType() << ": '" << inner.getName()
             << "' [DLK-P65]";
    mapping.map(inner.getResult(0), *value);
    if (*value != copy->getResult(0))
      copy->erase();
  }
  return mapping.lookup(cast<YieldOp>(block.getTerminator()).getValue());
}
