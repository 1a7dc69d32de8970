// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Addresses and loads of a map's operands. An address is the tile's part, the
// thread's part and a constant; along a ragged axis the sum of all three is
// clamped instead.

#include "dlk/Transforms/OperandReader.h"
#include "dlk/Transforms/Fp8.h"
#include "dlk/Transforms/GatherAddress.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/AffineExpr.h"

using namespace mlir;
using namespace dlk;
using namespace dlk::tile;

/// Adds the coefficients of a linear expression, times `factor`.
static bool addLinear(AffineExpr expr, int64_t factor,
                      MutableArrayRef<int64_t> coefficients,
                      int64_t &constant) {
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

Type OperandReader::elementType() const {
  return getRegisterType(type.getElementType());
}

bool OperandReader::prepare(AffineMap map, ValueRange origin) {
  if (type.getGather()) {
    if (!prepareGather(map, origin))
      return false;
  } else {
    SmallVector<int64_t> coefficients(map.getNumDims());
    int64_t constant = 0;
    if (!computeStrides(map, coefficients, constant))
      return false;
    rowStride = coefficients[coefficients.size() - 2];
    columnStride = coefficients.back();
    paired = hasAlignedPairs(coefficients, constant, origin);
    emitBase(coefficients, constant, origin);
  }
  if (rowStride == 0 && columnStride == 0)
    scalar = splat(load(elementType(), 0, 0));
  else if (rowStride == 0)
    loadColumns(0);
  return true;
}

/// Makes the gather one over all dimensions of the map; strides then only say
/// whether the operand varies.
bool OperandReader::prepareGather(AffineMap map, ValueRange origin) {
  if (!map.isProjectedPermutation())
    return false;
  Gather source = type.getGather().getGather(), all;
  all.coefficients.resize(source.getTensorRank());
  all.constants = source.constants;
  for (unsigned dim = 0; dim < map.getNumDims(); ++dim) {
    std::optional<unsigned> place =
        map.getResultPosition(getAffineDimExpr(dim, map.getContext()));
    bool isRow = dim + 2 == map.getNumDims();
    all.groups.push_back({isRow ? rows.bound : columns.bound});
    if (place)
      all.groups.back() = source.groups[*place];
    unsigned first = place ? source.getFirstDigit(*place) : 0;
    for (unsigned i = 0; i < all.groups.back().size(); ++i)
      for (auto [to, from] :
           llvm::zip_equal(all.coefficients, source.coefficients))
        to.push_back(place ? from[first + i] : 0);
  }
  auto varies = [&](unsigned dim) -> int64_t {
    return map.isFunctionOfDim(dim);
  };
  rowStride = varies(map.getNumDims() - 2);
  columnStride = varies(map.getNumDims() - 1);
  paired = all.getContiguousDim() == map.getNumDims() - 1 &&
           all.getVector(type.getTensorShape(), 2) == 2;
  gather = std::move(all);
  gatherOrigin = origin;
  return true;
}

/// Where the operand does not exist, its first element stands for it.
Value OperandReader::gatherPointer(int64_t row, int64_t column) {
  SmallVector<int64_t> tile{index.bands * index.bandRows * index.warpsM,
                            index.warpColumns * index.warpsN};
  GatherAddress address(b.builder, user, memory, *gather, gatherOrigin, tile);
  auto [pointer, inside] = address.element({rows.thread, tile[0], row},
                                           {columns.thread, tile[1], column});
  if (!inside)
    return pointer;
  return arith::SelectOp::create(b.builder, b.loc, inside, pointer,
                                 address.start());
}

void OperandReader::loadColumns(int64_t firstTile) {
  for (int64_t tile = 0; tile < tilesPerPiece; ++tile)
    loaded.push_back(loadPair(0, firstTile + tile));
}

void OperandReader::loadPiece() {
  int64_t first = piecesLoaded++ * tilesPerPiece;
  int64_t band = first / index.tiles, firstTile = first % index.tiles;
  if (rowStride == 0) {
    if (!scalar && band == 0 && firstTile != 0)
      loadColumns(firstTile);
    return;
  }
  for (int64_t half = 0; half < 2; ++half) {
    int64_t row = index.row(band, half);
    if (columnStride != 0)
      for (int64_t tile = 0; tile < tilesPerPiece; ++tile)
        loaded.push_back(loadPair(row, firstTile + tile));
    else if (firstTile == 0)
      loaded.push_back(splat(load(elementType(), row, 0)));
  }
}

Value OperandReader::get(int64_t band, int64_t half, int64_t tile) const {
  if (scalar)
    return scalar;
  if (rowStride == 0)
    return loaded[tile];
  if (columnStride == 0)
    return loaded[2 * band + half];
  int64_t piece = (band * index.tiles + tile) / tilesPerPiece;
  return loaded[(2 * piece + half) * tilesPerPiece + tile % tilesPerPiece];
}

/// Strides in bytes along each index of the map.
bool OperandReader::computeStrides(AffineMap map,
                                   MutableArrayRef<int64_t> coefficients,
                                   int64_t &constant) const {
  if (!type.getLayout() || type.getLayout().getLayout().getSwizzle())
    return false;
  Layout layout = type.getLayout().getLayout();
  for (auto [mode, expr] : llvm::zip_equal(layout.getModes(), map.getResults()))
    if (mode.size() != 1 ||
        !addLinear(expr, mode.front().stride * elementBytes(), coefficients,
                   constant))
      return false;
  return true;
}

/// Whether two columns may be read at once: neighbours, aligned, and never on
/// both sides of the bound.
bool OperandReader::hasAlignedPairs(ArrayRef<int64_t> coefficients,
                                    int64_t constant, ValueRange origin) const {
  int64_t pair = 2 * elementBytes();
  if (columnStride != elementBytes() || rowStride % pair != 0 ||
      constant % pair != 0 || (columns.ragged && columns.bound % 2 != 0))
    return false;
  for (auto [coefficient, value] : llvm::zip(coefficients.drop_back(2), origin))
    if (coefficient * knownDivisor(value) % pair != 0)
      return false;
  return knownDivisor(columns.origin) % 2 == 0;
}

/// The address without what load() adds per element.
void OperandReader::emitBase(ArrayRef<int64_t> coefficients, int64_t constant,
                             ValueRange origin) {
  Value uniform, thread;
  for (auto [coefficient, value] : llvm::zip(coefficients.drop_back(2), origin))
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
Value OperandReader::moveAlong(Value pointer, const MapAxis &axis,
                               int64_t stride, int64_t offset, int64_t width,
                               int64_t &fixed) {
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

/// `wanted`, one element or a pair, at constant distances from the thread.
Value OperandReader::load(Type wanted, int64_t row, int64_t column) {
  int64_t width = isa<VectorType>(wanted) ? 2 : 1, fixed = 0;
  if (gather)
    return LLVM::LoadOp::create(b.builder, b.loc, wanted,
                                gatherPointer(row, column),
                                width * elementBytes());
  Value pointer = moveAlong(base, rows, rowStride, row, 1, fixed);
  pointer = moveAlong(pointer, columns, columnStride, column, width, fixed);
  return LLVM::LoadOp::create(b.builder, b.loc, wanted, b.move(pointer, fixed),
                              width * elementBytes());
}

Value OperandReader::loadPair(int64_t row, int64_t tile) {
  auto pair = VectorType::get(2, elementType());
  int64_t column = index.column(tile);
  if (paired)
    return load(pair, row, column);
  SmallVector<Value> elements{load(elementType(), row, column),
                              load(elementType(), row, column + 1)};
  return vector::FromElementsOp::create(b.builder, b.loc, pair, elements);
}

Value OperandReader::splat(Value value) {
  return vector::BroadcastOp::create(
      b.builder, b.loc, VectorType::get(2, value.getType()), value);
}
