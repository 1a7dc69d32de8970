// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mma.sync against a naive reference: one element at a time, its row and column
// by the formulas of the PTX ISA ("Matrix Fragments for mma.*"), which know
// nothing of the block rule that TensorCore.cpp uses.

#include "MmaFragments.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace dlk::exec;

namespace {

Matrix run(const Shape &shape, const MmaSpec &spec, const MmaModel &model,
           const Matrix &a, const Matrix &b, const Matrix &c) {
  auto registers = mmaRegisters(spec);
  EXPECT_TRUE(registers.has_value()) << shape.name;
  Fragment fa(registers->a, spec.a), fb(registers->b, spec.b),
      fc(registers->c, spec.c);
  fa.fill(a, shape.a);
  fb.fill(b, shape.b);
  fc.fill(c, accumulatorPlace);
  // D in C's place, as compilers emit it.
  MmaOperands operands{fc.pointers.data(), fa.pointers.data(),
                       fb.pointers.data(), fc.pointers.data()};
  findMma(spec, model)(spec, model, operands);
  Matrix d = zeros(spec.m, 8);
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < fc.elements(); ++i) {
      Place p = accumulatorPlace(lane / 4, lane % 4, i);
      d[p.row][p.column] = fc.get(lane, i);
    }
  return d;
}

Matrix exactProduct(const Matrix &a, const Matrix &b, const Matrix &c) {
  Matrix d = c;
  for (size_t i = 0; i < d.size(); ++i)
    for (size_t j = 0; j < 8; ++j)
      for (size_t k = 0; k < b.size(); ++k)
        d[i][j] += a[i][k] * b[k][j];
  return d;
}

std::vector<MmaModel> models(Type operand) {
  return {MmaModel(), hardwareModel(80, operand), hardwareModel(89, operand),
          hardwareModel(90, operand)};
}

void forEachSpec(
    const std::vector<Shape> &shapes,
    llvm::function_ref<void(const Shape &, const MmaSpec &)> body) {
  for (const Shape &shape : shapes)
    for (auto [a, b] : shape.types)
      for (Type accumulator : shape.accumulators) {
        if (a == Type::bf16 && accumulator == Type::f16)
          continue;
        body(shape, {shape.m, 8, shape.k, accumulator, a, b, accumulator});
      }
}

std::vector<Shape> floatShapes() {
  std::vector<Shape> shapes = narrowShapes();
  llvm::append_range(shapes, doubleShapes());
  return shapes;
}

std::vector<Shape> allShapes() {
  auto shapes = floatShapes();
  llvm::append_range(shapes, integerShapes());
  return shapes;
}

bool isUnsigned(Type type) { return typeKind(type) == 'u'; }

TEST(TensorCore, wholeNumbersAreExactInEveryModel) {
  std::mt19937 random(7);
  forEachSpec(allShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    auto draw = [&](Type type) {
      int value = int(random() % 8);
      return double(isUnsigned(type) ? value : value - 4);
    };
    Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
           c = zeros(spec.m, 8);
    for (auto &row : a)
      for (double &x : row)
        x = draw(spec.a);
    for (auto &row : b)
      for (double &x : row)
        x = draw(spec.b);
    for (auto &row : c)
      for (double &x : row)
        x = int(random() % 200) - 100;
    Matrix expected = exactProduct(a, b, c);
    for (const MmaModel &model : models(spec.a))
      ASSERT_EQ(run(shape, spec, model, a, b, c), expected)
          << shape.name << " " << typeName(spec.a).str();
  });
}

TEST(TensorCore, everyElementOfEveryFragmentHasItsPlace) {
  forEachSpec(allShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    // One-hot A selects one row of a B of distinct rows.
    for (unsigned row = 0; row < spec.m; row += 3)
      for (unsigned k = 0; k < spec.k; ++k) {
        Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8);
        a[row][k] = 1;
        for (unsigned i = 0; i < spec.k; ++i)
          for (unsigned j = 0; j < 8; ++j)
            b[i][j] = (i * 3 + j) % 8;
        Matrix d = run(shape, spec, {}, a, b, zeros(spec.m, 8));
        for (unsigned i = 0; i < spec.m; ++i)
          for (unsigned j = 0; j < 8; ++j)
            ASSERT_EQ(d[i][j], i == row ? b[k][j] : 0) << shape.name;
      }
  });
}

