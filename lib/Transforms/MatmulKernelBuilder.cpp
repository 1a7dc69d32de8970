// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tile kernel of dlk.matmul.
//
// Operands are seen as [batch..., rows, columns] with the contiguous dimension
// last, whatever the layout of the tensor: a transposed operand differs only in
// which of its two dimensions is k, a broadcast one in strides of zero.

#include "dlk/Transforms/TileKernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// How one input is read: its view, which dimension of a tile is k, and the
/// copy that fills a tile.
struct Operand {
  MemType global;
  MemType tile;
  int64_t kDim;
  int64_t vector;
  StringRef copyKind;
};

RasterKind convertRaster(Raster raster) {
  switch (raster) {
  case Raster::Row:
    return RasterKind::Row;
  case Raster::Column:
    return RasterKind::Column;
  case Raster::Grouped:
    return RasterKind::Grouped;
  }
  llvm_unreachable("all rasters are converted");
}

class MatmulKernelBuilder {
public:
  MatmulKernelBuilder(MatmulOp op, ModuleOp module, SymbolTable &symbols)
      : op(op), module(module), symbols(symbols), builder(op.getContext()),
        loc(op.getLoc()), schedule(*op.getSchedule()),
        sizes(op.getIterationSizes()) {}

  FailureOr<KernelOp> build() {
    tilesM = llvm::divideCeil(op.getM(), schedule.getTileM());
    tilesN = llvm::divideCeil(op.getN(), schedule.getTileN());
    if (double(tilesM) * tilesN * op.getBatch() > INT32_MAX)
      return op.emitError("grid exceeds 2147483647 blocks: ")
             << tilesM << " x " << tilesN << " tiles x " << op.getBatch()
             << " [DLK-P31]";
    lhs = describeInput(0, op.getMDim(), schedule.getTileM());
    rhs = describeInput(1, op.getNDim(), schedule.getTileN());
    KernelOp kernel = createKernel();
    builder.setInsertionPointToStart(&kernel.getBlock());
    emitOrigin();
    emitStore(emitEpilogue(emitMainLoop(kernel), kernel), kernel);
    return kernel;
  }

private:
  /// A view [batch..., row, column] of operand `index`.
  MemType viewOf(unsigned index, unsigned row, unsigned column) {
    SmallVector<int64_t> operandStrides = op.getOperandStrides(index);
    SmallVector<int64_t> shape, strides;
    for (unsigned dim = 0; dim < op.getNumBatchDims(); ++dim) {
      shape.push_back(sizes[dim]);
      strides.push_back(operandStrides[dim]);
    }
    for (unsigned dim : {row, column}) {
      shape.push_back(sizes[dim]);
      strides.push_back(operandStrides[dim]);
    }
    return MemType::get(
        op.getContext(), shape, op.getOperandType(index).getElementType(),
        LayoutAttr::get(op.getContext(), Layout::strided(shape, strides)),
        MemorySpace::Global);
  }

  /// Elements that one aligned access moves along `dim`; 1 unless the operand
  /// is contiguous along it.
  int64_t vectorAlong(unsigned index, unsigned dim) {
    if (op.getContiguousDim(index) != dim)
      return 1;
    int64_t bytes = op.getOperandType(index).getElementTypeBitWidth() / 8;
    return std::max<int64_t>(1, op.getPieceBytes(index) / bytes);
  }

  Operand describeInput(unsigned index, unsigned otherDim, int64_t otherTile) {
    Operand operand;
    unsigned kDim = op.getKDim();
    int64_t kTile = schedule.getTileK();
    bool kLast = op.getContiguousDim(index) != otherDim;
    operand.kDim = kLast ? 1 : 0;
    operand.global =
        kLast ? viewOf(index, otherDim, kDim) : viewOf(index, kDim, otherDim);
    SmallVector<int64_t> shape{otherTile, kTile};
    if (!kLast)
      std::swap(shape[0], shape[1]);
    operand.tile =
        MemType::get(op.getContext(), shape, op.getInputElementType(),
                     LayoutAttr(), MemorySpace::Shared);
    operand.vector = vectorAlong(index, kLast ? kDim : otherDim);
    int64_t bytes = operand.vector * operand.global.getElementBytes();
    bool asynchronous = schedule.getCopy() == CopyKind::CpAsync && bytes >= 4;
    operand.copyKind = asynchronous ? "cp_async" : "ld";
    return operand;
  }

