// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-fuse: elementwise consumers of a dlk.matmul move into its epilogue.
//
// Elementwise linalg operations are first fused with one another (upstream's
// patterns), so that a diamond such as x * sigmoid(x) becomes one consumer. A
// consumer is then inlined if it is the only user of the result:
//   result[P(d)], extras[E(d)] -> out[O(d)]   over loops d, P and O
//   permutations
// The loops are the batch, m and n dimensions in another order, so E and O
// become maps over the iteration space of the matmul. An elementwise producer
// of an extra is recomputed in the epilogue the same way.

#include "dlk/Transforms/EpilogueInlining.h"
#include "dlk/Transforms/FoldDataMovement.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlk {
#define GEN_PASS_DEF_FUSE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

/// Loops of a linalg operation that sees a tensor of the matmul through
/// `loopMap`, as dimensions of the matmul, which sees it through `map`.
static SmallVector<AffineExpr> getDimOfLoop(AffineMap loopMap, AffineMap map) {
  SmallVector<AffineExpr> dims(loopMap.getNumDims());
  for (unsigned i = 0; i < loopMap.getNumResults(); ++i)
    dims[loopMap.getDimPosition(i)] = map.getResult(i);
  return dims;
}

/// Clones the epilogue of `op`, but for its yield, with other arguments and
/// returns what it yields.
static Value cloneEpilogue(OpBuilder &builder, MatmulOp op, ValueRange args) {
  IRMapping mapping;
  mapping.map(op.getBody()->getArguments(), args);
  for (Operation &inner : op.getBody()->without_terminator())
    builder.clone(inner, mapping);
  return mapping.lookup(op.getYield().getValue());
}

static void copyAttributes(MatmulOp from, MatmulOp to) {
  to.setPrecision(from.getPrecision());
  to.setPromoteAttr(from.getPromoteAttr());
  to.setScheduleAttr(from.getScheduleAttr());
  to.setScheduleReasonAttr(from.getScheduleReasonAttr());
  to->setDiscardableAttrs(from->getDiscardableAttrDictionary());
}

//===----------------------------------------------------------------------===//
// Consumers
//===----------------------------------------------------------------------===//

/// Why the consumer does not read and write one element of the result for each
/// of its elements.
static std::optional<std::string> whyNotMaps(MatmulOp matmul,
                                             linalg::LinalgOp consumer) {
  AffineMap readMap;
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get() != matmul.getResult()) {
      if (std::optional<std::string> reason = whyNotExtra(consumer, operand))
        return reason;
      continue;
    }
    AffineMap map = consumer.getMatchingIndexingMap(&operand);
    if (!map.isPermutation())
      return "the user reads the result through a map that is no permutation";
    if (readMap && readMap != map)
      return "the user reads the result through two maps";
    readMap = map;
  }
  if (!consumer.getMatchingIndexingMap(consumer.getDpsInitOperand(0))
           .isPermutation())
    return "the user writes through a map that is no permutation";
  return std::nullopt;
}

/// Why the user cannot be inlined into the epilogue of its producer.
static std::optional<std::string> whyNotFusable(MatmulOp matmul,
                                                Operation *user) {
  if (matmul.getGathers())
    return "operands of the product are gathered";
  for (Operation *other : matmul->getUsers())
    if (other != user)
      return "the result has other users";
  if (user->getBlock() != matmul->getBlock())
    return "its user is in another block";
  auto consumer = dyn_cast<linalg::LinalgOp>(user);
  if (!consumer || !isPointwise(consumer))
    return "its user is not elementwise";
  Type element = getElementTypeOrSelf(consumer->getResult(0));
  if (!isStoredType(element))
    return "the user's result is not of f16, bf16, f32, fp8, i8 or i32";
  if (std::optional<std::string> reason = whyNotMaps(matmul, consumer))
    return reason;
  return whyNotBody(consumer);
}