/// Section "hardware" of TensorCore.h, one output element, no vectors: terms as
/// (significand, exponent) with 1 <= |significand| < 2.
struct Term {
  double significand;
  int exponent;
};
Term termOf(double x, int least) {
  if (x == 0)
    return {0, -126};
  int exponent;
  double significand = std::frexp(x, &exponent) * 2;
  exponent -= 1;
  if (exponent < least) {
    significand = std::ldexp(significand, exponent - least);
    exponent = least;
  }
  return {significand, exponent};
}

int leastOf(Type type) {
  return type == Type::f16 || type == Type::e5m2 ? -14
         : type == Type::e4m3                    ? -6
                                                 : -126;
}

double naiveHardware(const MmaSpec &spec, const MmaModel &model,
                     const std::vector<double> &a, const std::vector<double> &b,
                     double c) {
  unsigned block = std::min(spec.k, model.blockBytes * 8 / typeBits(spec.a));
  for (unsigned first = 0; first < spec.k; first += block) {
    std::vector<Term> terms = {termOf(c, leastOf(spec.c))};
    for (unsigned k = first; k < first + block; ++k) {
      Term x = termOf(a[k], leastOf(spec.a)), y = termOf(b[k], leastOf(spec.b));
      double product = x.significand * y.significand;
      terms.push_back({product, product == 0 ? -126 : x.exponent + y.exponent});
    }
    int largest = -1000;
    for (const Term &term : terms)
      largest = std::max(largest, term.exponent);
    double sum = 0;
    for (const Term &term : terms)
      sum += std::trunc(std::ldexp(
          term.significand, term.exponent - largest + int(model.fractionBits)));
    double exact = std::ldexp(sum, largest - int(model.fractionBits));
    if (spec.d == Type::f16) {
      c = decodeFloat(encodeFloat(exact, F16Format), F16Format);
      continue;
    }
    FloatFormat format = F32Format;
    if (model.shortResult)
      format = {8, 13, true, true, (0xfeu << 13) | 0x1fff, 0xff << 13 | 1};
    c = std::fabs(exact) >= 0x1p128
            ? std::copysign(INFINITY, exact)
            : decodeFloat(encodeFloat(exact, format, {Round::Zero}), format);
  }
  return c;
}

/// Random numbers with wide exponents, subnormals and zeros among them.
double wild(std::mt19937 &random, Type type) {
  int spread = type == Type::f16 || type == Type::e5m2 ? 18
               : type == Type::e4m3                    ? 8
                                                       : 70;
  if (random() % 8 == 0)
    return 0;
  int exponent = int(random() % (2 * spread)) - spread;
  double value = std::ldexp(1 + (random() % 1024) / 1024.0, exponent);
  return random() % 2 ? -value : value;
}

double representable(double value, Type type) {
  switch (type) {
  case Type::f16:
    return decodeFloat(encodeFloat(value, F16Format, {Round::Nearest, true}),
                       F16Format);
  case Type::bf16:
    return decodeFloat(encodeFloat(value, BF16Format), BF16Format);
  case Type::e4m3:
    return decodeFloat(encodeFloat(value, E4M3Format, {Round::Nearest, true}),
                       E4M3Format);
  case Type::e5m2:
    return decodeFloat(encodeFloat(value, E5M2Format, {Round::Nearest, true}),
                       E5M2Format);
  case Type::tf32:
    return decodeFloat(encodeFloat(value, TF32Format), TF32Format);
  default:
    return float(value);
  }
}

void fillWild(std::mt19937 &random, Type type, Matrix &matrix) {
  for (auto &row : matrix)
    for (double &x : row)
      x = representable(wild(random, type), type);
}

TEST(TensorCore, hardwareModelEqualsNaiveReference) {
  std::mt19937 random(11);
  forEachSpec(floatShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    if (spec.a == Type::f64)
      return;
    for (const MmaModel &model : models(spec.a))
      for (unsigned round = 0; model.hardware && round < 20; ++round) {
        Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
               c = zeros(spec.m, 8);
        fillWild(random, spec.a, a);
        fillWild(random, spec.b, b);
        fillWild(random, spec.c, c);
        Matrix d = run(shape, spec, model, a, b, c);
        for (unsigned i = 0; i < spec.m; ++i)
          for (unsigned j = 0; j < 8; ++j) {
            std::vector<double> column;
            for (unsigned k = 0; k < spec.k; ++k)
              column.push_back(b[k][j]);
            ASSERT_EQ(d[i][j],
                      naiveHardware(spec, model, a[i], column, c[i][j]))
                << shape.name << " " << typeName(spec.a).str() << " " << i
                << " " << j;
          }
      }
  });
}

