// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Forms of linalg operations that are others in disguise: quantized ones whose
// zero points are 0, and convolutions of one image with one channel, which
// linalg gives no dimensions.

#include "dlk/Transforms/GradientForms.h"
#include "dlk/Transforms/ProductImport.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

//===----------------------------------------------------------------------===//
// Quantized operations
//===----------------------------------------------------------------------===//

/// The block argument behind extensions, or null.
static BlockArgument argumentBehind(Value value) {
  while (auto extension = value.getDefiningOp<arith::ExtSIOp>())
    value = extension.getIn();
  return dyn_cast<BlockArgument>(value);
}

/// Whether `value` is input `number` less its zero point, input `number` + 2.
static bool isShifted(Value value, unsigned number) {
  auto difference = value.getDefiningOp<arith::SubIOp>();
  if (!difference)
    return false;
  BlockArgument input = argumentBehind(difference.getLhs()),
                zero = argumentBehind(difference.getRhs());
  return input && zero && input.getArgNumber() == number &&
         zero.getArgNumber() == number + 2;
}

/// Whether the body is acc + (in0 - zero0) * (in1 - zero1).
static bool isQuantized(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 4 || op.getNumDpsInits() != 1)
    return false;
  Block &body = *op.getBlock();
  auto sum = body.getTerminator()->getOperand(0).getDefiningOp<arith::AddIOp>();
  auto product = sum ? sum.getRhs().getDefiningOp<arith::MulIOp>() : nullptr;
  return product && sum.getLhs() == body.getArgument(4) &&
         isShifted(product.getLhs(), 0) && isShifted(product.getRhs(), 1);
}

/// acc + in0 * in1 in the type of acc.
static void buildMultiplyAdd(OpBuilder &b, Location loc, ValueRange args) {
  Type wide = args[2].getType();
  Value lhs = arith::ExtSIOp::create(b, loc, wide, args[0]);
  Value rhs = arith::ExtSIOp::create(b, loc, wide, args[1]);
  Value product = arith::MulIOp::create(b, loc, lhs, rhs);
  Value sum = arith::AddIOp::create(b, loc, args[2], product);
  linalg::YieldOp::create(b, loc, sum);
}

/// The operation without its zero points.
static FailureOr<linalg::LinalgOp> dropZeroPoints(linalg::LinalgOp op,
                                                  RewriterBase &rewriter) {
  for (unsigned i : {2, 3}) {
    Attribute zero;
    if (matchPattern(op->getOperand(i), m_Zero()))
      continue;
    auto diagnostic = op.emitError("zero point of a quantized operation is not "
                                   "the constant 0: ");
    if (auto known = matchPattern(op->getOperand(i), m_Constant(&zero))
                         ? dyn_cast<IntegerAttr>(zero)
                         : nullptr)
      diagnostic << known.getInt();
    else
      diagnostic << op->getOperand(i).getType() << " of the caller";
    return diagnostic << "; supported: 0 for both inputs [DLK-P125]";
  }
  rewriter.setInsertionPoint(op);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  maps.erase(maps.begin() + 2, maps.begin() + 4);
  auto plain = linalg::GenericOp::create(
      rewriter, op.getLoc(), op->getResultTypes(),
      ValueRange(op->getOperands().take_front(2)), op->getOperand(4), maps,
      op.getIteratorTypesArray(), buildMultiplyAdd);
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    plain->setDiscardableAttr(attribute.getName(), attribute.getValue());
  rewriter.replaceOp(op, plain);
  return cast<linalg::LinalgOp>(plain.getOperation());
}

//===----------------------------------------------------------------------===//
// Convolutions without channels
//===----------------------------------------------------------------------===//

/// Dimensions of [1, shape..., 1] for each of the shape's.
static SmallVector<ReassociationIndices> getUnitGroups(int64_t rank) {
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim < rank; ++dim)
    groups.push_back({dim + 1});
  groups.front().insert(groups.front().begin(), 0);
  groups.back().push_back(rank + 1);
  return groups;
}

