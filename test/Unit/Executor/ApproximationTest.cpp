// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Approximate instructions stay within the error that the PTX ISA states, in
// every exponent, and give its results for zeros, infinities and NaN.

#include "PtxTest.h"
#include "PtxasTest.h"
#include "RowSweep.h"
#include <cmath>

using namespace dlk::exec;

namespace {

struct Approximation {
  const char *text; ///< With operands: "%ra" the first, "%rb" the second.
  Type type;
  double (*exact)(double a, double b);
  double relative, absolute;
  /// Larger operands are not asked about.
  double limit = HUGE_VAL;
};

double reciprocal(double a, double) { return 1 / a; }
double quotient(double a, double b) { return a / b; }
double root(double a, double) { return std::sqrt(a); }
double inverseRoot(double a, double) { return 1 / std::sqrt(a); }
double sine(double a, double) { return std::sin(a); }
double cosine(double a, double) { return std::cos(a); }
double logarithm(double a, double) { return std::log2(a); }
double power(double a, double) { return std::exp2(a); }
double tangent(double a, double) { return std::tanh(a); }

const double Tiny = 0x1p-126;
const Approximation approximations[] = {
    {"rcp.approx.f32 %rd, %ra;", Type::f32, reciprocal, 0x1p-23, 0},
    {"rcp.approx.ftz.f32 %rd, %ra;", Type::f32, reciprocal, 0x1p-23, Tiny},
    {"rcp.approx.ftz.f64 %xd, %xa;", Type::f64, reciprocal, 0x1p-19, 0x1p-1021},
    {"sqrt.approx.f32 %rd, %ra;", Type::f32, root, 0x1p-23, 0},
    {"sqrt.approx.ftz.f32 %rd, %ra;", Type::f32, root, 0x1p-23, Tiny},
    {"rsqrt.approx.f32 %rd, %ra;", Type::f32, inverseRoot, 0x1.12p-23, 0},
    {"rsqrt.approx.ftz.f32 %rd, %ra;", Type::f32, inverseRoot, 0x1.12p-23, 0},
    {"rsqrt.approx.f64 %xd, %xa;", Type::f64, inverseRoot, 0x1.12p-23, 0},
    {"rsqrt.approx.ftz.f64 %xd, %xa;", Type::f64, inverseRoot, 0x1p-19, 0},
    {"sin.approx.f32 %rd, %ra;", Type::f32, sine, 0, 0x1.6p-21, 6.2831},
    {"sin.approx.ftz.f32 %rd, %ra;", Type::f32, sine, 0, 0x1.6p-21, 6.2831},
    {"cos.approx.f32 %rd, %ra;", Type::f32, cosine, 0, 0x1.6p-21, 6.2831},
    {"cos.approx.ftz.f32 %rd, %ra;", Type::f32, cosine, 0, 0x1.6p-21, 6.2831},
    {"lg2.approx.f32 %rd, %ra;", Type::f32, logarithm, 0x1p-22, 0x1p-22},
    {"lg2.approx.ftz.f32 %rd, %ra;", Type::f32, logarithm, 0x1p-22, 0x1p-22},
    {"ex2.approx.f32 %rd, %ra;", Type::f32, power, 0x1.6p-23, 0x1p-149},
    {"ex2.approx.ftz.f32 %rd, %ra;", Type::f32, power, 0x1.6p-23, Tiny},
    {"tanh.approx.f32 %rd, %ra;", Type::f32, tangent, 0x1p-11, Tiny},
    {"div.approx.f32 %rd, %ra, %rb;", Type::f32, quotient, 0x1p-22, 0x1p-148},
    {"div.approx.ftz.f32 %rd, %ra, %rb;", Type::f32, quotient, 0x1p-22, Tiny},
    {"div.full.f32 %rd, %ra, %rb;", Type::f32, quotient, 0x1p-22, 0x1p-148},
    {"div.full.ftz.f32 %rd, %ra, %rb;", Type::f32, quotient, 0x1p-22, Tiny},
    {"ex2.approx.f16 %hd, %ha;", Type::f16, power, 0x1.12p-10, 0x1p-24},
    {"ex2.approx.ftz.bf16 %hd, %ha;", Type::bf16, power, 0x1p-7, Tiny},
    {"tanh.approx.f16 %hd, %ha;", Type::f16, tangent, 0, 0x1.02p-11},
    {"tanh.approx.bf16 %hd, %ha;", Type::bf16, tangent, 0, 0x1p-8},
};

double doubleOf(uint64_t bits, Type type) {
  llvm::APFloat value = floatFrom(bits, type);
  bool lossy;
  value.convert(llvm::APFloat::IEEEdouble(),
                llvm::RoundingMode::NearestTiesToEven, &lossy);
  return value.convertToDouble();
}
double largest(Type type) {
  llvm::APFloat value = llvm::APFloat::getLargest(semanticsOf(type));
  return doubleOf(value.bitcastToAPInt().getZExtValue(), type);
}

/// Every exponent with some fractions; all patterns of 16 bits.
std::vector<uint64_t> operandsOf(Type type) {
  std::vector<uint64_t> values;
  unsigned bits = typeBits(type), fraction = type == Type::f32 ? 23 : 52;
  if (bits == 16) {
    for (uint64_t x = 0; x < 0x10000; ++x)
      values.push_back(x);
    return values;
  }
  for (uint64_t sign : {0, 1})
    for (uint64_t e = 0; e < uint64_t(1) << (bits - 1 - fraction); ++e)
      for (uint64_t pattern : {0x0ull, 0x5555555555555ull, 0xfffffffffffffull})
        values.push_back(sign << (bits - 1) | e << fraction |
                         pattern >> (52 - fraction));
  return values;
}

/// An overflow may be infinity; zeros, infinities and NaN are exact.
bool isWithin(const Approximation &test, double got, double exact) {
  if (std::isnan(exact) || std::isnan(got))
    return std::isnan(exact) && std::isnan(got);
  double bound = std::abs(exact) * test.relative + test.absolute;
  if (std::isinf(got))
    return std::abs(exact) + bound >= largest(test.type) &&
           std::signbit(got) == std::signbit(exact);
  if (test.type == Type::f32)
    bound += 0x1p-149;
  return std::abs(got - exact) <= bound;
}

void check(const Approximation &test) {
  std::vector<uint64_t> a = operandsOf(test.type), b = a;
  for (size_t i = 0; i < b.size(); ++i)
    b[i] = a[(i * 7 + 3) % a.size()];
  auto results = evaluate(test.text, typeBits(test.type), a, b, b);
  ASSERT_EQ(results.size(), a.size()) << test.text;
  bool ftz = llvm::StringRef(test.text).contains(".ftz");
  unsigned shown = 0;
  for (size_t i = 0; i < a.size() && shown < 3; ++i) {
    double x = doubleOf(a[i], test.type), y = doubleOf(b[i], test.type);
    double smallest = test.type == Type::f64 ? 0x1p-1022 : 0x1p-126;
    if (ftz && std::abs(x) < smallest)
      x = std::copysign(0.0, x);
    if (ftz && std::abs(y) < smallest)
      y = std::copysign(0.0, y);
    if (std::abs(x) > test.limit)
      continue;
    double exact = test.exact(x, y), got = doubleOf(results[i], test.type);
    if (isWithin(test, got, exact))
      continue;
    ++shown;
    ADD_FAILURE() << test.text << " of " << x << ", " << y << " gives " << got
                  << ", exact " << exact;
  }
}

TEST(Approximation, staysWithinTheStatedError) {
  for (const Approximation &test : approximations)
    check(test);
}

/// A pair is two of the same.
TEST(Approximation, pairs) {
  std::vector<uint64_t> a = operandsOf(Type::f16);
  for (auto [pair, one] :
       {std::pair("ex2.approx.f16x2 %rd, %ra;",
                  "ex2.approx.f16 %hd, %ha; ex2.approx.f16 %hc, %hc;"),
        std::pair("ex2.approx.ftz.bf16x2 %rd, %ra;",
                  "ex2.approx.ftz.bf16 %hd, %ha; ex2.approx.ftz.bf16 %hc, "
                  "%hc;"),
        std::pair("tanh.approx.f16x2 %rd, %ra;",
                  "tanh.approx.f16 %hd, %ha; tanh.approx.f16 %hc, %hc;"),
        std::pair("tanh.approx.bf16x2 %rd, %ra;",
                  "tanh.approx.bf16 %hd, %ha; tanh.approx.bf16 %hc, %hc;")}) {
    const std::string pack = "mov.b32 %ra, {%ha, %hc};\n";
    auto both = evaluate(pack + pair, 32, a, a, {a.rbegin(), a.rend()});
    auto each = evaluate(one + std::string("mov.b32 %rd, {%hd, %hc};"), 32, a,
                         a, {a.rbegin(), a.rend()});
    EXPECT_EQ(both, each) << pair;
  }
}

TEST(Approximation, ptxasAcceptsTheForms) {
  std::string body;
  for (const Approximation &test : approximations)
    body += std::string(test.text) + "\n";
  DLK_EXPECT_PTXAS(".version 8.5\n.target sm_90a\n.address_size 64\n"
                   ".visible .entry k() {\n.reg .b16 %ha, %hb, %hd;\n"
                   ".reg .b32 %ra, %rb, %rd;\n.reg .b64 %xa, %xb, %xd;\n" +
                       body + "ret;\n}\n",
                   "sm_90a");
}

} // namespace
