// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-fuse: elementwise consumers of a dlk.matmul or dlk.conv move into its
// epilogue.
//
// Elementwise linalg operations are first fused with one another (upstream's
// patterns), so that a diamond such as x * sigmoid(x) becomes one consumer. A
// consumer is then inlined if it is the only user of the result:
//   result[P(d)], extras[E(d)] -> out[O(d)]   over loops d, P and O
//   permutations
// The loops are the batch, m and n dimensions in another order, so E and O
// become maps over the iteration space of the matmul; of a dlk.conv they are
// the dimensions of its result, and O changes its layout. An elementwise
// producer of an extra is recomputed in the epilogue the same way.

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
template <typename OpTy>
static Value cloneEpilogue(OpBuilder &builder, OpTy op, ValueRange args) {
  IRMapping mapping;
  mapping.map(op.getBody()->getArguments(), args);
  for (Operation &inner : op.getBody()->without_terminator())
    builder.clone(inner, mapping);
  return mapping.lookupOrDefault(op.getYield().getValue());
}

//===----------------------------------------------------------------------===//
// Operations with an epilogue
//===----------------------------------------------------------------------===//

/// The maps of extras, and of the result, are over these.
static unsigned getNumDims(MatmulOp op) { return op.getNumDims(); }
template <typename OpTy> static unsigned getNumDims(OpTy op) {
  return op.getType().getRank();
}

static AffineMap getResultMap(MatmulOp op) { return op.getResultMap(); }
template <typename OpTy> static AffineMap getResultMap(OpTy op) {
  return AffineMap::getMultiDimIdentityMap(getNumDims(op), op.getContext());
}

static bool isGathered(MatmulOp op) { return op.getGathers().has_value(); }
template <typename OpTy> static bool isGathered(OpTy) { return false; }

/// `op` with other extras, another init and epilogue; `maps` are those of the
/// extras and of the result.
static MatmulOp rebuild(MatmulOp op, PatternRewriter &rewriter, Location loc,
                        ValueRange extras, Value init, ArrayRef<AffineMap> maps,
                        EpilogueBuilder epilogue) {
  SmallVector<AffineMap> all{op.getLhsMap(), op.getRhsMap()};
  llvm::append_range(all, maps);
  auto fused = MatmulOp::create(rewriter, loc, op.getLhs(), op.getRhs(), extras,
                                init, all, epilogue, op.getAccType());
  fused.setPrecision(op.getPrecision());
  fused.setPromoteAttr(op.getPromoteAttr());
  fused.setScheduleAttr(op.getScheduleAttr());
  fused.setScheduleReasonAttr(op.getScheduleReasonAttr());
  fused->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  return fused;
}

/// The layout of what `op` computes.
static std::string &getResultLayout(ConvOp op, ConvGeometry &geometry) {
  switch (op.getKind()) {
  case ConvKind::Fprop:
    return geometry.outputLayout;
  case ConvKind::Dgrad:
    return geometry.inputLayout;
  case ConvKind::Wgrad:
    return geometry.filterLayout;
  }
  llvm_unreachable("all kinds have a result");
}

/// Brings the letters of a layout, and the dimensions of the maps of extras,
/// into the order that the last map gives the dimensions of the result.
static SmallVector<AffineMap> reorderResult(std::string &layout,
                                            ArrayRef<AffineMap> maps) {
  AffineMap order = maps.back();
  std::string old = layout;
  SmallVector<AffineExpr> place(order.getNumResults());
  for (unsigned dim = 0; dim < order.getNumResults(); ++dim) {
    layout[dim] = old[order.getDimPosition(dim)];
    place[order.getDimPosition(dim)] =
        getAffineDimExpr(dim, order.getContext());
  }
  return llvm::map_to_vector(maps.drop_back(), [&](AffineMap map) {
    return map.replaceDimsAndSymbols(place, {}, order.getNumResults(), 0);
  });
}

static ConvOp rebuild(ConvOp op, PatternRewriter &rewriter, Location loc,
                      ValueRange extras, Value init, ArrayRef<AffineMap> maps,
                      EpilogueBuilder epilogue) {
  ConvGeometry geometry = op.getGeometry();
  SmallVector<AffineMap> extraMaps =
      reorderResult(getResultLayout(op, geometry), maps);
  auto fused = ConvOp::create(rewriter, loc, op.getKind(), op.getLhs(),
                              op.getRhs(), extras, init, extraMaps, geometry,
                              epilogue, op.getAccType());
  fused.setPrecision(op.getPrecision());
  fused.setPromoteAttr(op.getPromoteAttr());
  fused.setScheduleAttr(op.getScheduleAttr());
  fused->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  return fused;
}