TEST(TensorCore, idealModelRoundsOnce) {
  std::mt19937 random(13);
  forEachSpec(floatShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    if (spec.a == Type::f64)
      return;
    Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
           c = zeros(spec.m, 8);
    auto uniform = [&] { return (int(random() % 20001) - 10000) / 7919.0; };
    for (Matrix *matrix : {&a, &b, &c})
      for (auto &row : *matrix)
        for (double &x : row)
          x = representable(uniform(), matrix == &a   ? spec.a
                                       : matrix == &b ? spec.b
                                                      : spec.c);
    Matrix d = run(shape, spec, {}, a, b, c);
    Matrix expected = exactProduct(a, b, c);
    for (unsigned i = 0; i < spec.m; ++i)
      for (unsigned j = 0; j < 8; ++j)
        ASSERT_EQ(d[i][j], representable(expected[i][j], spec.d))
            << shape.name << " " << typeName(spec.a).str();
  });
}

TEST(TensorCore, doublesAreAChainOfFusedMultiplyAdds) {
  std::mt19937_64 random(17);
  forEachSpec(floatShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    if (spec.a != Type::f64)
      return;
    Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
           c = zeros(spec.m, 8);
    for (Matrix *matrix : {&a, &b, &c})
      for (auto &row : *matrix)
        for (double &x : row)
          x = std::ldexp(double(int64_t(random())), -62);
    Matrix d = run(shape, spec, {}, a, b, c);
    for (unsigned i = 0; i < spec.m; ++i)
      for (unsigned j = 0; j < 8; ++j) {
        double sum = c[i][j];
        for (unsigned k = 0; k < spec.k; ++k)
          sum = std::fma(a[i][k], b[k][j], sum);
        ASSERT_EQ(d[i][j], sum);
      }
  });
}

TEST(TensorCore, integersWrapOrClamp) {
  Shape shape = shapeNamed(integerShapes(), "m16n8k32");
  MmaSpec spec{16, 8, 32, Type::s32, Type::u8, Type::u8, Type::s32};
  Matrix a(16, std::vector<double>(32, 255)),
      b(32, std::vector<double>(8, 255)),
      c(16, std::vector<double>(8, INT32_MAX - 5));
  double exact = INT32_MAX - 5 + 32.0 * 255 * 255;
  EXPECT_EQ(run(shape, spec, {}, a, b, c)[3][4], exact - 0x1p32);
  spec.satfinite = true;
  EXPECT_EQ(run(shape, spec, {}, a, b, c)[3][4], double(INT32_MAX));
}

TEST(TensorCore, infinityAndNaN) {
  Shape shape = floatShapes()[1];
  MmaSpec spec;
  Matrix a = zeros(16, 16), b = zeros(16, 8), c = zeros(16, 8);
  a[2][3] = INFINITY;
  for (unsigned j = 0; j < 8; ++j)
    b[3][j] = j % 2;
  for (const MmaModel &model : models(Type::f16)) {
    Matrix d = run(shape, spec, model, a, b, c);
    EXPECT_TRUE(std::isnan(d[2][0]));
    EXPECT_EQ(d[2][1], INFINITY);
    EXPECT_EQ(d[1][1], 0);
  }
}

/// Numbers that are none, and the ends of a type's range, in row and column 0
/// and 1 only: the rest of D is what it was.
TEST(TensorCore, specialValuesInEveryModel) {
  forEachSpec(floatShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    bool infinite = spec.a != Type::e4m3 && spec.b != Type::e4m3;
    for (const MmaModel &model : models(spec.a)) {
      Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
             c = zeros(spec.m, 8);
      unsigned last = spec.k - 1;
      a[0][0] = NAN;
      c[1][5] = NAN;
      c[1][6] = -INFINITY;
      a[2][last] = infinite ? INFINITY : 0;
      b[last][1] = 1;
      b[last][2] = -1;
      b[last][3] = 1;
      c[2][3] = -INFINITY;
      a[3][last] = 2;
      c[3][1] = 3;
      Matrix d = run(shape, spec, model, a, b, c);
      std::string what = shape.name + (" " + typeName(spec.a).str());
      for (unsigned j = 0; j < 8; ++j)
        ASSERT_TRUE(std::isnan(d[0][j])) << what;
      ASSERT_TRUE(std::isnan(d[1][5])) << what;
      ASSERT_EQ(d[1][6], -INFINITY) << what;
      ASSERT_EQ(d[1][4], 0) << what;
      if (infinite) {
        ASSERT_TRUE(std::isnan(d[2][0])) << what; // Times zero.
        ASSERT_EQ(d[2][1], INFINITY) << what;
        ASSERT_EQ(d[2][2], -INFINITY) << what;
        ASSERT_TRUE(std::isnan(d[2][3])) << what; // Minus infinity.
      }
      ASSERT_EQ(d[3][1], 5) << what;
      ASSERT_EQ(d[3][2], -2) << what;
    }
  });
}

