// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which products and sums of linalg dlk computes, and what the user may write
// on an operation about their numbers.

#include "dlk/Transforms/ProductImport.h"
#include "dlk/Support/ElementTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

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

bool dlk::isMultiplyAdd(Block &body) {
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

FailureOr<Type> dlk::getWrittenAccType(linalg::LinalgOp op) {
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

LogicalResult dlk::checkProductTypes(linalg::LinalgOp op, bool tf32) {
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
// Parts of the new operation
//===----------------------------------------------------------------------===//

static bool isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat()) || matchPattern(value, m_Zero());
}

FailureOr<Accumulator> dlk::analyseInit(linalg::LinalgOp op,
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

Value dlk::buildAccumulation(OpBuilder &builder, Location loc, ValueRange args,
                             Type resultType) {
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
template <typename OpTy>
static LogicalResult setNumerics(linalg::LinalgOp from, OpTy to) {
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
template <typename OpTy>
static void moveAttributes(linalg::LinalgOp from, OpTy to) {
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

template <typename OpTy>
LogicalResult dlk::moveNumericsAndAttributes(linalg::LinalgOp from, OpTy to) {
  moveAttributes(from, to);
  return setNumerics(from, to);
}

template LogicalResult dlk::moveNumericsAndAttributes(linalg::LinalgOp,
                                                      MatmulOp);
template LogicalResult dlk::moveNumericsAndAttributes(linalg::LinalgOp, ConvOp);
