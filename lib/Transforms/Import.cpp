// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// dlk-import: linalg contractions become dlk.matmul.
//
// A contraction is recognised by its body (multiply two inputs, add to the
// accumulator) and its maps (distinct dimensions), not by its name, so that
// named operations, their indexing-map forms and linalg.generic go one way.
// Elementwise and other linalg operations are not touched.

#include "dlk/Support/ElementTypes.h"
#include "dlk/Transforms/FoldDataMovement.h"
#include "dlk/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
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

/// The input block argument behind an extension, or null.
static BlockArgument skipExtension(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp>(op))
    value = op->getOperand(0);
  return dyn_cast<BlockArgument>(value);
}

/// Whether the values are the elements of the two inputs, in any order.
static bool areInputs(Value a, Value b, Block &body) {
  BlockArgument x = skipExtension(a), y = skipExtension(b);
  if (!x || !y || x.getOwner() != &body || y.getOwner() != &body)
    return false;
  return x.getArgNumber() + y.getArgNumber() == 1;
}

/// Whether the body is acc + in0 * in1, of floats or integers.
static bool isMultiplyAdd(Block &body) {
  Value acc = body.getArgument(2);
  Operation *sum = body.getTerminator()->getOperand(0).getDefiningOp();
  if (auto fma = dyn_cast_or_null<math::FmaOp>(sum))
    return fma.getC() == acc && areInputs(fma.getA(), fma.getB(), body);
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(sum))
    return false;
  Value product = sum->getOperand(0) == acc   ? sum->getOperand(1)
                  : sum->getOperand(1) == acc ? sum->getOperand(0)
                                              : Value();
  Operation *mul = product ? product.getDefiningOp() : nullptr;
  return isa_and_nonnull<arith::MulFOp, arith::MulIOp>(mul) &&
         areInputs(mul->getOperand(0), mul->getOperand(1), body);
}

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
// Checks
//===----------------------------------------------------------------------===//

/// Whether dlk.matmul multiplies these into the result: sums are kept in f32,
/// or in i32 of integers.
static bool hasProduct(Type lhs, Type rhs, Type result) {
  if (isFp8(lhs) && isFp8(rhs))
    return result.isF32() || result.isF16() || result.isBF16();
  if (lhs != rhs)
    return false;
  if (lhs.isF16() || lhs.isBF16() || lhs.isF32())
    return result == lhs || result.isF32();
  return lhs.isInteger(8) && result.isInteger(32);
}

/// What the user wrote on the operation.
static std::optional<InputPrecision> getPrecision(linalg::LinalgOp op) {
  auto text = op->getAttrOfType<StringAttr>("dlk.precision");
  return text ? symbolizeInputPrecision(text.getValue()) : std::nullopt;
}

/// Null if the user asks for none.
static FailureOr<Type> getAccType(linalg::LinalgOp op) {
  Attribute written = op->getAttr("dlk.acc_type");
  if (!written)
    return Type();
  Type lhs = getElementTypeOrSelf(op->getOperand(0));
  auto type = dyn_cast<TypeAttr>(written);
  if (type && (lhs.isInteger() ? type.getValue().isInteger(32)
                               : type.getValue().isF32()))
    return type.getValue();
  if (type && type.getValue().isF16() && (lhs.isF16() || isFp8(lhs)))
    return type.getValue();
  return op.emitError("products of ")
         << lhs << " are not summed in this dlk.acc_type: " << written
         << "; supported: f32, f16 for f16 and fp8, i32 for i8 [DLK-P9]";
}

static LogicalResult checkTypes(linalg::LinalgOp op, bool tf32) {
  if (op->hasAttr("dlk.precision") && !getPrecision(op))
    return op.emitError("unknown dlk.precision: ")
           << op->getAttr("dlk.precision")
           << "; known: \"ieee\", \"tf32\" [DLK-P7]";
  if (!op.hasPureTensorSemantics())
    return op.emitError("linalg operation on buffers: '")
           << op->getName() << "'; supported: tensors [DLK-P6]";
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType());
        !type || !type.hasStaticShape())
      return op.emitError("dynamic shapes are not supported: ")
             << operand.getType() << " [DLK-P1]";
  Type lhs = getElementTypeOrSelf(op->getOperand(0));
  Type rhs = getElementTypeOrSelf(op->getOperand(1));
  Type result = getElementTypeOrSelf(op->getOperand(2));
  bool supported = hasProduct(lhs, rhs, result);
  // The body may only widen to the type of the result, integers with sign.
  for (Operation &inner : op.getBlock()->without_terminator())
    supported &=
        inner.getResult(0).getType() == result && !isa<arith::ExtUIOp>(inner);
  if (!supported)
    return op.emitError("unsupported element types of a contraction: ")
           << lhs << " x " << rhs << " -> " << result
           << "; supported: f16 x f16, bf16 x bf16 and fp8 x fp8 (f8E4M3FN, "
              "f8E5M2) into f32, f16 or bf16, f32 x f32 into f32, signed i8 x "
              "i8 into i32 [DLK-P2]";
  if (!lhs.isF32() || tf32 || getPrecision(op) == InputPrecision::TF32)
    return success();
  return op.emitError("products of f32 run on tensor cores as tf32 only, which "
                      "reads 10 bits of mantissa: allow it by dlk.precision = "
                      "\"tf32\" on the operation or by tf32=true [DLK-P7]");
}

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

