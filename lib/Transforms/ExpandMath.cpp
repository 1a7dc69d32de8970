// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// exp, log, tanh, erf, roots and quotients of f32 without calls.
//
// ex2, lg2, rcp, rsqrt, sqrt and tanh have approximations of about one ulp in
// the special function unit. Where such an approximation would cancel (tanh and
// erf near 0, log near 1) a polynomial takes over: both are computed and one is
// selected, because threads of a warp would diverge otherwise. Polynomials are
// minimax fits of the relative error; docs/Numerics.md has the bounds.

#include "dlk/Transforms/ExpandMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <cmath>

using namespace mlir;
using namespace dlk;

namespace {

/// erf(x) = x + x P(x^2) for |x| < 1.
constexpr double kErfNear[] = {0.128379166,   -0.37612626,   0.112835854,
                               -0.0268538129, 0.00518832868, -0.000801019778,
                               7.85386219e-05};
/// 1 - erf(x) = 2^-P(x) for 1 <= x <= 4; from 4 on erf rounds to 1.
constexpr double kErfFar[] = {0.000492651656, 1.62604618,    0.920647979,
                              0.148751929,    -0.0315058157, 0.00425260793,
                              -0.000268891861};
/// 1 - erf(x) = 2^-xP(x) for 0 <= x <= 4.5, to an absolute error.
constexpr double kErfWhole[] = {1.62791264,      0.918348253,   0.148844793,
                                -0.0291249007,   0.00183855079, 0.000808662851,
                                -0.000230053309, 1.89998227e-05};
/// tanh(x) = x + x^3 P(x^2) for |x| < 0.6.
constexpr double kTanhNear[] = {-0.333332986, 0.133319244, -0.0537838191,
                                0.0207959227, -0.00589509774};
/// log(1 + f) = f + f^2 P(f) for -0.3 < f < 0.4.
constexpr double kLogNear[] = {-0.499999791, 0.333339006,  -0.25003323,
                               0.199661866,  -0.165284008, 0.148171589,
                               -0.146149755, 0.0947924405};
constexpr double kLog2E = 1.44269504088896340736;
constexpr double kLn2 = 0.69314718055994530942;

/// Emits on values of one type, f32 or a vector of it.
class Expander {
public:
  Expander(OpBuilder &b, Location loc, Type type)
      : b(b), loc(loc), type(type) {}

  Value exp(Value x) { return exp2(mul(x, constant(kLog2E))); }
  Value exp2(Value x) { return unit("llvm.nvvm.ex2.approx.ftz.f32", x); }
  Value rsqrt(Value x) { return unit("llvm.nvvm.rsqrt.approx.f", x); }
  Value sqrt(Value x) { return unit("llvm.nvvm.sqrt.approx.f", x); }

  Value log(Value x) {
    Value f = sub(x, constant(1));
    Value near = fma(mul(f, f), polynomial(kLogNear, f), f);
    Value far = mul(unit("llvm.nvvm.lg2.approx.f", x), constant(kLn2));
    // -0.3 < f < 0.4
    Value isNear = less(abs(sub(f, constant(0.05))), constant(0.35));
    return select(isNear, near, far);
  }

  Value tanh(Value x, bool approximate) {
    if (approximate) // tanh.approx
      return math::TanhOp::create(b, loc, x, approximateFlag());
    Value magnitude = abs(x), square = mul(x, x);
    Value near = fma(mul(x, square), polynomial(kTanhNear, square), x);
    // 1 - 2 / (e^2x + 1)
    Value power = exp2(mul(magnitude, constant(2 * kLog2E)));
    // A quotient that is too small to be normal does not matter beside 1.
    Value quotient =
        unit("llvm.nvvm.rcp.approx.ftz.f", add(power, constant(1)));
    Value far = fma(constant(-2), quotient, constant(1));
    return select(less(magnitude, constant(0.6)), near, copySign(far, x));
  }

