// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Convolutions that go through their taps backwards,
//
//   x(stride * p - dilation * r + dilation * (taps - 1)) * w(r),
//
// read the input forwards, by a filter that a linalg.generic before them
// reverses: those are the maps that linalg::inferConvolutionDims knows.
// Operands that stand the other way round are exchanged.

#include "dlk/Transforms/GradientForms.h"
#include "dlk/Transforms/ProductImport.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace dlk;

/// Coefficients of the loops, and the constant, of an index; none of one that
/// is not linear.
static SmallVector<int64_t> getCoefficients(AffineExpr index, unsigned loops) {
  SmallVector<int64_t> flat;
  if (failed(getFlattenedAffineExpr(index, loops, 0, &flat)) ||
      flat.size() != loops + 1)
    return {};
  return flat;
}

/// Whether some index follows several loops.
static bool hasWindows(AffineMap map) {
  return llvm::any_of(map.getResults(), [&](AffineExpr index) {
    return llvm::count_if(llvm::seq(map.getNumDims()), [&](unsigned loop) {
             return index.isFunctionOfDim(loop);
           }) > 1;
  });
}

static void exchangeInputs(linalg::GenericOp op) {
  Value first = op->getOperand(0);
  op->setOperand(0, op->getOperand(1));
  op->setOperand(1, first);
  Block &body = *op.getBlock();
  BlockArgument one = body.getArgument(0), other = body.getArgument(1);
  other.replaceAllUsesWith(
      body.insertArgument(0u, other.getType(), op.getLoc()));
  one.replaceAllUsesWith(body.insertArgument(1u, one.getType(), op.getLoc()));
  body.eraseArguments(2, 2);
}

/// Loops of a reduction that an index follows backwards, the other way.
static SmallVector<AffineMap> reverseLoops(linalg::GenericOp op,
                                           ArrayRef<AffineMap> maps) {
  unsigned loops = op.getNumLoops();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<AffineExpr> replacements;
  for (unsigned loop = 0; loop < loops; ++loop)
    replacements.push_back(getAffineDimExpr(loop, op.getContext()));
  for (AffineExpr index : maps[0].getResults())
    for (auto [loop, coefficient] :
         llvm::enumerate(getCoefficients(index, loops)))
      if (loop < loops && coefficient < 0 &&
          op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction)
        replacements[loop] =
            ranges[loop] - 1 - getAffineDimExpr(loop, op.getContext());
  return llvm::map_to_vector(maps, [&](AffineMap map) {
    return simplifyAffineMap(
        map.replaceDimsAndSymbols(replacements, {}, loops, 0));
  });
}

/// The tensor backwards along some dimensions.
static Value reverseDims(OpBuilder &b, Location loc, Value tensor,
                         ArrayRef<bool> reversed) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<AffineExpr> indices;
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    AffineExpr loop = b.getAffineDimExpr(dim);
    indices.push_back(reversed[dim] ? extent - 1 - loop : loop);
  }
  unsigned rank = type.getRank();
  Value empty =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  return linalg::GenericOp::create(
             b, loc, type, tensor, empty,
             ArrayRef<AffineMap>{
                 AffineMap::get(rank, 0, indices, b.getContext()),
                 b.getMultiDimIdentityMap(rank)},
             SmallVector<utils::IteratorType>(rank,
                                              utils::IteratorType::parallel),
             [](OpBuilder &b, Location loc, ValueRange args) {
               linalg::YieldOp::create(b, loc, args[0]);
             })
      .getResult(0);
}

/// The dimensions that a map follows backwards, and the map without: nothing if
/// it has other forms than those.
static std::optional<SmallVector<bool>> takeReversed(AffineMap &map,
                                                     ArrayRef<int64_t> shape) {
  SmallVector<bool> reversed;
  SmallVector<AffineExpr> indices(map.getResults());
  for (auto [index, extent] : llvm::zip_equal(indices, shape)) {
    reversed.push_back(!isa<AffineDimExpr>(index));
    if (reversed.back())
      index = simplifyAffineExpr(extent - 1 - index, map.getNumDims(), 0);
    if (!isa<AffineDimExpr>(index))
      return std::nullopt;
  }
  map = AffineMap::get(map.getNumDims(), 0, indices, map.getContext());
  return reversed;
}

void dlk::straightenTaps(linalg::LinalgOp linalgOp, RewriterBase &rewriter) {
  auto op = dyn_cast<linalg::GenericOp>(linalgOp.getOperation());
  if (!op || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      !isMultiplyAdd(*op.getBlock()))
    return;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  bool exchanged = !hasWindows(maps[0]) && hasWindows(maps[1]);
  if (exchanged)
    std::swap(maps[0], maps[1]);
  if (!hasWindows(maps[0]) || hasWindows(maps[1]))
    return;
  Value filter = op->getOperand(exchanged ? 0 : 1);
  maps = reverseLoops(op, maps);
  auto reversed = takeReversed(
      maps[1], cast<RankedTensorType>(filter.getType()).getShape());
  if (!reversed)
    return;
  rewriter.modifyOpInPlace(op, [&] {
    if (exchanged)
      exchangeInputs(op);
    op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    rewriter.setInsertionPoint(op);
    if (llvm::is_contained(*reversed, true))
      op->setOperand(1, reverseDims(rewriter, op.getLoc(), filter, *reversed));
  });
}
