// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Canonical form of operations with an epilogue: every extra is read by the
// epilogue and stands once, and the destination, whose content is never read,
// is not computed.

#include "dlk/Dialect/Dlk/IR/Dlk.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace dlk;

static void eraseMap(MatmulOp op, unsigned extra, PatternRewriter &rewriter) {
  SmallVector<Attribute> maps(op.getIndexingMaps().getValue());
  maps.erase(maps.begin() + 2 + extra);
  op.setIndexingMapsAttr(rewriter.getArrayAttr(maps));
  if (!op.getGathers())
    return;
  SmallVector<Attribute> gathers(op.getGathersAttr().getValue());
  gathers.erase(gathers.begin() + 2 + extra);
  op.setGathersAttr(rewriter.getArrayAttr(gathers));
}

template <typename OpTy>
static void eraseMap(OpTy op, unsigned extra, PatternRewriter &rewriter) {
  SmallVector<Attribute> maps(op.getExtraMaps().getValue());
  maps.erase(maps.begin() + extra);
  op.setExtraMapsAttr(rewriter.getArrayAttr(maps));
}

static bool readAlike(MatmulOp op, unsigned a, unsigned b) {
  return op.getExtraMap(a) == op.getExtraMap(b) &&
         op.getGather(2 + a) == op.getGather(2 + b);
}

template <typename OpTy>
static bool readAlike(OpTy op, unsigned a, unsigned b) {
  return op.getExtraMap(a) == op.getExtraMap(b);
}

/// Drops extra `index`, whose block argument has no use.
template <typename OpTy>
static void eraseExtra(OpTy op, unsigned index, PatternRewriter &rewriter) {
  rewriter.modifyOpInPlace(op, [&] {
    op.getBody()->eraseArgument(1 + index);
    op.getExtrasMutable().erase(index);
    eraseMap(op, index, rewriter);
  });
}

namespace {

/// An extra that the epilogue does not read is dropped.
template <typename OpTy> struct DropUnusedExtra : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
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
template <typename OpTy> struct MergeEqualExtras : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    for (unsigned second = 1; second < op.getExtras().size(); ++second) {
      for (unsigned first = 0; first < second; ++first) {
        if (op.getExtras()[first] != op.getExtras()[second] ||
            !readAlike(op, first, second))
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
template <typename OpTy> struct ForgetInit : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (isa<BlockArgument>(op.getInit()) ||
        op.getInit().template getDefiningOp<tensor::EmptyOp>())
      return rewriter.notifyMatchFailure(op, "destination is not computed");
    auto empty = tensor::EmptyOp::create(
        rewriter, op.getLoc(), op.getType().getShape(),
        op.getResultElementType(), op.getType().getEncoding());
    rewriter.modifyOpInPlace(op, [&] { op.getInitMutable().assign(empty); });
    return success();
  }
};

} // namespace

template <typename OpTy>
static void addPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropUnusedExtra<OpTy>, MergeEqualExtras<OpTy>, ForgetInit<OpTy>>(
      context);
}

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  addPatterns<MatmulOp>(patterns, context);
}

void ConvOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                         MLIRContext *context) {
  addPatterns<ConvOp>(patterns, context);
}

void WindowOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                           MLIRContext *context) {
  addPatterns<WindowOp>(patterns, context);
}
