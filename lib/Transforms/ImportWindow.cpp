// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Pooling and depthwise convolutions of linalg become dlk.window: named ones of
// any rank and layout, and linalg.generic of that form. What a tensor.pad puts
// around the input becomes padding if the reduction does not see it.

#include "dlk/Support/ElementTypes.h"
#include "dlk/Transforms/ProductImport.h"
#include "dlk/Transforms/WindowLetters.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace dlk;

/// How the body reduces elements of its first input, if it does only that.
static std::optional<WindowKind> getPoolingKind(Block &body) {
  Value acc = body.getArguments().back();
  Operation *op = body.getTerminator()->getOperand(0).getDefiningOp();
  if (!op || op->getNumOperands() != 2)
    return std::nullopt;
  Value other = op->getOperand(0) == acc   ? op->getOperand(1)
                : op->getOperand(1) == acc ? op->getOperand(0)
                                           : Value();
  if (other &&
      isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp>(other.getDefiningOp()))
    other = other.getDefiningOp()->getOperand(0);
  if (!other || other != body.getArgument(0))
    return std::nullopt;
  if (isa<arith::AddFOp, arith::AddIOp>(op))
    return WindowKind::Sum;
  if (isa<arith::MaximumFOp, arith::MaxSIOp>(op))
    return WindowKind::Max;
  if (isa<arith::MinimumFOp, arith::MinSIOp>(op))
    return WindowKind::Min;
  return std::nullopt;
}

static std::optional<WindowKind> getKind(linalg::LinalgOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0 || !op.hasPureTensorSemantics())
    return std::nullopt;
  FailureOr<linalg::ConvolutionDimensions> dims =
      linalg::inferConvolutionDims(op);
  if (failed(dims) || dims->outputImage.empty())
    return std::nullopt;
  bool oneFilter = dims->inputChannel.empty() && dims->outputChannel.empty();
  // What windows do not multiply is a convolution with a channel in each group.
  Type element = getElementTypeOrSelf(op->getOperand(0));
  if (isMultiplyAdd(*op.getBlock()))
    return !dims->depth.empty() && oneFilter && !element.isInteger() &&
                   !isFp8(element)
               ? std::optional(WindowKind::Multiply)
               : std::nullopt;
  return oneFilter && dims->depth.empty() ? getPoolingKind(*op.getBlock())
                                          : std::nullopt;
}

bool dlk::isWindow(linalg::LinalgOp op) { return getKind(op).has_value(); }

/// Whether the reduction ignores this constant.
static bool isIdentity(Value value, WindowKind kind) {
  if (kind == WindowKind::Sum || kind == WindowKind::Multiply)
    return isZeroConstant(value);
  APInt integer;
  if (matchPattern(value, m_ConstantInt(&integer)))
    return kind == WindowKind::Max ? integer.isMinSignedValue()
                                   : integer.isMaxSignedValue();
  return kind == WindowKind::Max ? matchPattern(value, m_NegInfFloat())
                                 : matchPattern(value, m_PosInfFloat());
}

/// The init as a tensor to combine with, and where the result goes.
static FailureOr<Accumulator> analyseWindowInit(linalg::LinalgOp op,
                                                WindowKind kind) {
  Value init = op.getDpsInitOperand(0)->get();
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    if (isIdentity(fill.value(), kind))
      return Accumulator{Value(), fill.output()};
  if (init.getDefiningOp<tensor::EmptyOp>())
    return op.emitError("reduction into a tensor without content "
                        "(tensor.empty): fill it [DLK-P5]");
  return Accumulator{init, init};
}

/// Whether windows of 8-bit integers are reduced into that type: sums in f32
/// are exact.
static bool hasIntegers(linalg::LinalgOp op, WindowKind kind, Type result) {
  constexpr int64_t mostElements = (1 << 24) / 128 - 1;
  int64_t elements = 1;
  for (auto [range, type] :
       llvm::zip_equal(op.getStaticLoopRanges(), op.getIteratorTypesArray()))
    if (linalg::isReductionIterator(type))
      elements *= range;
  if (kind == WindowKind::Sum)
    return result.isInteger(32) && elements <= mostElements;
  return kind != WindowKind::Multiply &&
         (result.isInteger(8) || result.isInteger(32));
}

static LogicalResult checkTypes(linalg::LinalgOp op, WindowKind kind) {
  bool hasFilter = kind == WindowKind::Multiply;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType());
        !type || !type.hasStaticShape())
      return op.emitError("dynamic shapes are not supported: ")
             << operand.getType() << " [DLK-P1]";
  auto isFloat = [](Type type) {
    return type.isF16() || type.isBF16() || type.isF32();
  };
  Type input = getElementTypeOrSelf(op->getOperand(0));
  Type result = getElementTypeOrSelf(op->getResult(0));
  Type filter = hasFilter ? getElementTypeOrSelf(op->getOperand(1)) : input;
  if (isFloat(input) && isFloat(result) && filter == input &&
      (result == input || result.isF32()))
    return success();
  if (input.isInteger(8) && hasIntegers(op, kind, result))
    return success();
  return op.emitError("unsupported element types of a reduction over windows: ")
         << input << " -> " << result
         << "; supported: f16, bf16 and f32 into the same or f32, maxima and "
            "minima of i8 into i8 or i32, sums of at most 131071 i8 into i32 "
            "[DLK-P13]";
}

