// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-normalize: data movement in front of a dlk.matmul becomes part of its
// maps, so that an operand is read where it lies. A producer that only moves,
//   out[f(d)] = in[g(d)],   f a permutation, g a projection of the loops d,
// is passed through by giving the operand the map that reads `in` at g where it
// read `out` at f. Consumers of the result are the business of dlk-fuse.

#include "dlk/Transforms/FoldDataMovement.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlk {
#define GEN_PASS_DEF_NORMALIZE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

/// Whether the operation only moves elements of its one input.
static bool isDataMovement(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 1 ||
      op.getNumDpsInits() != 1 || op.getNumReductionLoops() != 0)
    return false;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  Block &body = *op.getBlock();
  return isa<RankedTensorType>(op->getOperand(0).getType()) &&
         maps[0].isProjectedPermutation() && maps[1].isPermutation() &&
         body.getTerminator()->getOperand(0) == body.getArgument(0);
}

/// The map that reads the source of `move` where `map` read its result.
static AffineMap readThrough(AffineMap map, linalg::LinalgOp move) {
  SmallVector<AffineMap> moveMaps = move.getIndexingMapsArray();
  SmallVector<AffineExpr> results;
  for (AffineExpr loop : moveMaps[0].getResults())
    results.push_back(map.getResult(*moveMaps[1].getResultPosition(loop)));
  return AffineMap::get(map.getNumDims(), 0, results, map.getContext());
}

namespace {

/// An operand that a linalg operation only moved is read at its source.
struct ReadThroughMove : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getGathers())
      return rewriter.notifyMatchFailure(op, "operands are gathered");
    // The last operand is the destination, which is not read.
    for (unsigned i = 0; i + 1 < op->getNumOperands(); ++i) {
      auto move = op->getOperand(i).getDefiningOp<linalg::LinalgOp>();
      if (!move || !isDataMovement(move))
        continue;
      AffineMap map = readThrough(op.getMap(i), move);
      auto source = cast<RankedTensorType>(move->getOperand(0).getType());
      if (!source.hasStaticShape() ||
          (i < 2 && !map.isFunctionOfDim(op.getKDim())))
        continue;
      rewriter.modifyOpInPlace(op, [&] {
        SmallVector<Attribute> maps(op.getIndexingMaps().getValue());
        maps[i] = AffineMapAttr::get(map);
        op.setIndexingMapsAttr(rewriter.getArrayAttr(maps));
        op->setOperand(i, move->getOperand(0));
      });
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no operand is only moved");
  }
};

/// A result that is contiguous along m is computed as the transposed product,
/// so that rows of tiles are contiguous. A pinned schedule keeps its m and n.
struct SwapForContiguousRows : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    unsigned result = op->getNumOperands() - 1;
    if (op.getGathers() || op.getScheduleAttr() ||
        op.getContiguousDim(result) != op.getMDim())
      return rewriter.notifyMatchFailure(
          op, "rows are contiguous, gathered or pinned");
    SmallVector<AffineExpr> dims;
    for (unsigned dim = 0; dim < op.getNumDims(); ++dim)
      dims.push_back(rewriter.getAffineDimExpr(dim));
    std::swap(dims[op.getMDim()], dims[op.getNDim()]);
    SmallVector<AffineMap> maps;
    for (unsigned i = 0; i <= result; ++i)
      maps.push_back(
          op.getMap(i).replaceDimsAndSymbols(dims, {}, dims.size(), 0));
    std::swap(maps[0], maps[1]);
    rewriter.modifyOpInPlace(op, [&] {
      Value lhs = op.getLhs();
      op->setOperand(0, op.getRhs());
      op->setOperand(1, lhs);
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
    return success();
  }
};

struct NormalizePass : dlk::impl::NormalizeBase<NormalizePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateCleanupPatterns(patterns);
    populateFoldDataMovementPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void dlk::populateCleanupPatterns(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  if (auto *linalg = context->getLoadedDialect<linalg::LinalgDialect>())
    linalg->getCanonicalizationPatterns(patterns);
  if (auto *tensor = context->getLoadedDialect<tensor::TensorDialect>())
    tensor->getCanonicalizationPatterns(patterns);
  tensor::CastOp::getCanonicalizationPatterns(patterns, context);
  MatmulOp::getCanonicalizationPatterns(patterns, context);
  ConvOp::getCanonicalizationPatterns(patterns, context);
  WindowOp::getCanonicalizationPatterns(patterns, context);
}

void dlk::populateFoldDataMovementPatterns(RewritePatternSet &patterns) {
  patterns.add<ReadThroughMove, SwapForContiguousRows>(patterns.getContext());
}
