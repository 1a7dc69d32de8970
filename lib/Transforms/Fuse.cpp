// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-fuse: elementwise consumers of a dlk.matmul move into its epilogue.
//
// Elementwise linalg operations are first fused with one another (upstream's
// patterns), so that a diamond such as x * sigmoid(x) becomes one consumer. A
// consumer is then inlined if it is the only user of the result:
//   result[P(d)], extras[E(d)] -> out[O(d)]   over loops d, P and O permutations
// The loops are the batch, m and n dimensions in another order, so E and O
// become maps over the iteration space of the matmul.

#include "dlk/Transforms/FoldDataMovement.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace dlk {
#define GEN_PASS_DEF_FUSE
#include "dlk/Transforms/Passes.h.inc"
} // namespace dlk

using namespace mlir;
using namespace dlk;

static bool isPointwise(linalg::LinalgOp op) {
  return op.hasPureTensorSemantics() && op.getNumDpsInits() == 1 &&
         op.getNumReductionLoops() == 0;
}

/// The scalar that every element of the value has, or null.
static TypedAttr getUniformValue(Value value) {
  Type element = getElementTypeOrSelf(value);
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    value = fill.value();
  Attribute attribute;
  if (!matchPattern(value, m_Constant(&attribute)))
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
    attribute = splat.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attribute);
  return number && number.getType() == element ? number : FloatAttr();
}

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

/// Why an operand of the consumer, not the matmul's result, cannot be an extra.
static std::optional<std::string> whyNotExtra(linalg::LinalgOp consumer,
                                              OpOperand &operand) {
  if (!consumer.payloadUsesValueFromOperand(&operand) ||
      getUniformValue(operand.get()))
    return std::nullopt;
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return "it reads a scalar that is not constant";
  Type element = type.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32())
    return "it reads elements other than f16, bf16 or f32";
  if (!type.hasStaticShape())
    return "it reads a tensor of dynamic shape";
  if (!consumer.getMatchingIndexingMap(&operand).isProjectedPermutation())
    return "it reads a tensor through a map that is no projection";
  return std::nullopt;
}

static std::optional<std::string> whyNotBody(linalg::LinalgOp consumer) {
  for (Operation &op : consumer.getBlock()->without_terminator()) {
    if (!isEpilogueOp(&op))
      return "epilogues do not have '" + op.getName().getStringRef().str() +
             "'";
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() != consumer.getBlock() &&
          !matchPattern(operand, m_Constant()))
        return "its body uses a value from outside that is not constant";
  }
  if (consumer.getBlock()->getTerminator()->getOperand(0).getParentBlock() !=
      consumer.getBlock())
    return "its body yields a value from outside";
  return std::nullopt;
}