/// [1, shape..., 1]. Fills and padding stay what they are.
static Value addUnitDims(OpBuilder &b, Location loc, Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin(), 1);
  shape.push_back(1);
  auto wide = RankedTensorType::get(shape, type.getElementType());
  if (auto fill = value.getDefiningOp<linalg::FillOp>()) {
    Value empty = tensor::EmptyOp::create(b, loc, shape, type.getElementType());
    return linalg::FillOp::create(b, loc, fill.value(), empty).getResult(0);
  }
  auto pad = value.getDefiningOp<tensor::PadOp>();
  Value padding = pad ? pad.getConstantPaddingValue() : Value();
  if (padding && pad.getSourceType().hasStaticShape()) {
    auto addZeros = [&](SmallVector<OpFoldResult> sizes) {
      sizes.insert(sizes.begin(), b.getIndexAttr(0));
      sizes.push_back(b.getIndexAttr(0));
      return sizes;
    };
    return tensor::PadOp::create(b, loc, wide,
                                 addUnitDims(b, loc, pad.getSource()),
                                 addZeros(pad.getMixedLowPad()),
                                 addZeros(pad.getMixedHighPad()), padding);
  }
  return tensor::ExpandShapeOp::create(b, loc, wide, value,
                                       getUnitGroups(type.getRank()));
}

/// A map with the loop `front` before its results and `behind` after them.
static AffineMap addLoops(AffineMap map, unsigned loops, unsigned front,
                          unsigned behind) {
  SmallVector<AffineExpr> results(map.getResults());
  results.insert(results.begin(), getAffineDimExpr(front, map.getContext()));
  results.push_back(getAffineDimExpr(behind, map.getContext()));
  return AffineMap::get(loops, 0, results, map.getContext());
}

/// The same with loops of one iteration: images n, filters f, channels c, as
/// [n, positions..., c] and [f, taps..., c] into [n, positions..., f].
static linalg::LinalgOp addChannels(linalg::LinalgOp op,
                                    RewriterBase &rewriter) {
  rewriter.setInsertionPoint(op);
  Location loc = op.getLoc();
  unsigned n = op.getNumLoops(), f = n + 1, c = n + 2, loops = n + 3;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  iterators.append({utils::IteratorType::parallel,
                    utils::IteratorType::parallel,
                    utils::IteratorType::reduction});
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(addUnitDims(rewriter, loc, operand));
  auto wide = linalg::GenericOp::create(
      rewriter, loc, operands[2].getType(), ArrayRef(operands).take_front(2),
      operands[2],
      ArrayRef<AffineMap>{addLoops(maps[0], loops, n, c),
                          addLoops(maps[1], loops, f, c),
                          addLoops(maps[2], loops, n, f)},
      iterators);
  rewriter.cloneRegionBefore(op->getRegion(0), wide.getRegion(),
                             wide.getRegion().begin());
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    wide->setDiscardableAttr(attribute.getName(), attribute.getValue());
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  rewriter.replaceOpWithNewOp<tensor::CollapseShapeOp>(
      op, type, wide.getResult(0), getUnitGroups(type.getRank()));
  return wide;
}

FailureOr<linalg::LinalgOp> dlk::importForm(linalg::LinalgOp op,
                                            RewriterBase &rewriter) {
  bool isTensor = op.hasPureTensorSemantics() &&
                  llvm::all_of(op->getResultTypes(), [](Type type) {
                    return cast<RankedTensorType>(type).hasStaticShape();
                  });
  if (isTensor && isQuantized(op))
    return dropZeroPoints(op, rewriter);
  if (isTensor && isa<linalg::Conv1DOp, linalg::Conv2DOp, linalg::Conv3DOp>(op))
    return addChannels(op, rewriter);
  if (isTensor)
    straightenTaps(op, rewriter);
  return op;
}
