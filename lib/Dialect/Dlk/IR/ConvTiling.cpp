// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// TilingInterface of dlk.conv. The iteration space is the result's: images,
// groups and channels can be cut, each tile a smaller dlk.conv on slices. The
// spatial dimensions stay whole, since a tile at the border has other padding
// than one inside, and channels do where they count those of several groups.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace dlk;

/// The layout of operand `index` of lhs and rhs, or of the result.
static StringRef layoutOf(ConvOp op, unsigned index) {
  StringRef x = op.getInputLayout(), w = op.getFilterLayout(),
            y = op.getOutputLayout();
  switch (op.getKind()) {
  case ConvKind::Fprop:
    return index == 0 ? x : index == 1 ? w : y;
  case ConvKind::Dgrad:
    return index == 0 ? y : index == 1 ? w : x;
  case ConvKind::Wgrad:
    return index == 0 ? x : index == 1 ? y : w;
  }
  llvm_unreachable("all kinds have layouts");
}

SmallVector<utils::IteratorType> ConvOp::getLoopIteratorTypes() {
  return SmallVector<utils::IteratorType>(getType().getRank(),
                                          utils::IteratorType::parallel);
}

SmallVector<Range> ConvOp::getIterationDomain(OpBuilder &builder) {
  return llvm::map_to_vector(getType().getShape(), [&](int64_t size) {
    return Range{builder.getIndexAttr(0), builder.getIndexAttr(size),
                 builder.getIndexAttr(1)};
  });
}

/// Whether tiles may be smaller than the result along `letter`.
static bool isDivisible(ConvOp op, char letter) {
  if (letter == 'n')
    return true;
  bool allGrouped = llvm::all_of(ArrayRef<unsigned>{0, 1, 2}, [&](unsigned i) {
    return layoutOf(op, i).contains('g');
  });
  if (letter == 'g')
    return allGrouped;
  return (letter == 'c' || letter == 'f') &&
         (op.getGroups() == 1 || allGrouped);
}

namespace {
/// A tile of the result, by letter.
class ConvTile {
public:
  ConvTile(ConvOp op, OpBuilder &builder, ArrayRef<OpFoldResult> offsets,
           ArrayRef<OpFoldResult> sizes)
      : op(op), builder(builder), offsets(offsets), sizes(sizes) {}

  /// The slice of a tensor of that layout. Spatial letters mean something else
  /// in each tensor.
  Value slice(Value tensor, StringRef layout) {
    SmallVector<unsigned> dims;
    for (char letter : layout)
      dims.push_back(StringRef("dhw").contains(letter)
                         ? ~0u
                         : layoutOf(op, 2).find(letter));
    return slice(tensor, dims);
  }

  /// The slice of a tensor whose dimensions are those of the result; of one
  /// that it lacks, all is taken.
  Value slice(Value tensor, ArrayRef<unsigned> dims) {
    auto type = cast<RankedTensorType>(tensor.getType());
    SmallVector<OpFoldResult> from, extent;
    for (auto [i, dim] : llvm::enumerate(dims)) {
      bool isResult = dim < offsets.size();
      from.push_back(isResult ? offsets[dim]
                              : OpFoldResult(builder.getIndexAttr(0)));
      extent.push_back(
          isResult ? sizes[dim]
                   : OpFoldResult(builder.getIndexAttr(type.getDimSize(i))));
    }
    SmallVector<OpFoldResult> ones(dims.size(), builder.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(builder, op.getLoc(), tensor, from,
                                          extent, ones);
  }

private:
  ConvOp op;
  OpBuilder &builder;
  ArrayRef<OpFoldResult> offsets, sizes;
};
} // namespace

FailureOr<TilingResult>
ConvOp::getTiledImplementation(OpBuilder &builder,
                               ArrayRef<OpFoldResult> offsets,
                               ArrayRef<OpFoldResult> sizes) {
  StringRef result = layoutOf(*this, 2);
  int64_t groups = getGroups();
  SmallVector<OpFoldResult> staticSizes;
  for (auto [dim, letter] : llvm::enumerate(result)) {
    std::optional<int64_t> size = getConstantIntValue(sizes[dim]);
    if (!size)
      return emitOpError("cannot be tiled: size of a tile is not constant");
    if (*size != getType().getDimSize(dim) && !isDivisible(*this, letter))
      return emitOpError("cannot be tiled along ") << StringRef(&letter, 1);
    if (letter == 'g')
      groups = *size;
    staticSizes.push_back(builder.getIndexAttr(*size));
  }
  ConvTile tile(*this, builder, offsets, staticSizes);
  SmallVector<Value> operands{tile.slice(getLhs(), layoutOf(*this, 0)),
                              tile.slice(getRhs(), layoutOf(*this, 1))};
  for (auto [i, extra] : llvm::enumerate(getExtras())) {
    SmallVector<unsigned> dims;
    for (unsigned d = 0; d < getExtraMap(i).getNumResults(); ++d)
      dims.push_back(getExtraMap(i).getDimPosition(d));
    operands.push_back(tile.slice(extra, dims));
  }
  operands.push_back(tile.slice(
      getInit(), llvm::to_vector(llvm::seq<unsigned>(0, result.size()))));
  SmallVector<Operation *> slices;
  for (Value operand : operands)
    slices.push_back(operand.getDefiningOp());
  auto tiled = cast<ConvOp>(
      mlir::clone(builder, *this, operands.back().getType(), operands));
  tiled.setGroups(groups);
  return TilingResult{{tiled}, {tiled.getResult()}, slices};
}

LogicalResult ConvOp::getResultTilePosition(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVector<OpFoldResult> &resultOffsets,
    SmallVector<OpFoldResult> &resultSizes) {
  resultOffsets.assign(offsets.begin(), offsets.end());
  resultSizes.assign(sizes.begin(), sizes.end());
  return success();
}

LogicalResult ConvOp::getIterationDomainTileFromResultTile(
    OpBuilder &, unsigned, ArrayRef<OpFoldResult> offsets,
    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &domainOffsets,
    SmallVectorImpl<OpFoldResult> &domainSizes) {
  domainOffsets.assign(offsets.begin(), offsets.end());
  domainSizes.assign(sizes.begin(), sizes.end());
  return success();
}

FailureOr<TilingResult>
ConvOp::generateResultTileValue(OpBuilder &builder, unsigned,
                                ArrayRef<OpFoldResult> offsets,
                                ArrayRef<OpFoldResult> sizes) {
  return getTiledImplementation(builder, offsets, sizes);
}
