// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TilingInterface of dlk.matmul: a tile over batch, m and n is a smaller
// dlk.matmul on slices. The reduction is never tiled, since the epilogue wants
// the whole sum; tiles must have constant sizes, since shapes are static.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace dlk;

SmallVector<utils::IteratorType> MatmulOp::getLoopIteratorTypes() {
  SmallVector<utils::IteratorType> types(getNumDims(),
                                         utils::IteratorType::parallel);
  types[getKDim()] = utils::IteratorType::reduction;
  return types;
}

SmallVector<Range> MatmulOp::getIterationDomain(OpBuilder &builder) {
  return llvm::map_to_vector(getIterationSizes(), [&](int64_t size) {
    return Range{builder.getIndexAttr(0), builder.getIndexAttr(size),
                 builder.getIndexAttr(1)};
  });
}

/// The slice of operand `index` that a tile of the iteration space touches.
static Value sliceOperand(MatmulOp op, unsigned index, OpBuilder &builder,
                          ArrayRef<OpFoldResult> offsets,
                          ArrayRef<OpFoldResult> sizes) {
  AffineMap map = op.getMap(index);
  SmallVector<OpFoldResult> sliceOffsets, sliceSizes;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    sliceOffsets.push_back(offsets[map.getDimPosition(i)]);
    sliceSizes.push_back(sizes[map.getDimPosition(i)]);
  }
  SmallVector<OpFoldResult> strides(map.getNumResults(),
                                    builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, op.getLoc(),
                                        op->getOperand(index), sliceOffsets,
                                        sliceSizes, strides);
}

FailureOr<TilingResult>
MatmulOp::getTiledImplementation(OpBuilder &builder,
                                 ArrayRef<OpFoldResult> offsets,
                                 ArrayRef<OpFoldResult> sizes) {
  if (getGathers())
    return emitOpError("cannot be tiled: its operands are gathered");
  if (!isConstantIntValue(offsets[getKDim()], 0) ||
      !isConstantIntValue(sizes[getKDim()], getK()))
    return emitOpError("cannot be tiled along k");
  SmallVector<OpFoldResult> staticSizes;
  for (OpFoldResult size : sizes) {
    std::optional<int64_t> value = getConstantIntValue(size);
    if (!value)
      return emitOpError("cannot be tiled: size of a tile is not constant");
    staticSizes.push_back(builder.getIndexAttr(*value));
  }
  SmallVector<Value> operands;
  SmallVector<Operation *> slices;
  for (unsigned i = 0; i < getNumOperands(); ++i) {
    operands.push_back(sliceOperand(*this, i, builder, offsets, staticSizes));
    slices.push_back(operands.back().getDefiningOp());
  }
  Operation *tile =
      mlir::clone(builder, *this, operands.back().getType(), operands);
  return TilingResult{{tile}, {tile->getResult(0)}, slices};
}

LogicalResult MatmulOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  AffineMap map = getResultMap();
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    resultOffsets.push_back(offsets[map.getDimPosition(i)]);
    resultSizes.push_back(sizes[map.getDimPosition(i)]);
  }
  return success();
}

LogicalResult MatmulOp::getIterationDomainTileFromResultTile(
    OpBuilder &builder, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  AffineMap map = getResultMap();
  domainOffsets.assign(getNumDims(), builder.getIndexAttr(0));
  domainSizes.assign(getNumDims(), builder.getIndexAttr(getK()));
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    domainOffsets[map.getDimPosition(i)] = offsets[i];
    domainSizes[map.getDimPosition(i)] = sizes[i];
  }
  return success();
}

FailureOr<TilingResult>
MatmulOp::generateResultTileValue(OpBuilder &builder, unsigned resultNumber,
                                  ArrayRef<OpFoldResult> offsets,
                                  ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> domainOffsets, domainSizes;
  if (failed(getIterationDomainTileFromResultTile(
          builder, resultNumber, offsets, sizes, domainOffsets, domainSizes)))
    return emitOpError("cannot be tiled by its result");
  return getTiledImplementation(builder, domainOffsets, domainSizes);
}
