// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// dlk_tile.map: the region is applied to pairs of neighbouring columns.
//
// An operand is loaded as often as its map makes it vary: once, once per row,
// once per pair of columns, or for every pair; the loads of 16 rows stand
// before their arithmetic, so that they are in flight together. Where a tile
// may exceed the bounds, coordinates are clamped to the last element inside:
// those loads are as plain as all others, and their results are stored nowhere.

#include "dlk/Transforms/LowerMap.h"
#include "dlk/Transforms/AccumulatorIndex.h"
#include "dlk/Transforms/DeviceBuilder.h"
#include "dlk/Transforms/ExpandMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

namespace {

/// The columns or the rows of the map: the tile's first one, the thread's own,
/// and whether the tile may exceed the bound.
struct Axis {
  Value origin;
  Value thread;
  int64_t bound;
  bool ragged;
};

/// Adds the coefficients of a linear expression, times `factor`.
bool addLinear(AffineExpr expr, int64_t factor,
               MutableArrayRef<int64_t> coefficients, int64_t &constant) {
  if (auto number = dyn_cast<AffineConstantExpr>(expr)) {
    constant += factor * number.getValue();
    return true;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
    coefficients[dim.getPosition()] += factor;
    return true;
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return false;
  if (expr.getKind() == AffineExprKind::Add)
    return addLinear(binary.getLHS(), factor, coefficients, constant) &&
           addLinear(binary.getRHS(), factor, coefficients, constant);
  auto number = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return expr.getKind() == AffineExprKind::Mul && number &&
         addLinear(binary.getLHS(), factor * number.getValue(), coefficients,
                   constant);
}

/// Reads one operand of a map.
class OperandReader {
public:
  OperandReader(DeviceBuilder &b, TypedValue<MemType> memory,
                const AccumulatorIndex &index, const Axis &rows,
                const Axis &columns)
      : b(b), memory(memory), type(memory.getType()), index(index), rows(rows),
        columns(columns) {}

  /// Emits addresses and all loads that do not depend on the row. False if the
  /// operand is not strided memory under a linear map.
  bool prepare(AffineMap map, ValueRange origin) {
    SmallVector<int64_t> coefficients(map.getNumDims());
    int64_t constant = 0;
    if (!computeStrides(map, coefficients, constant))
      return false;
    rowStride = coefficients[coefficients.size() - 2];
    columnStride = coefficients.back();
    paired = hasAlignedPairs(coefficients, constant, origin);
    emitBase(coefficients, constant, origin);
    if (rowStride == 0 && columnStride == 0)
      scalar = splat(load(elementType(), 0, 0));
    else if (rowStride == 0)
      for (int64_t tile = 0; tile < index.tiles; ++tile)
        pairOfColumns.push_back(loadPair(0, tile));
    return true;
  }

  /// Emits the loads for 16 rows.
  void loadBand(int64_t band) {
    ofBand.clear();
    if (rowStride == 0)
      return;
    for (int64_t half = 0; half < 2; ++half) {
      int64_t row = index.row(band, half);
      if (columnStride == 0)
        ofBand.push_back(splat(load(elementType(), row, 0)));
      else
        for (int64_t tile = 0; tile < index.tiles; ++tile)
          ofBand.push_back(loadPair(row, tile));
    }
  }

  /// The operand for a pair of columns of the band that was loaded last.
  Value get(int64_t half, int64_t tile) const {
    if (scalar)
      return scalar;
    if (rowStride == 0)
      return pairOfColumns[tile];
    return columnStride == 0 ? ofBand[half] : ofBand[half * index.tiles + tile];
  }

private:
  Type elementType() const { return type.getElementType(); }
  int64_t elementBytes() const { return type.getElementBytes(); }

  /// Strides in bytes along each index of the map.
  bool computeStrides(AffineMap map, MutableArrayRef<int64_t> coefficients,
                      int64_t &constant) const {
    if (!type.getLayout() || type.getLayout().getLayout().getSwizzle())
      return false;
    Layout layout = type.getLayout().getLayout();
    for (auto [mode, expr] :
         llvm::zip_equal(layout.getModes(), map.getResults()))
      if (mode.size() != 1 ||
          !addLinear(expr, mode.front().stride * elementBytes(), coefficients,
                     constant))
        return false;
    return true;
  }

  /// Whether two columns may be read at once: neighbours, aligned, and never on
  /// both sides of the bound.
  bool hasAlignedPairs(ArrayRef<int64_t> coefficients, int64_t constant,
                       ValueRange origin) const {
    int64_t pair = 2 * elementBytes();
    if (columnStride != elementBytes() || rowStride % pair != 0 ||
        constant % pair != 0 || (columns.ragged && columns.bound % 2 != 0))
      return false;
    for (auto [coefficient, value] :
         llvm::zip(coefficients.drop_back(2), origin))
      if (coefficient * knownDivisor(value) % pair != 0)
        return false;
    return knownDivisor(columns.origin) % 2 == 0;
  }

  /// The address without what load() adds per element.
  void emitBase(ArrayRef<int64_t> coefficients, int64_t constant,
                ValueRange origin) {
    Value uniform, thread;
    for (auto [coefficient, value] :
         llvm::zip(coefficients.drop_back(2), origin))
      if (coefficient != 0)
        uniform = b.add(uniform, b.multiply(b.toI64(value), coefficient));
    for (auto [axis, stride] :
         {std::pair{&rows, rowStride}, std::pair{&columns, columnStride}}) {
      if (stride == 0 || axis->ragged)
        continue;
      uniform = b.add(uniform, b.multiply(b.toI64(axis->origin), stride));
      thread = b.add(thread, b.multiply(b.toI64(axis->thread), stride));
    }
    auto pointer = LLVM::LLVMPointerType::get(
        b.builder.getContext(), unsigned(NVVM::NVVMMemorySpace::Global));
    base = PointerOp::create(b.builder, b.loc, pointer, memory);
    base = b.move(b.move(b.move(base, uniform), thread), constant);
  }

  /// Moves to a row or column at a constant distance from the thread's own, at
  /// most to the `width`th from the end. What is constant is left in `fixed`.
  Value moveAlong(Value pointer, const Axis &axis, int64_t stride,
                  int64_t offset, int64_t width, int64_t &fixed) {
    if (stride == 0)
      return pointer;
    if (!axis.ragged) {
      fixed += offset * stride;
      return pointer;
    }
    Type type = coordinateType(b.builder, axis.bound);
    Value position =
        b.add(b.toInteger(axis.origin, type), b.toInteger(axis.thread, type));
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b.builder, b.loc,
                                       b.builder.getIntegerAttr(type, value));
    };
    if (offset != 0)
      position = b.add(position, constant(offset));
    position = arith::MinUIOp::create(b.builder, b.loc, position,
                                      constant(axis.bound - width));
    return b.move(pointer, b.multiply(b.toI64(position), stride));
  }

