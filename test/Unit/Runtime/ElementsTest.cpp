// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Conversions of elements against APFloat, for every bit pattern of the small
// types, and the strided form of buffers.

#include "dlk/Runtime/Elements.h"
#include "dlk/Runtime/RandomData.h"
#include "llvm/ADT/APFloat.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>

using namespace dlk::runtime;
using llvm::APFloat;

namespace {

const llvm::fltSemantics &getSemantics(DType type) {
  switch (type) {
  case DType::F16:
    return APFloat::IEEEhalf();
  case DType::BF16:
    return APFloat::BFloat();
  case DType::F8E5M2:
    return APFloat::Float8E5M2();
  default:
    return APFloat::Float8E4M3FN();
  }
}

uint16_t encode(DType type, double value) {
  uint8_t bytes[2] = {0, 0};
  storeElement(type, value, bytes);
  return bytes[0] | bytes[1] << 8;
}

class SmallFloats : public testing::TestWithParam<DType> {};

TEST_P(SmallFloats, EveryPatternAndEveryTie) {
  DType type = GetParam();
  unsigned bits = getBits(type);
  for (unsigned code = 0; code < 1u << bits; ++code) {
    APFloat exact(getSemantics(type), llvm::APInt(bits, code));
    uint8_t bytes[2] = {uint8_t(code), uint8_t(code >> 8)};
    double value = loadElement(type, bytes);
    if (exact.isNaN()) {
      EXPECT_TRUE(std::isnan(value)) << code;
      continue;
    }
    APFloat wide = exact;
    bool lost;
    wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    ASSERT_EQ(value, wide.convertToDouble()) << code;
    ASSERT_EQ(std::signbit(value), exact.isNegative()) << code;
    if (std::isinf(value))
      continue;
    ASSERT_EQ(encode(type, value), code);
    // Halfway to the next, and just beside it.
    APFloat next = exact;
    next.next(exact.isNegative());
    next.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lost);
    double half = (value + next.convertToDouble()) / 2;
    if (!std::isfinite(half))
      continue;
    for (double probe :
         {half, std::nextafter(half, 0.0), std::nextafter(half, half * 2)}) {
      APFloat rounded(probe);
      rounded.convert(getSemantics(type), APFloat::rmNearestTiesToEven, &lost);
      ASSERT_EQ(encode(type, probe), rounded.bitcastToAPInt().getZExtValue())
          << probe;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, SmallFloats,
                         testing::Values(DType::F16, DType::BF16, DType::F8E5M2,
                                         DType::F8E4M3FN));

TEST(Elements, BeyondTheLargest) {
  EXPECT_EQ(encode(DType::F16, 1e10), 0x7c00);
  EXPECT_EQ(encode(DType::F16, -65520), 0xfc00);
  EXPECT_EQ(encode(DType::F16, 65519.9), 0x7bff);
  EXPECT_EQ(encode(DType::F16, 1e-30), 0);
  EXPECT_EQ(encode(DType::F8E4M3FN, INFINITY), 0x7f);
}

TEST(Elements, ScalarParameters) {
  EXPECT_EQ(getBytes({DType::I32, int64_t(-2)}),
            (std::vector<uint8_t>{0xfe, 0xff, 0xff, 0xff}));
  EXPECT_EQ(getBytes({DType::I8, int64_t(200)}), (std::vector<uint8_t>{200}));
  EXPECT_EQ(getBytes({DType::F16, 1.0}), (std::vector<uint8_t>{0, 0x3c}));
  EXPECT_EQ(getBytes({DType::F32, 0.5}), (std::vector<uint8_t>{0, 0, 0, 0x3f}));
}

TEST(Elements, StridedFormAndBack) {
  Buffer buffer;
  buffer.dtype = DType::I8;
  buffer.shape = {2, 3, 2};
  buffer.strides = {1, 10, 4}; // the outermost is the innermost in memory
  ASSERT_FALSE(bool(computeBytes(buffer)));
  EXPECT_EQ(buffer.bytes, 26u);
  std::vector<uint8_t> dense(12), strided(buffer.bytes, 0xee), again(12);
  for (unsigned i = 0; i < 12; ++i)
    dense[i] = uint8_t(i);
  scatter(buffer, dense.data(), strided.data());
  for (int64_t i = 0; i < 2; ++i)
    for (int64_t j = 0; j < 3; ++j)
      for (int64_t k = 0; k < 2; ++k)
        EXPECT_EQ(strided[i + 10 * j + 4 * k], i * 6 + j * 2 + k);
  EXPECT_EQ(std::count(strided.begin(), strided.end(), 0xee), 14);
  gather(buffer, strided.data(), again.data());
  EXPECT_EQ(again, dense);
}

TEST(RandomData, DependsOnSeedAndNameOnly) {
  Buffer buffer;
  buffer.name = "arg0";
  buffer.dtype = DType::F64;
  buffer.shape = {1000};
  std::vector<uint8_t> first = RandomData{1, false}.make(buffer);
  EXPECT_EQ((RandomData{1, false}.make(buffer)), first);
  EXPECT_NE((RandomData{2, false}.make(buffer)), first);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < 1000; ++i) {
    double value = loadElement(DType::F64, first.data() + 8 * i);
    EXPECT_LT(std::fabs(value), 3.5);
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 1000, 0, 0.1);
  EXPECT_NEAR(squares / 1000, 1, 0.1);
  buffer.name = "arg1";
  EXPECT_NE((RandomData{1, false}.make(buffer)), first);
}

TEST(RandomData, WholeNumbersStayInRange) {
  for (DType type : {DType::F16, DType::BF16, DType::F8E4M3FN, DType::I8}) {
    Buffer buffer;
    buffer.dtype = type;
    buffer.shape = {500};
    std::vector<uint8_t> data = RandomData{5, true}.make(buffer);
    int range = getWholeRange(type, /*small=*/true);
    bool low = false, high = false;
    for (size_t i = 0; i < 500; ++i) {
      double value = loadElement(type, data.data() + i * getBits(type) / 8);
      EXPECT_EQ(value, std::rint(value));
      EXPECT_LE(std::fabs(value), range);
      low |= value == -range;
      high |= value == range;
    }
    EXPECT_TRUE(low && high);
  }
}

} // namespace
