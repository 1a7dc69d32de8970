// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-import: linalg contractions become dlk.matmul, convolutions dlk.conv,
// pooling and depthwise convolutions dlk.window.
//
// A contraction is recognised by its body (multiply two inputs, add to the
// accumulator) and its maps (distinct dimensions), not by its name, so that
// named operations, their indexing-map forms and linalg.generic go one way.
// Elementwise and other linalg operations are not touched.

#include "dlk/Transforms/FoldDataMovement.h"
#include "dlk/Transforms/GradientForms.h"
#include "dlk/Transforms/Passes.h"
#include "dlk/Transforms/ProductImport.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlk {
#define GEN_PASS_DEF_IMPORT
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

//===----------------------------------------------------------------------===//
// Recognition
//===----------------------------------------------------------------------===//

static bool isContraction(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0)
    return false;
  auto isPermutation = [](AffineMap map) {
    return map.isProjectedPermutation();
  };
  return llvm::all_of(op.getIndexingMapsArray(), isPermutation) &&
         isMultiplyAdd(*op.getBlock());
}

//===----------------------------------------------------------------------===//
// Dimensions
//===----------------------------------------------------------------------===//

namespace {
/// Dimensions of a contraction, as positions in its iteration space.
struct Dimensions {
  SmallVector<unsigned> batch, m, n, k;
  /// Parallel dimensions that only the result has.
  SmallVector<unsigned> free;
};
} // namespace

/// Takes the dimension that is innermost in the result out of `candidates`.
static unsigned takeInnermost(SmallVectorImpl<unsigned> &candidates,
                              AffineMap result) {
  auto position = [&](unsigned dim) {
    return *result.getResultPosition(
        getAffineDimExpr(dim, result.getContext()));
  };
  auto *innermost = llvm::max_element(candidates, [&](unsigned a, unsigned b) {
    return position(a) < position(b);
  });
  unsigned dim = *innermost;
  candidates.erase(innermost);
  return dim;
}

static FailureOr<Dimensions> classify(linalg::LinalgOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  Dimensions dims;
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim) {
    bool inLhs = maps[0].isFunctionOfDim(dim);
    bool inRhs = maps[1].isFunctionOfDim(dim);
    if (!maps[2].isFunctionOfDim(dim)) {
      if (!inLhs || !inRhs)
        return op.emitError("reduction over a dimension that one input lacks: "
                            "d")
               << dim << "; supported: one reduction dimension that both "
               << "inputs have [DLK-P3]";
      dims.k.push_back(dim);
    } else {
      (inLhs && inRhs ? dims.batch
       : inLhs        ? dims.m
       : inRhs        ? dims.n
                      : dims.free)
          .push_back(dim);
    }
  }
  if (dims.k.size() != 1)
    return op.emitError("several reduction dimensions: ")
           << dims.k.size() << "; supported: one [DLK-P3]";
  for (auto *group : {&dims.m, &dims.n})
    if (group->empty() && !dims.free.empty())
      group->push_back(takeInnermost(dims.free, maps[2]));
  if (dims.m.empty() || dims.n.empty())
    return op.emitError("contraction without a dimension for ")
           << (dims.m.empty() ? "m" : "n")
           << ": matrix-vector and dot products are not supported [DLK-P4]";
  return dims;
}

/// The order (batch..., m, n, k) of the dimensions.
static SmallVector<unsigned> getOrder(linalg::LinalgOp op, Dimensions dims) {
  AffineMap result = op.getIndexingMapsArray()[2];
  unsigned m = takeInnermost(dims.m, result);
  unsigned n = takeInnermost(dims.n, result);
  SmallVector<unsigned> order;
  for (unsigned dim = 0; dim < op.getNumLoops(); ++dim)
    if (dim != m && dim != n && dim != dims.k[0])
      order.push_back(dim);
  order.append({m, n, dims.k[0]});
  return order;
}

/// `map` over dimensions in the given order.
static AffineMap reorderDims(AffineMap map, ArrayRef<unsigned> order) {
  SmallVector<AffineExpr> newDims(order.size());
  for (auto [position, dim] : llvm::enumerate(order))
    newDims[dim] = getAffineDimExpr(position, map.getContext());
  return map.replaceDimsAndSymbols(newDims, {}, order.size(), 0);
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

static LogicalResult importContraction(linalg::LinalgOp op,
                                       RewriterBase &rewriter) {
  FailureOr<Dimensions> dims = classify(op);
  if (failed(dims))
    return failure();
  rewriter.setInsertionPoint(op);
  FailureOr<Accumulator> accumulator = analyseInit(op, rewriter);
  if (failed(accumulator))
    return failure();

  FailureOr<Type> accType = getWrittenAccType(op);
  if (failed(accType))
    return failure();
  SmallVector<unsigned> order = getOrder(op, *dims);
  SmallVector<AffineMap> maps;
  for (AffineMap map : op.getIndexingMapsArray())
    maps.push_back(reorderDims(map, order));
  SmallVector<Value> extras;
  if (accumulator->added) {
    extras.push_back(accumulator->added);
    maps.insert(maps.begin() + 2, maps.back());
  }
  Type resultType = getElementTypeOrSelf(op->getResult(0));
  auto matmul = MatmulOp::create(
      rewriter, op.getLoc(), op->getOperand(0), op->getOperand(1), extras,
      accumulator->destination, maps,
      [&](OpBuilder &builder, Location loc, ValueRange args) {
        return buildAccumulation(builder, loc, args, resultType);
      },
      *accType);
  if (failed(moveNumericsAndAttributes(op, matmul)))
    return failure();
  rewriter.replaceOp(op, matmul);
  return success();
}

/// Brings static shapes that hide behind tensor.cast to light, and removes
/// fills that no longer initialise anything.
static LogicalResult cleanUp(func::FuncOp func) {
  RewritePatternSet patterns(func.getContext());
  populateCleanupPatterns(patterns);
  return applyPatternsGreedily(func, std::move(patterns));
}

namespace {
struct ImportPass : dlk::impl::ImportBase<ImportPass> {
  using ImportBase::ImportBase;

  void runOnOperation() override {
    if (failed(cleanUp(getOperation())))
      return signalPassFailure();
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> operations, forms;
    getOperation().walk([&](linalg::LinalgOp op) { forms.push_back(op); });
    for (linalg::LinalgOp op : forms)
      if (failed(importForm(op, rewriter)))
        signalPassFailure();
    getOperation().walk([&](linalg::LinalgOp op) {
      if (isContraction(op) || isConvolution(op) || isWindow(op))
        operations.push_back(op);
    });
    for (linalg::LinalgOp op : operations) {
      if (failed(importOperation(op, rewriter)))
        signalPassFailure();
      else
        ++numImported;
    }
    if (failed(cleanUp(getOperation())))
      signalPassFailure();
  }

  LogicalResult importOperation(linalg::LinalgOp op, RewriterBase &rewriter) {
    // A filter that is reversed is that of a gradient.
    if (isWindow(op) && !isReversed(op->getOperand(1)))
      return importWindow(op, rewriter);
    if (failed(checkProductTypes(op, tf32)))
      return failure();
    return isContraction(op) ? importContraction(op, rewriter)
                             : importConvolution(op, rewriter);
  }
};
} // namespace
