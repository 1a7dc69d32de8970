// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Expansions of transcendental functions and division in f32, on the special
// function unit (PTX ISA, ex2.approx, lg2.approx, rsqrt.approx, div.full). No
// calls, no local memory. Halves are computed in f32 and rounded once.

#include "dlk/Transforms/EpilogueMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlk;

namespace {

constexpr double kLog2E = 1.4426950408889634;
constexpr double kLn2 = 0.6931471805599453;

/// Arithmetic on vector<Nxf32>.
class Emitter {
public:
  Emitter(OpBuilder &b, Location loc, int64_t lanes)
      : b(b), loc(loc), type(VectorType::get(lanes, b.getF32Type())) {}

  Value constant(double value) {
    return arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(type, static_cast<float>(value)));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value copySign(Value magnitude, Value sign) {
    return math::CopySignOp::create(b, loc, magnitude, sign);
  }
  Value selectLess(Value x, double bound, Value ifLess, Value otherwise) {
    Value less = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, x, constant(bound));
    return arith::SelectOp::create(b, loc, less, ifLess, otherwise);
  }

  /// Applies an NVVM intrinsic lane by lane.
  Value intrinsic(StringRef name, ArrayRef<Value> operands) {
    SmallVector<Value> lanes;
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      SmallVector<Value> arguments;
      for (Value operand : operands)
        arguments.push_back(vector::ExtractOp::create(b, loc, operand, i));
      lanes.push_back(LLVM::CallIntrinsicOp::create(b, loc, b.getF32Type(),
                                                    b.getStringAttr(name), arguments)
                          .getResult(0));
    }
    return vector::FromElementsOp::create(b, loc, type, lanes);
  }

  Value exp2(Value x) { return intrinsic("llvm.nvvm.ex2.approx", x); }
  Value exp(Value x) { return exp2(mul(x, constant(kLog2E))); }
  Value div(Value x, Value y) { return intrinsic("llvm.nvvm.div.full", {x, y}); }

  /// Coefficients from the highest power down.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = constant(coefficients.front());
    for (double coefficient : coefficients.drop_front())
      sum = fma(sum, x, constant(coefficient));
    return sum;
  }

  /// Odd series near zero; (1 - e) / (1 + e) with e = exp(-2|x|) elsewhere.
  Value tanh(Value x) {
    Value magnitude = abs(x), square = mul(x, x);
    Value series = mul(x, polynomial(square, {62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3, 1}));
    Value e = exp2(mul(magnitude, constant(-2 * kLog2E)));
    Value ratio = div(sub(constant(1), e), add(constant(1), e));
    return selectLess(magnitude, 0.25, series, copySign(ratio, x));
  }

  /// Taylor series near zero; Abramowitz and Stegun 7.1.26 elsewhere.
  Value erf(Value x) {
    Value magnitude = abs(x), square = mul(x, x);
    constexpr double scale = 1.1283791670955126; // 2 / sqrt(pi)
    Value series = mul(x, polynomial(square, {scale / 9360, -scale / 1320, scale / 216,
                                              -scale / 42, scale / 10, -scale / 3, scale}));
    Value t = div(constant(1), fma(magnitude, constant(0.3275911), constant(1)));
    Value p = mul(t, polynomial(t, {1.061405429, -1.453152027, 1.421413741, -0.284496736,
                                    0.254829592}));
    Value tail = mul(p, exp2(mul(square, constant(-kLog2E))));
    return selectLess(magnitude, 0.75, series, copySign(sub(constant(1), tail), x));
  }

  /// The expansion of `op`, or null if its own instruction serves.
  Value expand(Operation *op, ArrayRef<Value> x) {
    return TypeSwitch<Operation *, Value>(op)
        .Case([&](math::ExpOp) { return exp(x[0]); })
        .Case([&](math::Exp2Op) { return exp2(x[0]); })
        .Case([&](math::TanhOp) { return tanh(x[0]); })
        .Case([&](math::ErfOp) { return erf(x[0]); })
        .Case([&](math::LogOp) {
          return mul(intrinsic("llvm.nvvm.lg2.approx.f", x[0]), constant(kLn2));
        })
        .Case([&](math::RsqrtOp) { return intrinsic("llvm.nvvm.rsqrt.approx.f", x[0]); })
        .Case([&](arith::DivFOp) { return div(x[0], x[1]); })
        .Default([](Operation *) { return Value(); });
  }

private:
  OpBuilder &b;
  Location loc;
  VectorType type;
};

bool isExpanded(Operation *op) {
  return isa<math::ExpOp, math::Exp2Op, math::TanhOp, math::ErfOp, math::LogOp, math::RsqrtOp,
             arith::DivFOp>(op);
}

/// `op` itself on vectors; constants become splats.
Value cloneOnVectors(OpBuilder &b, Operation *op, ArrayRef<Value> operands, int64_t lanes) {
  auto type = VectorType::get(lanes, op->getResult(0).getType());
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return arith::ConstantOp::create(b, op->getLoc(),
                                     DenseElementsAttr::get(type, constant.getValue()));
  OperationState state(op->getLoc(), op->getName(), operands, type,
                       op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return b.create(state)->getResult(0);
}

} // namespace

Value dlk::emitOnVectors(OpBuilder &b, Operation *op, ArrayRef<Value> operands, int64_t lanes) {
  if (!isExpanded(op))
    return cloneOnVectors(b, op, operands, lanes);
  Type scalar = op->getResult(0).getType();
  auto wide = VectorType::get(lanes, b.getF32Type());
  if (!scalar.isF32() && !scalar.isF16() && !scalar.isBF16())
    return Value();
  SmallVector<Value> arguments(operands);
  if (!scalar.isF32())
    for (Value &argument : arguments)
      argument = arith::ExtFOp::create(b, op->getLoc(), wide, argument);
  Value result = Emitter(b, op->getLoc(), lanes).expand(op, arguments);
  if (scalar.isF32())
    return result;
  return arith::TruncFOp::create(b, op->getLoc(), VectorType::get(lanes, scalar), result);
}