  Value erf(Value x) {
    Value magnitude = abs(x);
    Value near = fma(x, polynomial(kErfNear, mul(x, x)), x);
    // A quiet minimum would turn NaN into 4.
    Value bounded = arith::MinimumFOp::create(b, loc, magnitude, constant(4));
    Value exponent =
        arith::NegFOp::create(b, loc, polynomial(kErfFar, bounded));
    Value far = sub(constant(1), exp2(exponent));
    return select(less(magnitude, constant(1)), near, copySign(far, x));
  }

  /// 1 + tanh(x), or half of it. A polynomial near 0 would say nothing that the
  /// sum keeps, and nothing cancels where x is far below 0.
  Value onePlusTanh(Value x, bool halved) {
    Value power = exp2(mul(x, constant(-2 * kLog2E)));
    Value half = unit("llvm.nvvm.rcp.approx.ftz.f", add(power, constant(1)));
    return halved ? half : add(half, half);
  }

  /// 1 + erf(x), or half of it: 1 - erf of the magnitude, or 2 less that.
  Value onePlusErf(Value x, bool halved) {
    Value bounded = arith::MinimumFOp::create(b, loc, abs(x), constant(4.5));
    Value series = polynomial(kErfWhole, bounded);
    Value exponent =
        halved ? fma(series, bounded, constant(1)) : mul(series, bounded);
    Value tail = exp2(arith::NegFOp::create(b, loc, exponent));
    Value rest = sub(constant(halved ? 1 : 2), tail);
    return select(less(x, constant(0)), tail, rest);
  }

  Value divide(Value x, Value y, bool approximate) {
    FloatAttr constantY, constantX;
    if (matchSplat(y, constantY) &&
        constantY.getValue().getExactInverse(nullptr))
      return mul(x, constant(1 / constantY.getValueAsDouble()));
    if (matchSplat(x, constantX) && constantX.getValue().isExactlyValue(1.0))
      return reciprocal(y);
    return unit(approximate ? "llvm.nvvm.div.approx.f" : "llvm.nvvm.div.full",
                ValueRange{x, y});
  }

private:
  Value constant(double value) {
    Attribute scalar = b.getF32FloatAttr(static_cast<float>(value));
    auto vector = dyn_cast<VectorType>(type);
    return arith::ConstantOp::create(
        b, loc,
        vector ? cast<TypedAttr>(DenseElementsAttr::get(vector, scalar))
               : cast<TypedAttr>(scalar));
  }

  static bool matchSplat(Value value, FloatAttr &result) {
    Attribute attribute;
    if (!matchPattern(value, m_Constant(&attribute)))
      return false;
    if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
      attribute = splat.getSplatValue<Attribute>();
    result = dyn_cast<FloatAttr>(attribute);
    return static_cast<bool>(result);
  }

  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value copySign(Value x, Value sign) {
    return math::CopySignOp::create(b, loc, x, sign);
  }
  Value less(Value x, Value y) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, loc, condition, x, y);
  }

  arith::FastMathFlagsAttr approximateFlag() {
    return arith::FastMathFlagsAttr::get(b.getContext(),
                                         arith::FastMathFlags::afn);
  }

  /// The backend makes rcp.approx of a quotient that may be approximate.
  Value reciprocal(Value x) {
    return arith::DivFOp::create(b, loc, constant(1), x, approximateFlag());
  }

  /// Horner's scheme, lowest coefficient first.
  Value polynomial(ArrayRef<double> coefficients, Value x) {
    Value result = constant(coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      result = fma(result, x, constant(coefficient));
    return result;
  }

  Value call(StringRef intrinsic, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(),
                                         b.getStringAttr(intrinsic), operands)
        .getResult(0);
  }

  /// An intrinsic on every element.
  Value unit(StringRef intrinsic, ValueRange operands) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return call(intrinsic, operands);
    SmallVector<Value> results;
    for (int64_t i = 0; i < vector.getNumElements(); ++i) {
      SmallVector<Value> elements;
      for (Value operand : operands)
        elements.push_back(b.createOrFold<vector::ExtractOp>(loc, operand, i));
      results.push_back(call(intrinsic, elements));
    }
    return vector::FromElementsOp::create(b, loc, vector, results);
  }

  OpBuilder &b;
  Location loc;
  Type type;
};