  /// `loaded`, one element or a pair, at constant distances from the thread.
  Value load(Type loaded, int64_t row, int64_t column) {
    int64_t width = isa<VectorType>(loaded) ? 2 : 1, fixed = 0;
    Value pointer = moveAlong(base, rows, rowStride, row, 1, fixed);
    pointer = moveAlong(pointer, columns, columnStride, column, width, fixed);
    return LLVM::LoadOp::create(b.builder, b.loc, loaded,
                                b.move(pointer, fixed), width * elementBytes());
  }

  Value loadPair(int64_t row, int64_t tile) {
    auto pair = VectorType::get(2, elementType());
    int64_t column = index.column(tile);
    if (paired)
      return load(pair, row, column);
    SmallVector<Value> elements{load(elementType(), row, column),
                                load(elementType(), row, column + 1)};
    return vector::FromElementsOp::create(b.builder, b.loc, pair, elements);
  }

  Value splat(Value value) {
    return vector::BroadcastOp::create(
        b.builder, b.loc, VectorType::get(2, value.getType()), value);
  }

  DeviceBuilder &b;
  TypedValue<MemType> memory;
  MemType type;
  const AccumulatorIndex &index;
  const Axis &rows, &columns;
  int64_t rowStride = 0, columnStride = 0;
  bool paired = false;
  Value base, scalar;
  SmallVector<Value> pairOfColumns, ofBand;
};

class MapLowering {
public:
  explicit MapLowering(MapOp op)
      : op(op), builder(op), b(builder, op.getLoc()),
        index(op.getSource().getType()) {}