static MatmulOp fuseConsumer(MatmulOp op, linalg::LinalgOp consumer,
                             PatternRewriter &rewriter) {
  Value result = op.getResult();
  SmallVector<AffineExpr> dimOfLoop;
  for (OpOperand &operand : consumer->getOpOperands())
    if (operand.get() == result)
      dimOfLoop = getDimOfLoop(consumer.getMatchingIndexingMap(&operand),
                               op.getResultMap());
  auto translate = [&](OpOperand &operand) {
    return consumer.getMatchingIndexingMap(&operand).replaceDimsAndSymbols(
        dimOfLoop, {}, op.getNumDims(), 0);
  };

  SmallVector<Value> extras(op.getExtras());
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < 2 + extras.size(); ++i)
    maps.push_back(op.getMap(i));
  llvm::SmallDenseMap<OpOperand *, unsigned> argumentOf;
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get() == result || !becomesExtra(consumer, operand))
      continue;
    extras.push_back(operand.get());
    maps.push_back(translate(operand));
    argumentOf[&operand] = extras.size();
  }
  OpOperand &destination = *consumer.getDpsInitOperand(0);
  maps.push_back(translate(destination));
  bool inPlace = destination.get() == result;

  auto fused = MatmulOp::create(
      rewriter, consumer.getLoc(), op.getLhs(), op.getRhs(), extras,
      inPlace ? Value(op.getInit()) : destination.get(), maps,
      [&](OpBuilder &builder, Location, ValueRange args) {
        Value stored = cloneEpilogue(
            builder, op, args.take_front(op.getBody()->getNumArguments()));
        return inlineBody(builder, consumer, [&](OpOperand &operand) {
          return operand.get() == result ? stored : args[argumentOf[&operand]];
        });
      },
      op.getAccType());
  copyAttributes(op, fused);
  return fused;
}

namespace {
struct FuseConsumer : OpRewritePattern<MatmulOp> {
  FuseConsumer(MLIRContext *context, Pass::Statistic &numFused)
      : OpRewritePattern(context), numFused(numFused) {}

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (op->use_empty())
      return rewriter.notifyMatchFailure(op, "the result has no user");
    Operation *user = *op->user_begin();
    if (std::optional<std::string> reason = whyNotFusable(op, user))
      return rewriter.notifyMatchFailure(op, *reason);
    rewriter.setInsertionPoint(user);
    MatmulOp fused = fuseConsumer(op, cast<linalg::LinalgOp>(user), rewriter);
    rewriter.replaceOp(user, fused);
    rewriter.eraseOp(op);
    ++numFused;
    return success();
  }

  Pass::Statistic &numFused;
};
} // namespace

//===----------------------------------------------------------------------===//
// Extras
//===----------------------------------------------------------------------===//

/// Whether an extra can be recomputed from what its producer reads.
static bool isRecomputable(linalg::LinalgOp producer) {
  if (!producer || isa<linalg::FillOp>(producer) || !isPointwise(producer) ||
      whyNotBody(producer))
    return false;
  for (OpOperand &operand : producer->getOpOperands())
    if (whyNotExtra(producer, operand))
      return false;
  return producer.getMatchingIndexingMap(producer.getDpsInitOperand(0))
      .isPermutation();
}

static MatmulOp recomputeExtra(MatmulOp op, unsigned index,
                               linalg::LinalgOp producer,
                               PatternRewriter &rewriter) {
  SmallVector<AffineExpr> dimOfLoop = getDimOfLoop(
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(0)),
      op.getExtraMap(index));
  SmallVector<Value> extras(op.getExtras());
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < 2 + extras.size(); ++i)
    maps.push_back(op.getMap(i));
  llvm::SmallDenseMap<OpOperand *, unsigned> argumentOf;
  for (OpOperand &operand : producer->getOpOperands()) {
    if (!becomesExtra(producer, operand))
      continue;
    extras.push_back(operand.get());
    maps.push_back(
        producer.getMatchingIndexingMap(&operand).replaceDimsAndSymbols(
            dimOfLoop, {}, op.getNumDims(), 0));
    argumentOf[&operand] = extras.size();
  }
  maps.push_back(op.getResultMap());

  // The old extra stays as an argument without a use: canonicalization drops
  // it.
  auto fused = MatmulOp::create(
      rewriter, op.getLoc(), op.getLhs(), op.getRhs(), extras, op.getInit(),
      maps,
      [&](OpBuilder &builder, Location, ValueRange args) {
        SmallVector<Value> oldArgs(
            args.take_front(op.getBody()->getNumArguments()));
        oldArgs[1 + index] =
            inlineBody(builder, producer, [&](OpOperand &operand) {
              return args[argumentOf[&operand]];
            });
        return cloneEpilogue(builder, op, oldArgs);
      },
      op.getAccType());
  copyAttributes(op, fused);
  return fused;
}

