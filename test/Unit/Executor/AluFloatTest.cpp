// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Floating-point instructions against host arithmetic and APFloat, on all pairs
// of edge values.

#include "PtxTest.h"
#include "llvm/ADT/APFloat.h"
#include <cmath>

using namespace dlk::exec;
using llvm::APFloat;

namespace {

const std::vector<uint64_t> singles = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x00800000,
    0x3f800000, 0xbf800000, 0x3f7fffff, 0x3f800001, 0x40000000, 0x40490fdb,
    0x3e99999a, 0xbe99999a, 0x4b800001, 0x33800000, 0x7f7fffff, 0xff7fffff,
    0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x5f000000, 0x1f000000};
const std::vector<uint64_t> doubles = {0,
                                       uint64_t(1) << 63,
                                       1,
                                       0x000fffffffffffff,
                                       0x0010000000000000,
                                       0x3ff0000000000000,
                                       0xbff0000000000000,
                                       0x3fefffffffffffff,
                                       0x400921fb54442d18,
                                       0x7fefffffffffffff,
                                       0x7ff0000000000000,
                                       0xfff0000000000000,
                                       0x7ff8000000000000,
                                       0x41dfffffffc00000,
                                       0x3fd5555555555555};
const std::vector<uint64_t> halves = {
    0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3c00, 0xbc00, 0x3bff, 0x3c01,
    0x4248, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x7e00, 0x1400, 0x5640, 0x3555};

float f(uint64_t bits) { return __builtin_bit_cast(float, uint32_t(bits)); }
double d(uint64_t bits) { return __builtin_bit_cast(double, bits); }
uint64_t bits(double x) { return __builtin_bit_cast(uint64_t, x); }
/// NaN results are canonical in f32.
uint64_t bits(float x) {
  return x == x ? __builtin_bit_cast(uint32_t, x) : 0x7fffffffu;
}
float flush(float x) {
  return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x;
}
float saturate(float x) { return x > 0 ? (x < 1 ? x : 1) : 0; }

enum class Kind { Add, Sub, Mul, Div, Fma };
/// APFloat's result with any rounding, in any format.
uint64_t exact(Kind kind, const llvm::fltSemantics &semantics,
               APFloat::roundingMode mode, uint64_t a, uint64_t b, uint64_t c) {
  unsigned width = APFloat::getSizeInBits(semantics);
  auto value = [&](uint64_t x) {
    return APFloat(semantics, llvm::APInt(64, x).trunc(width));
  };
  APFloat x = value(a), y = value(b), z = value(c);
  switch (kind) {
  case Kind::Add:
    x.add(y, mode);
    break;
  case Kind::Sub:
    x.subtract(y, mode);
    break;
  case Kind::Mul:
    x.multiply(y, mode);
    break;
  case Kind::Div:
    x.divide(y, mode);
    break;
  case Kind::Fma:
    x.fusedMultiplyAdd(y, z, mode);
    break;
  }
  if (x.isNaN())
    return width == 16 ? 0x7fff : width == 32 ? 0x7fffffff : 0;
  return x.bitcastToAPInt().getZExtValue();
}

#define CASE(code, width, expression)                                          \
  LaneCase {                                                                   \
    code, width, [](uint64_t a, uint64_t b, uint64_t c) -> uint64_t {          \
      (void)a, (void)b, (void)c;                                               \
      return expression;                                                       \
    }                                                                          \
  }
#define SINGLE(kind, mode)                                                     \
  exact(Kind::kind, APFloat::IEEEsingle(), APFloat::mode, a, b, c)
#define HALF(kind)                                                             \
  exact(Kind::kind, APFloat::IEEEhalf(), APFloat::rmNearestTiesToEven, a, b, c)
#define BRAIN(kind)                                                            \
  exact(Kind::kind, APFloat::BFloat(), APFloat::rmNearestTiesToEven, a, b, c)

void checkAll(const std::vector<uint64_t> &values,
              std::initializer_list<LaneCase> cases) {
  for (const LaneCase &test : cases)
    checkCase(test, values);
}