  MemType resultView() {
    return viewOf(resultIndex(), op.getMDim(), op.getNDim());
  }
  unsigned resultIndex() { return 2 + op.getExtras().size(); }

  /// The function's name in the characters of a PTX identifier, and a suffix.
  std::string kernelName() {
    auto function = op->getParentOfType<FunctionOpInterface>();
    std::string base = function ? function.getName().str() : "dlk";
    for (char &c : base)
      if (!llvm::isAlnum(c) && c != '_')
        c = '_';
    if (llvm::isDigit(base.front()))
      base.insert(0, "_");
    base += "_kernel";
    std::string name = base;
    for (unsigned i = 1; symbols.lookup(name); ++i)
      name = base + "_" + std::to_string(i);
    return name;
  }

  KernelOp createKernel() {
    SmallVector<Type> parameters{lhs.global, rhs.global};
    for (Value extra : op.getExtras()) {
      auto type = cast<RankedTensorType>(extra.getType());
      parameters.push_back(MemType::get(
          op.getContext(), type.getShape(), type.getElementType(),
          LayoutAttr::get(op.getContext(), Layout::rowMajor(type.getShape())),
          MemorySpace::Global));
    }
    parameters.push_back(resultView());
    int64_t warps = schedule.getWarpsM() * schedule.getWarpsN();
    builder.setInsertionPointToEnd(module.getBody());
    auto kernel = KernelOp::create(
        builder, loc, kernelName(),
        ArrayRef<int64_t>{tilesM * tilesN * op.getBatch(), 1, 1}, warps,
        /*shared_bytes=*/IntegerAttr(), /*cluster=*/DenseI64ArrayAttr());
    kernel->setAttr("dlk.schedule", schedule);
    if (auto reason = op.getScheduleReasonAttr())
      kernel->setAttr("dlk.schedule_reason", reason);
    kernel->setAttr("dlk.flops", builder.getF64FloatAttr(op.getFlops()));
    kernel->setAttr("dlk.bytes", builder.getF64FloatAttr(op.getBytes()));
    builder.createBlock(&kernel.getBody(), {}, parameters,
                        SmallVector<Location>(parameters.size(), loc));
    symbols.insert(kernel);
    return kernel;
  }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }

  /// The first m, n and the batch coordinates of this block's tile.
  void emitOrigin() {
    Type i = builder.getIndexType();
    auto coord = TileCoordOp::create(
        builder, loc, i, i, i, ArrayRef<int64_t>{tilesM, tilesN}, op.getBatch(),
        convertRaster(schedule.getRaster()),
        std::max<int64_t>(1, schedule.getRasterGroup()));
    originM = arith::MulIOp::create(builder, loc, coord.getRow(),
                                    index(schedule.getTileM()));
    originN = arith::MulIOp::create(builder, loc, coord.getColumn(),
                                    index(schedule.getTileN()));
    SmallVector<int64_t> batchSizes = op.getBatchSizes();
    Value rest = coord.getBatch();
    batch.resize(batchSizes.size());
    for (size_t dim = batchSizes.size(); dim-- > 0;) {
      if (dim == 0) {
        batch[dim] = rest;
        break;
      }
      Value size = index(batchSizes[dim]);
      batch[dim] = arith::RemUIOp::create(builder, loc, rest, size);
      rest = arith::DivUIOp::create(builder, loc, rest, size);
    }
  }

  SmallVector<Value> originOf(Value row, Value column) {
    SmallVector<Value> origin(batch);
    origin.push_back(row);
    origin.push_back(column);
    return origin;
  }

  void emitCopy(const Operand &operand, Value source, Value other, Value k,
                Value slot, int64_t buffer) {
    auto target = SlotViewOp::create(builder, loc, operand.tile, slot, buffer);
    Value row = operand.kDim == 1 ? other : k,
          column = operand.kDim == 1 ? k : other;
    CopyOp::create(builder, loc, source, originOf(row, column), target,
                   /*predicate=*/Value(), operand.vector, operand.copyKind);
  }

  Value emitMainLoop(KernelOp kernel) {
    auto layout = FragmentAttr::get(op.getContext(), FragmentKind::MmaAcc,
                                    schedule.getWarpsM(), schedule.getWarpsN());
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
    Value ring = RingCreateOp::create(builder, loc, ringType);
    auto loop =
        scf::ForOp::create(builder, loc, index(0), index(op.getK()),
                           index(schedule.getTileK()), ValueRange{zero});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value slot = RingAcquireOp::create(builder, loc, slotType, ring);
    emitCopy(lhs, kernel.getBlock().getArgument(0), originM,
             loop.getInductionVar(), slot, 0);
    emitCopy(rhs, kernel.getBlock().getArgument(1), originN,
             loop.getInductionVar(), slot, 1);
    RingCommitOp::create(builder, loc, ring, slot);
    Value ready = RingWaitOp::create(builder, loc, slotType, ring);
    Value a = SlotViewOp::create(builder, loc, lhs.tile, ready, 0);
    Value b = SlotViewOp::create(builder, loc, rhs.tile, ready, 1);
    Value acc = MmaOp::create(builder, loc, accType, a, b,
                              loop.getRegionIterArg(0), lhs.kDim, rhs.kDim);
    RingReleaseOp::create(builder, loc, ring, ready);
    scf::YieldOp::create(builder, loc, acc);
    return loop.getResult(0);
  }

  /// The epilogue region as a map on the accumulators.
  Value emitEpilogue(Value acc, KernelOp kernel) {
    if (op.getExtras().empty() &&
        op.getYield().getValue() == op.getAccumulator())
      return acc;
    SmallVector<AffineMap> maps;
    for (unsigned i = 0; i < op.getExtras().size(); ++i)
      maps.push_back(AffineMap::get(op.getNumDims() - 1, 0,
                                    op.getExtraMap(i).getResults(),
                                    op.getContext()));
    auto accType = cast<FragType>(acc.getType());
    auto type = FragType::get(op.getContext(), accType.getShape(),
                              op.getResultElementType(), accType.getLayout());
    ValueRange extras =
        kernel.getBlock().getArguments().slice(2, op.getExtras().size());
    auto map =
        MapOp::create(builder, loc, type, acc, originOf(originM, originN),
                      extras, builder.getAffineMapArrayAttr(maps),
                      ArrayRef<int64_t>{op.getM(), op.getN()});
    IRMapping mapping;
    op.getEpilogue().cloneInto(&map.getBody(), mapping);
    auto yield = cast<dlk::YieldOp>(map.getBody().front().getTerminator());
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(yield);
    tile::YieldOp::create(builder, yield.getLoc(), yield.getValue());
    yield.erase();
    return map.getResult();
  }

  void emitStore(Value result, KernelOp kernel) {
    auto type = cast<FragType>(result.getType());
    auto stagingType =
        MemType::get(op.getContext(),
                     {schedule.getWarpsM() * schedule.getWarpsN(), 16,
                      schedule.getTileN() / schedule.getWarpsN()},
                     type.getElementType(), LayoutAttr(), MemorySpace::Shared);
    Value staging =
        AllocOp::create(builder, loc, stagingType, /*offset=*/IntegerAttr());
    StoreOp::create(builder, loc, result,
                    kernel.getBlock().getArguments().back(),
                    originOf(originM, originN), staging,
                    vectorAlong(resultIndex(), op.getNDim()));
  }

  MatmulOp op;
  ModuleOp module;
  SymbolTable &symbols;
  OpBuilder builder;
  Location loc;
  ScheduleAttr schedule;
  SmallVector<int64_t> sizes;
  int64_t tilesM = 0, tilesN = 0;
  Operand lhs, rhs;
  Value originM, originN;
  SmallVector<Value> batch;
};

} // namespace

FailureOr<KernelOp> dlk::buildMatmulKernel(MatmulOp op, ModuleOp module,
                                           SymbolTable &symbols) {
  return MatmulKernelBuilder(op, module, symbols).build();
}
