// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Canonical form of dlk.matmul: every extra is read by the epilogue and stands
// once, and the destination, whose content is never read, is not computed.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dlk;

/// Drops extra `index`, whose block argument has no use.
static void eraseExtra(MatmulOp op, unsigned index, PatternRewriter &rewriter) {
  rewriter.modifyOpInPlace(op, [&] {
    op.getBody()->eraseArgument(1 + index);
    op.getExtrasMutable().erase(index);
    SmallVector<Attribute> maps(op.getIndexingMaps().getValue());
    maps.erase(maps.begin() + 2 + index);
    op.setIndexingMapsAttr(rewriter.getArrayAttr(maps));
  });
}

namespace {

/// An extra that the epilogue does not read is dropped.
struct DropUnusedExtra : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned i = 0; i < op.getExtras().size(); ++i) {
      if (!op.getExtraArgument(i).use_empty())
        continue;
      eraseExtra(op, i, rewriter);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "every extra is read");
  }
};

/// Two extras of the same value and map become one.
struct MergeEqualExtras : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    for (unsigned second = 1; second < op.getExtras().size(); ++second) {
      for (unsigned first = 0; first < second; ++first) {
        if (op.getExtras()[first] != op.getExtras()[second] ||
            op.getExtraMap(first) != op.getExtraMap(second))
          continue;
        rewriter.replaceAllUsesWith(op.getExtraArgument(second),
                                    op.getExtraArgument(first));
        eraseExtra(op, second, rewriter);
        return success();
      }
    }
    return rewriter.notifyMatchFailure(op, "extras are distinct");
  }
};

/// A destination that some operation computes becomes tensor.empty. One that is
/// a function argument stays: it may say where the caller wants the result.
struct ForgetInit : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (isa<BlockArgument>(op.getInit()) ||
        op.getInit().getDefiningOp<tensor::EmptyOp>())
      return rewriter.notifyMatchFailure(op, "destination is not computed");
    auto empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), op.getType().getShape(),
        op.getResultElementType(), op.getType().getEncoding());
    rewriter.modifyOpInPlace(op, [&] { op.getInitMutable().assign(empty); });
    return success();
  }
};

} // namespace

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  patterns.add<DropUnusedExtra, MergeEqualExtras, ForgetInit>(context);
}