static WindowOp rebuild(WindowOp op, PatternRewriter &rewriter, Location loc,
                        ValueRange extras, Value init, ArrayRef<AffineMap> maps,
                        EpilogueBuilder epilogue) {
  WindowGeometry geometry = op.getGeometry();
  SmallVector<AffineMap> extraMaps = reorderResult(geometry.outputLayout, maps);
  auto fused = WindowOp::create(rewriter, loc, op.getKind(), op.getInput(),
                                op.getFilter(), extras, init, extraMaps,
                                geometry, epilogue);
  fused->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  return fused;
}

//===----------------------------------------------------------------------===//
// Consumers
//===----------------------------------------------------------------------===//

/// Why the consumer does not read and write one element of the result for each
/// of its elements.
static std::optional<std::string> whyNotMaps(Operation *product,
                                             linalg::LinalgOp consumer) {
  AffineMap readMap;
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get() != product->getResult(0)) {
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
template <typename OpTy>
static std::optional<std::string> whyNotFusable(OpTy product, Operation *user) {
  if (isGathered(product))
    return "operands of the product are gathered";
  for (Operation *other : product->getUsers())
    if (other != user)
      return "the result has other users";
  if (user->getBlock() != product->getBlock())
    return "its user is in another block";
  auto consumer = dyn_cast<linalg::LinalgOp>(user);
  if (!consumer || !isPointwise(consumer))
    return "its user is not elementwise";
  Type element = getElementTypeOrSelf(consumer->getResult(0));
  if (!isStoredType(element))
    return "the user's result is not of f16, bf16, f32, fp8, i8 or i32";
  if (std::optional<std::string> reason = whyNotMaps(product, consumer))
    return reason;
  return whyNotBody(consumer);
}

template <typename OpTy>
static OpTy fuseConsumer(OpTy op, linalg::LinalgOp consumer,
                         PatternRewriter &rewriter) {
  Value result = op.getResult();
  SmallVector<AffineExpr> dimOfLoop;
  for (OpOperand &operand : consumer->getOpOperands())
    if (operand.get() == result)
      dimOfLoop = getDimOfLoop(consumer.getMatchingIndexingMap(&operand),
                               getResultMap(op));
  auto translate = [&](OpOperand &operand) {
    return consumer.getMatchingIndexingMap(&operand).replaceDimsAndSymbols(
        dimOfLoop, {}, getNumDims(op), 0);
  };

  SmallVector<Value> extras(op.getExtras());
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < extras.size(); ++i)
    maps.push_back(op.getExtraMap(i));
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

  return rebuild(
      op, rewriter, consumer.getLoc(), extras,
      inPlace ? Value(op.getInit()) : destination.get(), maps,
      [&](OpBuilder &builder, Location, ValueRange args) {
        Value stored = cloneEpilogue(
            builder, op, args.take_front(op.getBody()->getNumArguments()));
        return inlineBody(builder, consumer, [&](OpOperand &operand) {
          return operand.get() == result ? stored : args[argumentOf[&operand]];
        });
      });
}