namespace {
/// What an init contributes: a tensor to add, or only a destination.
struct Accumulator {
  Value added;
  Value destination;
};
} // namespace

static bool isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

static FailureOr<Accumulator> analyseInit(linalg::LinalgOp op,
                                          OpBuilder &builder) {
  Value init = op.getDpsInitOperand(0)->get();
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    if (isZero(fill.value()))
      return Accumulator{Value(), fill.output()};
  auto type = cast<RankedTensorType>(init.getType());
  if (isZero(init)) {
    auto empty = tensor::EmptyOp::create(builder, op.getLoc(), type.getShape(),
                                         type.getElementType());
    return Accumulator{Value(), empty};
  }
  if (init.getDefiningOp<tensor::EmptyOp>())
    return op.emitError("sum into a tensor without content (tensor.empty): "
                        "fill it with zero [DLK-P5]");
  return Accumulator{init, init};
}

/// A float as one of `type`.
static Value convertFloat(OpBuilder &builder, Location loc, Value value,
                          Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from < to)
    return arith::ExtFOp::create(builder, loc, type, value);
  return value.getType() == type
             ? value
             : arith::TruncFOp::create(builder, loc, type, value).getResult();
}

/// The epilogue acc + c, in f32, rounded to the type of the result; of integers
/// in theirs.
static Value buildAccumulation(OpBuilder &builder, Location loc,
                               ValueRange args, Type resultType) {
  Value value = args[0];
  if (value.getType().isInteger())
    return args.size() == 1
               ? value
               : arith::AddIOp::create(builder, loc, value, args[1])
                     .getResult();
  if (args.size() > 1) {
    Type wide = builder.getF32Type();
    value = arith::AddFOp::create(builder, loc,
                                  convertFloat(builder, loc, value, wide),
                                  convertFloat(builder, loc, args[1], wide));
  }
  if (value.getType() == resultType)
    return value;
  // f16 to bf16 goes by f32, which holds both.
  if (resultType.isBF16())
    value = convertFloat(builder, loc, value, builder.getF32Type());
  return convertFloat(builder, loc, value, resultType);
}

/// Sums of fp8 leave the tensor cores after as many products, unless the user
/// says otherwise: DeepSeek-V3 (arXiv 2412.19437), section 3.3.2.
static constexpr int64_t kPromote = 128;

/// `dlk.promote` = 0 keeps all sums in the tensor cores.
static LogicalResult setNumerics(linalg::LinalgOp from, MatmulOp to) {
  if (to.getLhsElementType().isF32())
    to.setPrecision(InputPrecision::TF32);
  Attribute written = from->getAttr("dlk.promote");
  auto promote = dyn_cast_or_null<IntegerAttr>(written);
  bool fp8 = isFp8(to.getLhsElementType());
  if (written && (!promote || promote.getInt() < 0 || !fp8))
    return from->emitError("dlk.promote is no count of products of fp8: ")
           << written << " of " << to.getLhsElementType() << " [DLK-P8]";
  int64_t count = promote ? promote.getInt() : kPromote;
  if (fp8 && count != 0 && to.getAccType().isF32())
    to.setPromote(count);
  return success();
}

/// Pinned schedules and other attributes that users put on the operation.
static void moveAttributes(linalg::LinalgOp from, MatmulOp to) {
  for (NamedAttribute attribute : from->getDiscardableAttrs()) {
    if (attribute.getName() == "dlk.schedule")
      to.setScheduleAttr(cast<ScheduleAttr>(attribute.getValue()));
    else if (attribute.getName() == "dlk.precision" ||
             attribute.getName() == "dlk.promote" ||
             attribute.getName() == "dlk.acc_type")
      continue;
    else if (!attribute.getName().strref().starts_with("linalg."))
      to->setDiscardableAttr(attribute.getName(), attribute.getValue());
  }
}

static LogicalResult importContraction(linalg::LinalgOp op, bool tf32,
                                       IRRewriter &rewriter) {
  if (failed(checkTypes(op, tf32)))
    return failure();
  FailureOr<Dimensions> dims = classify(op);
  if (failed(dims))
    return failure();
  rewriter.setInsertionPoint(op);
  FailureOr<Accumulator> accumulator = analyseInit(op, rewriter);
  if (failed(accumulator))
    return failure();

  FailureOr<Type> accType = getAccType(op);
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
  moveAttributes(op, matmul);
  if (failed(setNumerics(op, matmul)))
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
    SmallVector<linalg::LinalgOp> contractions;
    getOperation().walk([&](linalg::LinalgOp op) {
      if (isContraction(op))
        contractions.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : contractions) {
      if (failed(importContraction(op, tf32, rewriter)))
        signalPassFailure();
      else
        ++numImported;
    }
    if (failed(cleanUp(getOperation())))
      signalPassFailure();
  }
};
} // namespace