/// Why the consumer cannot be inlined into the epilogue of its producer.
static std::optional<std::string> whyNotFusable(MatmulOp matmul,
                                                Operation *user) {
  Value result = matmul.getResult();
  for (Operation *other : result.getUsers())
    if (other != user)
      return "the result has other users";
  if (user->getBlock() != matmul->getBlock())
    return "its user is in another block";
  auto consumer = dyn_cast<linalg::LinalgOp>(user);
  if (!consumer || !isPointwise(consumer))
    return "its user is not elementwise";
  auto type = cast<RankedTensorType>(consumer->getResult(0).getType());
  Type element = type.getElementType();
  if (!element.isF16() && !element.isBF16() && !element.isF32())
    return "the user's result is not of f16, bf16 or f32";
  AffineMap readMap;
  for (OpOperand &operand : consumer->getOpOperands()) {
    if (operand.get() != result) {
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
  return whyNotBody(consumer);
}

//===----------------------------------------------------------------------===//
// Fusion
//===----------------------------------------------------------------------===//

namespace {
/// Builds the fused operation step by step: maps and extras, then the region.
class Fusion {
public:
  Fusion(MatmulOp matmul, linalg::LinalgOp consumer)
      : matmul(matmul), consumer(consumer) {}

  MatmulOp run(PatternRewriter &rewriter) {
    collectMaps();
    extras.append(matmul.getExtras().begin(), matmul.getExtras().end());
    collectExtras();
    maps.push_back(translate(consumer.getMatchingIndexingMap(
        consumer.getDpsInitOperand(0))));
    auto fused = MatmulOp::create(
        rewriter, consumer.getLoc(), matmul.getLhs(), matmul.getRhs(), extras,
        getDestination(rewriter), maps,
        [&](OpBuilder &builder, Location, ValueRange args) {
          return buildEpilogue(builder, args);
        });
    fused.setScheduleAttr(matmul.getScheduleAttr());
    fused.setScheduleReasonAttr(matmul.getScheduleReasonAttr());
    fused->setDiscardableAttrs(matmul->getDiscardableAttrDictionary());
    return fused;
  }

private:
  void collectMaps() {
    for (unsigned i = 0; i + 1 < matmul.getIndexingMaps().size(); ++i)
      maps.push_back(matmul.getMap(i));
    for (OpOperand &operand : consumer->getOpOperands())
      if (operand.get() == matmul.getResult())
        readMap = consumer.getMatchingIndexingMap(&operand);
  }

  /// A map over the consumer's loops, over the matmul's iteration space.
  AffineMap translate(AffineMap map) {
    AffineMap resultMap = matmul.getResultMap();
    SmallVector<AffineExpr> dimOfLoop(readMap.getNumDims());
    for (unsigned i = 0; i < readMap.getNumResults(); ++i)
      dimOfLoop[readMap.getDimPosition(i)] = resultMap.getResult(i);
    return map.replaceDimsAndSymbols(dimOfLoop, {}, matmul.getNumDims(), 0);
  }

  void collectExtras() {
    for (OpOperand &operand : consumer->getOpOperands()) {
      if (operand.get() == matmul.getResult() ||
          !consumer.payloadUsesValueFromOperand(&operand) ||
          getUniformValue(operand.get()))
        continue;
      extras.push_back(operand.get());
      maps.push_back(translate(consumer.getMatchingIndexingMap(&operand)));
    }
  }

  Value getDestination(OpBuilder &builder) {
    Value destination = consumer.getDpsInitOperand(0)->get();
    return destination == matmul.getResult() ? Value(matmul.getInit())
                                             : destination;
  }

  /// The matmul's epilogue, then the consumer's body.
  Value buildEpilogue(OpBuilder &builder, ValueRange args) {
    IRMapping mapping;
    mapping.map(matmul.getBody()->getArguments(),
                args.take_front(matmul.getBody()->getNumArguments()));
    for (Operation &op : matmul.getBody()->without_terminator())
      builder.clone(op, mapping);
    Value stored = mapping.lookup(matmul.getYield().getValue());

    unsigned next = matmul.getBody()->getNumArguments();
    for (OpOperand &operand : consumer->getOpOperands()) {
      BlockArgument argument = consumer.getMatchingBlockArgument(&operand);
      if (operand.get() == matmul.getResult())
        mapping.map(argument, stored);
      else if (!consumer.payloadUsesValueFromOperand(&operand))
        continue;
      else if (TypedAttr value = getUniformValue(operand.get()))
        mapping.map(argument, arith::ConstantOp::create(
                                  builder, consumer.getLoc(), value));
      else
        mapping.map(argument, args[next++]);
    }
    for (Operation &op : consumer.getBlock()->without_terminator()) {
      cloneOutsideConstants(op, builder, mapping);
      builder.clone(op, mapping);
    }
    return mapping.lookup(consumer.getBlock()->getTerminator()->getOperand(0));
  }

  void cloneOutsideConstants(Operation &op, OpBuilder &builder,
                             IRMapping &mapping) {
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() != consumer.getBlock() &&
          !mapping.contains(operand))
        builder.clone(*operand.getDefiningOp(), mapping);
  }

  MatmulOp matmul;
  linalg::LinalgOp consumer;
  AffineMap readMap;
  SmallVector<Value> extras;
  SmallVector<AffineMap> maps;
};

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
    MatmulOp fused = Fusion(op, cast<linalg::LinalgOp>(user)).run(rewriter);
    rewriter.replaceOp(user, fused);
    rewriter.eraseOp(op);
    ++numFused;
    return success();
  }

  Pass::Statistic &numFused;
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
      Value constant =
          arith::ConstantOp::create(rewriter, op.getLoc(), value);
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
static void generalizeElementwise(func::FuncOp func) {
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
    generalizeElementwise(getOperation());
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
    patterns.add<InlineUniformExtra>(&getContext());
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