bool isExpanded(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::LogOp, math::TanhOp, math::ErfOp,
             math::SqrtOp, math::RsqrtOp, arith::DivFOp>(op);
}

bool allowsApproximation(Operation *op) {
  auto flags = dyn_cast<arith::ArithFastMathInterface>(op);
  return flags && bitEnumContainsAll(flags.getFastMathFlagsAttr().getValue(),
                                     arith::FastMathFlags::afn);
}

Value expand(Expander expander, Operation *op, ArrayRef<Value> operands) {
  if (isa<math::ExpOp>(op))
    return expander.exp(operands[0]);
  if (isa<math::Exp2Op>(op))
    return expander.exp2(operands[0]);
  if (isa<math::LogOp>(op))
    return expander.log(operands[0]);
  if (isa<math::TanhOp>(op))
    return expander.tanh(operands[0], allowsApproximation(op));
  if (isa<math::ErfOp>(op))
    return expander.erf(operands[0]);
  if (isa<math::SqrtOp>(op))
    return expander.sqrt(operands[0]);
  if (isa<math::RsqrtOp>(op))
    return expander.rsqrt(operands[0]);
  return expander.divide(operands[0], operands[1], allowsApproximation(op));
}

/// Whether a user of `value` is `OpTy` with the constant `other`, and the only
/// one; that user.
template <typename OpTy> Operation *getOnlyUser(Value value, double other) {
  auto user = value.hasOneUse() ? dyn_cast<OpTy>(*value.user_begin()) : OpTy();
  if (!user)
    return nullptr;
  Value operand = user.getLhs() == value ? user.getRhs() : user.getLhs();
  FloatAttr constant;
  bool matches = matchPattern(operand, m_Constant(&constant)) &&
                 constant.getValueAsDouble() == other;
  return matches ? user.getOperation() : nullptr;
}

} // namespace

std::optional<OnePlusFunction> dlk::matchOnePlus(Operation *op) {
  if (!isa<math::TanhOp, math::ErfOp>(op) || allowsApproximation(op) ||
      !op->getResult(0).getType().isF32())
    return std::nullopt;
  Operation *sum = getOnlyUser<arith::AddFOp>(op->getResult(0), 1);
  if (!sum)
    return std::nullopt;
  Operation *half = getOnlyUser<arith::MulFOp>(sum->getResult(0), 0.5);
  return OnePlusFunction{op, sum, half ? half : sum};
}

Value dlk::expandOnePlus(OpBuilder &b, const OnePlusFunction &match, Value x) {
  Expander expander(b, match.function->getLoc(), x.getType());
  bool halved = match.root != match.sum;
  return isa<math::TanhOp>(match.function) ? expander.onePlusTanh(x, halved)
                                           : expander.onePlusErf(x, halved);
}

FailureOr<Value> dlk::expandMath(OpBuilder &b, Operation *op) {
  Value result = op->getResult(0);
  if (!isExpanded(op))
    return result;
  Type type = result.getType(), element = getElementTypeOrSelf(type);
  if (element.isF64() && isa<arith::DivFOp>(op))
    return result;
  if (!element.isF32() && !element.isF16() && !element.isBF16())
    return failure();
  Type wide = b.getF32Type();
  if (auto vector = dyn_cast<VectorType>(type))
    wide = vector.clone(b.getF32Type());
  Location loc = op->getLoc();
  SmallVector<Value> operands(op->getOperands());
  if (!element.isF32())
    for (Value &operand : operands)
      operand = arith::ExtFOp::create(b, loc, wide, operand);
  Value expanded = expand(Expander(b, loc, wide), op, operands);
  if (!element.isF32())
    expanded = arith::TruncFOp::create(b, loc, type, expanded);
  return expanded;
}