namespace {
struct RecomputeExtra : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getGathers())
      return rewriter.notifyMatchFailure(op, "operands are gathered");
    for (auto [index, extra] : llvm::enumerate(op.getExtras())) {
      auto producer = extra.getDefiningOp<linalg::LinalgOp>();
      if (op.getExtraArgument(index).use_empty() || !isRecomputable(producer))
        continue;
      rewriter.replaceOp(op, recomputeExtra(op, index, producer, rewriter));
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no extra is elementwise");
  }
};

/// An extra whose elements all have one known value becomes a constant.
struct InlineUniformExtra : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [index, extra] : llvm::enumerate(op.getExtras())) {
      TypedAttr value = getUniformValue(extra);
      BlockArgument argument = op.getExtraArgument(index);
      if (!value || argument.use_empty())
        continue;
      rewriter.setInsertionPointToStart(op.getBody());
      Value constant = arith::ConstantOp::create(rewriter, op.getLoc(), value);
      rewriter.replaceAllUsesWith(argument, constant);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no extra is uniform");
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// Named elementwise operations become linalg.generic; fills stay, since their
/// value is folded.
static void generalizePointwise(func::FuncOp func) {
  SmallVector<linalg::LinalgOp> named;
  func.walk([&](linalg::LinalgOp op) {
    if (isPointwise(op) && !isa<linalg::GenericOp, linalg::FillOp>(op))
      named.push_back(op);
  });
  IRRewriter rewriter(func.getContext());
  for (linalg::LinalgOp op : named) {
    rewriter.setInsertionPoint(op);
    (void)linalg::generalizeNamedOp(rewriter, op);
  }
}

/// Whether an elementwise operation may be merged into its elementwise user.
static bool mayMerge(OpOperand *operand) {
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  return operand->get().hasOneUse() && consumer && isPointwise(consumer);
}

static void remarkUnfused(MatmulOp op) {
  for (Operation *user : op->getUsers()) {
    if (!isa<linalg::LinalgOp>(user))
      continue;
    if (std::optional<std::string> reason = whyNotFusable(op, user)) {
      InFlightDiagnostic remark = op.emitRemark("not fused: ") << *reason;
      remark.attachNote(user->getLoc()) << "the user";
      return;
    }
  }
}

namespace {
struct FusePass : dlk::impl::FuseBase<FusePass> {
  void runOnOperation() override {
    generalizePointwise(getOperation());
    if (failed(fuseAll()))
      return signalPassFailure();
    getOperation().walk(remarkUnfused);
    if (failed(refuseRest()))
      signalPassFailure();
  }

  LogicalResult fuseAll() {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, mayMerge);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    populateCleanupPatterns(patterns);
    populateFoldDataMovementPatterns(patterns);
    patterns.add<FuseConsumer>(&getContext(), numFused);
    patterns.add<RecomputeExtra, InlineUniformExtra>(&getContext());
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  LogicalResult refuseRest() {
    bool isClean = true;
    getOperation().walk([&](Operation *op) {
      if (!isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()) ||
          isa<linalg::YieldOp, linalg::IndexOp>(op))
        return;
      isClean = false;
      op->emitError("not supported yet: '")
          << op->getName() << "'; supported: contractions, and elementwise "
          << "operations that are the only user of a contraction's result "
          << "[DLK-P10]";
    });
    return success(isClean);
  }
};
} // namespace