TEST(AluFloat, SingleArithmetic) {
  checkAll(
      singles,
      {
          CASE("add.f32 %rd, %ra, %rb;", 32, SINGLE(Add, rmNearestTiesToEven)),
          CASE("sub.rn.f32 %rd, %ra, %rb;", 32,
               SINGLE(Sub, rmNearestTiesToEven)),
          CASE("mul.f32 %rd, %ra, %rb;", 32, SINGLE(Mul, rmNearestTiesToEven)),
          CASE("div.rn.f32 %rd, %ra, %rb;", 32,
               SINGLE(Div, rmNearestTiesToEven)),
          CASE("fma.rn.f32 %rd, %ra, %rb, %rc;", 32,
               SINGLE(Fma, rmNearestTiesToEven)),
          CASE("add.ftz.f32 %rd, %ra, %rb;", 32,
               bits(flush(flush(f(a)) + flush(f(b))))),
          CASE("mul.ftz.f32 %rd, %ra, %rb;", 32,
               bits(flush(flush(f(a)) * flush(f(b))))),
          CASE("fma.rn.ftz.f32 %rd, %ra, %rb, %rc;", 32,
               bits(flush(std::fma(flush(f(a)), flush(f(b)), flush(f(c)))))),
          CASE("add.sat.f32 %rd, %ra, %rb;", 32, bits(saturate(f(a) + f(b)))),
          CASE("fma.rn.sat.f32 %rd, %ra, %rb, %rc;", 32,
               bits(saturate(std::fma(f(a), f(b), f(c))))),
          CASE("add.f32 %rd, %ra, 0f3F800000;", 32, bits(f(a) + 1.0f)),
      });
}

TEST(AluFloat, DirectedRounding) {
  checkAll(
      singles,
      {
          CASE("add.rz.f32 %rd, %ra, %rb;", 32, SINGLE(Add, rmTowardZero)),
          CASE("sub.rm.f32 %rd, %ra, %rb;", 32, SINGLE(Sub, rmTowardNegative)),
          CASE("mul.rp.f32 %rd, %ra, %rb;", 32, SINGLE(Mul, rmTowardPositive)),
          CASE("div.rz.f32 %rd, %ra, %rb;", 32, SINGLE(Div, rmTowardZero)),
          CASE("fma.rm.f32 %rd, %ra, %rb, %rc;", 32,
               SINGLE(Fma, rmTowardNegative)),
      });
  std::vector<uint64_t> squares, none;
  for (uint64_t x : singles)
    if (f(x) >= 0)
      squares.push_back(x);
  none.assign(squares.size(), 0);
  auto down = evaluate("sqrt.rm.f32 %rd, %ra;", 32, squares, none, none);
  auto up = evaluate("sqrt.rp.f32 %rd, %ra;", 32, squares, none, none);
  for (size_t i = 0; i < squares.size() && i < down.size(); ++i) {
    if (std::isinf(f(squares[i])))
      continue;
    double x = f(squares[i]), low = f(down[i]), high = f(up[i]);
    EXPECT_LE(low * low, x);
    EXPECT_GE(high * high, x);
    EXPECT_LE(up[i] - down[i], 1u);
  }
}

TEST(AluFloat, Double) {
  checkAll(doubles,
           {
               CASE("add.f64 %xd, %xa, %xb; setp.nan.f64 %pd, %xd, %xd; "
                    "selp.b64 %xd, 0, %xd, %pd;",
                    64, d(a) + d(b) == d(a) + d(b) ? bits(d(a) + d(b)) : 0),
               CASE("fma.rn.f64 %xd, %xa, %xb, %xc; "
                    "setp.nan.f64 %pd, %xd, %xd; selp.b64 %xd, 0, %xd, %pd;",
                    64,
                    exact(Kind::Fma, APFloat::IEEEdouble(),
                          APFloat::rmNearestTiesToEven, a, b, c)),
               CASE("mul.rz.f64 %xd, %xa, %xb; setp.nan.f64 %pd, %xd, %xd; "
                    "selp.b64 %xd, 0, %xd, %pd;",
                    64,
                    exact(Kind::Mul, APFloat::IEEEdouble(),
                          APFloat::rmTowardZero, a, b, c)),
               CASE("neg.f64 %xd, %xa;", 64, a ^ (uint64_t(1) << 63)),
               CASE("abs.f64 %xd, %xa;", 64, a << 1 >> 1),
               CASE("setp.lt.f64 %pd, %xa, %xb;", 1, d(a) < d(b)),
           });
}

