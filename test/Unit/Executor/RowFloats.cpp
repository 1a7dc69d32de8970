// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the floating-point instructions compute, by APFloat in every format and
// rounding mode, and the bounds of the approximations.

#include "RowSweep.h"
#include <cfenv>
#include <cmath>

using namespace dlk::exec;
using llvm::APFloat;

namespace {

using Result = std::optional<uint64_t>;

bool isPair(Type type) { return type == Type::f16x2 || type == Type::bf16x2; }

/// Makes of a function on numbers one on the operands' bits: .ftz on operands
/// and result, .sat, .relu; pairs by halves.
template <unsigned sources, class F>
Result elementwise(const Opcode &op, const uint64_t *s, F compute) {
  Type type = op.type();
  auto one = [&](unsigned shift) -> uint64_t {
    std::vector<APFloat> x;
    for (unsigned i = 0; i < sources; ++i) {
      x.push_back(floatFrom(s[i] >> shift, type));
      if (op.has("ftz"))
        x.back() = flushed(x.back());
    }
    APFloat result = compute(x);
    if (op.has("ftz"))
      result = flushed(result);
    APFloat zero = APFloat::getZero(result.getSemantics());
    APFloat number = APFloat::getOne(result.getSemantics());
    if (op.has("sat")) {
      if (result.isNaN() || result.isNegative() || result.isZero())
        return bitsFrom(zero, type);
      if (result > number)
        result = number;
    }
    if (op.has("relu") && !result.isNaN() && result.isNegative())
      result = zero;
    return bitsFrom(result, type);
  };
  return isPair(type) ? one(0) | one(16) << 16 : one(0);
}

Result arithmetic(const Opcode &op, const uint64_t *s) {
  llvm::StringRef name = op.row->mnemonic;
  auto mode = roundingOf(op);
  return elementwise<2>(op, s, [&](std::vector<APFloat> &x) {
    if (name == "add")
      x[0].add(x[1], mode);
    else if (name == "sub")
      x[0].subtract(x[1], mode);
    else if (name == "mul")
      x[0].multiply(x[1], mode);
    else
      x[0].divide(x[1], mode);
    return x[0];
  });
}
Result fused(const Opcode &op, const uint64_t *s) {
  return elementwise<3>(op, s, [&](std::vector<APFloat> &x) {
    x[0].fusedMultiplyAdd(x[1], x[2], roundingOf(op));
    return x[0];
  });
}
Result reciprocal(const Opcode &op, const uint64_t *s) {
  return elementwise<1>(op, s, [&](std::vector<APFloat> &x) {
    APFloat one = APFloat::getOne(x[0].getSemantics());
    one.divide(x[0], roundingOf(op));
    return one;
  });
}
/// The host's square root, which is correctly rounded in each mode.
Result squareRoot(const Opcode &op, const uint64_t *s) {
  auto mode = roundingOf(op);
  std::fesetround(mode == llvm::RoundingMode::TowardZero       ? FE_TOWARDZERO
                  : mode == llvm::RoundingMode::TowardNegative ? FE_DOWNWARD
                  : mode == llvm::RoundingMode::TowardPositive ? FE_UPWARD
                                                               : FE_TONEAREST);
  Result result = elementwise<1>(op, s, [&](std::vector<APFloat> &x) {
    if (op.type() == Type::f64) {
      volatile double from = x[0].convertToDouble();
      volatile double root = std::sqrt(from);
      return APFloat(double(root));
    }
    volatile float from = x[0].convertToFloat();
    volatile float root = std::sqrt(from);
    return APFloat(float(root));
  });
  std::fesetround(FE_TONEAREST);
  return result;
}
Result sign(const Opcode &op, const uint64_t *s) {
  return elementwise<1>(op, s, [&](std::vector<APFloat> &x) {
    if (op.row->mnemonic == "neg" || x[0].isNegative())
      x[0].changeSign();
    return x[0];
  });
}
Result copySign(const Opcode &op, const uint64_t *s) {
  uint64_t top = uint64_t(1) << (typeBits(op.type()) - 1);
  return (s[1] & (top - 1)) | (s[0] & top);
}
Result minmax(const Opcode &op, const uint64_t *s) {
  bool smaller = op.row->mnemonic == "min", xorSign = op.has("xorsign");
  return elementwise<2>(op, s, [&](std::vector<APFloat> &x) {
    bool negative = x[0].isNegative() != x[1].isNegative();
    if (xorSign)
      for (APFloat &number : x)
        number.clearSign();
    APFloat result = op.has("NaN") ? smaller ? llvm::minimum(x[0], x[1])
                                             : llvm::maximum(x[0], x[1])
                     : smaller     ? llvm::minimumnum(x[0], x[1])
                                   : llvm::maximumnum(x[0], x[1]);
    if (xorSign && !result.isNaN() && negative)
      result.changeSign();
    return result;
  });
}

const RowSweep sweeps[] = {
    {"{add,sub,mul}{,.rn,.rz,.rm,.rp}{,.ftz}{,.sat}.f32", "DSS", arithmetic},
    {"{add,sub,mul}{,.rn,.rz,.rm,.rp}.f64", "DSS", arithmetic},
    {"{add,sub,mul}{,.rn}{,.ftz}{,.sat}.{f16,f16x2}", "DSS", arithmetic},
    {"{add,sub,mul}{,.rn}.{bf16,bf16x2}", "DSS", arithmetic},
    {"{fma,mad}.{rn,rz,rm,rp}{,.ftz}{,.sat}.f32", "DSSS", fused},
    {"{fma,mad}.{rn,rz,rm,rp}.f64", "DSSS", fused},
    {"fma.rn{,.ftz}{,.sat,.relu}.{f16,f16x2}", "DSSS", fused},
    {"fma.rn{,.relu}.{bf16,bf16x2}", "DSSS", fused},
    {"div.{rn,rz,rm,rp}{,.ftz}.f32", "DSS", arithmetic},
    {"div.{rn,rz,rm,rp}.f64", "DSS", arithmetic},
    {"rcp.{rn,rz,rm,rp}{,.ftz}.f32", "DS", reciprocal},
    {"rcp.{rn,rz,rm,rp}.f64", "DS", reciprocal},
    {"sqrt.{rn,rz,rm,rp}{,.ftz}.f32", "DS", squareRoot},
    {"sqrt.{rn,rz,rm,rp}.f64", "DS", squareRoot},
    {"{abs,neg}{,.ftz}.{f32,f16,f16x2}", "DS", sign},
    {"{abs,neg}.{f64,bf16,bf16x2}", "DS", sign},
    {"copysign.{f32,f64}", "DSS", copySign},
    {"{min,max}{,.ftz}{,.NaN}{,.xorsign.abs}.{f32,f16,f16x2}", "DSS", minmax},
    {"{min,max}{,.NaN}{,.xorsign.abs}.{bf16,bf16x2}", "DSS", minmax},
    {"{min,max}.f64", "DSS", minmax},
};

} // namespace

llvm::ArrayRef<RowSweep> dlk::exec::floatSweeps() { return sweeps; }