/// The smallest and the largest number of a type, alone and as sums.
TEST(TensorCore, nothingIsFlushedAndOverflowIsInfinity) {
  auto ends = [](Type type) -> std::pair<double, double> {
    switch (type) {
    case Type::f16:
      return {0x1p-24, 65504};
    case Type::bf16:
      return {0x1p-133, 0x1.fep127};
    case Type::tf32:
      return {0x1p-136, 0x1.ffcp127};
    case Type::e4m3:
      return {0x1p-9, 448};
    default:
      return {0x1p-16, 57344};
    }
  };
  forEachSpec(floatShapes(), [&](const Shape &shape, const MmaSpec &spec) {
    if (spec.a == Type::f64)
      return;
    for (const MmaModel &model : models(spec.a)) {
      Matrix a = zeros(spec.m, spec.k), b = zeros(spec.k, 8),
             c = zeros(spec.m, 8);
      auto [least, most] = ends(spec.a);
      a[0][1] = least;
      a[1][1] = -most;
      a[2][1] = a[2][2] = most;
      b[1][0] = b[2][0] = 1;
      Matrix d = run(shape, spec, model, a, b, c);
      double large = spec.d == Type::f16 ? 65504 : 0x1.fffffep127;
      ASSERT_EQ(d[0][0], representable(least, spec.d)) << shape.name;
      ASSERT_EQ(d[1][0], most > large ? -INFINITY : -most) << shape.name;
      ASSERT_EQ(d[2][0], 2 * most > large ? INFINITY : 2 * most) << shape.name;
    }
  });
}

TEST(TensorCore, aNaNIsTheCanonicalOne) {
  for (Type sum : {Type::f32, Type::f16}) {
    MmaSpec spec{16, 8, 16, sum, Type::f16, Type::f16, sum};
    MmaRegisters registers = *mmaRegisters(spec);
    Fragment a(registers.a, Type::f16), b(registers.b, Type::f16),
        c(registers.c, sum);
    for (Lanes32 &lanes : a.words)
      for (uint32_t &word : lanes.v)
        word = 0xfe01fe01; // Negative, with a payload.
    for (const MmaModel &model : models(Type::f16)) {
      findMma(spec, model)(spec, model,
                           {c.pointers.data(), a.pointers.data(),
                            b.pointers.data(), c.pointers.data()});
      for (const Lanes32 &lanes : c.words)
        for (uint32_t word : lanes.v)
          ASSERT_EQ(word, sum == Type::f32 ? 0x7fffffffu : 0x7fff7fffu);
    }
  }
}

TEST(TensorCore, tf32IgnoresTheLowBits) {
  Shape shape = shapeNamed(narrowShapes(), "m16n8k8.tf32");
  MmaSpec spec{16, 8, 8, Type::f32, Type::tf32, Type::tf32, Type::f32};
  Fragment a(4, Type::tf32), b(2, Type::tf32), c(4, Type::f32);
  for (Fragment *f : {&a, &b})
    for (Lanes32 &lanes : f->words)
      for (uint32_t &word : lanes.v)
        word = 0x3f801fff; // 1 and every bit that is ignored.
  findMma(spec, {})(spec, {},
                    {c.pointers.data(), a.pointers.data(), b.pointers.data(),
                     c.pointers.data()});
  EXPECT_EQ(c.get(0, 0), 8);
}

TEST(TensorCore, refusesWhatDoesNotExist) {
  EXPECT_FALSE(mmaRegisters({16, 8, 32}));
  EXPECT_FALSE(mmaRegisters({8, 8, 16}));
  EXPECT_FALSE(mmaRegisters({16, 16, 16}));
  EXPECT_FALSE(
      mmaRegisters({16, 8, 16, Type::f16, Type::bf16, Type::bf16, Type::f16}));
  EXPECT_FALSE(
      mmaRegisters({16, 8, 16, Type::f32, Type::f16, Type::bf16, Type::f32}));
  EXPECT_FALSE(
      mmaRegisters({16, 8, 32, Type::s32, Type::s8, Type::s4, Type::s32}));
  MmaSpec satfinite;
  satfinite.satfinite = true;
  EXPECT_FALSE(mmaRegisters(satfinite));
}

} // namespace