namespace {
template <typename OpTy> struct FuseConsumer : OpRewritePattern<OpTy> {
  FuseConsumer(MLIRContext *context, Pass::Statistic &numFused)
      : OpRewritePattern<OpTy>(context), numFused(numFused) {}

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (op->use_empty())
      return rewriter.notifyMatchFailure(op, "the result has no user");
    Operation *user = *op->user_begin();
    if (std::optional<std::string> reason = whyNotFusable(op, user))
      return rewriter.notifyMatchFailure(op, *reason);
    rewriter.setInsertionPoint(user);
    OpTy fused = fuseConsumer(op, cast<linalg::LinalgOp>(user), rewriter);
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

/// Whether an operation reads what a dlk operation computes for it alone, into
/// whose epilogue it will move.
static bool followsProduct(Operation *op) {
  return llvm::any_of(op->getOperands(), [](Value operand) {
    return operand.hasOneUse() &&
           isa_and_nonnull<MatmulOp, ConvOp, WindowOp>(operand.getDefiningOp());
  });
}

/// Whether an extra can be recomputed from what its producer reads.
static bool isRecomputable(linalg::LinalgOp producer) {
  if (!producer || isa<linalg::FillOp>(producer) || !isPointwise(producer) ||
      whyNotBody(producer) || followsProduct(producer))
    return false;
  for (OpOperand &operand : producer->getOpOperands())
    if (whyNotExtra(producer, operand))
      return false;
  return producer.getMatchingIndexingMap(producer.getDpsInitOperand(0))
      .isPermutation();
}

template <typename OpTy>
static OpTy recomputeExtra(OpTy op, unsigned index, linalg::LinalgOp producer,
                           PatternRewriter &rewriter) {
  SmallVector<AffineExpr> dimOfLoop = getDimOfLoop(
      producer.getMatchingIndexingMap(producer.getDpsInitOperand(0)),
      op.getExtraMap(index));
  SmallVector<Value> extras(op.getExtras());
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < extras.size(); ++i)
    maps.push_back(op.getExtraMap(i));
  llvm::SmallDenseMap<OpOperand *, unsigned> argumentOf;
  for (OpOperand &operand : producer->getOpOperands()) {
    if (!becomesExtra(producer, operand))
      continue;
    extras.push_back(operand.get());
    maps.push_back(
        producer.getMatchingIndexingMap(&operand).replaceDimsAndSymbols(
            dimOfLoop, {}, getNumDims(op), 0));
    argumentOf[&operand] = extras.size();
  }
  maps.push_back(getResultMap(op));

  // The old extra stays as an argument without a use: canonicalization drops
  // it.
  return rebuild(op, rewriter, op.getLoc(), extras, op.getInit(), maps,
                 [&](OpBuilder &builder, Location, ValueRange args) {
                   SmallVector<Value> oldArgs(
                       args.take_front(op.getBody()->getNumArguments()));
                   oldArgs[1 + index] =
                       inlineBody(builder, producer, [&](OpOperand &operand) {
                         return args[argumentOf[&operand]];
                       });
                   return cloneEpilogue(builder, op, oldArgs);
                 });
}

namespace {
template <typename OpTy> struct RecomputeExtra : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (isGathered(op))
      return rewriter.notifyMatchFailure(op, "operands are gathered");
    for (auto [index, extra] : llvm::enumerate(op.getExtras())) {
      auto producer = extra.template getDefiningOp<linalg::LinalgOp>();
      if (op.getExtraArgument(index).use_empty() || !isRecomputable(producer))
        continue;
      rewriter.replaceOp(op, recomputeExtra(op, index, producer, rewriter));
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no extra is elementwise");
  }
};

/// An extra whose elements all have one known value becomes a constant.
template <typename OpTy> struct InlineUniformExtra : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
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
  return operand->get().hasOneUse() && consumer && isPointwise(consumer) &&
         !followsProduct(operand->get().getDefiningOp());
}

template <typename OpTy> static void remarkUnfused(OpTy op) {
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
    getOperation().walk(remarkUnfused<MatmulOp>);
    getOperation().walk(remarkUnfused<ConvOp>);
    getOperation().walk(remarkUnfused<WindowOp>);
    if (failed(refuseRest()))
      signalPassFailure();
  }

  LogicalResult fuseAll() {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, mayMerge);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    populateCleanupPatterns(patterns);
    populateFoldDataMovementPatterns(patterns);
    addPatterns<MatmulOp>(patterns);
    addPatterns<ConvOp>(patterns);
    addPatterns<WindowOp>(patterns);
    return applyPatternsGreedily(getOperation(), std::move(patterns));
  }

  template <typename OpTy> void addPatterns(RewritePatternSet &patterns) {
    patterns.add<FuseConsumer<OpTy>>(&getContext(), numFused);
    patterns.add<RecomputeExtra<OpTy>, InlineUniformExtra<OpTy>>(&getContext());
  }

  LogicalResult refuseRest() {
    bool isClean = true;
    getOperation().walk([&](Operation *op) {
      if (!isa_and_nonnull<linalg::LinalgDialect>(op->getDialect()) ||
          isa<linalg::YieldOp, linalg::IndexOp>(op))
        return;
      isClean = false;
      op->emitError("not supported yet: '")
          << op->getName()
          << "'; supported: contractions, convolutions, and elementwise "
          << "operations that are the only user of the result of one "
          << "[DLK-P10]";
    });
    return success(isClean);
  }
};
} // namespace