float smaller(float a, float b) {
  if (a != a || b != b)
    return a != a ? b : a;
  if (a == b)
    return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

TEST(AluFloat, MinMaxAndComparison) {
  checkAll(
      singles,
      {
          CASE("min.f32 %rd, %ra, %rb;", 32, bits(smaller(f(a), f(b)))),
          CASE("max.f32 %rd, %ra, %rb;", 32, bits(-smaller(-f(a), -f(b)))),
          CASE("max.NaN.f32 %rd, %ra, %rb;", 32,
               f(a) != f(a) || f(b) != f(b) ? 0x7fffffff
                                            : bits(-smaller(-f(a), -f(b)))),
          CASE("setp.lt.f32 %pd, %ra, %rb;", 1, f(a) < f(b)),
          CASE("setp.ne.f32 %pd, %ra, %rb;", 1,
               f(a) == f(a) && f(b) == f(b) && f(a) != f(b)),
          CASE("setp.neu.f32 %pd, %ra, %rb;", 1, f(a) != f(b)),
          CASE("setp.equ.f32 %pd, %ra, %rb;", 1,
               f(a) != f(a) || f(b) != f(b) || f(a) == f(b)),
          CASE("setp.gtu.f32 %pd, %ra, %rb;", 1, !(f(a) <= f(b))),
          CASE("setp.leu.f32 %pd, %ra, %rb;", 1, !(f(a) > f(b))),
          CASE("setp.ge.f32 %pd, %ra, %rb;", 1, f(a) >= f(b)),
          CASE("setp.geu.f32 %pd, %ra, %rb;", 1, !(f(a) < f(b))),
          CASE("setp.nan.f32 %pd, %ra, %rb;", 1, f(a) != f(a) || f(b) != f(b)),
          CASE("setp.num.f32 %pd, %ra, %rb;", 1, f(a) == f(a) && f(b) == f(b)),
          CASE("setp.eq.ftz.f32 %pd, %ra, %rb;", 1, flush(f(a)) == flush(f(b))),
          CASE("set.gt.f32.f32 %rd, %ra, %rb;", 32,
               f(a) > f(b) ? 0x3f800000 : 0),
          CASE("slct.f32.f32 %rd, %ra, %rb, %rc;", 32, f(c) >= 0 ? a : b),
          CASE("copysign.f32 %rd, %ra, %rb;", 32,
               (b & 0x7fffffff) | (a & 0x80000000)),
          CASE("testp.subnormal.f32 %pd, %ra;", 1,
               std::fpclassify(f(a)) == FP_SUBNORMAL),
          CASE("testp.finite.f32 %pd, %ra;", 1, std::isfinite(f(a))),
          CASE("testp.notanumber.f32 %pd, %ra;", 1, f(a) != f(a)),
      });
}

TEST(AluFloat, Half) {
  checkAll(halves, {
                       CASE("add.f16 %hd, %ha, %hb;", 16, HALF(Add)),
                       CASE("sub.f16 %hd, %ha, %hb;", 16, HALF(Sub)),
                       CASE("mul.f16 %hd, %ha, %hb;", 16, HALF(Mul)),
                       CASE("fma.rn.f16 %hd, %ha, %hb, %hc;", 16, HALF(Fma)),
                       CASE("mov.b32 %ra, {%ha, %hb}; mov.b32 %rb, {%hb, %hc}; "
                            "mul.f16x2 %rd, %ra, %rb; mov.b32 {%hd, _}, %rd;",
                            16, HALF(Mul)),
                       CASE("mov.b32 %ra, {%hb, %ha}; mov.b32 %rb, {%hc, %hb}; "
                            "add.f16x2 %rd, %ra, %rb; mov.b32 {_, %hd}, %rd;",
                            16, HALF(Add)),
                       CASE("neg.f16 %hd, %ha;", 16, a ^ 0x8000),
                       CASE("abs.f16 %hd, %ha;", 16, a & 0x7fff),
                       CASE("setp.lt.f16 %pd, %ha, %hb;", 1,
                            __builtin_bit_cast(_Float16, uint16_t(a)) <
                                __builtin_bit_cast(_Float16, uint16_t(b))),
                   });
  std::vector<uint64_t> brains;
  for (uint64_t x : singles)
    brains.push_back(x >> 16);
  checkAll(brains, {
                       CASE("add.bf16 %hd, %ha, %hb;", 16, BRAIN(Add)),
                       CASE("mul.bf16 %hd, %ha, %hb;", 16, BRAIN(Mul)),
                       CASE("fma.rn.bf16 %hd, %ha, %hb, %hc;", 16, BRAIN(Fma)),
                       CASE("cvt.f32.bf16 %rd, %ha;", 32, bits(f(a << 16))),
                   });
}

/// Every exponent, both signs: approximations stay within a relative bound.
TEST(AluFloat, Approximations) {
  std::vector<uint64_t> a, none;
  for (uint32_t e = 1; e < 255; ++e)
    for (uint32_t m : {0u, 1u, 0x2aaaaau, 0x555555u, 0x7fffffu})
      a.push_back(e << 23 | m);
  none.assign(a.size(), 0);
  struct {
    const char *code;
    double (*reference)(double);
  } cases[] = {
      {"rcp.approx.f32 %rd, %ra;", [](double x) { return 1 / x; }},
      {"sqrt.approx.f32 %rd, %ra;", [](double x) { return std::sqrt(x); }},
      {"rsqrt.approx.f32 %rd, %ra;", [](double x) { return 1 / std::sqrt(x); }},
      {"lg2.approx.f32 %rd, %ra;", [](double x) { return std::log2(x); }},
      {"tanh.approx.f32 %rd, %ra;", [](double x) { return std::tanh(x); }},
      {"ex2.approx.f32 %rd, %ra;", [](double x) { return std::exp2(x); }},
      {"neg.f32 %ra, %ra; ex2.approx.f32 %rd, %ra;",
       [](double x) { return std::exp2(-x); }},
  };
  for (const auto &test : cases) {
    auto results = evaluate(test.code, 32, a, none, none);
    ASSERT_EQ(results.size(), a.size());
    for (size_t i = 0; i < a.size(); ++i) {
      double expected = test.reference(f(a[i])), got = f(results[i]);
      if (std::abs(expected) > 3.4028235e38)
        EXPECT_TRUE(std::isinf(got)) << test.code << " " << f(a[i]);
      else
        EXPECT_LE(std::abs(got - expected),
                  std::abs(expected) * 1.2e-7 + 0x1p-149)
            << test.code << " " << f(a[i]);
    }
  }
}

TEST(AluFloat, Conversions) {
  checkAll(
      singles,
      {
          CASE("cvt.f64.f32 %xd, %ra; setp.nan.f64 %pd, %xd, %xd; "
               "selp.b64 %xd, 0, %xd, %pd;",
               64, f(a) == f(a) ? bits(double(f(a))) : 0),
          CASE("cvt.rni.f32.f32 %rd, %ra;", 32, bits(std::nearbyint(f(a)))),
          CASE("cvt.rzi.f32.f32 %rd, %ra;", 32, bits(std::trunc(f(a)))),
          CASE("cvt.rmi.f32.f32 %rd, %ra;", 32, bits(std::floor(f(a)))),
          CASE("cvt.rzi.s32.f32 %rd, %ra;", 32,
               f(a) != f(a)       ? 0
               : f(a) >= 0x1p31f  ? 0x7fffffff
               : f(a) <= -0x1p31f ? 0x80000000u
                                  : uint32_t(int32_t(f(a)))),
          CASE("cvt.rni.u8.f32 %rd, %ra;", 32,
               f(a) != f(a) || f(a) < 0 ? 0
               : f(a) > 255             ? 255
                                        : uint64_t(std::nearbyint(f(a)))),
          CASE("cvt.rpi.s64.f32 %xd, %ra;", 64,
               f(a) != f(a)       ? 0
               : f(a) >= 0x1p63f  ? INT64_MAX
               : f(a) <= -0x1p63f ? uint64_t(1) << 63
                                  : uint64_t(int64_t(std::ceil(f(a))))),
          CASE("cvt.sat.f32.f32 %rd, %ra;", 32, bits(saturate(f(a)))),
          CASE("cvt.ftz.f32.f32 %rd, %ra;", 32, bits(flush(f(a)))),
          CASE("cvt.rn.f32.s32 %rd, %ra;", 32, bits(float(int32_t(a)))),
          CASE("cvt.rn.f32.u64 %rd, %xa;", 32, bits(float(a))),
          CASE("cvt.rn.f16.s16 %hd, %ha;", 16,
               __builtin_bit_cast(uint16_t, _Float16(float(int16_t(a))))),
      });
  checkAll(doubles,
           {
               CASE("cvt.rn.f32.f64 %rd, %xa;", 32, bits(float(d(a)))),
               CASE("cvt.rn.f64.s64 %xd, %xa;", 64, bits(double(int64_t(a)))),
               CASE("cvt.rn.f64.u32 %xd, %ra;", 64, bits(double(uint32_t(a)))),
               CASE("cvt.rzi.s32.f64 %rd, %xa;", 32,
                    d(a) != d(a)          ? 0
                    : d(a) >= 0x1p31      ? 0x7fffffff
                    : d(a) <= -0x1p31 - 1 ? 0x80000000u
                                          : uint32_t(int32_t(d(a)))),
           });
}

/// All 2^16 values: f16 to f32 and back is the identity on numbers.
TEST(AluFloat, HalfRoundTrip) {
  std::vector<uint64_t> a, none;
  for (uint32_t x = 0; x < 0x10000; ++x)
    a.push_back(x);
  none.assign(a.size(), 0);
  auto back = evaluate("cvt.f32.f16 %ra, %ha; cvt.rn.f16.f32 %hd, %ra;", 16, a,
                       none, none);
  auto brain = evaluate("cvt.f32.bf16 %ra, %ha; cvt.rn.bf16x2.f32 %rd, %ra, "
                        "%ra;",
                        32, a, none, none);
  ASSERT_EQ(back.size(), a.size());
  for (uint32_t x = 0; x < 0x10000; ++x) {
    bool nan = (x & 0x7fff) > 0x7c00, brainNan = (x & 0x7fff) > 0x7f80;
    EXPECT_EQ(back[x], nan ? 0x7fff : x);
    EXPECT_EQ(brain[x], brainNan ? 0x7fff7fff : x << 16 | x);
  }
}

TEST(AluFloat, PackedConversionOrder) {
  auto results = evaluate("cvt.rn.f16x2.f32 %rd, %ra, %rb;", 32, {0x3f800000},
                          {0x40000000}, {0});
  EXPECT_EQ(results[0], 0x3c004000u); // the first operand is the high half
  results = evaluate("cvt.rz.bf16x2.f32 %rd, %ra, %rb;", 32, {0x3fffffff},
                     {0xbfffffff}, {0});
  EXPECT_EQ(results[0], 0x3fffbfffu);
  results = evaluate("cvt.rn.relu.f16x2.f32 %rd, %ra, %rb;", 32, {0xbf800000},
                     {0x40000000}, {0});
  EXPECT_EQ(results[0], 0x00004000u);
  results = evaluate("cvt.rn.satfinite.e4m3x2.f32 %hd, %ra, %rb;", 16,
                     {0x3f800000}, {0x7f800000}, {0});
  EXPECT_EQ(results[0], 0x387eu);
  results = evaluate("cvt.rn.f16x2.e5m2x2 %rd, %ha;", 32, {0x3c40}, {0}, {0});
  EXPECT_EQ(results[0], 0x3c004000u);
  results = evaluate("cvt.rna.tf32.f32 %rd, %ra;", 32, {0x3f801000}, {0}, {0});
  EXPECT_EQ(results[0], 0x3f802000u);
}

} // namespace