/// The epilogue of integers: what no window meets is the least or largest
/// number.
static Value buildIntegerEpilogue(OpBuilder &builder, Location loc,
                                  ValueRange args, WindowKind kind,
                                  Type resultType) {
  Value value = args[0];
  auto bound = [&](float number) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF32FloatAttr(number));
  };
  if (kind == WindowKind::Max)
    value = arith::MaximumFOp::create(builder, loc, value, bound(-128));
  if (kind == WindowKind::Min)
    value = arith::MinimumFOp::create(builder, loc, value, bound(127));
  value = arith::FPToSIOp::create(builder, loc, resultType, value);
  if (args.size() == 1)
    return value;
  if (kind == WindowKind::Max)
    return arith::MaxSIOp::create(builder, loc, value, args[1]);
  if (kind == WindowKind::Min)
    return arith::MinSIOp::create(builder, loc, value, args[1]);
  return arith::AddIOp::create(builder, loc, value, args[1]);
}

/// The epilogue: combined with the init, and rounded to the type of the result.
static Value buildWindowEpilogue(OpBuilder &builder, Location loc,
                                 ValueRange args, WindowKind kind,
                                 Type resultType) {
  Value value = args[0];
  if (args.size() > 1) {
    Value init = args[1];
    if (!init.getType().isF32())
      init = arith::ExtFOp::create(builder, loc, builder.getF32Type(), init);
    if (kind == WindowKind::Max)
      value = arith::MaximumFOp::create(builder, loc, value, init);
    else if (kind == WindowKind::Min)
      value = arith::MinimumFOp::create(builder, loc, value, init);
    else
      value = arith::AddFOp::create(builder, loc, value, init);
  }
  if (value.getType() != resultType)
    value = arith::TruncFOp::create(builder, loc, resultType, value);
  return value;
}

static FailureOr<WindowGeometry>
getGeometry(linalg::LinalgOp op, const linalg::ConvolutionDimensions &dims,
            bool hasFilter) {
  WindowGeometry geometry;
  LoopLetters letters(op, dims, 'c');
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  geometry.inputLayout = letters.layoutOf(maps[0], /*isFilter=*/false);
  geometry.outputLayout = letters.layoutOf(maps[2], /*isFilter=*/false);
  if (hasFilter)
    geometry.filterLayout = letters.layoutOf(maps[1], /*isFilter=*/true);
  for (unsigned loop : dims.filterLoop)
    geometry.window.push_back(ranges[loop]);
  llvm::append_range(geometry.strides, dims.strides);
  llvm::append_range(geometry.dilations, dims.dilations);
  geometry.padLow.assign(geometry.window.size(), 0);
  geometry.padHigh = geometry.padLow;
  auto shape = [&](unsigned operand) {
    return cast<RankedTensorType>(op->getOperand(operand).getType()).getShape();
  };
  if (std::optional<std::string> reason = checkWindowGeometry(
          geometry, shape(0), hasFilter ? shape(1) : Shape(), shape(2)))
    return op.emitError("window is not in the form of dlk.window: ")
           << *reason << " [DLK-P12]";
  return geometry;
}

LogicalResult dlk::importWindow(linalg::LinalgOp op, RewriterBase &rewriter) {
  WindowKind kind = *getKind(op);
  bool hasFilter = kind == WindowKind::Multiply;
  if (failed(checkTypes(op, kind)))
    return failure();
  FailureOr<WindowGeometry> geometry =
      getGeometry(op, *linalg::inferConvolutionDims(op), hasFilter);
  if (failed(geometry))
    return failure();
  FailureOr<Accumulator> accumulator = analyseWindowInit(op, kind);
  if (failed(accumulator))
    return failure();
  Value input = foldPadding(
      op->getOperand(0), geometry->inputLayout,
      [&](Value value) { return isIdentity(value, kind); }, geometry->padLow,
      geometry->padHigh);
  auto resultType = cast<RankedTensorType>(op->getResult(0).getType());
  SmallVector<Value> extras;
  SmallVector<AffineMap> maps;
  if (accumulator->added) {
    extras.push_back(accumulator->added);
    maps.push_back(
        rewriter.getMultiDimIdentityMap(unsigned(resultType.getRank())));
  }
  rewriter.setInsertionPoint(op);
  auto window = WindowOp::create(
      rewriter, op.getLoc(), kind, input,
      hasFilter ? op->getOperand(1) : Value(), extras, accumulator->destination,
      maps, *geometry, [&](OpBuilder &builder, Location loc, ValueRange args) {
        Type type = resultType.getElementType();
        return type.isInteger()
                   ? buildIntegerEpilogue(builder, loc, args, kind, type)
                   : buildWindowEpilogue(builder, loc, args, kind, type);
      });
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    if (!attribute.getName().strref().starts_with("linalg."))
      window->setDiscardableAttr(attribute.getName(), attribute.getValue());
  rewriter.replaceOp(op, window);
  return success();
}