  FailureOr<Value> run(Value registers) {
    emitAxes();
    if (failed(prepareOperands()))
      return failure();
    emitConstants();
    int64_t count = cast<VectorType>(registers.getType()).getNumElements();
    SmallVector<Value> results(count);
    for (int64_t band = 0; band < index.bands; ++band)
      if (failed(emitBand(band, registers, results)))
        return failure();
    auto type = VectorType::get(count, op.getType().getElementType());
    return Value(vector::FromElementsOp::create(builder, b.loc, type, results));
  }

private:
  Axis makeAxis(Value origin, Value thread, int64_t bound, int64_t tile) {
    bool divides = bound % tile == 0 && knownDivisor(origin) % tile == 0;
    return {origin, thread, bound, !divides};
  }

  void emitAxes() {
    size_t rank = op.getOrigin().size();
    ArrayRef<int64_t> shape = op.getType().getShape();
    Value row = b.add(index.emitWarpRow(builder, b.loc),
                      index.emitRowInWarp(builder, b.loc));
    Value column = b.add(index.emitWarpColumn(builder, b.loc),
                         index.emitColumnInWarp(builder, b.loc));
    rows = makeAxis(op.getOrigin()[rank - 2], row, op.getBounds()[0], shape[0]);
    columns =
        makeAxis(op.getOrigin()[rank - 1], column, op.getBounds()[1], shape[1]);
  }

  LogicalResult prepareOperands() {
    for (auto [operand, map] : llvm::zip(
             op.getInputs(), op.getMaps().getAsValueRange<AffineMapAttr>())) {
      auto memory = cast<TypedValue<MemType>>(operand);
      readers.emplace_back(b, memory, index, rows, columns);
      if (!readers.back().prepare(map, op.getOrigin()))
        return op.emitError("operand is no strided memory under a linear map: ")
               << memory.getType() << " under " << AffineMapAttr::get(map)
               << " [DLK-P66]";
    }
    return success();
  }

  /// The region's constants as pairs, once for all elements.
  void emitConstants() {
    for (auto constant : op.getBody().getOps<arith::ConstantOp>()) {
      auto type = VectorType::get(2, constant.getType());
      constants.map(constant.getResult(),
                    Value(arith::ConstantOp::create(
                        builder, b.loc,
                        DenseElementsAttr::get(type, constant.getValue()))));
    }
  }

  LogicalResult emitBand(int64_t band, Value registers,
                         MutableArrayRef<Value> results) {
    for (OperandReader &reader : readers)
      reader.loadBand(band);
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t tile = 0; tile < index.tiles; ++tile) {
        int64_t e = index.element(band, half, tile);
        SmallVector<Value> arguments{vector::ShuffleOp::create(
            builder, b.loc, registers, registers, ArrayRef<int64_t>{e, e + 1})};
        for (const OperandReader &reader : readers)
          arguments.push_back(reader.get(half, tile));
        FailureOr<Value> pair = emitRegion(arguments);
        if (failed(pair))
          return failure();
        for (int64_t i = 0; i < 2; ++i)
          results[e + i] = vector::ExtractOp::create(builder, b.loc, *pair, i);
      }
    return success();
  }

  /// The region on pairs.
  FailureOr<Value> emitRegion(ArrayRef<Value> arguments) {
    IRMapping mapping = constants;
    Block &block = op.getBody().front();
    mapping.map(block.getArguments(), arguments);
    for (Operation &inner : block.without_terminator()) {
      if (isa<arith::ConstantOp>(inner))
        continue;
      if (inner.getNumResults() != 1 || inner.getNumRegions() != 0 ||
          !OpTrait::hasElementwiseMappableTraits(&inner))
        return inner.emitError("operation cannot be applied to pairs: '")
               << inner.getName() << "' [DLK-P65]";
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

  MapOp op;
  OpBuilder builder;
  DeviceBuilder b;
  AccumulatorIndex index;
  Axis rows, columns;
  SmallVector<OperandReader> readers;
  IRMapping constants;
};

} // namespace

FailureOr<Value> dlk::emitMap(MapOp op, Value registers) {
  return MapLowering(op).run(registers);
}
