// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions against llvm::APFloat: every 16-bit pattern decoded, every
// neighbourhood of every representable number encoded in every rounding mode.

#include "Float.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace dlk::exec;
using llvm::APFloat;

namespace {

struct Case {
  const char *name;
  const FloatFormat *format;
  const llvm::fltSemantics &semantics;
};

std::vector<Case> allFormats() {
  return {{"f16", &F16Format, APFloat::IEEEhalf()},
          {"bf16", &BF16Format, APFloat::BFloat()},
          {"tf32", &TF32Format, APFloat::FloatTF32()},
          {"e4m3", &E4M3Format, APFloat::Float8E4M3FN()},
          {"e5m2", &E5M2Format, APFloat::Float8E5M2()},
          {"e2m1", &E2M1Format, APFloat::Float4E2M1FN()},
          {"e2m3", &E2M3Format, APFloat::Float6E2M3FN()},
          {"e3m2", &E3M2Format, APFloat::Float6E3M2FN()}};
}

llvm::RoundingMode llvmMode(Round mode) {
  switch (mode) {
  case Round::Nearest:
    return llvm::RoundingMode::NearestTiesToEven;
  case Round::Zero:
    return llvm::RoundingMode::TowardZero;
  case Round::Down:
    return llvm::RoundingMode::TowardNegative;
  case Round::Up:
    return llvm::RoundingMode::TowardPositive;
  case Round::NearestAway:
    return llvm::RoundingMode::NearestTiesToAway;
  }
  return llvm::RoundingMode::Dynamic;
}

uint32_t reference(const Case &c, double value, Round mode) {
  APFloat number(value);
  bool losesInfo;
  number.convert(c.semantics, llvmMode(mode), &losesInfo);
  return uint32_t(number.bitcastToAPInt().getZExtValue());
}

TEST(Float, decodesEveryPattern) {
  for (const Case &c : allFormats()) {
    for (uint32_t bits = 0; bits < 1u << c.format->bits(); ++bits) {
      APFloat number(c.semantics, llvm::APInt(c.format->bits(), bits));
      double value = decodeFloat(bits, *c.format);
      if (number.isNaN()) {
        EXPECT_TRUE(std::isnan(value)) << c.name << " " << bits;
        continue;
      }
      bool losesInfo;
      number.convert(APFloat::IEEEdouble(),
                     llvm::RoundingMode::NearestTiesToEven, &losesInfo);
      ASSERT_EQ(number.convertToDouble(), value) << c.name << " " << bits;
      ASSERT_EQ(number.isNegative(), std::signbit(value));
    }
  }
}

TEST(Float, encodesWhatItDecodes) {
  for (const Case &c : allFormats())
    for (uint32_t bits = 0; bits < 1u << c.format->bits(); ++bits) {
      double value = decodeFloat(bits, *c.format);
      uint32_t expected = std::isnan(value) ? c.format->nan : bits;
      ASSERT_EQ(encodeFloat(value, *c.format), expected) << c.name;
    }
}

void checkAround(const Case &c, double value) {
  for (Round mode : {Round::Nearest, Round::Zero, Round::Down, Round::Up,
                     Round::NearestAway}) {
    if (!std::isfinite(value))
      continue;
    // Overflow of formats without infinity is PTX's own affair.
    double limit = decodeFloat(c.format->maxFinite, *c.format);
    if (!c.format->hasInfinity && std::fabs(value) > limit)
      continue;
    ASSERT_EQ(encodeFloat(value, *c.format, {mode}), reference(c, value, mode))
        << c.name << " " << value << " mode " << int(mode);
  }
}

TEST(Float, roundsTheNeighbourhoodOfEveryNumber) {
  for (const Case &c : allFormats()) {
    unsigned step = c.format->bits() > 16 ? 61 : 1;
    for (uint32_t bits = 0; bits <= c.format->maxFinite; bits += step) {
      double low = decodeFloat(bits, *c.format);
      double high = decodeFloat(bits + 1, *c.format);
      if (!std::isfinite(high))
        high = 2 * low - decodeFloat(bits - 1, *c.format);
      double middle = low + (high - low) / 2;
      for (double value :
           {low, std::nextafter(low, high), middle, std::nextafter(middle, low),
            std::nextafter(middle, high)}) {
        checkAround(c, value);
        checkAround(c, -value);
      }
    }
  }
}

TEST(Float, tinyAndHugeDoubles) {
  for (const Case &c : allFormats())
    for (double value : {0x1p-1074, 0x1p-1022, 0x1p-600, 1e-300, 1e300})
      for (double sign : {1.0, -1.0})
        checkAround(c, sign * value);
}

TEST(Float, saturates) {
  Rounding sat{Round::Nearest, true};
  EXPECT_EQ(encodeFloat(1e9, E4M3Format, sat), 0x7eu);
  EXPECT_EQ(encodeFloat(-INFINITY, E4M3Format, sat), 0xfeu);
  EXPECT_EQ(encodeFloat(449, E4M3Format, sat), 0x7eu);
  EXPECT_EQ(encodeFloat(1e9, E5M2Format, sat), 0x7bu);
  EXPECT_EQ(encodeFloat(NAN, E5M2Format, sat), 0x7fu);
  EXPECT_EQ(encodeFloat(NAN, E4M3Format, sat), 0x7fu);
  EXPECT_EQ(encodeFloat(1e9, F16Format, sat), 0x7bffu);
  EXPECT_EQ(encodeFloat(1e9, F16Format), 0x7c00u);
  EXPECT_EQ(encodeFloat(1e9, F16Format, {Round::Zero}), 0x7bffu);
}

TEST(Float, relu) {
  Rounding relu{Round::Nearest, false, true};
  EXPECT_EQ(encodeFloat(-1, F16Format, relu), 0u);
  EXPECT_EQ(encodeFloat(-0.0, F16Format, relu), 0u);
  EXPECT_EQ(encodeFloat(-INFINITY, BF16Format, relu), 0u);
  EXPECT_EQ(encodeFloat(1, F16Format, relu), 0x3c00u);
  EXPECT_EQ(encodeFloat(NAN, F16Format, relu), 0x7fffu);
}

TEST(Float, bulkDecodingIsExact) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    double half = decodeFloat(bits, F16Format);
    double brain = decodeFloat(bits, BF16Format);
    float fastHalf = halfToFloat(uint16_t(bits));
    float fastBrain = bf16ToFloat(uint16_t(bits));
    ASSERT_EQ(std::isnan(half), std::isnan(fastHalf));
    ASSERT_EQ(std::isnan(brain), std::isnan(fastBrain));
    if (!std::isnan(half)) {
      ASSERT_EQ(bitsOf(float(half)), bitsOf(fastHalf)) << bits;
    }
    if (!std::isnan(brain)) {
      ASSERT_EQ(bitsOf(float(brain)), bitsOf(fastBrain)) << bits;
    }
  }
}

TEST(Float, bulkEncodingRounds) {
  std::mt19937 random(1);
  std::vector<float> values;
  for (uint32_t top = 0; top < 0x10000; ++top)
    for (uint32_t low : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu, 0xfffu,
                         0x1000u, 0x1001u, uint32_t(random() & 0xffff)})
      values.push_back(floatOf(top << 16 | low));
  std::vector<uint16_t> halves(values.size()), brains(values.size());
  floatsToHalves(values.data(), halves.data(), values.size());
  floatsToBF16s(values.data(), brains.data(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(halves[i], encodeFloat(values[i], F16Format)) << values[i];
    ASSERT_EQ(brains[i], encodeFloat(values[i], BF16Format)) << values[i];
  }
}

TEST(Float, tablesAgree) {
  for (uint32_t bits = 0; bits < 256; ++bits)
    for (const FloatFormat *format : {&E4M3Format, &E5M2Format}) {
      double value = decodeFloat(bits, *format);
      if (!std::isnan(value)) {
        EXPECT_EQ(value, double(decodeTable(*format)[bits]));
      }
    }
}

} // namespace
